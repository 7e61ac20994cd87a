"""The only HTTP of this room: with timeouts, within the connection's budget, and to no address that is not allowed.

Nothing about people is logged: neither addresses with their parameters, nor bodies.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import Any, Final, Protocol

import httpx
import msgspec
from django.utils.translation import gettext as _

from connectors.faults import Fault, Kind
from connectors.guard import Guarded, NotAllowedError

TIMEOUT: Final = httpx.Timeout(60, connect=10)
LARGEST: Final = 64 * 1024 * 1024
# A call that can be repeated without harm is, so often; longer waits are the run's, which pauses.
TRIES: Final = 4
PATIENCE: Final = 20.0
# It would write down every address with its parameters.
logging.getLogger("httpx").setLevel(logging.WARNING)
_REPEATABLE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_LONGEST_WORDS: Final = 500
# Where systems write what is wrong, in the order in which we look.
_TELLING: Final = ("detail", "message", "error_description", "error", "errors", "reason", "title")


class Allowance(Protocol):
    """What a connection may call: limiter.Budget, or nothing at all."""

    def take(self) -> None:
        """Wait until one call is allowed. Raises Fault(QUOTA) when that is too long."""

    def hold(self, seconds: float) -> None:
        """The remote asks everybody to wait."""


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """Is the status one of success? Some systems tell of errors under 200: their adapters look."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body. Raises Fault when it is not JSON."""
        try:
            return msgspec.json.decode(self.body) if self.body else None
        except (msgspec.DecodeError, UnicodeDecodeError):
            words = _("The answer is not JSON: %(begin)s") % {"begin": _begin(self.body)}
            raise Fault(Kind.PERMANENT, words, status=self.status) from None

    @property
    def words(self) -> str:
        """What the remote says is wrong, in its own words; never more than some 500 characters."""
        try:
            found = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            found = _begin(self.body)
        return (_told(found).replace("\0", "") or f"HTTP {self.status}")[:_LONGEST_WORDS]

    @property
    def retry_after(self) -> float | None:
        """Seconds that the remote asks to wait."""
        return _seconds(self.headers.get("retry-after", ""))

    def fault(self) -> Fault:
        """This answer as a failure, sorted by its status; an adapter that knows better looks at the body first."""
        return Fault(_kind(self.status), self.words, retry_after=self.retry_after, status=self.status)


class Client:
    """Calls one remote system. Threads may share it.

    `base` is put before addresses that begin with "/". `calls` counts what was sent. `uncounted` tells nobody.
    """

    def __init__(
        self,
        base: str = "",
        *,
        headers: Mapping[str, str] | None = None,
        allow_private: bool = False,
        allowance: Allowance | None = None,
        timeout: httpx.Timeout | float = TIMEOUT,
        tries: int = TRIES,
    ) -> None:
        self.base = base.rstrip("/")
        self.headers = dict(headers or {})
        self.calls = 0
        self._counting = Lock()
        self._allowance = allowance
        self._tries = tries
        self._http = httpx.Client(
            transport=Guarded(allow_private), timeout=timeout, follow_redirects=False, trust_env=False,
            headers={"User-Agent": "Kith"},
        )  # fmt: skip

    def call(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
    ) -> Answer:
        """Send, and give the answer if it is one of success. Raises Fault for all else.

        What is `repeatable` (reading is) is tried again by itself when it fails in passing. Of the others only
        those that were refused for being too many.
        """
        again = method in _REPEATABLE if repeatable is None else repeatable
        for attempt in range(1, self._tries + 1):
            try:
                answer = self.request(method, url, params=params, json=json, data=data, headers=headers)
                if answer.ok:
                    return answer
                fault = answer.fault()
            except Fault as error:
                fault = error
            wait = backoff(attempt, fault.retry_after)
            passing = fault.status == 429 or (again and fault.kind in {Kind.TRANSIENT, Kind.UNKNOWN})
            if not passing or attempt == self._tries or wait > PATIENCE:
                raise fault
            if fault.status == 429 and self._allowance is not None:
                self._allowance.hold(wait)
            else:
                time.sleep(wait)
        raise AssertionError  # the last attempt has raised

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send once, and give the answer whatever its status. Raises Fault when there is none."""
        if self._allowance is not None:
            self._allowance.take()
        with self._counting:
            self.calls += 1
        content = None if json is None else msgspec.json.encode(json)
        typed = {} if json is None else {"Content-Type": "application/json"}
        try:
            request = self._http.build_request(
                method, self._address(url), params=params, content=content, data=data,
                headers={**self.headers, **typed, **(headers or {})},
            )  # fmt: skip
            return _read(self._http.send(request, stream=True))
        except NotAllowedError as error:
            raise Fault(Kind.PERMANENT, str(error)) from None
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise Fault(Kind.PERMANENT, str(error)) from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise Fault(Kind.TRANSIENT, _("No connection: %(why)s") % {"why": error}) from None
        except httpx.TransportError as error:
            # It was on its way: whether it was done, nobody knows, unless it was to do nothing.
            kind = Kind.TRANSIENT if method in _REPEATABLE else Kind.UNKNOWN
            raise Fault(kind, _("No answer: %(why)s") % {"why": error or type(error).__name__}) from None

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def _address(self, url: str) -> str:
        return self.base + url if url.startswith("/") else url


def backoff(attempt: int, asked: float | None = None, *, first: float = 0.5, longest: float = 3600) -> float:
    """Seconds before the next try: what the remote asks, else doubling; spread, so that not all come back at once."""
    spread = random.uniform(1, 1.25)  # noqa: S311  no secret
    return (asked if asked is not None else min(longest, first * 2.0 ** min(attempt - 1, 20))) * spread


def _read(response: httpx.Response) -> Answer:
    body = bytearray()
    try:
        for part in response.iter_bytes():
            body += part
            if len(body) > LARGEST:
                raise Fault(Kind.PERMANENT, _("The answer is larger than 64 MiB."), status=response.status_code)
    finally:
        response.close()
    return Answer(response.status_code, {key.lower(): value for key, value in response.headers.items()}, bytes(body))


def _kind(status: int) -> Kind:
    if status == 401:
        return Kind.AUTH
    if status == 402:
        return Kind.QUOTA
    if status in {404, 410}:
        return Kind.GONE
    if status in {408, 425, 429} or status >= 500:
        return Kind.TRANSIENT
    return Kind.PERMANENT


def _seconds(asked: str) -> float | None:
    """Retry-After is a number of seconds, or a date."""
    try:
        return max(0.0, float(asked))
    except ValueError:
        try:
            moment = parsedate_to_datetime(asked)
        except (ValueError, TypeError):
            return None
        return max(0.0, (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds())


def _told(found: Any) -> str:
    if isinstance(found, dict):
        for key in _TELLING:
            if found.get(key):
                return _told(found[key])
        return "; ".join(f"{key}: {_told(value)}" for key, value in found.items() if value)
    if isinstance(found, list):
        return "; ".join(filter(None, map(_told, found)))
    return str(found) if found is not None else ""


def _begin(body: bytes) -> str:
    return " ".join(body[:200].decode(errors="replace").split())
