"""Why somebody is in a segment, or not: each condition with what it looked at and whether it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from segments import rules
from segments.bitmaps import BitMap64
from segments.leaves import Condition, Everybody, Group, Rule
from segments.models import Membership, Segment
from segments.refresh import snapshot
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
    tree, world, at = rules.parse(segment.rule), World.now(), timezone.now()
    rules.check(tree, world)
    with snapshot():
        sets = _ask({**rules.leaves(rules.normal(tree)), Everybody().digest: Everybody()}, profile_id, at, world)
        explained = _explain(tree, "", sets, profile_id, at, world)
        membership = Membership.objects.open().filter(segment=segment, profile_id=profile_id).first()
    return Explanation(segment, profile_id, at, explained, membership)


def _ask(leaves: dict[bytes, Condition], profile_id: int, at: datetime, world: World) -> dict[bytes, BitMap64]:
    one = BitMap64([profile_id])
    digests = list(leaves)
    sets = dict.fromkeys(digests, BitMap64())
    for kind in {type(leaf) for leaf in leaves.values()}:
        of_kind = {key: leaves[digest] for key, digest in enumerate(digests) if type(leaves[digest]) is kind}
        for key, people in kind.ask(of_kind, at, one, world).items():
            sets[digests[key]] = people
    return sets


def _explain(
    node: Rule, path: str, sets: dict[bytes, BitMap64], profile_id: int, at: datetime, world: World
) -> Explained:
    everybody = sets[Everybody().digest]
    holds = profile_id in rules.evaluate(rules.normal(node), sets, everybody)
    if isinstance(node, Group):
        children = tuple(
            _explain(child, rules.join(path, at_), sets, profile_id, at, world) for at_, child in enumerate(node.rules)
        )
        return Explained(path, node.kind, rules.sentence(node, world), holds, "", children)
    return Explained(path, node.key, node.sentence(world), holds, node.words_for(at, profile_id, world))
