"""What a visitor of the demo shop wants to buy; kept in a cookie of theirs, nowhere else."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse

from cdp_site.seed.shop import PRODUCTS, Product

COOKIE = "demo_cart"
MOST = 20
_DAYS = 7
_ENTRY = re.compile(r"([A-Z]{2}-\d{3}):(\d{1,2})")
_BY_ID = {product.id: product for product in PRODUCTS}


class Line(NamedTuple):
    """A product and how many of it."""

    product: Product
    quantity: int

    @property
    def total(self) -> float:
        return round(self.product.price * self.quantity, 2)

    @property
    def facts(self) -> dict[str, Any]:
        return {**self.product.facts, "quantity": self.quantity}


def read(request: HttpRequest) -> list[Line]:
    """The cart's lines; what cannot be understood is not in it."""
    found = _ENTRY.findall(request.COOKIES.get(COOKIE, ""))
    wanted = {id_: min(int(many), MOST) for id_, many in found if id_ in _BY_ID and int(many)}
    return [Line(_BY_ID[id_], many) for id_, many in wanted.items()]


def changed(lines: list[Line], product_id: str, by: int) -> list[Line]:
    """The lines with `by` more of a product, or less; none of it when nothing is left."""
    quantities = {line.product.id: line.quantity for line in lines}
    if product_id in _BY_ID:
        quantities[product_id] = min(quantities.get(product_id, 0) + by, MOST)
    return [Line(_BY_ID[id_], many) for id_, many in quantities.items() if many > 0]


def keep(response: HttpResponse, lines: list[Line]) -> None:
    """Give it to the visitor to keep."""
    text = ".".join(f"{line.product.id}:{line.quantity}" for line in lines)
    response.set_cookie(COOKIE, text, max_age=_DAYS * 86_400, path="/demo/", httponly=True, samesite="Lax")


def total(lines: list[Line]) -> float:
    """In euros."""
    return round(sum(line.total for line in lines), 2)
