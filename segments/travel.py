"""The past of a segment: who was in at a moment, by the rule of then or by today's.

By the rule of then, the ledger says it: what was kept at that moment, whatever was learned since. By today's rule it
is asked of the data, with the queries that keep the segment: what arrived late counts from when it happened, and
somebody who was merged is who they are today.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import psycopg
from django.utils.translation import gettext as _
from psycopg import sql

from segments import rules
from segments.bitmaps import BitMap64, ask_set
from segments.errors import RuleError
from segments.leaves import Condition, Everybody, Rule
from segments.leaves.forced import obeying
from segments.models import Override, Segment, SegmentVersion
from segments.snapshot import snapshot, statement_timeout
from segments.world import World

RULES = ("then", "now")
# For each statement: somebody waits for the answer.
TIMEOUT = timedelta(minutes=1)


def members(segment: Segment, at: datetime, rule: Literal["then", "now"] = "then") -> BitMap64:
    """The ids of who was in at that moment.

    `then`: as the ledger has it, with the ids of then (somebody may live on as somebody else). `now`: who would have
    been in by today's rule; RuleError when it is broken, or asks something of which only the present is kept.
    """
    return _by_todays_rule(segment, at) if rule == "now" else _by_the_ledger(segment, at)


def version_at(segment: Segment, at: datetime) -> SegmentVersion | None:
    """The version that was published last at that moment; None before the first."""
    return segment.versions.filter(created_at__lte=at).order_by("-number").first()


def forgotten(rule: Rule, world: World) -> list[tuple[str, Condition]]:
    """The conditions, with their paths, that cannot be asked of the past: only what they look at now is kept."""
    return [
        (path, node)
        for path, node in rules.walk(rule)
        if isinstance(node, Condition) and not all(leaf.recalls(world) for leaf in _leaves(node))
    ]


def ruled(segment: Segment, tree: Rule) -> Rule:
    """A rule in normal form as the segment obeys it: with its overrides, if it ever had one."""
    normal = rules.normal(tree)
    return obeying(normal, segment.slug) if Override.objects.filter(segment=segment).exists() else normal


def _by_the_ledger(segment: Segment, at: datetime) -> BitMap64:
    return ask_set(
        sql.SQL(
            "SELECT profile_id FROM segments_membership WHERE segment_id = {} AND entered_at <= {at}"
            " AND (left_at IS NULL OR left_at > {at})"
        ).format(sql.Literal(segment.pk), at=sql.Literal(at))
    )


def _by_todays_rule(segment: Segment, at: datetime) -> BitMap64:
    tree, world = rules.parse(segment.rule), World.now().recalling()
    rules.check(tree, world)
    if lost := forgotten(tree, world):
        words = _("; ").join(dict.fromkeys(condition.sentence(world) for _path, condition in lost))
        raise RuleError(lost[0][0], _("This cannot be asked of the past: %(conditions)s.") % {"conditions": words})
    normal = ruled(segment, tree)
    asked = {**rules.leaves(normal), Everybody().digest: Everybody()}
    try:
        with snapshot(), statement_timeout(TIMEOUT):
            sets = ask(asked, at, None, world)
    except (psycopg.errors.QueryCanceled, psycopg.DataError) as error:
        raise RuleError("", _("This could not be asked of the past: it took too long, or failed.")) from error
    return rules.evaluate(normal, sets, sets[Everybody().digest])


def ask(leaves: dict[bytes, Condition], at: datetime, among: BitMap64 | None, world: World) -> dict[bytes, BitMap64]:
    """The people of each leaf by digest, one class of conditions after the other; within a snapshot."""
    sets = {digest: BitMap64() for digest in leaves}
    digests = list(leaves)
    for kind in {type(leaf) for leaf in leaves.values()}:
        of_kind = {key: leaves[digest] for key, digest in enumerate(digests) if type(leaves[digest]) is kind}
        for key, people in kind.ask(of_kind, at, among, world).items():
            sets[digests[key]] = people
    return sets


def _leaves(node: Condition) -> list[Condition]:
    return list(rules.leaves(rules.normal(node)).values())
