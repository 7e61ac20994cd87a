"""The front door: a thin WSGI function ahead of Django that takes in what SDKs send.

It authenticates, measures, looks at the envelope, writes one row and answers after the commit. What is inside
the messages is for the worker (apply.py).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from http import HTTPStatus
from threading import Lock
from typing import Any

import psycopg
from django.conf import settings

from profiles.refusals import Reason
from tracking import answers, cors, credentials, envelope, routes, sdk_settings
from tracking.answers import SUCCESS, Answer, RequestError
from tracking.credentials import Keyring, Writer
from tracking.envelope import MAX_BODY, MAX_MESSAGE, MAX_MESSAGES, Envelope, TooLargeError, UnreadableError
from tracking.failures import describe
from tracking.inbox import Inbox
from tracking.quarantine import Refused
from tracking.routes import Route, Task

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

log = logging.getLogger(__name__)

_BACKLOG_EVERY = 1.0
# How much of a backlog the worker takes off in a second, for the Retry-After.
_APPLIED_PER_SECOND = 5_000
# What is read of a body that is too large, so that its sender gets to read the answer.
_DRAINED = 8 * 1024 * 1024


class Collector:
    """WSGI: answers the SDKs' addresses and hands everything else to Django."""

    def __init__(self, django_application: Application) -> None:
        self._django = django_application
        self.inbox = Inbox()
        self._keyring = Keyring(self.inbox.writers)
        self._backlog = 0
        self._backlog_at = float("-inf")
        self._measuring = Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        route = routes.find(environ.get("PATH_INFO", ""))
        if route is None:
            return self._django(environ, start_response)
        origin = environ.get("HTTP_ORIGIN", "")
        try:
            answer = self._answer(route, environ, origin)
        except RequestError as error:
            answer = error.answer
        except psycopg.OperationalError as error:
            log.warning("not stored: %s", describe(error))
            answer = answers.unavailable().answer
        except Exception as error:  # noqa: BLE001  whatever it is: nothing was stored, and the sender comes back
            log.error("not stored, our mistake: %s", describe(error))  # noqa: TRY400  a traceback would quote data
            answer = answers.unavailable().answer
        return _respond(start_response, answer, {} if answer.status == HTTPStatus.FORBIDDEN else cors.headers(origin))

    def _answer(self, route: Route, environ: Environ, origin: str) -> Answer:
        method = environ["REQUEST_METHOD"]
        if method == "OPTIONS":
            requested = environ.get("HTTP_ACCESS_CONTROL_REQUEST_HEADERS", "")
            return Answer(body=b"", headers=cors.preflight(origin, requested, route.methods))
        # Read whatever becomes of it: a server may close a connection on which something is left unread.
        sent = b"" if method in {"GET", "HEAD"} else _read(environ)
        if route.task is Task.UNKNOWN:
            raise answers.not_found()
        if method not in route.methods:
            raise answers.method_not_allowed(route.methods)
        if route.task is Task.DISCARD:
            return SUCCESS
        key = (
            route.key
            or credentials.from_header(environ.get("HTTP_AUTHORIZATION", ""))
            or credentials.from_query(environ.get("QUERY_STRING", ""))
        )
        if route.task is Task.COLLECT:
            return self._collect(route, key, sent, origin)
        writer = self._authenticate(key, origin)
        found = sdk_settings.segment(key or "", environ) if route.task is Task.SDK_SETTINGS else None
        return Answer(body=found or sdk_settings.rudderstack(key or "", writer), headers={"Cache-Control": "no-store"})

    def _collect(self, route: Route, key: str | None, sent: bytes | None, origin: str) -> Answer:
        """Take in one request; on return it is stored for good."""
        received_at = datetime.now(UTC)
        writer = self._authenticate(key, origin) if key else None
        if writer:
            self._hold_back()
        if sent is None:
            raise answers.too_large()
        try:
            body = envelope.inflate(sent)
            opened = envelope.split(route.kind, body)
        except TooLargeError:
            raise answers.too_large() from None
        except UnreadableError as error:
            if writer is None:
                raise answers.unauthorized() from None
            self.inbox.refuse(Refused(writer.source_id, route.kind, error.reason, error.detail, sent, received_at))
            raise answers.bad_request(error.reason, _explain(error)) from None
        if writer is None:
            writer = self._authenticate(opened.write_key, origin)
            self._hold_back()
        return self._store(route, writer, opened, body, received_at)

    def _store(self, route: Route, writer: Writer, opened: Envelope, body: bytes, received_at: datetime) -> Answer:
        count = len(opened.messages)
        if count > MAX_MESSAGES:
            raise answers.too_large()
        if route.kind != "batch" and len(body) > MAX_MESSAGE:
            detail = f"{len(body)} bytes"
            self.inbox.refuse(Refused(writer.source_id, route.kind, Reason.TOO_LARGE, detail, body, received_at))
            raise answers.too_large()
        if count:
            self.inbox.put(writer, route.kind, count, received_at, body)
        return SUCCESS

    def _authenticate(self, key: str | None, origin: str) -> Writer:
        writer = self._keyring.find(key) if key else None
        if writer is None:
            raise answers.unauthorized()
        if not cors.allowed(origin, writer.allowed_origins):
            raise answers.forbidden_origin()
        return writer

    def _hold_back(self) -> None:
        """Refuse while more is waiting than the limit; measured about once a second, by one thread."""
        if time.monotonic() - self._backlog_at > _BACKLOG_EVERY and self._measuring.acquire(blocking=False):
            try:
                self._backlog = self.inbox.backlog()
                self._backlog_at = time.monotonic()
            finally:
                self._measuring.release()
        excess = self._backlog - settings.BACKLOG_LIMIT
        if excess > 0:
            raise answers.behind(1 + excess // _APPLIED_PER_SECOND)


def _read(environ: Environ) -> bytes | None:
    """The body as it was sent; None when it is larger than any we take."""
    stream = environ["wsgi.input"]
    try:
        length = int(environ.get("CONTENT_LENGTH") or -1)
    except ValueError:
        length = -1
    if length < 0:
        # Chunked: only a server that ends the stream itself can be read without knowing how long it is.
        length = _DRAINED if environ.get("wsgi.input_terminated") else 0
    body: bytes = stream.read(min(length, MAX_BODY + 1))
    if len(body) <= MAX_BODY:
        return body
    left = min(length, _DRAINED) - len(body)
    while left > 0 and (more := stream.read(min(left, 65_536))):
        left -= len(more)
    return None


def _explain(error: UnreadableError) -> str:
    return f"{error.reason.label}: {error.detail}" if error.detail else str(error.reason.label)


def _respond(start_response: StartResponse, answer: Answer, beside: dict[str, str]) -> Iterable[bytes]:
    headers = {
        "Content-Type": "application/json",
        "Content-Length": str(len(answer.body)),
        "X-Content-Type-Options": "nosniff",
        **beside,
        **answer.headers,
    }
    start_response(f"{answer.status.value} {answer.status.phrase}", list(headers.items()))
    return [answer.body]
