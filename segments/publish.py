"""Giving a segment a rule, and taking a segment away: the verbs that the admin, the API and the seed call."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from django.contrib.auth.models import User
from django.db import DataError, connection, transaction
from django.utils.translation import gettext as _

from profiles.attributes import catalogue
from segments import rule_tests, rules
from segments.asking import cancel
from segments.errors import RuleError
from segments.followers import followers
from segments.leaves import Condition, Rule
from segments.models import Leaf, Segment, SegmentVersion
from segments.plan import EVERYBODY, cycle_words, register, uses
from segments.upkeep import superseded
from segments.world import World

_EDITED = ["name", "description", "rule", "version", "state", "error"]


def publish(segment: Segment, rule: Any, author: User | None, agreed_by: User | None = None) -> Segment:
    """Make `rule` (JSON) the next version of the segment, saved or not; its members follow with the next refresh.

    RuleError when the rule cannot be read or checked, asks the segment itself by whatever way, or fails one of its
    rule tests. However many people move: who may not decide that alone calls review.submit.
    """
    tree = approve(rule, segment.slug)
    rule_tests.refuse_failures(segment, rule)
    with transaction.atomic():
        if segment.pk:  # Two authors at once get two versions, one after the other.
            before = Segment.objects.select_for_update().get(pk=segment.pk)
            segment.version, idle = before.version, superseded(before, rule)
            transaction.on_commit(lambda: cancel(idle))
        segment.rule, segment.version = rule, segment.version + 1
        segment.state, segment.error = Segment.State.LIVE, ""
        # Not what the refresher writes, which may be newer than what was read here.
        segment.save(update_fields=_EDITED if segment.pk else None)
        SegmentVersion.objects.create(
            segment=segment, number=segment.version, rule=rule, author=author, agreed_by=agreed_by
        )
        leaves = rules.leaves(rules.normal(tree))
        register(leaves | {EVERYBODY.digest: EVERYBODY})
        # What failed once is tried again.
        Leaf.objects.filter(digest__in=list(leaves)).exclude(error="").update(error="")
    return segment


def withdraw(segment: Segment) -> None:
    """Delete a segment with its ledger; RuleError, with the list, while something needs it."""
    users = [f"{follower.name} ({follower.kind})" for follower in followers(segment) if follower.needs]
    if users:
        raise RuleError("", _("Still used by: %(names)s.") % {"names": ", ".join(users)})
    segment.delete()


def approve(rule: Any, slug: str) -> Rule:
    """The tree of a rule that may be published under this slug, or RuleError."""
    tree = rules.parse(rule)
    rules.check(tree, World.now())
    _refuse_cycle(tree, slug)
    _try_patterns(tree)
    return tree


def _refuse_cycle(tree: Rule, slug: str) -> None:
    # Through scores too: an attribute that is computed from segments stands between them, under its key.
    needs: dict[str, set[str]] = {key: set(known.segments) for key, known in catalogue().items() if known.segments}
    between = set(needs)
    for segment in Segment.objects.exclude(slug=slug).exclude(state=Segment.State.DRAFT):
        needs[segment.slug] = _uses(segment, between)
    needs[slug] = uses(tree) | _asks(tree, between)
    paths = [[slug]]
    seen: set[str] = set()
    while paths:
        path = paths.pop()
        for needed in sorted(needs.get(path[-1], set())):
            if needed == slug:
                raise RuleError("", cycle_words([*path, slug]))
            if needed not in seen:
                seen.add(needed)
                paths.append([*path, needed])


def _uses(segment: Segment, between: Collection[str] = ()) -> set[str]:
    try:
        tree = rules.parse(segment.rule)
    except RuleError:  # A broken segment asks nobody.
        return set()
    return uses(tree) | _asks(tree, between)


def _asks(tree: Rule, attributes: Collection[str]) -> set[str]:
    """Which of these attributes a rule asks."""
    asked = (node.asks() for _path, node in rules.walk(tree) if isinstance(node, Condition))
    return set().union(*asked) & set(attributes)


def _try_patterns(tree: Rule) -> None:
    """The dialect is PostgreSQL's: only it can tell whether a pattern is one."""
    for path, node in rules.walk(tree):
        if isinstance(node, Condition):
            for pattern in _patterns(node.to_json()):
                _try_pattern(pattern, path)


def _patterns(raw: Any) -> Iterator[str]:
    """Wherever a condition compares with "matches": in itself, in its filters, in those of its steps."""
    if isinstance(raw, list):
        for item in raw:
            yield from _patterns(item)
    elif isinstance(raw, dict):
        if raw.get("op") == "matches":
            yield raw["value"]
        for item in raw.values():
            yield from _patterns(item)


def _try_pattern(pattern: str, path: str) -> None:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT '' ~ %s", [pattern])
    except DataError:
        raise RuleError(path, _("This is not a valid pattern.")) from None
