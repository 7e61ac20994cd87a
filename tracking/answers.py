"""What the collector answers: 200 `{"success":true}`, or `{"code","message"}` with a status that SDKs understand.

SDKs never retry a 400 (nor other 4xx), retry a 429 after Retry-After, and retry 5xx.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from http import HTTPStatus

import msgspec

from tracking.envelope import MAX_BODY, MAX_MESSAGES

# SDKs ignore a longer one.
LONGEST_RETRY_AFTER = 300


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, a JSON body and what goes into the headers besides."""

    status: HTTPStatus = HTTPStatus.OK
    body: bytes = b'{"success":true}'
    headers: dict[str, str] = field(default_factory=dict)


SUCCESS = Answer()


class RequestError(Exception):
    """The request is answered with an error."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status.phrase)
        self.answer = answer


def refusal(status: HTTPStatus, code: str, message: str, **headers: str) -> RequestError:
    """An error for the client; `headers` are spelt with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return RequestError(Answer(status, msgspec.json.encode({"code": code, "message": message}), named))


def unauthorized() -> RequestError:
    """No write key, or none that is valid now."""
    return refusal(HTTPStatus.UNAUTHORIZED, "invalid_write_key", "The write key is missing or not valid.")


def forbidden_origin() -> RequestError:
    """The key is good, but this website may not use it."""
    return refusal(HTTPStatus.FORBIDDEN, "origin_not_allowed", "This write key may not be used from this website.")


def not_found() -> RequestError:
    """An address below ours that nobody contracted."""
    return refusal(HTTPStatus.NOT_FOUND, "not_found", "There is nothing at this address.")


def method_not_allowed(methods: tuple[str, ...]) -> RequestError:
    """The address is right, the method is not."""
    return refusal(HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", "Use another method.", Allow=", ".join(methods))


def bad_request(code: str, message: str) -> RequestError:
    """The body cannot be used, and sending it again will not help."""
    return refusal(HTTPStatus.BAD_REQUEST, code, message)


def too_large() -> RequestError:
    """Over a limit of a request or of its only message."""
    return refusal(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "too_large",
        f"At most {MAX_BODY // 1024} KiB and {MAX_MESSAGES} messages a request, 32 KiB a message.",
    )


def behind(seconds: int) -> RequestError:
    """More is waiting than can be applied soon."""
    return refusal(
        HTTPStatus.TOO_MANY_REQUESTS,
        "behind",
        "Too much is waiting to be processed; try again later.",
        Retry_After=str(max(1, min(seconds, LONGEST_RETRY_AFTER))),
    )


def unavailable() -> RequestError:
    """Nothing can be stored now: the database is away, or we are at fault. SDKs come back."""
    return refusal(
        HTTPStatus.SERVICE_UNAVAILABLE, "unavailable", "Nothing was stored; try again later.", Retry_After="2"
    )
