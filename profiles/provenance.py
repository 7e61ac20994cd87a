"""What we know of a person: each trait with its winner, who said so, and what lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.http import HttpRequest

from profiles.models import Profile, TraitValue

# A person with more values than this shows the newest of them.
LIMIT = 2_000


@dataclass(frozen=True)
class Said:
    """A value that a source gave, from when to when (`until` None: it says so still)."""

    value: Any
    source: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True)
class Known:
    """A trait: the value that counts (`winner`, None when nobody says one now), the other candidates, and the past."""

    key: str
    label: str
    value: Any
    winner: Said | None
    losers: Sequence[Said]
    past: Sequence[Said]


def context(person: Profile, _request: HttpRequest) -> dict[str, Any]:
    """For the panel."""
    return {"known": known(person)}


def known(person: Profile) -> list[Known]:
    """Every trait of a person, by label, in one query."""
    rows = TraitValue.objects.filter(profile_id=person.pk).select_related("trait", "source")
    newest = sorted(rows.order_by("-since")[:LIMIT], key=lambda row: row.trait_id)
    traits = [_known(person, list(group)) for _trait, group in groupby(newest, key=lambda row: row.trait_id)]
    return sorted(traits, key=lambda trait: trait.label.casefold())


def _known(person: Profile, rows: list[TraitValue]) -> Known:
    """Sort out one trait's rows: open rows are candidates, and the one that the profile holds has won."""
    trait = rows[0].trait
    value = person.traits.get(trait.key)
    # Equal values from several sources: the most believed source is named.
    candidates = sorted(
        (row for row in rows if row.until is None), key=lambda row: (row.source.precedence, row.seen_at), reverse=True
    )
    winner = next((row for row in candidates if row.value == value), None)
    return Known(
        key=trait.key,
        label=trait.label or trait.key.replace("_", " ").capitalize(),
        value=value,
        winner=_said(winner) if winner else None,
        losers=[_said(row) for row in candidates if row is not winner],
        past=[_said(row) for row in rows if row.until is not None],
    )


def _said(row: TraitValue) -> Said:
    return Said(row.value, row.source.name, row.since, row.until)
