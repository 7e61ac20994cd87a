"""Why somebody is in a segment, or was, or not: each condition with what it looked at and whether it holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from segments import rules, travel
from segments.bitmaps import BitMap64
from segments.errors import RuleError
from segments.leaves import Condition, Everybody, Group, Rule
from segments.models import Membership, Segment, SegmentVersion
from segments.snapshot import snapshot
from segments.world import World


@dataclass(frozen=True)
class Explained:
    """A condition or a group: does it hold for this person, and what was seen ("3 times").

    `holds` None: that cannot be told of the past, for a name in it is gone, or only the present is kept of what it
    looks at. Never of the present.
    """

    path: str
    kind: str
    sentence: str
    holds: bool | None
    saw: str
    children: tuple[Explained, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """A rule asked of one person at a moment; `membership` is their interval in the ledger that covers it.

    `version` is the number of the version whose rule was asked: that of the moment.
    """

    segment: Segment
    profile_id: int
    at: datetime
    rule: Explained
    membership: Membership | None
    version: int


def explain(segment: Segment, profile_id: int, at: datetime | None = None) -> Explanation:
    """Ask the rule of one person, with the queries that keep the segment: now, or at a past moment by the rule of then.

    RuleError when the rule is broken now; for the past, when there was none yet, or it cannot be read any more.
    """
    if at is None or at >= timezone.now():
        return _explain_now(segment, profile_id)
    version = travel.version_at(segment, at)
    if version is None:
        raise RuleError("", _("This segment had no rule yet."))
    return _explain_then(segment, profile_id, at, version)


def _explain_now(segment: Segment, profile_id: int) -> Explanation:
    tree, world = rules.parse(segment.rule), World.now()
    rules.check(tree, world)
    with snapshot():
        asked = _Asked(profile_id, timezone.now(), world)
        asked.ask(tree)
        explained = asked.explain(tree)
        membership = Membership.objects.open().filter(segment=segment, profile_id=profile_id).first()
    return Explanation(segment, profile_id, asked.at, explained, membership, segment.version)


def _explain_then(segment: Segment, profile_id: int, at: datetime, version: SegmentVersion) -> Explanation:
    tree, world = rules.parse(version.rule), World.now().recalling()
    with snapshot():
        asked = _Asked(profile_id, at, world)
        asked.ask(tree)
        explained = asked.explain(tree)
        membership = Membership.objects.covering(at).filter(segment=segment, profile_id=profile_id).first()
    return Explanation(segment, profile_id, at, explained, membership, version.number)


@dataclass
class _Asked:
    """One person's answers: `sets` holds each leaf's people among this one, `lost` why a condition cannot be asked."""

    profile_id: int
    at: datetime
    world: World
    sets: dict[bytes, BitMap64] = field(default_factory=dict)
    lost: dict[bytes, str] = field(default_factory=dict)

    def ask(self, tree: Rule) -> None:
        """Ask all conditions of the rule that can be asked."""
        if self.world.past:
            self.lost = {node.digest: lost for node in _conditions(tree) if (lost := self._lost(node))}
        leaves: dict[bytes, Condition] = {Everybody().digest: Everybody()}
        for node in _conditions(tree):
            if node.digest not in self.lost:
                leaves |= rules.leaves(rules.normal(node))
        self.sets = travel.ask(leaves, self.at, BitMap64([self.profile_id]), self.world)

    def explain(self, node: Rule, path: str = "") -> Explained:
        """The node with its verdict, and what is under it."""
        sentence = rules.sentence(node, self.world)
        if isinstance(node, Group):
            children = tuple(self.explain(child, rules.join(path, at)) for at, child in enumerate(node.rules))
            return Explained(path, node.kind, sentence, self._of_group(node, children), "", children)
        if node.digest in self.lost:
            return Explained(path, node.key, sentence, None, self.lost[node.digest])
        holds = self.profile_id in rules.evaluate(rules.normal(node), self.sets, self._everybody)
        return Explained(path, node.key, sentence, holds, node.words_for(self.at, self.profile_id, self.world))

    def _of_group(self, group: Group, children: tuple[Explained, ...]) -> bool | None:
        """From what is known of its parts: what is not may still not matter."""
        answers = [child.holds for child in children]
        decided = group.kind != "all"  # One part that is so decides it.
        if decided in answers:
            answer = group.kind == "any"
        elif None in answers:
            return None
        else:
            answer = group.kind != "any"
        return answer and self.profile_id in self._everybody

    def _lost(self, node: Condition) -> str:
        try:
            node.check(self.world, "")
        except RuleError as error:
            return error.message
        return _("only the present is kept of it") if travel.forgotten(node, self.world) else ""

    @property
    def _everybody(self) -> BitMap64:
        return self.sets[Everybody().digest]


def _conditions(tree: Rule) -> list[Condition]:
    return [node for _path, node in rules.walk(tree) if isinstance(node, Condition)]
