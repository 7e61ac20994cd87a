"""Why some people are in a rule that is being written, in a few words each: "country FR · Order Completed 3 times"."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from django.db import connection
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from psycopg import sql

from profiles.models import ProfileStat
from profiles.templatetags.people import known_value
from segments import rules
from segments.bitmaps import BitMap64, ids_literal
from segments.leaves import Condition, Did, Inactive, Rule, Where
from segments.leaves.happened import EVENTS, inside, named
from segments.notes import negative
from segments.windows import zone
from segments.world import World

# More would not be read.
TOLD = 3

Members = dict[str, BitMap64]


@dataclass(frozen=True)
class _Asked:
    ids: list[int]
    at: datetime
    world: World


def reasons(tree: Rule, people: Collection[int], members: Members, at: datetime, world: World) -> dict[int, str]:
    """By person. `members` has who satisfies each node, by path. Four queries, whatever the rule."""
    because = {person: _told(_because(tree, "", person, members)) for person in people}
    conditions = list(dict.fromkeys(chain.from_iterable(because.values())))
    said = _said(conditions, _Asked(list(people), at, world))
    return {
        person: " · ".join(said[condition].get(person) or condition.sentence(world) for condition in found)
        for person, found in because.items()
    }


def _because(node: Rule, path: str, person: int, members: Members) -> list[Condition]:
    """The conditions that hold and let this person in, the positive ones first."""
    if isinstance(node, Condition):
        return [node]
    if node.kind == "none":
        return []
    paths = [rules.join(path, at) for at in range(len(node.rules))]
    holding = [(child, at) for child, at in zip(node.rules, paths, strict=True) if person in members[at]]
    found = list(chain.from_iterable(_because(child, at, person, members) for child, at in holding))
    return sorted(found, key=negative)


def _told(conditions: list[Condition]) -> list[Condition]:
    """The first few, one of each thing that is looked at."""
    first: dict[object, Condition] = {}
    for condition in conditions:
        about = getattr(condition, "attribute", None) or getattr(condition, "event", None) or condition
        first.setdefault((type(condition), about), condition)
    return list(first.values())[:TOLD]


def _said(conditions: list[Condition], asked: _Asked) -> dict[Condition, dict[int, str]]:
    """By condition and person; where nothing stands, the condition speaks for itself."""
    said: dict[Condition, dict[int, str]] = defaultdict(dict)
    said |= _known([one for one in conditions if isinstance(one, Where)], asked)
    said |= _counted([one for one in conditions if isinstance(one, Did) and one.event in asked.world.events], asked)
    seen = _last_seen(asked) if any(isinstance(one, Inactive) for one in conditions) else {}
    said |= {one: seen for one in conditions if isinstance(one, Inactive)}
    return said


def _known(conditions: list[Where], asked: _Asked) -> dict[Condition, dict[int, str]]:
    """ "country FR"."""
    if not conditions:
        return {}
    attributes = [asked.world.attributes[one.attribute] for one in conditions]
    query = sql.SQL("SELECT p.id, {} FROM profiles_profile AS p WHERE p.id = ANY({})").format(
        sql.SQL(", ").join(attribute.expression(None) for attribute in attributes), ids_literal(asked.ids)
    )
    said: dict[Condition, dict[int, str]] = {one: {} for one in conditions}
    for person, *values in _rows(query):
        for one, attribute, raw in zip(conditions, attributes, values, strict=True):
            value = json.loads(raw) if raw else None
            said[one][person] = f"{attribute.label} {_('unknown') if value is None else known_value(value)}"
    return said


def _counted(conditions: list[Did], asked: _Asked) -> dict[Condition, dict[int, str]]:
    """ "Order Completed 3 times"."""
    parts = [
        sql.SQL(
            "SELECT {}::int AS key, profile_id, count(*) FROM {} WHERE profile_id = ANY({}) AND {} AND {} GROUP BY 2"
        ).format(
            sql.Literal(key),
            EVENTS,
            ids_literal(asked.ids),
            inside(one.window.low(asked.at), one.window.high(asked.at)),
            named(one.event, one.where, asked.at, asked.world),
        )
        for key, one in enumerate(conditions)
    ]
    said: dict[Condition, dict[int, str]] = {one: {} for one in conditions}
    for key, person, count in _rows(sql.SQL(" UNION ALL ").join(parts)) if parts else []:
        times = ngettext("%d time", "%d times", count) % count
        said[conditions[key]][person] = f"{conditions[key].event} {times}"
    return said


def _last_seen(asked: _Asked) -> dict[int, str]:
    seen = ProfileStat.objects.filter(pk__in=asked.ids).values_list("pk", "last_seen")
    return {
        person: _("last seen %(when)s") % {"when": date_format(at.astimezone(zone()), "DATE_FORMAT")}
        for person, at in seen
    }


def _rows(query: sql.Composed) -> list[tuple[Any, ...]]:
    connection.ensure_connection()
    return list(connection.connection.execute(query).fetchall())
