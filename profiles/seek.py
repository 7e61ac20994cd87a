"""Who somebody means by what they typed into a search box: any identifier, written as they please."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from profiles.models import Identifier, IdentifierType, Profile, Source
from profiles.standardise import standardise

LIMIT = 200
# Fewer letters of an address would be the beginning of too many.
_PREFIX = 3


def people(text: str) -> list[int]:
    """Ids of people whom `text` names: an identifier of any type, the beginning of an e-mail address, or our own id.

    At most LIMIT, of people as they live on; a fixed number of queries, each along an index.
    """
    countries = ["", *Source.objects.exclude(country="").values_list("country", flat=True).distinct()]
    wanted = Q(pk__in=[])
    for kind in IdentifierType.objects.all():
        wanted |= Q(type_id=kind.pk, value__in=_forms(kind, text, countries))
    if len(text) >= _PREFIX:
        wanted |= Q(type_id="email", value__startswith=text.lower())
    found = set(Identifier.objects.filter(wanted).values_list("profile_id", flat=True)[:LIMIT])
    number = text.removeprefix("#")
    if number.isdecimal() and len(number) < 19:
        person = Profile.objects.filter(pk=int(number)).first()
        found |= {person.survivor_id} if person else set()
    return sorted(found)


def may_be_a_name(text: str, ids: Sequence[int]) -> bool:
    """Whether names are worth a search too: not when an address or a number already found its owner."""
    return not ids or not any(sign.isdecimal() or sign == "@" for sign in text)


def first_values(ids: Sequence[int], kind: str) -> dict[int, str]:
    """The earliest identifier of a kind, for each of some people."""
    rows = (
        Identifier.objects.filter(profile_id__in=ids, type_id=kind)
        .order_by("profile_id", "first_seen", "pk")
        .distinct("profile_id")
    )
    return dict(rows.values_list("profile_id", "value"))


def _forms(kind: IdentifierType, text: str, countries: Sequence[str]) -> set[str]:
    """The forms in which a source of one of these countries would have it stored; none when it names nobody."""
    return {form for country in countries if (form := standardise(kind, text, country))}
