"""What reads a segment: what happens to people who enter or leave it, and what could not go on without it.

An app contributes by registering a provider in its `followers.py`, which segments/apps.py imports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, PermissionsMixin
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from segments import rules
from segments.errors import RuleError
from segments.models import Segment
from segments.plan import uses

User = AbstractBaseUser | AnonymousUser | PermissionsMixin


@dataclass(frozen=True)
class Follower:
    """Something that reads a segment: what it is, what it is called, and what it does with the members.

    `url` is its page, for who has `permission`. What `needs` the segment keeps it from being deleted.
    """

    kind: str | Promise
    name: str
    words: str
    url: str
    permission: str
    needs: bool = True


# The followers of each of these segments (slugs), in a number of queries that does not depend on how many they are.
Provider = Callable[[frozenset[str]], Mapping[str, list[Follower]]]
_providers: list[Provider] = []


def register(provider: Provider) -> Provider:
    """Add a provider of followers; returns it, so that it can decorate."""
    _providers.append(provider)
    return provider


def followers(segment: Segment) -> list[Follower]:
    """What reads this segment, segments first."""
    return followers_of([segment.slug])[segment.slug]


def followers_of(slugs: Iterable[str]) -> dict[str, list[Follower]]:
    """The same for several segments at once, by slug."""
    wanted = frozenset(slugs)
    found: dict[str, list[Follower]] = {slug: [] for slug in wanted}
    for provider in _providers:
        for slug, some in provider(wanted).items():
            found[slug] += some
    return found


def seen_by(user: User, some: Iterable[Follower]) -> list[Follower]:
    """The same, without the addresses of pages that somebody may not open."""
    may = getattr(user, "has_perm", lambda _permission: False)
    return [each if may(each.permission) else replace(each, url="") for each in some]


@register
def segments(wanted: frozenset[str]) -> dict[str, list[Follower]]:
    """The segments whose rules ask one of these. Drafts ask nobody yet."""
    found: dict[str, list[Follower]] = {}
    for other in Segment.objects.exclude(state=Segment.State.DRAFT):
        try:
            asked = uses(rules.parse(other.rule))
        except RuleError:  # A broken segment asks nobody.
            continue
        follower = Follower(
            gettext_lazy("Segment"),
            other.name,
            _("its rule asks who is in it"),
            reverse("admin:segments_segment_change", args=[other.pk]),
            "segments.view_segment",
        )
        for slug in asked & wanted - {other.slug}:
            found.setdefault(slug, []).append(follower)
    return found
