"""What the shop sells, and who buys there: data only."""

from __future__ import annotations

from typing import NamedTuple

SITE = "https://shop.kith-outdoor.example"


class Product(NamedTuple):
    """A thing on a page of its own; `price` in euros."""

    id: str
    name: str
    category: str
    price: float

    @property
    def path(self) -> str:
        return f"/{self.category}/{self.name.lower().replace(' ', '-')}/"


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

REFERRERS = [
    "",
    "",
    "https://www.google.com/",
    "https://www.google.com/",
    "https://duckduckgo.com/",
    "https://www.instagram.com/",
    "https://www.wandermagazin.example/beste-zelte",
    "https://www.randonner.example/chaussures",
]


class Country(NamedTuple):
    """Who lives there: `share` of all people; `mobile` is a prefix and how many digits follow."""

    share: int
    language: str
    mobile: tuple[str, int]
    first_names: str
    last_names: str
    cities: str


COUNTRIES = {
    "FR": Country(
        share=45,
        language="fr",
        mobile=("+336", 8),
        first_names="""Camille Chloé Manon Léa Julie Marion Élodie Inès Lucas Hugo Thomas Nicolas Mathieu Antoine Julien
            Rémi Margaux Pauline Clément Aurélie Baptiste Océane Quentin Noémie""",
        last_names="""Martin Bernard Dubois Moreau Laurent Lefèvre Girard Fontaine Chevalier Mercier Rousseau Blanchard
            Gauthier Perrin Renaud Lacroix Vidal Besson""",
        cities="Lyon Grenoble Paris Annecy Toulouse Lille Nantes Chambéry Strasbourg Bordeaux",
    ),
    "DE": Country(
        share=32,
        language="de",
        mobile=("+49151", 8),
        first_names="""Anna Lena Hannah Katharina Julia Sophie Greta Johanna Lukas Jonas Felix Maximilian Paul Moritz
            Jürgen Stefan Birgit Sabine Jan Kathrin Tobias Mareike""",
        last_names="""Schmidt Müller Schneider Fischer Weber Wagner Becker Hoffmann Schäfer Koch Bauer Richter Klein
            Schröder Neumann Krüger Vogel Brandt""",
        cities="München Berlin Hamburg Freiburg Köln Leipzig Stuttgart Kempten Nürnberg Rosenheim",
    ),
    "GB": Country(
        share=23,
        language="en",
        mobile=("+447911", 6),
        first_names="""Emily Sophie Olivia Grace Charlotte Amelia Isla Jack Oliver Harry George James Callum Ewan Rhys
            Alice Fiona Duncan""",
        last_names="Smith Taylor Brown Wilson Davies Evans Walker Wright Campbell Stewart Murray Hughes Bennett Fraser",
        cities="London Edinburgh Sheffield Keswick Bristol Cardiff Leeds Inverness",
    ),
}

# country: (groupId, name, plan)
CLUBS = {
    "FR": ("club-alpin-grenoble", "Club Alpin Grenoble", "club"),
    "DE": ("bergfreunde-kempten", "Bergfreunde Kempten e.V.", "club"),
    "GB": ("lakeland-guides", "Lakeland Guides Ltd", "business"),
}
