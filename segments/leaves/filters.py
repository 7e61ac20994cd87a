"""Filters on the properties of an event: "where category is shoes"."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from psycopg import sql

from profiles.attributes import Member
from segments.errors import RuleError
from segments.leaves.where import operation_json, operation_words, operator_of
from segments.operators import operators

Filters = tuple["Filter", ...]
PROPERTIES = sql.SQL("properties")


@dataclass(frozen=True)
class Filter:
    """A property of the event compared with a value; its negation includes events without the property."""

    property: str
    op: str
    value: Any = None
    negated: bool = False

    @classmethod
    def parse(cls, raw: object, path: str) -> Filter:
        """Read the JSON of one filter."""
        if not isinstance(raw, dict):
            raise RuleError(path, _("Choose a property of the event."))
        raw = dict(raw)
        name = property_name(raw.pop("property", None), path)
        operator = operator_of(raw.pop("op", None), path)
        value = operator.clean(raw.pop("value", None), path)
        negated = raw.pop("not", False) is True
        if raw:
            raise RuleError(path, _("“%(key)s” is not understood here.") % {"key": next(iter(raw))})
        return cls(name, operator.key, tuple(value) if isinstance(value, list) else value, negated)

    def to_json(self) -> dict[str, Any]:
        """The inverse of `parse`."""
        return {"property": self.property, **operation_json(self.op, self.value, negated=self.negated)}

    def holds(self, at: datetime, of: sql.Composable = PROPERTIES) -> sql.Composable:
        """Boolean SQL over an event, or over another object that has properties."""
        operand = Member(of, self.property)
        plain = list(self.value) if isinstance(self.value, tuple) else self.value
        test = operators()[self.op].holds(operand, plain, at)
        return sql.SQL("({}) IS NOT TRUE").format(test) if self.negated else test

    def moved(self, before: date, after: date, of: sql.Composable = PROPERTIES) -> sql.Composable | None:
        """Boolean SQL: the events (or other objects) for which another day may matter; None when no day does."""
        plain = list(self.value) if isinstance(self.value, tuple) else self.value
        return operators()[self.op].moved(Member(of, self.property), plain, before, after)

    def steady(self) -> bool:
        """Whether time alone changes nothing."""
        return not operators()[self.op].moves

    def midnights(self, known: date, at: datetime) -> list[datetime]:
        """When the answer for a known date may change after `at`."""
        plain = list(self.value) if isinstance(self.value, tuple) else self.value
        return operators()[self.op].midnights(plain, known, at)

    def words(self) -> str:
        """ "category is shoes"."""
        return f"{self.property} {operation_words(self.op, self.value, negated=self.negated)}"


def property_name(name: object, path: str) -> str:
    """The name of a property, or RuleError."""
    if not isinstance(name, str) or not name or "\0" in name:
        raise RuleError(path, _("Choose a property of the event."))
    return name


def event_name(raw: dict[str, Any], path: str) -> str:
    """Take `event` out of the JSON of a condition."""
    event = raw.pop("event", None)
    if not isinstance(event, str) or not event:
        raise RuleError(path, _("Choose an event."))
    return event


def parse_filters(raw: dict[str, Any], path: str) -> Filters:
    """Take `where` out of the JSON of a condition; in a canonical order, so that equal conditions are equal leaves."""
    where = raw.pop("where", [])
    filters = [Filter.parse(item, path) for item in (where if isinstance(where, list) else [where])]
    return in_order(filters)


def in_order(filters: Iterable[Filter]) -> Filters:
    """In the canonical order."""
    return tuple(sorted(filters, key=lambda item: json.dumps(item.to_json(), sort_keys=True)))


def filters_json(filters: Filters) -> dict[str, Any]:
    """The inverse of `parse_filters`."""
    return {"where": [item.to_json() for item in filters]} if filters else {}


def filters_words(filters: Filters) -> str:
    """ "where category is shoes and price is over 10"; nothing without filters."""
    if not filters:
        return ""
    return _("where %(filters)s") % {"filters": _(" and ").join(item.words() for item in filters)}
