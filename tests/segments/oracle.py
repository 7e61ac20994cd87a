"""A deliberately naive reading of the rule language, in Python, one person at a time: the judge of the engine.

It knows nothing of leaves, sets or SQL. Months and days are counted by dateutil on the wall clock.
"""

import re
from calendar import isleap
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.conf import settings

PARIS = ZoneInfo(settings.TIME_ZONE)


@dataclass
class Person:
    traits: dict[str, Any] = field(default_factory=dict)
    events: list[tuple[str, datetime, dict[str, Any]]] = field(default_factory=list)


def holds(rule: dict, person: Person, at: datetime, segments: dict[str, dict]) -> bool:
    ((key, body),) = rule.items()
    if key in {"all", "any", "none"}:
        answers = [holds(child, person, at, segments) for child in body]
        return {"all": all(answers), "any": any(answers), "none": not any(answers)}[key]
    if key == "in":
        return holds(segments[body["segment"]], person, at, segments)
    if key == "inactive":
        seen = [when for _name, when, _properties in person.events]
        return bool(seen) and max(seen) <= ago(at, body["for"])
    if key == "did":
        return counts(body, person, at)
    value = person.traits.get(body["attribute"].removeprefix("traits."))
    return compare(body["op"], value, body.get("value"), at) is not bool(body.get("not"))


def counts(body: dict, person: Person, at: datetime) -> bool:
    low, high = datetime.min.replace(tzinfo=PARIS), at
    if "within" in body:
        low = ago(at, body["within"])
    elif "between" in body:
        low, high = ago(at, body["between"][0]), ago(at, body["between"][1])
    happened = [properties for name, when, properties in person.events if name == body["event"] and low < when <= high]
    for test in body.get("where", []):
        happened = [
            properties
            for properties in happened
            if compare(test["op"], properties.get(test["property"]), test.get("value"), at) is not bool(test.get("not"))
        ]
    count = len(happened)
    if "at_most" in body:
        return count <= body["at_most"]
    if "exactly" in body:
        return count == body["exactly"]
    if "none" in body:
        return count == 0
    return count >= body.get("at_least", 1)


def compare(op: str, stored: Any, value: Any, at: datetime) -> bool:
    if stored is None:
        return False
    number = isinstance(stored, int | float) and not isinstance(stored, bool)
    text = {True: "true", False: "false"}[stored] if isinstance(stored, bool) else str(stored)
    day = as_day(stored)
    today = at.astimezone(PARIS).date()
    match op:
        case "known":
            return True
        case "is":
            return text == value if isinstance(value, str) else number and Decimal(text) == Decimal(str(value))
        case "any_of":
            return text in value
        case "contains":
            return value in text
        case "starts_with":
            return text.startswith(value)
        case "ends_with":
            return text.endswith(value)
        case "matches":
            return re.search(value, text) is not None
        case "over":
            return number and stored > value
        case "under":
            return number and stored < value
        case "between":
            return number and value[0] <= stored <= value[1]
        case "yes":
            return stored is True
        case "no":
            return stored is False
        case "on":
            return day is not None and day == date.fromisoformat(value)
        case "before":
            return day is not None and day < date.fromisoformat(value)
        case "after":
            return day is not None and day > date.fromisoformat(value)
        case "date_between":
            return day is not None and date.fromisoformat(value[0]) <= day <= date.fromisoformat(value[1])
        case "in_last":
            return day is not None and today - delta(value) < day <= today
        case "in_next":
            return day is not None and today <= day < today + delta(value)
        case "longer_ago":
            return day is not None and day < today - delta(value)
        case "during":
            return day is not None and during(value, day, today)
        case "anniversary":
            return day is not None and any(comes_round(day, one) for one in days_until(today, today + delta(value)))
        case "has_any":
            return isinstance(stored, list) and any(str(item) in value for item in stored)
        case "has_all":
            return isinstance(stored, list) and all(wanted in map(str, stored) for wanted in value)
        case "empty":
            return stored == []
    raise AssertionError(op)


def during(period: str, day: date, today: date) -> bool:
    if period in {"today", "yesterday", "tomorrow"}:
        return (day - today).days == {"yesterday": -1, "today": 0, "tomorrow": 1}[period]
    which, unit = period.split()
    step = {"last": -1, "this": 0, "next": 1}[which]
    if unit == "week":
        return day.isocalendar()[:2] == (today + timedelta(weeks=step)).isocalendar()[:2]
    number = {
        "month": lambda one: one.year * 12 + one.month,
        "quarter": lambda one: one.year * 4 + (one.month - 1) // 3,
        "year": lambda one: one.year,
    }[unit]
    return number(day) == number(today) + step


def comes_round(born: date, day: date) -> bool:
    if (born.month, born.day) == (2, 29) and not isleap(day.year):
        return (day.month, day.day) == (2, 28)
    return (born.month, born.day) == (day.month, day.day)


def days_until(day: date, end: date) -> list[date]:
    return [day + timedelta(days=number) for number in range((end - day).days)]


def as_day(stored: Any) -> date | None:
    if not isinstance(stored, str):
        return None
    try:
        if len(stored) == 10:
            return date.fromisoformat(stored)
        return datetime.fromisoformat(stored).astimezone(PARIS).date()
    except ValueError:
        return None


def delta(text: str) -> relativedelta:
    count, unit = text.split()
    return relativedelta(**{unit if unit.endswith("s") else f"{unit}s": int(count)})


def ago(at: datetime, text: str) -> datetime:
    count, unit = text.split()
    if unit.startswith(("minute", "hour")):
        return at - timedelta(**{unit if unit.endswith("s") else f"{unit}s": int(count)})
    local = at.astimezone(PARIS)
    return (local.replace(tzinfo=None) - delta(text)).replace(tzinfo=PARIS, fold=local.fold)
