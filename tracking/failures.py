"""What went wrong, in words that may be logged: an error's own words quote the data."""

from __future__ import annotations

import traceback

import django.db
import psycopg

_STATE = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    django.db.OperationalError,
    django.db.InterfaceError,
    MemoryError,
)


def describe(error: BaseException) -> str:
    """The error's type, PostgreSQL's code for it, and where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in reversed(frames[-4:]))
    code = sqlstate(error)
    return f"{type(error).__name__}{f' [{code}]' if code else ''} at {places or 'an unknown place'}"


def sqlstate(error: BaseException | None) -> str | None:
    """PostgreSQL's code of an error, also of one that Django wrapped."""
    while error is not None:
        if isinstance(error, psycopg.Error) and error.sqlstate:
            return error.sqlstate
        error = error.__cause__
    return None


def data_is_at_fault(error: Exception) -> bool:
    """Would the same messages fail again, or is it the database, which is away, busy or not as we know it?

    What is not known to be the database's state is held to be the data's, so that it cannot stop the rest.
    """
    code = sqlstate(error) or ""
    # 54: a value too long for an index, too deep for the parser. A limit, reported as an operational error.
    if code.startswith("54"):
        return True
    # 42: no such table, no such right. XX: damaged.
    if code.startswith(("42", "XX")):
        return False
    return not isinstance(error, _STATE)
