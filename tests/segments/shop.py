"""A small shop for tests: people say and do things through the real ingest, on a clock of the test's own."""

import itertools
from datetime import UTC, datetime, timedelta

from profiles import ingest
from profiles.messages import Message, SourceFacts, message_key
from profiles.models import Identifier, Source, Trait
from segments.models import Membership, Segment
from segments.publish import publish
from segments.refresh import refresh


class Shop:
    def __init__(self):
        source = Source.objects.create(name="Shop backend", kind="server")
        self.source = SourceFacts(source.pk, "server", "FR", 50)
        self.now = datetime(2026, 6, 15, 12, tzinfo=UTC)
        self.numbers = itertools.count()
        for key, kind in {"country": "text", "age": "number", "born": "date"}.items():
            Trait.objects.create(key=key, type=kind)

    def does(self, user, event, *, ago=timedelta(), **properties):
        """The person did something, so long ago."""
        self._say(user, "track", event, self.now - ago, properties, {})

    def is_known(self, user, **traits):
        """The person says something about themselves."""
        self._say(user, "identify", None, self.now, {}, traits)

    def turns_out_to_be(self, user, email):
        """The person is whoever has this address."""
        self._say(user, "identify", None, self.now, {}, {"email": email})

    def publishes(self, slug, rule):
        """A rule becomes the next version of a segment."""
        return publish(Segment.objects.filter(slug=slug).first() or Segment(slug=slug, name=slug), rule, None)

    def refreshes(self, later=timedelta(seconds=1)):
        """Time goes by, then the refresher runs."""
        self.now += later
        return refresh(self.now)

    def members(self, slug):
        """User ids (or anonymous ids) of who is in."""
        ids = Membership.objects.open().filter(segment__slug=slug).values_list("profile_id", flat=True)
        return set(Identifier.objects.filter(profile_id__in=list(ids), type="user_id").values_list("value", flat=True))

    def id_of(self, user):
        """The person's id now."""
        return Identifier.objects.get(type="user_id", value=user).profile_id

    def _say(self, user, kind, name, when, properties, traits):
        identifiers = [("user_id", user)] if not user.startswith("anon") else [("anonymous_id", user)]
        if "email" in traits:
            identifiers.append(("email", traits["email"]))
        applied = ingest.apply(
            [
                Message(
                    id=message_key(self.source.id, f"{next(self.numbers)}"),
                    source=self.source,
                    type=kind,
                    occurred_at=when,
                    received_at=self.now,
                    name=name,
                    identifiers=tuple(identifiers),
                    properties=properties,
                    traits=traits,
                    group=None,
                    payload=b"{}",
                )
            ]
        )
        assert not applied.refused, applied.refused
