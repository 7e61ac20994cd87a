"""What tests of the API begin with: people, a segment, clients of every role."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.models import Group, User
from knox.models import AuthToken
from rest_framework.test import APIClient

from profiles.models import Change, Identifier, Profile, ProfileStat, Trait
from segments.models import Segment
from segments.publish import publish
from segments.refresh import refresh

SEEN = datetime(2026, 5, 1, 12, tzinfo=UTC)
FRENCH = {"all": [{"where": {"attribute": "traits.country", "op": "is", "value": "FR"}}]}


def client(role: str = "") -> APIClient:
    """A client with a token of a new user: of that role, an "administrator", or without any right."""
    user = User.objects.create_user(f"user{User.objects.count()}", is_superuser=role == "administrator")
    user.groups.add(*Group.objects.filter(name=role))
    _, token = AuthToken.objects.create(user)
    return APIClient(HTTP_AUTHORIZATION=f"Token {token}")


def person(*identifiers: tuple[str, str], **traits: Any) -> Profile:
    """A new person with these (type, value) and traits, whom the next refresh sees."""
    profile = Profile.objects.create(traits=traits, created_at=SEEN)
    for key in traits:
        Trait.objects.get_or_create(key=key)
    for kind, value in identifiers:
        Identifier.objects.create(type_id=kind, value=value, raw=value, profile_id=profile.pk, first_seen=SEEN)
    ProfileStat.objects.create(profile_id=profile.pk, first_seen=SEEN, last_seen=SEEN, events=3)
    topics = ["profile:created", *(f"trait:{key}" for key in traits)]
    Change.objects.bulk_create(Change(profile_id=profile.pk, topic=topic) for topic in topics)
    return profile


def anna() -> Profile:
    """Anna, who is French and has one identifier of each type."""
    return person(
        ("user_id", "u/17:a b"),
        ("email", "anna+shop@example.org"),
        ("phone", "+33612345678"),
        ("anonymous_id", "3f2a-9c"),
        first_name="Anna",
        country="FR",
    )


def french() -> Segment:
    """The segment of people in France, computed."""
    segment = publish(Segment(slug="french", name="In France"), FRENCH, None)
    refresh()
    segment.refresh_from_db()
    return segment
