"""A deliberately naive reading of the rule language, in Python, one person at a time: the judge of the engine.

It knows nothing of leaves, sets or SQL. Months and days are counted by dateutil on the wall clock.
"""

import re
from calendar import isleap
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from hashlib import md5
from itertools import pairwise, product
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.conf import settings

PARIS = ZoneInfo(settings.TIME_ZONE)


@dataclass
class Person:
    id: int = 0
    traits: dict[str, Any] = field(default_factory=dict)
    # Scores, and what else is no trait, by the attribute's key.
    attributes: dict[str, Any] = field(default_factory=dict)
    events: list[tuple[str, datetime, dict[str, Any]]] = field(default_factory=list)
    # What is known of each company that the person belongs to.
    companies: list[dict[str, Any]] = field(default_factory=list)
    # By segment, the intervals in which the person was in it: [entered, left or None].
    stays: dict[str, list[list[datetime | None]]] = field(default_factory=dict)
    # By trait, what was said of it: (since, until or None, value).
    history: dict[str, list[tuple[datetime, datetime | None, Any]]] = field(default_factory=dict)
    # What was said by hand: (segment, in or out, since, until or None, expires or None).
    overrides: list[tuple[str, bool, datetime, datetime | None, datetime | None]] = field(default_factory=list)


def belongs(segment: str, person: Person, at: datetime, segments: dict[str, dict]) -> bool:
    """In the segment by its rule, or by hand; who was put in by one hand and out by another is out."""
    said = {
        inside
        for slug, inside, since, until, expires in person.overrides
        if slug == segment and since <= at and not (until and until <= at) and not (expires and expires <= at)
    }
    return min(said) if said else holds(segments[segment], person, at, segments)


def holds(rule: dict, person: Person, at: datetime, segments: dict[str, dict]) -> bool:
    ((key, body),) = rule.items()
    if key in {"all", "any", "none"}:
        answers = [holds(child, person, at, segments) for child in body]
        return {"all": all(answers), "any": any(answers), "none": not any(answers)}[key]
    if key == "in":
        return belongs(body["segment"], person, at, segments)
    if key == "inactive":
        # What Kith concludes about a person is nothing that the person did.
        seen = [when for name, when, _properties in person.events if name not in {"Visit Started", "Score Changed"}]
        return bool(seen) and max(seen) <= ago(at, body["for"])
    if key in CONDITIONS:
        return CONDITIONS[key](body, person, at)
    room, _dot, key = body["attribute"].partition(".")
    value = person.traits.get(key) if room == "traits" else person.attributes.get(body["attribute"])
    return compare(body["op"], value, body.get("value"), at) is not bool(body.get("not"))


def counts(body: dict, person: Person, at: datetime) -> bool:
    count = len(happened(body, person, at, window(body, at)))
    if "at_most" in body:
        return count <= body["at_most"]
    if "exactly" in body:
        return count == body["exactly"]
    if "none" in body:
        return count == 0
    return count >= body.get("at_least", 1)


def measures(body: dict, person: Person, at: datetime) -> bool:
    kind = next(kind for kind in ("sum", "average", "minimum", "maximum", "distinct") if kind in body)
    events = happened(body, person, at, window(body, at))
    found = [properties[body[kind]] for _when, properties in events if properties.get(body[kind]) is not None]
    if kind == "distinct":
        measured = len({str(value) for value in found})
    else:
        numbers = [Fraction(str(value)) for value in found if is_number(value)]
        measured = sum(numbers) if kind == "sum" else None
        if numbers and kind != "sum":
            measured = {"average": sum(numbers) / len(numbers), "minimum": min(numbers), "maximum": max(numbers)}[kind]
    value = [Fraction(str(part)) for part in (body["value"] if isinstance(body["value"], list) else [body["value"]])]
    if measured is None:
        return bool(body.get("not"))
    held = {
        "over": measured > value[0],
        "under": measured < value[0],
        "is": measured == value[0],
        "between": value[0] <= measured <= value[-1],
    }[body["op"]]
    return held is not bool(body.get("not"))


def first(body: dict, person: Person, at: datetime) -> bool:
    ever = sorted(when for when, _properties in happened(body, person, at, (FIRST, at)))
    low, high = window(body, at)
    return bool(ever) and low < ever[0] <= high


def last(body: dict, person: Person, at: datetime) -> bool:
    ever = sorted(when for when, _properties in happened(body, person, at, (FIRST, at)))
    low, high = window(body, at)
    return bool(ever) and low < ever[-1] <= high


def stopped(body: dict, person: Person, at: datetime) -> bool:
    low, high = window(body, at)
    before, since = happened(body, person, at, (low, high)), happened(body, person, at, (high, at))
    return len(before) >= body.get("at_least", 1) and not since


def resumed(body: dict, person: Person, at: datetime) -> bool:
    low, high = window(body, at)
    spans = [(FIRST, low), (low, high), (high, at)]
    return [bool(happened(body, person, at, span)) for span in spans] == [True, False, True]


