"""Everything that the builder in the browser draws from; it knows no operator and no attribute by name."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from segments.leaves import conditions
from segments.operators import operators
from segments.periods import PERIODS
from segments.rules import MAX_DEPTH
from segments.windows import UNITS
from segments.world import World


def describe() -> dict[str, Any]:
    """Attributes with their types, operators with their words and fields, events, segments, units: as JSON.

    An operator can be asked of attributes of its `types`; properties of events have no type and take any. `moves`: time
    alone may change its answer. `lasting`: it is known since when an attribute has had its value.
    """
    world = World.now()
    every = [
        {
            "key": operator.key,
            "label": str(operator.label),
            "negative": str(operator.negative),
            "types": list(operator.types),
            "field": operator.field,
            "moves": operator.moves,
        }
        for operator in operators().values()
    ]
    return {
        "attributes": [
            {
                "key": attribute.key,
                "label": attribute.label,
                "type": attribute.type,
                "lasting": attribute.history is not None,
            }
            for attribute in sorted(world.attributes.values(), key=lambda attribute: attribute.label.lower())
        ],
        "operators": every,
        "conditions": [
            {
                "key": condition.key,
                "label": str(condition.label),
                "hint": str(condition.hint),
                "common": condition.common,
                "form": [part.to_json() for part in condition.form],
                "starts": condition.starts,
            }
            for condition in sorted(conditions().values(), key=lambda kind: (not kind.common, str(kind.label)))
            if condition.label
        ],
        "events": sorted(world.events),
        "segments": [{"slug": slug, "name": name} for slug, name in world.titles.items()],
        "types": {
            "text": _("text"),
            "number": _("number"),
            "date": _("date"),
            "boolean": _("yes or no"),
            "list": _("list"),
        },
        "units": [
            {"key": unit, "label": label, "of_days": unit not in {"minutes", "hours"}}
            for unit, label in zip(UNITS, _unit_labels(), strict=True)
        ],
        "periods": [{"key": key, "label": str(label)} for key, label in PERIODS.items()],
        "max_depth": MAX_DEPTH,
    }


def _unit_labels() -> list[str]:
    return [_("minutes"), _("hours"), _("days"), _("weeks"), _("months")]
