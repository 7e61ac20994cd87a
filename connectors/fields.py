"""The mapping as a table that people read and change: their field, ours, a value of both, and whose word counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from connectors.adapters import adapters
from connectors.adapters.base import Field, Object
from connectors.mapping import LINK, SEGMENTS, TRAITS, Line, MappingError, Plan, plans
from connectors.models import Connection, Link
from connectors.ownership import Owner
from profiles.attributes import catalogue
from segments.models import Segment

# Which way a field goes.
_WAYS: Final = {Owner.KITH: "to", Owner.CRM: "from", Owner.OFF: "off"}
_SAMPLED: Final = 20


@dataclass(frozen=True)
class Row:
    """A line of the mapping. `ours` and `theirs` are values of one linked record, None where there is none."""

    number: int
    line: Line
    local: str
    owners: list[tuple[str, str | Promise]]
    problem: str = ""
    ours: Any = None
    theirs: Any = None

    @property
    def way(self) -> str:
        """from (the CRM), to (the CRM), both or off."""
        return _WAYS.get(Owner(self.line.owner), "both")


@dataclass(frozen=True)
class Table:
    """One object of the system. `plan` is None when it is not synchronised; `free`: fields that nobody mapped."""

    object: Object
    plan: Plan | None = None
    rows: list[Row] = field(default_factory=list)
    free: list[Field] = field(default_factory=list)


@dataclass(frozen=True)
class Choices:
    """What may be mapped and who may be created: (key, label) each."""

    locals: list[tuple[str, str]]
    segments: list[tuple[str, str]]
    owners: list[tuple[str, str | Promise]]


def tables(connection: Connection, *, samples: bool) -> list[Table]:
    """Every object of the system; one query per object for samples. Raises MappingError when it cannot be read."""
    kind = adapters().get(connection.adapter)
    if kind is None:
        message = _("This installation has no adapter “%(adapter)s” any more.")
        raise MappingError(message % {"adapter": connection.adapter})
    known = plans(connection)
    labels = _labels() | dict(_special())
    problems = {(each["object"], each["remote"]): each["words"] for each in connection.problems}
    return [_table(connection, each, known.get(each.key), labels, problems, samples=samples) for each in kind.objects]


def choices() -> Choices:
    """For the forms."""
    attributes = sorted(_labels().items(), key=lambda pair: pair[1].casefold())
    segments = list(Segment.objects.order_by("name").values_list("slug", "name"))
    return Choices([*_special(), *attributes], segments, list(Owner.choices))


def owners(object_: Object, local: str) -> list[tuple[str, str | Promise]]:
    """Who may own a field: what Kith computes can only be sent, and companies and deals are only read."""
    if object_.kind != "person":
        allowed = {Owner.CRM, Owner.OFF}
    elif not local.startswith(TRAITS):
        allowed = {Owner.KITH, Owner.OFF}
    else:
        allowed = set(Owner)
    return [(value, label) for value, label in Owner.choices if value in allowed]


def _table(
    connection: Connection,
    object_: Object,
    plan: Plan | None,
    labels: Mapping[str, str],
    problems: Mapping[tuple[str, str], str],
    *,
    samples: bool,
) -> Table:
    if plan is None:
        return Table(object_)
    seen = _samples(connection, object_, plan.lines) if samples else {}
    rows = [
        Row(
            number,
            line,
            labels.get(line.local) or _words(line.local.removeprefix(TRAITS)),
            owners(object_, line.local),
            problems.get((object_.key, line.remote), ""),
            *seen.get(line.remote, (None, None)),
        )
        for number, line in enumerate(plan.lines)
    ]
    live = [
        Field(**{**each, "choices": tuple(each.get("choices") or ())})
        for each in connection.schema.get(object_.key, [])
    ]
    return Table(object_, plan, rows, [each for each in live if each.key not in plan.by_remote])


def _samples(connection: Connection, object_: Object, lines: Sequence[Line]) -> dict[str, tuple[Any, Any]]:
    """(ours, theirs) by remote key: of the record last linked that says most."""
    links = Link.objects.filter(connection=connection, object=object_.key).exclude(shadow={}).order_by("-id")
    recent = list(links.values_list("ours", "shadow")[:_SAMPLED])
    wanted = {line.remote for line in lines}
    best: tuple[dict[str, Any], dict[str, Any]] = max(
        recent, key=lambda pair: sum(bool(pair[1].get(key)) for key in wanted), default=({}, {})
    )
    return {key: (best[0].get(key), best[1].get(key)) for key in wanted}


def _labels() -> dict[str, str]:
    """Attributes by key, as people call them; a trait that nobody named goes by its key in words."""
    return {
        key: _words(each.label) if each.label == key.removeprefix(TRAITS) else str(each.label)
        for key, each in catalogue().items()
    }


def _words(key: str) -> str:
    return key.replace("_", " ").capitalize()


def _special() -> list[tuple[str, str]]:
    return [(SEGMENTS, _("Names of their segments")), (LINK, _("Link to their page in Kith"))]
