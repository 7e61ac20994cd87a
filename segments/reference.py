"""docs/conditions.md, written from the classes themselves: every condition and every operator, in English.

The names in the examples need not exist: the page is the same on every machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from inspect import cleandoc
from typing import Any

from django.utils.translation import override
from psycopg import sql

from profiles.attributes import Attribute, History
from segments import rules
from segments.leaves import Condition, conditions
from segments.leaves.base import Span
from segments.operators import EVERY_TYPE, Operator, operators
from segments.world import World

_INTRO = """\
# Conditions and operators

`make docs` writes this page from the classes themselves, in [segments/leaves](../segments/leaves/base.py),
[segments/operators](../segments/operators/base.py) and the apps that bring conditions along; a test fails when it is
behind. How conditions make a rule, and what windows and filters are: [Segments](segments.md).

Every example is run as a test, for the condition and for its negation: each is compared with a naive reading in
Python, and the two sum to everybody.

*Asked again on* names the changes after which a condition is asked again, about the people concerned only: `event:`
something they did (`event:*`: anything), `trait:` something learned about them (`said:` something of the past learned
late), `score:` what another app says, `segment:` they entered or left it, `profile:created` a new person. A merge of
two people asks every condition again about both. *Asked again by the clock*: about whom, without anything happening.
"""
_KEPT = """\
## Kept by the engine

No conditions to choose: complements are taken from the first, and what was said by hand is obeyed by the second.
"""
_OPERATORS = """\
## Operators

Each has its negation (`"not": true`), the exact complement, which includes the unknown. A stored value of another kind
than the operator compares is like an unknown one. The examples are of 15 June 2026: what is stored, and in brackets
what it is compared with.

| key | in words, and negated | of | value | holds of | does not hold of | time moves it |
|---|---|---|---|---|---|---|
"""
# What the author of a rule is asked for: see values.FIELDS.
_FIELDS = {
    "text": "a text",
    "scalar": "a text or a number",
    "texts": "texts",
    "pattern": "a PostgreSQL regular expression",
    "number": "a number",
    "numbers": "two numbers",
    "date": "a date",
    "dates": "two dates",
    "duration": "days, weeks or months",
    "period": "a period of the calendar",
    "nothing": "none",
}
_NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


def page() -> str:
    """The whole page, in Markdown."""
    with override("en"):
        offered = [kind for kind in conditions().values() if kind.label]
        kept = [kind for kind in conditions().values() if not kind.label]
        world = _world(offered)
        parts = [_INTRO]
        for kind in sorted(offered, key=lambda kind: (not kind.common, str(kind.label))):
            parts += [f"## {kind.label}: `{kind.key}`\n", f"{_about(kind)}\n", _examples(kind, world)]
        parts.append(_KEPT)
        parts += [f"- `{kind.key}`: {_about(kind).partition(chr(10))[0]}" for kind in kept]
        rows = "\n".join(_row(operator) for operator in operators().values())
        return "\n".join([*parts, "", _OPERATORS + rows, ""])


def _about(kind: type[Condition]) -> str:
    return cleandoc(kind.__doc__ or "")


def _examples(kind: type[Condition], world: World) -> str:
    rows = ["| JSON | in words | asked again on | asked again by the clock |", "|---|---|---|---|"]
    for example in kind.examples:
        rule = rules.parse({kind.key: example})
        leaves = list(rules.leaves(rules.normal(rule)).values())
        reads = sorted({topic for leaf in leaves for topic in leaf.reads(world)})
        cells = [
            f"`{json.dumps({kind.key: example}, ensure_ascii=False)}`",
            rules.sentence(rule, world),
            ", ".join(f"`{topic}`" for topic in reads),
            _moved(leaves, world),
        ]
        rows.append(f"| {' | '.join(map(_cell, cells))} |")
    return "\n".join([*rows, ""])


def _moved(leaves: Iterable[Condition], world: World) -> str:
    """About whom it is asked again because time passed."""
    leaves = list(leaves)
    edges = [edge for leaf in leaves for edge in leaf.edges(_NOON, _NOON + _MINUTE, world)]
    # What was dated ahead comes true for every condition on events: that is no window of its own.
    if any(isinstance(edge, Span) and edge.low < _NOON for edge in edges):
        return "those whose event comes into the time asked, or leaves it"
    if any(not isinstance(edge, Span) for edge in edges):
        return "those whose entry, exit or value becomes as old as that"
    midnight = [edge for leaf in leaves for edge in leaf.edges(_NOON, _NOON + _DAY, world)]
    dated = any(not isinstance(edge, Span) for edge in midnight)
    return "at midnight, those whose date comes into the time asked, or leaves it" if dated else "nobody"


def _row(operator: type[Operator]) -> str:
    told: dict[bool, list[str]] = {True: [], False: []}
    for stored, value, held in operator.examples:
        told[held].append(_example(stored, value, operator.field))
    first = operator.clean(operator.examples[0][1], "")
    moved = operator.moved(sql.SQL("value"), first, _NOON.date(), (_NOON + _DAY).date())
    cells = [
        f"`{operator.key}`",
        f"{operator.label}; {operator.negative}",
        "any" if set(operator.types) == set(EVERY_TYPE) else ", ".join(operator.types),
        _FIELDS[operator.field],
        "; ".join(told[True]),
        "; ".join(told[False]),
        "at midnight" if moved else "no",
    ]
    return f"| {' | '.join(map(_cell, cells))} |"


def _example(stored: Any, value: Any, field: str) -> str:
    known = "unknown" if stored is None else f"`{json.dumps(stored, ensure_ascii=False)}`"
    return known if field == "nothing" else f"{known} (`{json.dumps(value, ensure_ascii=False)}`)"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _world(kinds: Iterable[type[Condition]]) -> World:
    """One in which all that the examples name exists."""
    said = [part for kind in kinds for example in kind.examples for part in _walk(example)]
    named = {key: [value for name, value in said if name == key] for key, _value in said}
    attributes = [str(key) for key in named.get("attribute", [])] + [f"scores.{key}" for key in named.get("score", [])]
    segments = sorted({str(slug) for slug in named.get("segment", [])})
    return World(
        attributes={key: _attribute(key) for key in attributes},
        events={str(name): number for number, name in enumerate(dict.fromkeys(named.get("event", [])))},
        segments={slug: number for number, slug in enumerate(segments)},
        titles={slug: slug.capitalize() for slug in segments},
    )


def _walk(example: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(example, dict):
        for key, value in example.items():
            yield key, value
            yield from _walk(value)
    elif isinstance(example, list):
        for value in example:
            yield from _walk(value)


def _attribute(key: str) -> Attribute:
    room, _dot, name = key.partition(".")
    return Attribute(
        key=key,
        label=name,
        type="text",
        topic=f"{room.rstrip('s')}:{name}",
        expression=lambda _at: sql.SQL("value"),
        history=History(
            spells=lambda _low, _high, _people: sql.SQL("spells"),
            began=lambda _low, _high: sql.SQL("began"),
            topic=f"said:{name}",
        ),
    )
