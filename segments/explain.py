"""Why somebody is in a segment, or not: each condition with what it looked at and whether it holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from segments import rules
from segments.bitmaps import BitMap64
from segments.leaves import Condition, Everybody, Group, Rule
from segments.models import Membership, Segment
from segments.snapshot import snapshot
from segments.world import World


@dataclass(frozen=True)
class Explained:
    """A condition or a group: does it hold for this person, and what was seen ("3 times")."""

    path: str
    kind: str
    sentence: str
    holds: bool
    saw: str
    children: tuple[Explained, ...] = ()


@dataclass(frozen=True)
class Explanation:
    """The rule asked of one person now; `membership` is their open interval, if they are in."""

    segment: Segment
    profile_id: int
    at: datetime
    rule: Explained
    membership: Membership | None


def explain(segment: Segment, profile_id: int) -> Explanation:
    """Ask the rule of one person, with the queries that keep the segment. RuleError when it is broken."""
    tree, world = rules.parse(segment.rule), World.now()
    rules.check(tree, world)
    leaves = {**rules.leaves(rules.normal(tree)), Everybody().digest: Everybody()}
    with snapshot():
        asked = _Asked(profile_id, timezone.now(), world)
        asked.ask(leaves)
        explained = asked.explain(tree)
        membership = Membership.objects.open().filter(segment=segment, profile_id=profile_id).first()
    return Explanation(segment, profile_id, asked.at, explained, membership)


@dataclass
class _Asked:
    """One person's answers: `sets` holds each leaf's people among this one."""

    profile_id: int
    at: datetime
    world: World
    sets: dict[bytes, BitMap64] = field(default_factory=dict)

    def ask(self, leaves: dict[bytes, Condition]) -> None:
        one, digests = BitMap64([self.profile_id]), list(leaves)
        self.sets = dict.fromkeys(digests, BitMap64())
        for kind in {type(leaf) for leaf in leaves.values()}:
            of_kind = {key: leaves[digest] for key, digest in enumerate(digests) if type(leaves[digest]) is kind}
            for key, people in kind.ask(of_kind, self.at, one, self.world).items():
                self.sets[digests[key]] = people

    def explain(self, node: Rule, path: str = "") -> Explained:
        everybody = self.sets[Everybody().digest]
        holds = self.profile_id in rules.evaluate(rules.normal(node), self.sets, everybody)
        if isinstance(node, Group):
            children = tuple(self.explain(child, rules.join(path, at)) for at, child in enumerate(node.rules))
            return Explained(path, node.kind, rules.sentence(node, self.world), holds, "", children)
        saw = node.words_for(self.at, self.profile_id, self.world)
        return Explained(path, node.key, node.sentence(self.world), holds, saw)
