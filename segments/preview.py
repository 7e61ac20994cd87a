"""What a rule would give, while it is being written: counts beside each condition, who enters, who leaves."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import psycopg
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _

from segments import rules
from segments.bitmaps import BitMap64
from segments.errors import RuleError
from segments.leaves import Condition, Everybody, Group, In, Rule, Where
from segments.models import Leaf, Segment
from segments.sets import Sets
from segments.snapshot import snapshot, statement_timeout
from segments.world import World

# Who types a rule asks the same conditions again and again; for so long their answers are good enough.
REMEMBER = timedelta(seconds=30)
TIMEOUT = timedelta(seconds=15)
SAMPLE = 8


@dataclass(frozen=True)
class Note:
    """Something to tell about a condition; `path` as in RuleError."""

    path: str
    message: str


@dataclass
class Preview:
    """`counts` and `sentences` by path ("" is the whole rule); `sample`, `enters` and `leaves` hold ids of people."""

    total: int
    everybody: int
    sentence: str
    counts: dict[str, int]
    sentences: dict[str, str]
    sample: list[int]
    enters: BitMap64
    leaves: BitMap64
    notes: list[Note] = field(default_factory=list)
    duration_ms: int = 0


def preview(rule: Any, segment: Segment | None = None) -> Preview:
    """Compute a rule (JSON) over everybody. RuleError when it cannot be read, checked, or answered in time."""
    started = time.perf_counter()
    tree, world = rules.parse(rule), World.now()
    rules.check(tree, world)
    with snapshot():
        known = _known_leaves(tree)
        sets = _sets({**known, **_needed(tree, segment)}, world)
    everybody = sets[Everybody().digest]
    members = {path: rules.evaluate(rules.normal(node), sets, everybody) for path, node in rules.walk(tree)}
    total = members[""]
    before = sets[In(segment.slug).digest] if segment and segment.version else BitMap64()
    return Preview(
        total=len(total),
        everybody=len(everybody),
        sentence=rules.sentence(tree, world),
        counts={path: len(people) for path, people in members.items()},
        sentences={path: rules.sentence(node, world) for path, node in rules.walk(tree)},
        sample=spread(total, SAMPLE),
        enters=total - before,
        leaves=before - total,
        notes=_notes(tree, members, everybody, sets),
        duration_ms=round((time.perf_counter() - started) * 1000),
    )


def spread(people: BitMap64, count: int) -> list[int]:
    """So many people from the whole of a set, the same each time."""
    step = max(1, len(people) // count)
    return [people[at] for at in range(0, len(people), step)][:count]


def _needed(tree: Rule, segment: Segment | None) -> dict[bytes, Condition]:
    everybody: Condition = Everybody()
    own = {In(segment.slug).digest: In(segment.slug)} if segment and segment.version else {}
    return {everybody.digest: everybody, **own, **rules.leaves(rules.normal(tree))}


def _known_leaves(tree: Rule) -> dict[bytes, Condition]:
    """For each attribute compared negatively: of whom is it known? The others are included, and it is said."""
    known = [_known(node) for _path, node in rules.walk(tree) if _includes_unknown(node)]
    return {leaf.digest: leaf for leaf in known}


def _includes_unknown(node: Rule) -> bool:
    return isinstance(node, Where) and node.negated and node.op != "known"


def _known(node: Rule) -> Where:
    return Where(node.attribute, "known") if isinstance(node, Where) else Where("", "known")


def _sets(leaves: dict[bytes, Condition], world: World) -> dict[bytes, BitMap64]:
    """The kept set where there is one, else the answer of the database, remembered for a while."""
    kept_rows = Leaf.objects.filter(digest__in=list(leaves), computed_at__isnull=False)
    ids = {pk: bytes(digest) for pk, digest in kept_rows.values_list("pk", "digest")}
    sets = {ids[pk]: members for pk, members in Sets().load(ids).items()}
    at = timezone.now()
    for digest, leaf in leaves.items():
        if digest not in sets:
            sets[digest] = _answer(digest, leaf, at, world)
    return sets


def _answer(digest: bytes, leaf: Condition, at: datetime, world: World) -> BitMap64:
    key = f"leaf:{digest.hex()}"
    remembered: BitMap64 | None = cache.get(key)
    if remembered is not None:
        return remembered
    try:
        with snapshot(), statement_timeout(TIMEOUT):
            people = type(leaf).ask({0: leaf}, at, None, world).get(0, BitMap64())
    except psycopg.errors.QueryCanceled:
        raise RuleError("", _("This takes too long to count: %(what)s.") % {"what": leaf.sentence(world)}) from None
    except psycopg.DataError:
        raise RuleError("", _("The database cannot answer: %(what)s.") % {"what": leaf.sentence(world)}) from None
    cache.set(key, people, REMEMBER.total_seconds())
    return people


def _notes(tree: Rule, members: dict[str, BitMap64], everybody: BitMap64, sets: dict[bytes, BitMap64]) -> list[Note]:
    notes = []
    for path, node in rules.walk(tree):
        if _includes_unknown(node):
            unknown = len(everybody - sets[_known(node).digest])
            if unknown:
                notes.append(Note(path, _("including %(count)s for whom it is unknown") % {"count": f"{unknown:,}"}))
        if isinstance(node, Group) and node.kind == "any" and len(node.rules) > 1 and members[path] == everybody:
            notes.append(Note(path, _("one of these always holds, so this group matches everyone")))
    if members[""] == everybody and everybody:
        notes.append(Note("", _("This matches everyone.")))
    elif not members[""]:
        notes.append(Note("", _("This matches nobody at the moment.")))
    return notes
