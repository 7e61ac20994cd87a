"""Where the made-up people live and what they are called there: data only."""

from __future__ import annotations

from typing import NamedTuple


class Country(NamedTuple):
    """`share`: of twenty people, how many; `mobile`: a prefix and how many digits follow."""

    share: int
    language: str
    locale: str
    zone: str
    mobile: tuple[str, int]
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    cities: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


COUNTRIES = {
    "FR": Country(
        share=9,
        language="fr",
        locale="fr-FR",
        zone="Europe/Paris",
        mobile=("+336", 8),
        first_names=_words("""Camille Chloé Manon Léa Julie Marion Élodie Inès Lucas Hugo Thomas Nicolas Mathieu Antoine
            Julien Rémi Margaux Pauline Clément Aurélie Baptiste Océane Quentin Noémie Sarah Mehdi Fatima Yanis Anaïs
            Gaspard Céline Sébastien Valérie Laurence Damien Karim"""),
        last_names=_words("""Martin Bernard Dubois Moreau Laurent Lefèvre Girard Fontaine Chevalier Mercier Rousseau
            Blanchard Gauthier Perrin Renaud Lacroix Vidal Besson Marchand Roux Faure Lambert Masson Colin Benali
            Haddad Nguyen Carpentier Leclerc Poirier Barbier Brunet Schmitt Collet Charpentier Pasquier Le-Gall"""),
        cities=_words("Lyon Grenoble Paris Annecy Toulouse Lille Nantes Chambéry Strasbourg Bordeaux"),
    ),
    "DE": Country(
        share=6,
        language="de",
        locale="de-DE",
        zone="Europe/Berlin",
        mobile=("+49151", 8),
        first_names=_words("""Anna Lena Hannah Katharina Julia Sophie Greta Johanna Lukas Jonas Felix Maximilian Paul
            Moritz Jürgen Stefan Birgit Sabine Jan Kathrin Tobias Mareike Emre Aylin Florian Nele Ida Matthias Ulrike
            Sven"""),
        last_names=_words("""Schmidt Müller Schneider Fischer Weber Wagner Becker Hoffmann Schäfer Koch Bauer Richter
            Klein Schröder Neumann Krüger Vogel Brandt Yılmaz Lange Krause Lehmann Huber Maier Fuchs Peters Lang Jung
            Möller Weiß Haas"""),
        cities=_words("München Berlin Hamburg Freiburg Köln Leipzig Stuttgart Kempten Nürnberg Rosenheim"),
    ),
    "GB": Country(
        share=5,
        language="en",
        locale="en-GB",
        zone="Europe/London",
        mobile=("+447911", 6),
        first_names=_words("""Emily Sophie Olivia Grace Charlotte Amelia Isla Jack Oliver Harry George James Callum Ewan
            Rhys Alice Fiona Duncan Priya Imran Zara Megan Lewis Hamish Eleanor Rory Niamh Gareth"""),
        last_names=_words("""Smith Taylor Brown Wilson Davies Evans Walker Wright Campbell Stewart Murray Hughes Bennett
            Fraser Patel Khan Clarke Robinson Green Hall Wood Turner Cooper Morgan Bailey Reid Kelly Marshall Ross"""),
        cities=_words("London Edinburgh Sheffield Keswick Bristol Cardiff Leeds Inverness"),
    ),
}

# Of twenty people in a row, who lives where: every country has its share in each twenty.
ROUND = _words("FR DE FR GB FR DE FR GB FR DE FR GB DE FR GB FR DE FR GB DE")
