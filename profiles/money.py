"""Amounts in minor units of the project's currency, in words."""

from __future__ import annotations

from django.conf import settings
from django.utils import formats, translation

_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CHF": "CHF", "CAD": "CA$", "PLN": "zł"}
# Currencies whose minor unit is not a hundredth (ISO 4217).
DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "BHD": 3, "KWD": 3, "TND": 3, "JOD": 3, "OMR": 3}


def worded(minor: int, code: str = "", *, whole: bool = False) -> str:
    """An amount as people of the current language write it: €1,234.50 or 1 234,50 €. Default: the project's currency.

    `whole`: without its minor units, for figures at a glance.
    """
    code = code or settings.CURRENCY
    digits = DIGITS.get(code, 2)
    amount = round(abs(minor) / 10**digits) if whole else abs(minor) / 10**digits
    shown = 0 if whole else digits
    number = formats.number_format(amount, decimal_pos=shown, use_l10n=True, force_grouping=True)
    symbol = _SYMBOLS.get(code, code)
    sign = "−" if minor < 0 else ""
    if (translation.get_language() or "en").startswith("en"):
        return f"{sign}{symbol}{number}" if len(symbol) < 3 else f"{sign}{symbol} {number}"
    return f"{sign}{number} {symbol}"
