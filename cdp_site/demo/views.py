"""The pages of the demo shop. They keep nothing: the cart is in a cookie, an order is only told to Kith."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cdp_site.demo import cart as carts
from cdp_site.demo.forms import Checkout
from cdp_site.demo.words import CAMPAIGNS, CATEGORIES
from cdp_site.demo.words import PRODUCTS as WORDS
from cdp_site.seed import demo_key
from cdp_site.seed.shop import PRODUCTS, Product, path_of

View = Callable[..., HttpResponse]

ORDER = "demo_order"
_ORDER_SECONDS = 600
_FEATURED = ("TE-301", "BO-201", "JA-402", "BP-502")
_BY_SLUG = {path_of(category).strip("/"): category for category in CATEGORIES}


def in_the_shop(view: View) -> Callable[..., HttpResponseBase]:
    """The shop is open where it was seeded, that is where it has a key; it needs no scripts but ours."""

    @csp_replace({"script-src": [SELF], "style-src": [SELF]})
    @wraps(view)
    def open_(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not demo_key.kept():
            raise Http404
        return view(request, *args, **kwargs)

    return open_


@require_safe
@in_the_shop
def home(request: HttpRequest) -> HttpResponse:
    """Where most visits begin."""
    featured = [_card(product) for product in PRODUCTS if product.id in _FEATURED]
    return _page(request, "home", {"featured": featured})


@require_safe
@in_the_shop
def category(request: HttpRequest, category: str) -> HttpResponse:
    """Everything of one kind."""
    name = _BY_SLUG.get(category)
    if name is None:
        raise Http404
    cards = [_card(product) for product in PRODUCTS if product.category == name]
    event = _event("Product List Viewed", {"category": name})
    return _page(request, "category", {"title": CATEGORIES[name], "cards": cards, "event": event})


@require_safe
@in_the_shop
def product(request: HttpRequest, category: str, product: str) -> HttpResponse:
    """One product, with the way into the cart."""
    found = next((one for one in PRODUCTS if one.path == f"/{category}/{product}/"), None)
    if found is None:
        raise Http404
    beside = [_card(one) for one in PRODUCTS if one.category == found.category and one is not found]
    event = _event("Product Viewed", {**found.facts, "currency": "EUR"})
    return _page(request, "product", {"title": found.name, "card": _card(found), "beside": beside, "event": event})


@require_safe
@in_the_shop
def cart(request: HttpRequest) -> HttpResponse:
    """What is in the cart."""
    lines = carts.read(request)
    event = _event("Cart Viewed", {"products": [line.facts for line in lines]})
    return _page(request, "cart", {"lines": _lines(lines), "total": carts.total(lines), "event": event})


@require_POST
@in_the_shop
def change_cart(request: HttpRequest) -> HttpResponse:
    """One more of a product, or one less."""
    by = -1 if request.POST.get("by") == "-1" else 1
    response = redirect("demo:cart")
    carts.keep(response, carts.changed(carts.read(request), request.POST.get("product", ""), by))
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@in_the_shop
def checkout(request: HttpRequest) -> HttpResponse:
    """Who buys; nothing is charged and nothing delivered."""
    lines = carts.read(request)
    if not lines:
        return redirect("demo:cart")
    form = Checkout(request.POST or None)
    if request.method == "POST" and form.is_valid():
        response = redirect("demo:thanks")
        about = {"person": {**form.cleaned_data, "language": get_language()}, "order": _order(lines)}
        told = signing.dumps(about, salt=ORDER, compress=True)
        response.set_cookie(ORDER, told, max_age=_ORDER_SECONDS, path="/demo/", httponly=True, samesite="Lax")
        carts.keep(response, [])
        return response
    total = carts.total(lines)
    products = [line.facts for line in lines]
    event = _event("Checkout Started", {"products": products, "value": total, "currency": "EUR"})
    return _page(request, "checkout", {"form": form, "lines": _lines(lines), "total": total, "event": event})


@require_safe
@in_the_shop
def thanks(request: HttpRequest) -> HttpResponse:
    """The order is made: this page tells Kith of it, and who it was."""
    try:
        told = signing.loads(request.COOKIES.get(ORDER, ""), salt=ORDER, max_age=_ORDER_SECONDS)
    except signing.BadSignature:
        return redirect("demo:home")
    person, order = told["person"], told["order"]
    event = _event("Order Completed", order)
    return _page(request, "thanks", {"person": person, "traits": json.dumps(person), "order": order, "event": event})


def _order(lines: list[carts.Line]) -> dict[str, Any]:
    return {
        "order_id": f"D-{secrets.token_hex(4).upper()}",
        "category": lines[0].product.category,
        "revenue": carts.total(lines),
        "currency": "EUR",
        "products": [line.facts for line in lines],
    }


def _card(product: Product) -> dict[str, Any]:
    """A product as the pages show it."""
    return {
        "product": product,
        "words": WORDS[product.id],
        "kind": CATEGORIES[product.category],
        "slug": path_of(product.category).strip("/"),
        "tint": PRODUCTS.index(product) % 6,
        "facts": json.dumps({**product.facts, "quantity": 1, "currency": "EUR"}),
    }


def _event(name: str, properties: dict[str, Any]) -> dict[str, str]:
    """What a page tells Kith when it is opened."""
    return {"name": name, "properties": json.dumps(properties)}


def _lines(lines: list[carts.Line]) -> list[dict[str, Any]]:
    return [{**_card(line.product), "quantity": line.quantity, "total": line.total} for line in lines]


def _page(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    """A page with what stands on all of them."""
    everywhere = {
        "key": demo_key.kept(),
        "categories": [(path_of(one).strip("/"), label) for one, label in CATEGORIES.items()],
        "campaigns": CAMPAIGNS,
        "in_cart": sum(line.quantity for line in carts.read(request)),
    }
    return render(request, f"demo/{name}.html", {**everywhere, **context})
