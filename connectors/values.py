"""What Kith has to say about people, for all fields of a mapping and many people at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.conf import settings
from django.urls import reverse
from psycopg import sql

from connectors.fitting import fitted
from connectors.mapping import LINK, SEGMENTS, Line
from profiles.attributes import Attribute
from profiles.database import Cursor, array, cursor
from segments.models import Membership

# By person, by the remote's key: in the remote's form, None for a blank.
Values = dict[int, dict[str, Any]]
_NUMBERED = 0


def read(people: Collection[int], lines: Sequence[Line], catalogue: Mapping[str, Attribute]) -> Values:
    """The values of these people now, in a fixed number of queries. An attribute that is gone is a blank."""
    if not people:
        return {}
    # A trait that nobody has said yet may be said by the time that we look again.
    asked = [line for line in lines if line.trait or line.local in catalogue]
    found: Values = {}
    with cursor() as db:
        for profile_id, values in _attributes(db, people, [_expression(line, catalogue) for line in asked]):
            said = {line.remote: None for line in lines}
            said.update({line.remote: fitted(value, line.field) for line, value in zip(asked, values, strict=True)})
            found[profile_id] = said
    _add_segments(found, lines)
    _add_links(found, lines)
    return found


def since(pairs: Collection[tuple[int, str]], db: Cursor) -> dict[tuple[int, str], datetime]:
    """Since when each of these (person, trait key) has the value that it has."""
    db.execute(
        "SELECT v.profile_id, t.key, max(v.since) FROM unnest(%s::bigint[], %s::text[]) AS asked(profile_id, key)"
        " JOIN profiles_trait t ON t.key = asked.key"
        " JOIN profiles_traitvalue v ON v.profile_id = asked.profile_id AND v.trait_id = t.id AND v.until IS NULL"
        " JOIN profiles_profile p ON p.id = v.profile_id AND p.traits -> t.key = v.value"
        " GROUP BY 1, 2",
        [array(person for person, _key in pairs), array(key for _person, key in pairs)],
    )  # fmt: skip
    return {(person, key): since for person, key, since in db}


def _expression(line: Line, catalogue: Mapping[str, Attribute]) -> sql.Composable:
    if line.trait:
        return sql.SQL("p.traits -> {}").format(sql.Literal(line.trait))
    return catalogue[line.local].expression(None)


def _attributes(db: Cursor, people: Collection[int], columns: Sequence[sql.Composable]) -> list[tuple[int, list[Any]]]:
    db.execute(
        sql.SQL(
            "SELECT p.id, jsonb_build_array({})::text FROM profiles_profile p WHERE p.id = ANY({}::bigint[])"
        ).format(sql.SQL(", ").join(columns), sql.Literal(array(people)))
    )
    return [(profile_id, msgspec.json.decode(values)) for profile_id, values in db]


def _add_segments(found: Values, lines: Sequence[Line]) -> None:
    wanted = [line for line in lines if line.local == SEGMENTS]
    if not wanted:
        return
    names: dict[int, list[tuple[str, str]]] = defaultdict(list)
    rows = Membership.objects.open().filter(profile_id__in=list(found)).order_by("segment__name")
    for profile_id, slug, name in rows.values_list("profile_id", "segment__slug", "segment__name"):
        names[profile_id].append((slug, name))
    for profile_id, values in found.items():
        for line in wanted:
            said = [name for slug, name in names[profile_id] if not line.only or slug in line.only]
            values[line.remote] = fitted(said, line.field)


def _add_links(found: Values, lines: Sequence[Line]) -> None:
    wanted = [line for line in lines if line.local == LINK]
    if not wanted:
        return
    # One reversal for all: the number is the only thing that differs.
    before, _number, after = reverse("admin:profiles_profile_change", args=[_NUMBERED]).rpartition(str(_NUMBERED))
    for profile_id, values in found.items():
        for line in wanted:
            values[line.remote] = f"{settings.PUBLIC_URL}{before}{profile_id}{after}"
