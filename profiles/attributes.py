"""The catalogue of what can be asked about a person: traits here, scores and CRM fields by the apps that own them.

One Attribute serves rules, CRM mapping, export, the API schema and the 360 page. An app contributes by
registering a provider in its attributes.py, which profiles/apps.py imports; the catalogue is read anew each
time, for traits come and go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from psycopg import sql

from profiles import recall
from profiles.models import Trait


class Joined(NamedTuple):
    """The value of everybody at once: a join beside `p`, and the expression over what is joined."""

    join: sql.Composable
    expression: sql.Composable


class Member(sql.Composed):
    """A member of a jsonb object, as jsonb. `text` is the same as text: half the work of the text of the jsonb."""

    def __init__(self, container: sql.Composable, key: str) -> None:
        super().__init__([sql.SQL("({} -> {})").format(container, sql.Literal(key))])
        self.text = sql.SQL("({} ->> {})").format(container, sql.Literal(key))


@dataclass(frozen=True)
class History:
    """The values of an attribute over time, for who asks how long one has held.

    `spells(low, high, people)` is SQL: SELECT profile_id, value, since, until, one row for each value that was true
    somewhere in [low, high], from `since` on until before `until` (NULL: still), of those for whom `people`, boolean
    SQL over `profile_id`, is true. From a person's first spell on there are no gaps: what is unknown is a spell too.
    `began(low, high)` is SQL: SELECT profile_id, of whom a spell began in (low, high]; more people do no harm.
    `topic` is what Change.topic says when the past moved and the value of now did not.
    """

    spells: Callable[[datetime, datetime, sql.Composable], sql.Composable]
    began: Callable[[datetime, datetime], sql.Composable]
    topic: str = ""


@dataclass(frozen=True)
class Attribute:
    """Something known about a person.

    `expression(at)` is SQL of type jsonb over the alias `p` of profiles_profile (NULL: unknown), as of a
    time, or now. `topic` is what Change.topic says when a value moves. `joined` is the same for questions about
    everybody, where looking for each person's value would take longer. `segments` are those that the value
    is computed from: they must not ask it. `always`: everybody has a value, from the first day on.
    `recalls`: `expression` gives past values; without it, nobody may ask what was before. `history` is there where
    it can also be told how long a value held.
    """

    key: str
    label: str
    type: str
    topic: str
    expression: Callable[[datetime | None], sql.Composable]
    joined: Joined | None = None
    segments: frozenset[str] = frozenset()
    always: bool = False
    recalls: bool = False
    history: History | None = None


Provider = Callable[[], Iterable[Attribute]]
_providers: list[Provider] = []


def register(provider: Provider) -> Provider:
    """Add a provider of attributes; returns it, so that it can decorate."""
    _providers.append(provider)
    return provider


def catalogue() -> dict[str, Attribute]:
    """Every attribute by key, one query per provider."""
    return {attribute.key: attribute for provider in _providers for attribute in provider()}


@register
def traits() -> Iterable[Attribute]:
    """One attribute per trait, named `traits.<key>`."""
    return [_trait(trait) for trait in Trait.objects.all()]


def _trait(trait: Trait) -> Attribute:
    winner = Member(sql.SQL("p.traits"), trait.key)
    return Attribute(
        key=f"traits.{trait.key}",
        label=str(trait),
        type=trait.type,
        topic=f"trait:{trait.key}",
        expression=lambda at: recall.value_at(trait.pk, at) if at else winner,
        recalls=True,
        history=History(
            spells=lambda low, high, people: recall.spells(trait.pk, low, high, people),
            began=lambda low, high: recall.began(trait.pk, low, high),
            topic=f"said:{trait.key}",
        ),
    )
