"""What the shop sells: data only."""

from __future__ import annotations

from typing import Any, NamedTuple

SITE = "https://shop.kith-outdoor.example"


def path_of(category: str) -> str:
    """The page of a category."""
    return f"/{category.replace(' ', '-')}/"


class Product(NamedTuple):
    """A thing on a page of its own; `price` in euros."""

    id: str
    name: str
    category: str
    price: float

    @property
    def path(self) -> str:
        return f"{path_of(self.category)}{self.slug}/"

    @property
    def slug(self) -> str:
        return self.name.lower().replace(" ", "-")

    @property
    def facts(self) -> dict[str, Any]:
        """As events say it."""
        return {"product_id": self.id, "name": self.name, "category": self.category, "price": self.price}


PRODUCTS = [
    Product("SH-101", "Ridge Runner", "shoes", 129.9),
    Product("SH-102", "Ridge Runner GTX", "shoes", 159.9),
    Product("SH-103", "City Walker", "shoes", 89.9),
    Product("BO-201", "Alpine Boot", "boots", 219.0),
    Product("BO-202", "Forest Boot", "boots", 169.0),
    Product("BO-203", "Winter Boot", "boots", 189.0),
    Product("TE-301", "Lightness 2", "tents", 349.0),
    Product("TE-302", "Family 4", "tents", 529.0),
    Product("TE-303", "Bivouac 1", "tents", 199.0),
    Product("JA-401", "Storm Shell", "jackets", 249.0),
    Product("JA-402", "Down Hoodie", "jackets", 199.0),
    Product("JA-403", "Rain Cape", "jackets", 59.9),
    Product("BP-501", "Daypack 22", "backpacks", 99.9),
    Product("BP-502", "Trekker 55", "backpacks", 179.9),
    Product("SL-601", "Feather Bag", "sleeping bags", 229.0),
    Product("SL-602", "Summer Bag", "sleeping bags", 79.9),
    Product("CO-701", "Gas Stove", "cooking", 44.9),
    Product("CO-702", "Titanium Mug", "cooking", 24.9),
    Product("CL-801", "Rope 60 m", "climbing", 139.0),
    Product("CL-802", "Harness", "climbing", 64.9),
]

CATEGORIES = list(dict.fromkeys(product.category for product in PRODUCTS))
