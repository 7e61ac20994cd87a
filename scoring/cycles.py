"""What asks what, through scores and segments: a score may ask a segment that asks a score, but never in a circle."""

from __future__ import annotations

import json
from collections.abc import Iterable

from django.utils.translation import gettext as _

from profiles.derived import SCORE_CHANGED
from scoring.errors import ScoreError
from scoring.models import ScoreModel
from segments import rules
from segments.errors import RuleError
from segments.leaves import Condition, Did, Rule
from segments.models import Segment
from segments.plan import uses

Node = tuple[str, str]  # ("score" or "segment", slug)
PREFIX = "scores."
_MOVE = json.dumps(SCORE_CHANGED)


def asked_by(rule: Rule, slugs: Iterable[str]) -> set[Node]:
    """The scores and segments that a rule asks; `slugs` are those of all scores.

    Who counts moves of scores without saying of which, asks all of them.
    """
    found: set[Node] = {("segment", slug) for slug in uses(rule)}
    for _path, node in rules.walk(rule):
        if not isinstance(node, Condition):
            continue
        asked = {key.removeprefix(PREFIX).partition(".")[0] for key in node.asks() if key.startswith(PREFIX)}
        found |= {("score", name) for name in asked}
        if _MOVE in json.dumps(node.to_json()):
            found |= {("score", slug) for slug in _named(node) or slugs}
    return found


def _named(node: Condition) -> set[str]:
    """The scores whose moves a condition counts, when it says so; a sequence may count those of any."""
    filters = node.where if isinstance(node, Did) else ()
    return {str(item.value) for item in filters if (item.property, item.op, item.negated) == ("model", "is", False)}


def refuse_circle(slug: str, asked: Iterable[Rule]) -> None:
    """ScoreError, with the way there, when a score with these rules would ask itself."""
    graph = _graph()
    start: Node = ("score", slug)
    slugs = {name for kind, name in graph if kind == "score"} | {slug}
    graph[start] = set().union(*(asked_by(rule, slugs) for rule in asked))
    ways, seen = [[start]], set[Node]()
    while ways:
        way = ways.pop()
        for node in sorted(graph.get(way[-1], set())):
            if node == start:
                raise ScoreError("", _("These ask each other: %(path)s.") % {"path": _words([*way, start])})
            if node not in seen:
                seen.add(node)
                ways.append([*way, node])


def segments_behind(graph: dict[Node, set[Node]], slug: str) -> frozenset[str]:
    """The segments that a score asks, itself or through other scores: whoever asks the score asks them."""
    found: set[str] = set()
    waiting, seen = [("score", slug)], set[Node]()
    while waiting:
        for kind, name in graph.get(waiting.pop(), set()):
            if kind == "segment":
                found.add(name)
            elif (kind, name) not in seen:
                seen.add((kind, name))
                waiting.append((kind, name))
    return frozenset(found)


def scores_graph() -> dict[Node, set[Node]]:
    """What each score asks."""
    return graph_of(list(ScoreModel.objects.only("slug", "method", "config")))


def graph_of(models: Iterable[ScoreModel]) -> dict[Node, set[Node]]:
    """What each of these scores asks. One that cannot be read asks nobody."""
    models = list(models)
    slugs = {model.slug for model in models}
    graph: dict[Node, set[Node]] = {}
    for model in models:
        try:
            asked = [rule for _path, rule in model.read().rules()]
        except ScoreError:
            asked = []
        graph["score", model.slug] = set().union(*(asked_by(rule, slugs) for rule in asked))
    return graph


def _graph() -> dict[Node, set[Node]]:
    graph = scores_graph()
    slugs = {name for _kind, name in graph}
    for slug, raw in Segment.objects.values_list("slug", "rule"):
        try:
            graph["segment", slug] = asked_by(rules.parse(raw), slugs)
        except RuleError:
            graph["segment", slug] = set()
    return graph


def _words(way: list[Node]) -> str:
    return " → ".join(f"{PREFIX}{name}" if kind == "score" else name for kind, name in way)
