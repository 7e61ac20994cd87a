"""Every error of the API as a problem detail (RFC 9457): one shape, whatever went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views import defaults
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import exception_handler

MEDIA_TYPE = "application/problem+json"


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what a view raised into a problem; None for what is our own fault (500, see `server_error`)."""
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, ValidationError):
        response.data = _problem(
            response.status_code, _("Some of what was sent cannot be accepted."), list(_errors(error.detail))
        )
    else:
        response.data = _problem(response.status_code, str(response.data["detail"]))
    response.content_type = MEDIA_TYPE
    return response


def describe(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """drf-spectacular's hook: every operation may answer a problem."""
    text = {"type": "string"}
    error = {"type": "object", "properties": {"pointer": text, "detail": text}, "required": ["pointer", "detail"]}
    result["components"]["schemas"]["Problem"] = {
        "type": "object",
        "description": "What went wrong (RFC 9457); `pointer` is the place in what was sent.",
        "properties": {
            "type": text,
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "errors": {"type": "array", "items": error},
        },
        "required": ["type", "title", "status", "detail"],
    }
    answer = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = {"description": "A problem", "content": answer}
    return result


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400: a request that no view has seen."""
    return _answer(request, 400, _("Malformed request.")) or defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return _answer(request, 404, _("There is nothing at this address.")) or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: what happened is in the log, not in the answer."""
    return _answer(request, 500, _("Something went wrong here.")) or defaults.server_error(request)


def _answer(request: HttpRequest, status: int, detail: str) -> HttpResponse | None:
    if not request.path_info.startswith("/api/"):
        return None
    return JsonResponse(_problem(status, detail), status=status, content_type=MEDIA_TYPE)


def _problem(status: int, detail: str, errors: list[dict[str, str]] | None = None) -> dict[str, Any]:
    problem = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return problem | ({"errors": errors} if errors else {})


def _errors(detail: Any, pointer: str = "") -> Iterator[dict[str, str]]:
    """Each message with the JSON pointer of the value it is about."""
    if isinstance(detail, str):
        yield {"pointer": f"#{pointer}", "detail": str(detail)}
    elif isinstance(detail, Mapping):
        for key, value in detail.items():
            about_all = key == api_settings.NON_FIELD_ERRORS_KEY
            yield from _errors(value, pointer if about_all else f"{pointer}/{_escaped(str(key))}")
    else:
        for position, value in enumerate(detail):
            yield from _errors(value, pointer if isinstance(value, str) else f"{pointer}/{position}")


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
