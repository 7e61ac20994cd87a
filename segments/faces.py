"""People as the pages of segments show them: what to call somebody, one line more, and where they are found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from profiles import seek
from profiles.models import Profile
from profiles.templatetags.people import hue, initials


@dataclass(frozen=True)
class Face:
    """Somebody to point at. `detail` may be empty."""

    id: int
    name: str
    detail: str

    @property
    def link(self) -> str:
        """The address of their page."""
        return reverse("admin:profiles_profile_change", args=[self.id])

    def to_json(self) -> dict[str, Any]:
        """For the browser, drawn like profiles/avatar.html."""
        look = {"initials": "" if self.name == _anonymous() else initials(self.name), "hue": hue(self.id)}
        return {"id": self.id, "name": self.name, "detail": self.detail, "link": self.link, **look}


def faces(ids: Iterable[int]) -> dict[int, Face]:
    """By id, in the order given; two queries. Somebody merged or forgotten meanwhile is shown by number."""
    wanted = list(ids)
    found = Profile.objects.in_bulk(wanted)
    emails = seek.first_values(wanted, "email")
    return {person_id: _face(person_id, found.get(person_id), emails.get(person_id, "")) for person_id in wanted}


def _face(person_id: int, person: Profile | None, email: str) -> Face:
    traits = person.traits if person else {}
    email = str(traits.get("email") or email)
    name = (person.name if person else "") or email or _anonymous()
    return Face(person_id, name, email if email and email != name else f"#{person_id}")


def _anonymous() -> str:
    return _("Anonymous visitor")
