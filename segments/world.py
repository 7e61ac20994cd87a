"""What the names in rules mean just now: attributes, events, segments. Read once, then asked many times."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.apps import apps

from profiles import attributes
from profiles.attributes import Attribute
from profiles.models import EventType


@dataclass(frozen=True)
class World:
    """Attributes by key, ids of event types by name, ids of segments and what they are called by slug.

    `past`: conditions are asked of a moment that is over, of the values and of the people that were known then.
    """

    attributes: dict[str, Attribute]
    events: dict[str, int]
    segments: dict[str, int]
    titles: dict[str, str]
    past: bool = False

    @classmethod
    def now(cls) -> World:
        """As the database has it."""
        # By name: the model's rule field reads rules, which ask the world.
        published = apps.get_model("segments.Segment").objects.exclude(state="draft")
        segments = list(published.values_list("slug", "id", "name"))
        return cls(
            attributes=attributes.catalogue(),
            events=dict(EventType.objects.values_list("name", "id")),
            segments={slug: pk for slug, pk, _name in segments},
            titles={slug: name for slug, _pk, name in segments},
        )

    def recalling(self) -> World:
        """The same names, for questions about a past moment."""
        return replace(self, past=True)
