"""Every event is one readable line, whatever was sent with it."""

from typing import Any

import pytest

from profiles.wording import describe

CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("Page Viewed", {"title": "Shoes", "path": "/shoes/"}, "Viewed a page", "Shoes · /shoes/"),
    ("Page Viewed", {"name": "Shoes", "title": "Shoes"}, "Viewed a page", "Shoes"),
    ("Product Viewed", {"name": "Tent", "category": "tents"}, "Looked at a product", "Tent · tents"),
    ("Order Completed", {"order_id": 7, "products": [{}, {}]}, "Placed an order", "2 products · 7"),
    ("Order Completed", {"products": [{"name": "Boots"}]}, "Placed an order", "Boots"),
    ("Order Completed", {"products": "none", "name": ["odd"], "title": True}, "Placed an order", ""),
    (
        "Score Changed",
        {"model": "lead", "from": 17, "to": 37.5, "band_from": "cold", "band_to": "warm"},
        "A score moved",
        "lead · cold → warm",
    ),
    ("Score Changed", {"model": "lead", "from": 17, "to": 37.5, "band_to": "warm"}, "A score moved", "lead · warm"),
    ("Flight Booked", {"from": ["Lyon"], "to": {"city": "Berlin"}}, "Flight Booked", ""),
    ("Quiz Finished", {"score": 3}, "Quiz Finished", ""),
    ("Quiz Finished", {"title": "a\n  b"}, "Quiz Finished", "a b"),
    ("Quiz Finished", {"title": "x" * 200}, "Quiz Finished", "x" * 89 + "…"),
]


@pytest.mark.parametrize(("name", "properties", "title", "detail"), CASES)
def test_an_event_is_one_line(name: str, properties: dict[str, Any], title: str, detail: str) -> None:
    assert describe(name, properties)[1:] == (title, detail)
