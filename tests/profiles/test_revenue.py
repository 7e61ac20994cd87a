"""What an event was worth."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from profiles.revenue import minor_units

# (event, properties, minor units of EUR)
CASES: list[tuple[str, dict[str, Any], int | None]] = [
    ("Order Completed", {"revenue": 19.99}, 1999),
    ("Order Completed", {"revenue": 19.99, "currency": "EUR"}, 1999),
    ("Order Completed", {"revenue": 19.99, "currency": "eur"}, 1999),
    ("Order Completed", {"revenue": 19.99, "currency": ""}, 1999),
    ("Order Completed", {"revenue": 19.99, "currency": "USD"}, None),
    ("Order Completed", {"revenue": 19.99, "currency": 7}, None),
    ("Order Completed", {"total": 25}, 2500),
    ("Order Completed", {"value": 10}, 1000),
    ("Order Completed", {"revenue": 20, "total": 25, "value": 10}, 2000),
    ("Order Completed", {"revenue": None, "total": 25}, 2500),
    ("Order Completed", {"revenue": "19.99"}, 1999),
    ("Order Completed", {"revenue": "a lot", "total": 25}, 2500),
    ("Order Completed", {"revenue": True}, None),
    ("Order Completed", {"revenue": float("nan")}, None),
    ("Order Completed", {"revenue": "Infinity"}, None),
    ("Order Completed", {"revenue": "1e999999999"}, None),
    ("Order Completed", {"revenue": "1e-999999999"}, 0),
    ("Order Completed", {"revenue": 10**30}, None),
    ("Order Completed", {"revenue": 10**5000}, None),
    ("Order Completed", {"revenue": 0.005}, 1),
    ("Order Completed", {"revenue": -5}, -500),
    ("Order Completed", {}, None),
    ("Order Refunded", {"total": 25}, -2500),
    ("Order Refunded", {"total": -25}, -2500),
    ("refund issued", {"value": 3}, -300),
    ("Page Viewed", {"price": 3}, None),
]


@pytest.mark.parametrize(("name", "properties", "expected"), CASES)
@override_settings(CURRENCY="EUR")
def test_the_amount_of_an_event(name: str, properties: dict[str, Any], expected: int | None) -> None:
    assert minor_units(name, properties) == expected


@pytest.mark.parametrize(("currency", "expected"), [("JPY", 1500), ("EUR", 150_000), ("KWD", 1_500_000)])
def test_minor_units_are_those_of_the_currency(currency: str, expected: int) -> None:
    with override_settings(CURRENCY=currency):
        assert minor_units("Order Completed", {"revenue": 1500}) == expected
