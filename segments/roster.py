"""Who is in a segment and who moved, page by page, newest first, cut at a key and never at an offset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.db.models import Q

from profiles import directory
from segments.bitmaps import BitMap64
from segments.errors import RuleError
from segments.faces import Face, faces
from segments.leaves import Everybody, conditions
from segments.models import Cause, Clock, Leaf, Membership, MembershipQuerySet, Segment
from segments.plan import EVERYBODY
from segments.sets import Sets
from segments.transitions import KINDS
from segments.world import World

PAGE = 50
FOUND = 8
_ENTERED, _LEFT = 0, 1


@dataclass(frozen=True)
class Member:
    """Somebody in a segment, or with `since` None somebody looked for who is not."""

    face: Face
    since: datetime | None
    cause: str
    because: tuple[str, ...]


@dataclass(frozen=True)
class Move:
    """Somebody entered or left."""

    face: Face
    entered: bool
    at: datetime
    cause: str
    because: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """Rows, and the key from which the next page goes on; empty at the end. `total`: of all pages, where known."""

    rows: Sequence[Any]
    older: str
    total: int | None = None


def members(segment: Segment, before: str, at: datetime | None = None) -> Page:
    """Who is in, or was in at a moment by the rule of then, who entered last first. Five queries and those of World."""
    inside = Membership.objects.filter(segment=segment).order_by("-entered_run", "-profile_id")
    inside = inside.filter(_at(at) if at else Q(left_at__isnull=True))
    total = inside.count() if at else None
    run, person = _key(before, 2)
    if run is not None:
        inside = inside.filter(Q(entered_run__lt=run) | Q(entered_run=run, profile_id__lt=person))
    rows = list(inside[: PAGE + 1])
    shown = rows[:PAGE]
    last = f"{shown[-1].entered_run}.{shown[-1].profile_id}" if len(rows) > PAGE else ""
    return Page(_members(shown), last, total)


def listed(people: BitMap64, before: str) -> Page:
    """These people, by number, for whom no ledger says since when."""
    after = _key(before, 1)[0] or 0
    shown = list(islice(people.iter_equal_or_larger(after + 1), PAGE + 1))
    known = faces(shown[:PAGE])
    rows = [Member(face, None, "", ()) for face in known.values()]
    return Page(rows, str(shown[PAGE - 1]) if len(shown) > PAGE else "", len(people))


def look_up(segment: Segment, text: str) -> Page:
    """The people that `text` names (any identifier, or a name), each with whether they are in."""
    people = [row.id for row in directory.page(directory.Query(text=text), size=FOUND).rows]
    inside = Membership.objects.open().filter(segment=segment, profile_id__in=people)
    found = {member.face.id: member for member in _members(list(inside))}
    known = faces(people)
    return Page([found.get(person_id) or Member(known[person_id], None, "", ()) for person_id in people], "")


@dataclass(frozen=True)
class Wanted:
    """Which movements: "entered", "left" or both (""), a cause, and the id of the condition that flipped."""

    kind: str = ""
    cause: str = ""
    condition: int | None = None

    @classmethod
    def read(cls, params: Mapping[str, str]) -> Wanted:
        """From the parameters of an address; what makes no sense is left out."""
        kind, cause = params.get("kind", ""), params.get("cause", "")
        return cls(
            kind if kind in KINDS else "",
            cause if cause in Cause.values else "",
            _key(params.get("condition", ""), 1)[0],
        )

    @property
    def params(self) -> dict[str, str]:
        """What an address says for it."""
        named = {"kind": self.kind, "cause": self.cause, "condition": str(self.condition or "")}
        return {key: value for key, value in named.items() if value}

    def narrow(self, ledger: MembershipQuerySet, kind: str) -> MembershipQuerySet:
        """The rows of the ledger in which somebody entered (or left) like this."""
        if self.kind not in {"", kind}:
            return ledger.none()
        if self.cause:
            ledger = ledger.filter(**{f"{kind}_cause": self.cause})
        return ledger.filter(**{f"{kind}_leaves__contains": [self.condition]}) if self.condition else ledger


def moves(segment: Segment, before: str, wanted: Wanted | None = None) -> Page:
    """Who entered and who left, the last first: one page from each of the ledger's two indexes, merged."""
    run, person, kind = _key(before, 3)
    ledger, wanted = Membership.objects.filter(segment=segment), wanted or Wanted()
    came, went = wanted.narrow(ledger.all(), "entered"), wanted.narrow(ledger.filter(left_run__isnull=False), "left")
    if run is not None:
        came = came.filter(_below("entered_run", run, person, _ENTERED, kind))
        went = went.filter(_below("left_run", run, person, _LEFT, kind))
    came, went = came.order_by("-entered_run", "-profile_id"), went.order_by("-left_run", "-profile_id")
    rows = [((row.entered_run, row.profile_id, _ENTERED), row) for row in came[: PAGE + 1]]
    rows += [((row.left_run or 0, row.profile_id, _LEFT), row) for row in went[: PAGE + 1]]
    rows.sort(key=lambda item: item[0], reverse=True)
    shown = rows[:PAGE]
    words = leaf_words(leaf for _key_, row in shown for leaf in (*row.entered_leaves, *row.left_leaves))
    known = faces(row.profile_id for _key_, row in shown)
    last = ".".join(map(str, shown[-1][0])) if len(rows) > PAGE else ""
    return Page([_move(row, key[2] == _ENTERED, known, words) for key, row in shown], last)


