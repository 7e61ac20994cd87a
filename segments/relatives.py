"""A segment with the segments that its rule asks, and those that these ask: as they are for one person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from segments import rules
from segments.bitmaps import BitMap64
from segments.errors import RuleError
from segments.leaves import Condition, Group, In, OfSegment, Recorded, Rule
from segments.leaves.forced import obeying
from segments.leaves.ledger import Stay
from segments.models import Membership, Override, Segment
from segments.wishes import Wish
from segments.world import World

Stays = dict[str, list[Stay]]


@dataclass
class Relatives:
    """`rule` as it is written, `obeyed` with its overrides. `before` are the segments that are asked, by slug, children
    first; without a rule, its members are frozen. `asked` and `recorded` are the leaves of all of them, `stays` the
    person's intervals.
    """

    profile_id: int
    world: World
    rule: Rule
    obeyed: Rule
    before: dict[str, Rule | None] = field(default_factory=dict)
    asked: dict[bytes, Condition] = field(default_factory=dict)
    recorded: dict[bytes, Recorded] = field(default_factory=dict)
    stays: Stays = field(default_factory=lambda: defaultdict(list))

    def ask(self, leaf: Condition, at: datetime) -> bool:
        """What one of `asked` says at a time."""
        return bool(leaf.ask({0: leaf}, at, BitMap64([self.profile_id]), self.world).get(0))

    def step(self, answers: dict[bytes, bool], at: datetime) -> Iterator[tuple[bytes, Recorded]]:
        """One run of the refresher: who is in the segments that are asked goes into `answers`, and into `stays`.

        Gives the leaves that look at a segment in which something moved.
        """
        for slug in self._play(answers, self.stays, at):
            yield from ((digest, leaf) for digest, leaf in self.recorded.items() if leaf.segment == slug)

    def after(self, wish: Wish, answers: Mapping[bytes, bool], at: datetime) -> dict[bytes, bool]:
        """The answers, as far as they are known, when a wish has come true."""
        seen = dict(answers)
        for digest, leaf in self.asked.items():
            would = leaf.would(wish, at, self.profile_id, self.world)
            if would is not None:
                seen[digest] = would
        list(self._play(seen, {slug: list(stays) for slug, stays in self.stays.items()}, at))
        return seen

    def next_flip(self, leaf: Condition, at: datetime, wanted: bool) -> datetime | None:
        """When a leaf says so for the first time after `at` if nothing happens."""
        if isinstance(leaf, Recorded):
            stays = self.stays[leaf.segment]
            later = sorted(moment for moment in leaf.passing(stays) if moment > at)
            return next((moment for moment in later if leaf.told(stays, moment) == wanted), None)
        moments = leaf.moments(at, self.profile_id, self.world)
        return next((moment for moment in moments if self.ask(leaf, moment) == wanted), None)

    def _play(self, answers: dict[bytes, bool], stays: Stays, at: datetime) -> Iterator[str]:
        for slug, rule in self.before.items():
            intervals = stays.setdefault(slug, [])
            inside = is_inside(intervals)
            if rule is not None and truth(rule, answers) != inside:
                inside = not inside
                if inside:
                    intervals.append((at, None))
                else:
                    intervals[-1] = (intervals[-1][0], at)
                yield slug
            answers[In(slug).digest] = inside
            answers |= {
                digest: leaf.told(intervals, at) for digest, leaf in self.recorded.items() if leaf.segment == slug
            }


def gather(segment: Segment, profile_id: int, world: World) -> Relatives:
    """A segment with all that it asks. RuleError when its own rule is broken."""
    overridden = set(Override.objects.order_by().values_list("segment__slug", flat=True).distinct())
    rule = rules.parse(segment.rule)
    rules.check(rule, world)
    obeyed = obeying(rule, segment.slug) if segment.slug in overridden else rule
    found = Relatives(profile_id, world, rule, obeyed)
    _collect(found, obeyed, overridden)
    ledger = Membership.objects.filter(profile_id=profile_id, segment__slug__in=list(found.before))
    for slug, entered, left in ledger.order_by("entered_at").values_list("segment__slug", "entered_at", "left_at"):
        found.stays[slug].append((entered, left))
    return found


def truth(node: Rule, answers: Mapping[bytes, bool], given: Mapping[bytes, bool] | None = None) -> bool:
    """A rule for one person, from the answers of its leaves; what is `given` of a condition is so."""
    if isinstance(node, Group):
        found = (truth(child, answers, given) for child in node.rules)
        return all(found) if node.kind == "all" else any(found) is (node.kind == "any")
    if given and node.digest in given:
        return given[node.digest]
    if node.digest in answers:
        return answers[node.digest]
    return truth(node.normal(), answers, given)


def is_inside(stays: list[Stay]) -> bool:
    """Whether the last interval is open."""
    return bool(stays) and stays[-1][1] is None


def _collect(found: Relatives, rule: Rule, overridden: set[str]) -> None:
    """The leaves of a rule, and before it the segments that they ask."""
    for digest, leaf in rules.leaves(rules.normal(rule)).items():
        if not isinstance(leaf, OfSegment):
            found.asked[digest] = leaf
            continue
        if isinstance(leaf, Recorded):
            found.recorded[digest] = leaf
        if leaf.segment not in found.before:
            asked = _kept(leaf.segment, found.world)
            if asked is not None and leaf.segment in overridden:
                asked = obeying(asked, leaf.segment)
            if asked is not None:
                _collect(found, asked, overridden)
            found.before[leaf.segment] = asked


def _kept(slug: str, world: World) -> Rule | None:
    """The rule by which a segment is kept; None when it is broken, and its members are frozen."""
    segment = Segment.objects.filter(slug=slug, state=Segment.State.LIVE).first()
    if segment is None:
        return None
    try:
        rule = rules.parse(segment.rule)
        rules.check(rule, world)
    except RuleError:
        return None
    return rule
