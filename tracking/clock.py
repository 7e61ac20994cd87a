"""When a message says it happened, corrected for a sender's clock that is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)


class NotATimeError(Exception):
    """Not an ISO 8601 time."""


class OutOfRangeError(Exception):
    """Before 1970, or more than a day ahead."""


def parse(text: str) -> datetime:
    """An ISO 8601 time in UTC; without an offset it is taken as UTC.

    Raises NotATimeError, or OutOfRangeError where UTC has no such year.
    """
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise NotATimeError(text[:40]) from error
    if time.tzinfo is None:
        return time.replace(tzinfo=UTC)
    try:
        return time.astimezone(UTC)
    except OverflowError as error:
        raise OutOfRangeError(text[:40]) from error


def happened(timestamp: datetime | None, sent_at: datetime | None, received_at: datetime) -> datetime:
    """When it happened by our clock: timestamp + (received - sent), never after received. Raises OutOfRangeError."""
    if timestamp is None:
        return received_at
    try:
        time = timestamp if sent_at is None else timestamp + (received_at - sent_at)
    except OverflowError as error:
        raise OutOfRangeError from error
    if time < EPOCH or time > received_at + AHEAD:
        raise OutOfRangeError(time.isoformat())
    return min(time, received_at)
