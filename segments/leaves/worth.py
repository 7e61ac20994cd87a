"""What a measure of one person's events comes to, and what it lacks: for saying what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from profiles.money import DIGITS, worded
from segments.leaves.filters import Filters, filters_words
from segments.wishes import Wish


@dataclass(frozen=True)
class Asked:
    """What a measure asks: see measure.Measure. `of` is the property, "" the money of the events."""

    event: str
    measure: str
    of: str
    op: str
    value: Any
    where: Filters


def measured(measure: str, values: Sequence[Any]) -> Decimal | None:
    """A measure of some values, unknown ones among them; None when it is unknown."""
    known = [value for value in values if value is not None]
    if measure == "distinct":
        return Decimal(len(set(known)))
    if measure == "sum":
        return sum(known, Decimal())
    if not known:
        return None
    if measure == "average":
        return sum(known, Decimal()) / len(known)
    return Decimal(min(known) if measure == "minimum" else max(known))


def compared(op: str, found: Decimal, value: Any) -> bool:
    """Whether the comparison of a rule holds."""
    low, high = _bounds(value)
    return {"over": found > low, "under": found < low, "is": found == low, "between": low <= found <= high}[op]


def wished(asked: Asked, found: Decimal | None, *, wanted: bool) -> Wish | None:
    """What would make the comparison hold, or (not `wanted`) not; None where more events do not lead there for sure."""
    low, high = _bounds(asked.value)
    upwards = wanted and asked.op != "under" and (found is None or found < low or (asked.op == "over" and found == low))
    if not wanted and asked.op in {"under", "between", "is"}:
        # It holds, and more would make it too much.
        low, upwards = high, True
    strictly = asked.op == "over" if wanted else asked.op != "under"
    if asked.measure == "sum" and upwards:
        return _said(asked, _more(asked, low - (found or 0), strictly=strictly))
    if asked.measure == "distinct" and upwards:
        count = int(low - (found or 0)) + (1 if strictly or low % 1 else 0)
        words = ngettext(
            "%(event)s with another value of %(property)s",
            "%(event)s with %(count)d other values of %(property)s",
            count,
        )
        return _said(asked, words % {"event": asked.event, "count": count, "property": asked.of})
    outermost = (asked.measure, asked.op, wanted) in {("maximum", "over", True), ("minimum", "under", True)}
    if outermost or found is None:
        return _said(asked, _with(asked)) if wanted else None
    return None


def _more(asked: Asked, amount: Decimal, *, strictly: bool) -> str:
    """Events that bring so much, or (strictly) more than that."""
    said = {"event": asked.event, "amount": _amount(asked, amount), "property": asked.of}
    if not asked.of:
        return (_("%(event)s for more than %(amount)s") if strictly else _("%(event)s for %(amount)s")) % said
    if strictly:
        return _("%(event)s with more than %(amount)s more of %(property)s") % said
    return _("%(event)s with %(amount)s more of %(property)s") % said


def _with(asked: Asked) -> str:
    """An event whose value satisfies the comparison by itself."""
    low, high = (_amount(asked, bound) for bound in _bounds(asked.value))
    words = {
        "over": _("%(event)s with %(property)s over %(low)s"),
        "under": _("%(event)s with %(property)s under %(low)s"),
        "is": _("%(event)s with %(property)s of %(low)s"),
        "between": _("%(event)s with %(property)s from %(low)s to %(high)s"),
    }[asked.op]
    return words % {"event": asked.event, "property": asked.of or _("the value"), "low": low, "high": high}


def _amount(asked: Asked, amount: Decimal) -> str:
    if asked.of:
        return number_format(round(amount, 2).normalize(), use_l10n=True)
    return worded(int(amount * 10 ** DIGITS.get(settings.CURRENCY, 2)))


def _said(asked: Asked, words: str) -> Wish:
    said = " ".join(part for part in (words, filters_words(asked.where)) if part)
    return Wish(said, asked.event, where=asked.where)


def _bounds(value: Any) -> tuple[Decimal, Decimal]:
    low, high = value if isinstance(value, tuple | list) else (value, value)
    return Decimal(str(low)), Decimal(str(high))
