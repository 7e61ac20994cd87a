"""Finding the person whom an identifier names."""

from __future__ import annotations

import re

from profiles.models import Identifier, IdentifierType, Profile
from profiles.standardise import standardise

_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


def find(kind: str, value: str) -> Profile | None:
    """The person whom an identifier of type `kind` names now, or with "id" our own number; None if nobody.

    `value` may be written as senders write it, only phone numbers need their country. Who was merged into
    somebody else is found as that person. At most four queries.
    """
    profile_id = _number(value) if kind == "id" else _named(kind, value)
    person = Profile.objects.filter(pk=profile_id).first() if profile_id else None
    if person and person.merged_into:
        person = Profile.objects.filter(pk=person.merged_into).first()
    return person


def _number(value: str) -> int | None:
    return int(value) if _NUMBER.fullmatch(value) else None


def _named(kind: str, value: str) -> int | None:
    if "\0" in kind or not (known := IdentifierType.objects.filter(pk=kind).first()):
        return None
    standard = standardise(known, value)
    if standard is None:
        return None
    return Identifier.objects.filter(type=known, value=standard).values_list("profile_id", flat=True).first()
