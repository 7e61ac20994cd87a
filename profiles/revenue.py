"""What an event was worth, in minor units of the project's currency."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.conf import settings

from profiles.money import DIGITS

# Other events have amounts too (a cart, a checkout) that say what might have been.
EARNS = ("Order Completed", "Order Refunded")
# The Segment Spec's names, the most telling first: revenue leaves out shipping and tax.
_AMOUNTS = ("revenue", "total", "value")
# What a bigint holds.
_MOST = 2**63 - 1
_DIGITS = 18


def minor_units(name: str, properties: dict[str, Any]) -> int | None:
    """The amount of an event called `name`; negative for a refund, None without an amount in our currency.

    An amount without a currency is taken to be in the project's.
    """
    for key in _AMOUNTS:
        if key in properties:
            amount = _number(properties[key])
            if amount is not None:
                break
    else:
        return None
    currency = properties.get("currency")
    if currency and (not isinstance(currency, str) or currency.strip().upper() != settings.CURRENCY):
        return None
    minor = _minor(amount, DIGITS.get(settings.CURRENCY, 2))
    if minor is None or abs(minor) > _MOST:
        return None
    return -abs(minor) if "refund" in name.lower() else minor


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        # The text of a float is what the sender wrote: 19.99 and not 19.989999.
        number = Decimal(str(value).strip())
    except (InvalidOperation, ValueError):
        return None
    return number if number.is_finite() else None


def _minor(amount: Decimal, digits: int) -> int | None:
    # Exponents first: 1e999999999 is a number too, and no arithmetic should be tried on it.
    if amount.adjusted() > _DIGITS:
        return None
    if amount.adjusted() < -_DIGITS:
        return 0
    return int((amount * 10**digits).quantize(Decimal(1), rounding=ROUND_HALF_UP))