def leaf_words(ids: Iterable[int]) -> dict[int, str]:
    """Conditions by id in plain words: the ledger names the conditions that flipped by id."""
    rows = Leaf.objects.filter(pk__in=set(ids)).values_list("pk", "condition")
    world = World.now()
    said = {pk: _sentence(condition, world) for pk, condition in rows if Everybody.key not in condition}
    return {pk: sentence for pk, sentence in said.items() if sentence}


def because(leaves: Iterable[int], words: dict[int, str]) -> tuple[str, ...]:
    """The conditions that flipped, as far as they have words."""
    return tuple(words[leaf] for leaf in leaves if leaf in words)


def as_of() -> datetime | None:
    """Up to when every live segment is true: a segment in which nobody moved is not older for that."""
    clock = Clock.objects.first()
    return clock.at if clock else None


def everybody() -> int:
    """How many people there are, by the set that segments are computed with; 0 before the first refresh."""
    row = Leaf.objects.filter(digest=EVERYBODY.digest, computed_at__isnull=False).values_list("pk", flat=True).first()
    return len(Sets().load([row])[row]) if row else 0


def _sentence(condition: dict[str, Any], world: World) -> str:
    """Empty for a condition of an earlier time that the language no longer has."""
    ((key, body),) = condition.items()
    try:
        return conditions()[key].parse(dict(body), "").sentence(world) if key in conditions() else ""
    except RuleError:
        return ""


def _members(rows: Sequence[Membership]) -> list[Member]:
    words = leaf_words(leaf for row in rows for leaf in row.entered_leaves)
    known = faces(row.profile_id for row in rows)
    return [
        Member(
            known[row.profile_id],
            row.entered_at,
            str(Cause(row.entered_cause).label),
            because(row.entered_leaves, words),
        )
        for row in rows
    ]


def _move(row: Membership, entered: bool, known: dict[int, Face], words: dict[int, str]) -> Move:
    face = known[row.profile_id]
    if entered:
        return Move(face, True, row.entered_at, str(Cause(row.entered_cause).label), because(row.entered_leaves, words))
    left_at = row.left_at or row.entered_at
    return Move(face, False, left_at, str(Cause(row.left_cause).label), because(row.left_leaves, words))


def _at(at: datetime) -> Q:
    """In the ledger at that moment."""
    return Q(entered_at__lte=at) & (Q(left_at__isnull=True) | Q(left_at__gt=at))


def _below(field: str, run: int, person: int | None, kind: int, than: int | None) -> Q:
    """Behind (run, person, than) in the order of (run, person, kind), descending."""
    same = "lte" if than is not None and kind < than else "lt"
    return Q(**{f"{field}__lt": run}) | Q(**{field: run, f"profile_id__{same}": person})


def _key(text: str, width: int) -> list[int | None]:
    """The numbers of a key, or that many None for what is none."""
    parts = text.split(".")
    if len(parts) != width or not all(part.isdecimal() and len(part) < 19 for part in parts):
        return [None] * width
    return [int(part) for part in parts]
