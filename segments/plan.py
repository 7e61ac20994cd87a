"""What is to be kept: the segments whose rules can be checked, in the order in which they depend on each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from django.utils.translation import gettext as _

from segments import rules
from segments.errors import RuleError
from segments.leaves import Condition, Everybody, Group, In, OfSegment, Recorded, Rule
from segments.leaves.forced import obeying
from segments.models import Leaf, Override, Segment
from segments.world import World

EVERYBODY = Everybody()


@dataclass
class Planned:
    """A segment with its rule in normal form, its leaves, and the leaf that its own members are."""

    segment: Segment
    rule: Rule
    leaves: dict[bytes, Condition]
    own: In

    @property
    def complement(self) -> bool:
        """Somebody new may be in it without any leaf that holds for them."""
        return any(isinstance(node, Group) and node.kind == "none" for _path, node in rules.walk(self.rule))

    @property
    def recorded(self) -> list[Recorded]:
        """The conditions on the ledgers of other segments."""
        return [leaf for leaf in self.leaves.values() if isinstance(leaf, Recorded)]

    @property
    def edited(self) -> bool:
        """Its members were computed by an older rule, or never."""
        return self.segment.computed_version != self.segment.version


@dataclass
class Plan:
    """`broken` says why, per segment; the others come children first, and `leaves` is all they need."""

    planned: list[Planned] = field(default_factory=list)
    broken: dict[int, str] = field(default_factory=dict)
    leaves: dict[bytes, Condition] = field(default_factory=dict)

    @property
    def watched(self) -> set[str]:
        """The slugs of the segments whose ledger is asked."""
        return {leaf.segment for leaf in self.leaves.values() if isinstance(leaf, Recorded)}

    @classmethod
    def of(cls, segments: Iterable[Segment], world: World) -> Plan:
        """Read and check every rule. What cannot be checked is broken: it freezes, and nobody else notices."""
        plan, readable = cls(), {}
        overridden = set(Override.objects.order_by().values_list("segment_id", flat=True).distinct())
        for segment in segments:
            try:
                rule = rules.parse(segment.rule)
                rules.check(rule, world)
            except RuleError as error:
                plan.broken[segment.pk] = error.message
                continue
            normal = rules.normal(rule)
            if segment.pk in overridden:
                normal = obeying(normal, segment.slug)
            readable[segment.slug] = Planned(segment, normal, rules.leaves(normal), In(segment.slug))
        for slug in _children_first(readable, plan):
            plan.planned.append(readable[slug])
        plan.leaves = {EVERYBODY.digest: EVERYBODY}
        for planned in plan.planned:
            plan.leaves |= planned.leaves | {planned.own.digest: planned.own}
        return plan


def _children_first(readable: dict[str, Planned], plan: Plan) -> list[str]:
    while True:
        needs = {slug: uses(planned.rule) & readable.keys() for slug, planned in readable.items()}
        try:
            return list(TopologicalSorter(needs).static_order())
        except CycleError as error:
            for slug in error.args[1]:
                if slug in readable:
                    plan.broken[readable.pop(slug).segment.pk] = cycle_words(error.args[1])


def uses(rule: Rule) -> set[str]:
    """The slugs of the segments that a rule asks."""
    return {node.segment for _path, node in rules.walk(rule) if isinstance(node, OfSegment)}


def cycle_words(path: list[str]) -> str:
    """Why segments that ask each other cannot be computed."""
    return _("These segments ask each other: %(path)s.") % {"path": " → ".join(path)}


def register(leaves: dict[bytes, Condition]) -> dict[bytes, Leaf]:
    """The rows of these leaves, made where missing. A leaf is registered before it is computed."""
    rows = _rows(leaves)
    missing = {digest: leaf for digest, leaf in leaves.items() if digest not in rows}
    if missing:
        Leaf.objects.bulk_create(
            (Leaf(digest=digest, condition=leaf.to_json()) for digest, leaf in missing.items()), ignore_conflicts=True
        )
        rows |= _rows(missing)
    return rows


def _rows(leaves: dict[bytes, Condition]) -> dict[bytes, Leaf]:
    return {bytes(row.digest): row for row in Leaf.objects.filter(digest__in=list(leaves)).defer("members")}
