"""Lists by page: after a key, never by an offset, so that the millionth page costs what the first does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Protocol

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.utils.urls import replace_query_param

_MOST = 1000
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


class Feed(Protocol):
    """A list in the order of positions: each `width` whole numbers, no two rows with the same."""

    width: int

    def after(self, position: Sequence[int] | None, limit: int) -> list[Any]:
        """The first rows behind that position, or from the beginning."""

    def position(self, row: Any) -> Sequence[int]:
        """The position of a row."""


class KeysetPagination(BasePagination):
    """`?limit=` rows (at most 1,000) behind `?cursor=`, answered as {"results", "next", "cursor"}.

    `next` is the address of the next page, or null at the end. `cursor` is the place behind the last row,
    given at the end too: who keeps it can come back later for what is new. Pages a Feed, or a queryset by
    the view's `page_by` (a field of unique whole numbers in it, "-" before it for the highest first; else the
    primary key).
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self._request = request
        limit = self._limit()
        feed: Feed = queryset
        if isinstance(queryset, QuerySet):
            feed = _Rows(queryset, getattr(view, "page_by", "pk"))
        self._cursor = request.query_params.get("cursor")
        rows = feed.after(_position(self._cursor, feed.width), limit + 1)
        self._more = len(rows) > limit
        if rows:
            self._cursor = "-".join(map(str, feed.position(rows[:limit][-1])))
        return rows[:limit]

    def get_paginated_response(self, data: Any) -> Response:
        here = self._request.build_absolute_uri()
        following = replace_query_param(here, "cursor", self._cursor) if self._more else None
        return Response({"results": data, "next": following, "cursor": self._cursor})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["results", "next", "cursor"],
            "properties": {
                "results": schema,
                "next": {"type": "string", "nullable": True, "format": "uri", "description": "The next page, if any."},
                "cursor": {
                    "type": "string",
                    "nullable": True,
                    "description": "The place behind the last row: keep it to come back for what is new.",
                },
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": "The `cursor` of an earlier answer: what comes behind it is given.",
                "schema": {"type": "string"},
            },
            {
                "name": "limit",
                "in": "query",
                "required": False,
                "description": "Rows per page.",
                "schema": {"type": "integer", "minimum": 1, "maximum": _MOST, "default": api_settings.PAGE_SIZE},
            },
        ]

    def _limit(self) -> int:
        given = self._request.query_params.get("limit")
        if given is None:
            return int(api_settings.PAGE_SIZE or _MOST)
        if not _NUMBER.fullmatch(given) or not 1 <= int(given) <= _MOST:
            raise ParseError(_("limit must be a whole number from 1 to 1000."))
        return int(given)


class _Rows:
    """A queryset as a Feed."""

    width = 1

    def __init__(self, rows: QuerySet[Any], field: str) -> None:
        self._rows = rows.order_by(field)
        self._field = field.removeprefix("-")
        self._behind = f"{self._field}__{'lt' if field.startswith('-') else 'gt'}"

    def after(self, position: Sequence[int] | None, limit: int) -> list[Any]:
        rows = self._rows.filter(**{self._behind: position[0]}) if position else self._rows
        return list(rows[:limit])

    def position(self, row: Any) -> tuple[int]:
        return (getattr(row, self._field),)


def _position(cursor: str | None, width: int) -> tuple[int, ...] | None:
    if not cursor:
        return None
    numbers = cursor.split("-")
    if len(numbers) != width or not all(_NUMBER.fullmatch(number) for number in numbers):
        raise ParseError(_("This cursor is not one of ours."))
    return tuple(map(int, numbers))
