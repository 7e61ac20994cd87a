"""What the page of a score shows of it: bars or groups, bands with their movement, and who leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from profiles import plots
from scoring import distribution, groups
from scoring.methods.base import Band
from scoring.methods.rfm import Rfm
from scoring.models import ScoreModel
from scoring.tones import Shown, bands, shown
from segments.faces import Face, faces


@dataclass(frozen=True)
class Step:
    """A band with its people; who came into it and who left it lately. `rule` is that of a segment of them."""

    band: Band
    people: int
    percent: float
    came: int
    left: int
    rule: dict[str, Any]


@dataclass(frozen=True)
class Way:
    """People went from one band to another."""

    before: str
    after: str
    times: int
    up: bool


@dataclass(frozen=True)
class Leader:
    """Somebody with a high score."""

    face: Face
    shown: Shown


def portrait(model: ScoreModel, *, may_see_people: bool) -> dict[str, Any]:
    """For the template; a fixed number of queries, whatever the number of people."""
    known = bands(model)
    moved = distribution.moved(model)
    context: dict[str, Any] = {
        "ways": _ways(known, moved),
        "moved_days": distribution.MOVED_DAYS,
        "leaders": _leaders(model) if may_see_people else None,
        "total": model.people,
    }
    if model.kind is Rfm:
        found = groups.groups(distribution.cells(model))
        return context | {
            "groups": [(group, group_rule(model, group.key)) for group in found],
            "blocks": [(block, group_rule(model, block.group.key)) for block in groups.blocks(found)],
            "grouped": sum(group.people for group in found),
            "spent": sum(group.spent for group in found),
        }
    spread = distribution.spread(model)
    context["steps"] = _steps(model, known, moved)
    if spread:
        context |= {"histogram": _histogram(model, spread), "thresholds": _thresholds(model, known, spread)}
    return context


def group_rule(model: ScoreModel, band: str) -> dict[str, Any]:
    """The rule of a segment of those in a band."""
    return {"where": {"attribute": f"scores.{model.slug}.band", "op": "is", "value": band}}


def reached_rule(model: ScoreModel, value: float) -> dict[str, Any]:
    """The rule of a segment of those with at least this value: who has none would be "not under" it too."""
    attribute = f"scores.{model.slug}"
    return {
        "all": [
            {"where": {"attribute": attribute, "op": "known"}},
            {"where": {"attribute": attribute, "op": "under", "value": value, "not": True}},
        ]
    }


def _histogram(model: ScoreModel, spread: distribution.Spread) -> plots.Plot:
    label = _("People by value of “%(score)s”") % {"score": model.name}
    return plots.histogram(label, spread.edges, spread.counts, axis=model.name)


def _thresholds(model: ScoreModel, known: dict[str, Band], spread: distribution.Spread) -> dict[str, Any]:
    """The slider: a value and how many reach it, for each of its places."""
    edges = spread.edges[:-1]
    entries = [band.enter for band in list(known.values())[1:]]
    # It begins where the highest band does.
    begin = min(range(len(edges)), key=lambda at: abs(edges[at] - entries[-1])) if entries else len(edges) // 2
    return {
        "begin": begin,
        "last": len(edges) - 1,
        "value": edges[begin],
        "people": spread.reached[begin],
        "rule": reached_rule(model, _plain(edges[begin])),
        "places": {
            "values": [_plain(edge) for edge in edges],
            "words": [plots.number(edge) for edge in edges],
            "people": spread.reached,
            "peopleWords": [plots.number(people) for people in spread.reached],
            "shares": [plots.share(people / max(1, spread.reached[0])) for people in spread.reached],
            "rules": [reached_rule(model, _plain(edge)) for edge in edges],
            "names": [segment_name(model, edge) for edge in edges],
        },
        "share": plots.share(spread.reached[begin] / max(1, spread.reached[0])),
        "name": segment_name(model, edges[begin]),
    }


def segment_name(model: ScoreModel, value: float) -> str:
    """What a segment of those who reach a value may be called."""
    return _("%(score)s from %(value)s") % {"score": model.name, "value": plots.number(value)}


def _steps(model: ScoreModel, known: dict[str, Band], moved: dict[tuple[str, str], int]) -> list[Step]:
    sizes = distribution.sizes(model)
    total = sum(sizes.values()) or 1
    return [
        Step(
            band=band,
            people=sizes.get(key, 0),
            percent=round(100 * sizes.get(key, 0) / total, 1),
            came=sum(times for (_before, after), times in moved.items() if after == key),
            left=sum(times for (before, _after), times in moved.items() if before == key),
            rule=group_rule(model, key),
        )
        for key, band in reversed(known.items())
    ]


def _ways(known: dict[str, Band], moved: dict[tuple[str, str], int]) -> list[Way]:
    """From where to where, the most frequent first."""
    order = {key: place for place, key in enumerate(known)}
    labels = {key: band.label for key, band in known.items()}
    ways = [
        Way(labels.get(before, before), labels.get(after, after), times, order.get(after, -1) > order.get(before, -1))
        for (before, after), times in moved.items()
    ]
    return sorted(ways, key=lambda way: -way.times)[: distribution.TOP]


def _leaders(model: ScoreModel) -> list[Leader]:
    rows = shown(distribution.top(model))
    known = faces(row.score.profile_id for row in rows)
    return [Leader(known[row.score.profile_id], row) for row in rows]


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value
