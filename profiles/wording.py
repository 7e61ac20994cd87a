"""An event in one readable line: what happened, and about what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

# The events of the Segment Spec that shops send; any other is shown under its own name.
_KNOWN: dict[str, tuple[str, Promise]] = {
    "Page Viewed": ("visibility", _("Viewed a page")),
    "Screen Viewed": ("smartphone", _("Opened a screen")),
    "Product Viewed": ("sell", _("Looked at a product")),
    "Product List Viewed": ("view_list", _("Browsed a category")),
    "Products Searched": ("search", _("Searched")),
    "Product Added": ("add_shopping_cart", _("Added to the cart")),
    "Product Removed": ("remove_shopping_cart", _("Removed from the cart")),
    "Cart Viewed": ("shopping_cart", _("Looked at the cart")),
    "Checkout Started": ("shopping_cart_checkout", _("Started the checkout")),
    "Order Completed": ("shopping_bag", _("Placed an order")),
    "Order Refunded": ("undo", _("Was refunded")),
    "Order Cancelled": ("cancel", _("Cancelled an order")),
    "Signed Up": ("person_add", _("Signed up")),
    "Signed In": ("login", _("Signed in")),
    "Signed Out": ("logout", _("Signed out")),
    "Email Opened": ("drafts", _("Opened an e-mail")),
    "Email Clicked": ("ads_click", _("Clicked in an e-mail")),
    "Email Link Clicked": ("ads_click", _("Clicked in an e-mail")),
    "Email Sent": ("mail", _("Was sent an e-mail")),
    "Email Unsubscribed": ("unsubscribe", _("Unsubscribed")),
    "Visit Started": ("travel_explore", _("Came to the site")),
    "Score Changed": ("speed", _("A score moved")),
    "Deal Created": ("handshake", _("A deal was opened")),
    "Deal Stage Changed": ("moving", _("A deal moved on")),
    "Deal Won": ("emoji_events", _("A deal was won")),
    "Deal Lost": ("heart_broken", _("A deal was lost")),
}
# Where the subject of an event is looked for, the most telling first.
_SUBJECTS = (
    *("name", "title", "product", "subject", "query", "category", "path", "url", "order_id", "plan"),
    *("channel", "campaign", "landing_page", "model", "deal", "stage"),
)
_MOVES = (("band_from", "band_to"), ("from", "to"))
_LONGEST = 90


def describe(name: str, properties: Mapping[str, Any]) -> tuple[str, str, str]:
    """(icon, title, detail) of an event; every part is plain text."""
    icon, title = _KNOWN.get(name, ("bolt", name))
    details = [_products(properties), *_subject(properties), _moved(properties)]
    return icon, str(title), " · ".join(detail for detail in details if detail)


def _subject(properties: Mapping[str, Any]) -> list[str]:
    found = []
    for key in _SUBJECTS:
        value = properties.get(key)
        if not isinstance(value, str | int) or isinstance(value, bool):
            continue
        words = _short(str(value))
        # A page's name often is its title too.
        if words and words not in found:
            found.append(words)
        if len(found) == 2:
            break
    return found


def _moved(properties: Mapping[str, Any]) -> str:
    """From where to where something moved: a score's band, else its value, or the stage of a deal."""
    for ends in _MOVES:
        known = [properties.get(end) for end in ends if isinstance(properties.get(end), str | int | float)]
        if len(known) == len({*known}) and properties.get(ends[1]) in known:
            return " → ".join(_short(str(value)) for value in known)
    return ""


def _products(properties: Mapping[str, Any]) -> str:
    products = properties.get("products")
    if not isinstance(products, list) or not products:
        return ""
    names = [str(product["name"]) for product in products if isinstance(product, dict) and product.get("name")]
    if len(names) == 1:
        return _short(names[0])
    return ngettext("%(count)d product", "%(count)d products", len(products)) % {"count": len(products)}


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