def sequence(body: dict, person: Person, at: datetime) -> bool:
    low, high = window(body, at)
    limit = delta(body["in"]) if "in" in body else None
    hours = timedelta.max if limit is None else timedelta(days=limit.days, hours=limit.hours, minutes=limit.minutes)
    *steps, end = body["steps"]
    if end.get("not"):
        begins = happened(steps[0], person, at, (low, high))
        missing = happened(end, person, at, (low, at))
        return any(
            when + hours <= at
            and not any(when < other <= when + hours and shared(body, one, two) for other, two in missing)
            for when, one in begins
            if not body.get("same") or one.get(body["same"]) is not None
        )
    choices = [happened(step, person, at, (low, high)) for step in body["steps"]]
    return any(
        all(one[0] < two[0] and shared(body, one[1], two[1]) for one, two in pairwise(chain))
        and chain[-1][0] - chain[0][0] <= hours
        for chain in product(*choices)
    )


def shared(body: dict, one: dict, two: dict) -> bool:
    same = body.get("same")
    return not same or (one.get(same) is not None and str(one[same]) == str(two.get(same)))


def regularly(body: dict, person: Person, at: datetime) -> bool:
    count, unit = body["every"].split()
    bounds = [ago(at, f"{int(count) * number} {unit}") if number else at for number in range(body["of"] + 1)]
    spans = [happened(body, person, at, (low, high)) for high, low in pairwise(bounds)]
    return sum(map(bool, spans)) >= body["periods"]


def share(body: dict, person: Person, at: datetime) -> bool:
    digest = md5(f"{body.get('name', '')}:{person.id}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) % 1_000_000 < round(body["percent"] * 10_000)


def was(body: dict, person: Person, at: datetime) -> bool:
    return bool(person.stays.get(body["segment"]))


def entered(body: dict, person: Person, at: datetime) -> bool:
    low, high = window(body, at)
    return any(low < since <= high for since, _until in person.stays.get(body["segment"], []))


def left(body: dict, person: Person, at: datetime) -> bool:
    low, high = window(body, at)
    return any(until and low < until <= high for _since, until in person.stays.get(body["segment"], []))


def stayed(body: dict, person: Person, at: datetime) -> bool:
    stays = person.stays.get(body["segment"], [])
    return any(until is None and since <= ago(at, body["for"]) for since, until in stays)


def held(body: dict, person: Person, at: datetime) -> bool:
    """At the beginning of the time, and whenever another value came in it."""
    said = person.history.get(body["attribute"].removeprefix("traits."), [])
    low = ago(at, body["for"])
    answers = []
    for moment in [low, *(since for since, _until, _value in said if low < since <= at)]:
        known = [value for since, until, value in said if since <= moment and (until is None or moment < until)]
        answers.append(compare(body["op"], *(known or [None]), body.get("value"), at) is not bool(body.get("not")))
    return any(answers) if body.get("when") == "sometime" else all(answers)


def visited(body: dict, person: Person, at: datetime) -> bool:
    tests = [
        {"property": key, "op": "contains" if key == "landing_page" else "is", "value": body[key]}
        for key in ("channel", "source", "campaign", "landing_page")
        if body.get(key)
    ]
    return counts(body | {"event": "Visit Started", "where": tests}, person, at)


def score_moved(body: dict, person: Person, at: datetime) -> bool:
    for _when, told in happened({"event": "Score Changed"}, person, at, window(body, at)):
        change, band = told.get("change"), body.get("band")
        if (
            told.get("model") == body["score"]
            and (body.get("moved", "any") == "any" or (change is not None and (change > 0) == (body["moved"] == "up")))
            and change != 0
            and (not band or (told.get("band_to") == band and told.get("band_from") != band))
        ):
            return True
    return False


FIRST = datetime.min.replace(tzinfo=UTC)


def window(body: dict, at: datetime) -> tuple[datetime, datetime]:
    if "within" in body:
        return ago(at, body["within"]), at
    if "before" in body:
        return FIRST, ago(at, body["before"])
    if "between" in body:
        return ago(at, body["between"][0]), ago(at, body["between"][1])
    low = midnight(body["since"]) - timedelta(microseconds=1) if "since" in body else FIRST
    high = midnight(body["until"], 1) - timedelta(microseconds=1) if "until" in body else at
    return low, min(high, at)


def midnight(day: str, later: int = 0) -> datetime:
    on = date.fromisoformat(day) + timedelta(days=later)
    return datetime(on.year, on.month, on.day, tzinfo=PARIS).astimezone(UTC)


def happened(body: dict, person: Person, at: datetime, span: tuple[datetime, datetime]) -> list[tuple[datetime, dict]]:
    """The events of that name, in (low, high], for which every filter holds."""
    return [
        (when, properties)
        for name, when, properties in person.events
        if name == body["event"] and span[0] < when <= span[1] and passes(body.get("where", []), properties, at)
    ]


def passes(tests: list[dict], properties: dict, at: datetime) -> bool:
    return all(
        compare(test["op"], properties.get(test["property"]), test.get("value"), at) is not bool(test.get("not"))
        for test in tests
    )


def company(body: dict, person: Person, at: datetime) -> bool:
    return any(passes(body.get("where", []), known, at) for known in person.companies)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def compare(op: str, stored: Any, value: Any, at: datetime) -> bool:
    if stored is None:
        return False
    number = is_number(stored)
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


CONDITIONS = {
    "company": company,
    "held": held,
    "visited": visited,
    "score_moved": score_moved,
    "did": counts,
    "measure": measures,
    "first": first,
    "last": last,
    "stopped": stopped,
    "resumed": resumed,
    "then": sequence,
    "regularly": regularly,
    "share": share,
    "was": was,
    "entered": entered,
    "left": left,
    "stayed": stayed,
}
