"""The list of people: found by any identifier or by name, filtered, and paged by key.

Pages are cut at an id, never at an offset, and nothing here counts a large table: page one million
costs what page one costs. The number of queries does not depend on the number of people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Concat
from django.utils import timezone

from profiles import columns, seek
from profiles.models import Identifier, Profile, ProfileStat

PAGE = 50
# Above this a total is an estimate, and a filter is not counted.
COUNTED = 50_000
# A search through the names of very many people gives up rather than holding the database.
PATIENCE_MS = 3_000
# The choices of a filter come from this many of the newest people.
_SAMPLE = 5_000


@dataclass(frozen=True)
class Query:
    """What somebody looks for. `seen` is "7": in the last 7 days, or "-30": not in the last 30."""

    text: str = ""
    stage: str = ""
    country: str = ""
    seen: str = ""
    kind: str = ""
    below: int | None = None
    above: int | None = None

    @classmethod
    def read(cls, params: Mapping[str, str]) -> Query:
        """From the parameters of an address; what makes no sense is left out."""
        words = {name: _clean(params.get(name, "")) for name in ("stage", "country", "seen", "kind")}
        return cls(
            text=_clean(params.get("q", "")),
            below=_id(params.get("below", "")),
            above=_id(params.get("above", "")),
            **words,
        )

    @property
    def filtered(self) -> bool:
        """Whether it is less than everybody."""
        return bool(self.text or self.stage or self.country or self.seen or self.kind)

    def params(self) -> dict[str, str]:
        """The parameters that say it, without the place in the list."""
        said = {"q": self.text, "stage": self.stage, "country": self.country, "seen": self.seen, "kind": self.kind}
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True)
class Row:
    """A person in the list. `cells` are what other apps contribute, in the order of columns.columns()."""

    id: int
    name: str
    email: str
    device: str
    stage: str
    country: str
    events: int
    last_seen: datetime | None
    cells: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Page:
    """Rows, newest first. `older` and `newer` are ids to go on from. `total` is None where counting would cost."""

    rows: Sequence[Row]
    older: int | None = None
    newer: int | None = None
    total: int | None = None
    estimated: bool = False
    # Names were searched for too long: only identifiers were looked up.
    gave_up: bool = False


@dataclass(frozen=True)
class Choices:
    """What the filters offer."""

    stages: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)


def page(query: Query, size: int = PAGE) -> Page:
    """One page of people. A search that takes too long falls back to identifiers alone, and says so."""
    ids = seek.people(query.text) if query.text else []
    everybody = estimate()
    counted = everybody <= COUNTED
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(PATIENCE_MS)])
            return _page(query, _matching(query, ids, names=True), size, everybody, counted)
    except OperationalError:
        matching = _matching(replace(query, seen="", stage="", country="", kind=""), ids, names=False)
        return replace(_page(query, matching, size, everybody, counted), gave_up=True, total=None)


def estimate() -> int:
    """About how many people there are, from the planner's statistics; exact up to COUNTED."""
    with connection.cursor() as cursor:
        cursor.execute(_STATISTICS)
        everybody, merged = cursor.fetchone() or (0, 0)
    guess = int(everybody) - max(int(merged), 0)
    if guess > COUNTED:
        return guess
    # A table never analysed says -1: it may be of any size, so count up to the limit only.
    found = Profile.objects.present().values("pk")[: COUNTED + 1].count()
    return found if found <= COUNTED else max(guess, found)


def choices() -> Choices:
    """Stages and countries of the newest people, in one query."""
    newest = Profile.objects.present().order_by("-pk").values("traits__stage", "traits__country")[:_SAMPLE]
    stages, countries = set(), set()
    for row in newest.iterator():
        stages.add(row["traits__stage"])
        countries.add(row["traits__country"])
    return Choices(_texts(stages), _texts(countries))


def _page(query: Query, matching: QuerySet[Profile], size: int, everybody: int, counted: bool) -> Page:
    backwards = query.above is not None
    if backwards:
        cut = list(matching.filter(pk__gt=query.above).order_by("pk")[: size + 1])
    elif query.below is not None:
        cut = list(matching.filter(pk__lt=query.below).order_by("-pk")[: size + 1])
    else:
        cut = list(matching.order_by("-pk")[: size + 1])
    more, people = len(cut) > size, cut[:size]
    if backwards:
        people.reverse()
    older = people[-1].pk if people and (backwards or more) else None
    newer = people[0].pk if people and (more if backwards else query.below is not None) else None
    total = everybody
    if query.filtered:
        total = matching.count() if counted else None  # type: ignore[assignment]  # None: not counted
    return Page(_rows(people), older, newer, total, estimated=not counted)


def _matching(query: Query, ids: Sequence[int], *, names: bool) -> QuerySet[Profile]:
    people: QuerySet[Profile] = Profile.objects.present()
    if query.text and names and seek.may_be_a_name(query.text, ids):
        people = _named(people, query.text, ids)
    elif query.text:
        people = people.filter(pk__in=ids)
    if query.stage:
        people = people.filter(traits__stage=query.stage)
    if query.country:
        people = people.filter(traits__country=query.country)
    if query.seen:
        people = _seen(people, query.seen)
    if query.kind in {"known", "anonymous"}:
        known = Exists(Identifier.objects.filter(profile_id=OuterRef("pk"), type__movable=False))
        people = people.filter(known if query.kind == "known" else ~known)
    return people


def _named(people: QuerySet[Profile], text: str, ids: Sequence[int]) -> QuerySet[Profile]:
    people = people.annotate(
        full_name=Concat(KT("traits__first_name"), Value(" "), KT("traits__last_name"), output_field=TextField())
    )
    return people.filter(
        Q(pk__in=ids)
        | Q(traits__name__icontains=text)
        | Q(full_name__icontains=text)
        | Q(traits__email__icontains=text)
    )


def _seen(people: QuerySet[Profile], seen: str) -> QuerySet[Profile]:
    days = int(seen) if seen.lstrip("-").isdecimal() else 0
    if not 0 < abs(days) <= 3650:
        return people
    since = timezone.now() - timedelta(days=abs(days))
    lately = Exists(ProfileStat.objects.filter(profile_id=OuterRef("pk"), last_seen__gte=since))
    return people.filter(lately if days > 0 else ~lately)


def _rows(people: Sequence[Profile]) -> list[Row]:
    ids = [person.pk for person in people]
    stats = ProfileStat.objects.in_bulk(ids)
    emails = seek.first_values(ids, "email")
    devices = seek.first_values(ids, "anonymous_id")
    contributed = [column.values(ids) for column in columns.columns()]
    rows = []
    for person in people:
        stat = stats.get(person.pk)
        email = _text(person.traits.get("email")) or emails.get(person.pk, "")
        rows.append(
            Row(
                id=person.pk,
                name=person.name if person.name != email else "",
                email=email,
                device=devices.get(person.pk, ""),
                stage=_text(person.traits.get("stage")),
                country=_text(person.traits.get("country")),
                events=stat.events if stat else 0,
                last_seen=stat.last_seen if stat else None,
                cells=tuple(values.get(person.pk) for values in contributed),
            )
        )
    return rows


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(values: set[Any]) -> list[str]:
    return sorted(value for value in values if isinstance(value, str) and value and len(value) <= 40)


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()[:200]


def _id(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None


# Who was merged is in an index of their own, whose entries are counted too.
_STATISTICS = """
    SELECT (SELECT reltuples FROM pg_class WHERE oid = 'profiles_profile'::regclass),
           (SELECT reltuples FROM pg_class WHERE oid = 'profile_merged'::regclass)"""
