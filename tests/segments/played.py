"""A world that a test plays in: people say things, time goes by, rules are edited, and all is compared after a refresh.

Compared are the memberships that refresh kept, with the naive oracle; `Played.verify` compares every set with one
computed from scratch.
"""

import json
from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from django.db import connection
from django.db.models import Value
from django.db.models.functions import Greatest
from hypothesis import event

from profiles import changes, derived, ingest
from profiles.derived import SCORE_CHANGED, VISIT_STARTED
from profiles.messages import Message, SourceFacts, message_key
from profiles.models import AccountMember, Profile, Source, Trait, TraitValue
from scoring.models import BandSpell, Score, ScoreModel
from scoring.moves import topic
from segments import sets
from segments.models import Membership, Override, Segment, SegmentVersion
from segments.overrides import end, put
from segments.publish import publish
from segments.refresh import refresh
from segments.verify import verify
from tests.segments import drawn
from tests.segments.oracle import Person, belongs

ORDER = ["one", "two", "three"]
PROPERTIES = ("country", "age", "born", "revenue")


class Played:
    """`rules` are drawn by `draw`; each segment has a twin `not-...` whose rule is the negation."""

    def __init__(self, draw):
        self.draw, self.now = draw, draw(drawn.starts)
        sets.kept.forget()  # What the play before this one left was rolled back.
        source = Source.objects.create(name=f"test {uuid4()}", kind="server")
        self.source = SourceFacts(source.pk, "server", "FR", 50)
        Trait.objects.bulk_create(
            [Trait(key=key, type=kind) for key, kind in drawn.TRAITS.items()], ignore_conflicts=True
        )
        self.model = ScoreModel.objects.create(slug="heat", name="Heat", method="points")
        Segment.objects.all().delete()
        self.said = []
        self.rules = {}
        self.overrides = []
        # By segment and person: the intervals in which they were in it.
        self.stays = defaultdict(lambda: defaultdict(list))
        for slug in ORDER:
            self._draw_rule(slug)
        segments = Segment.objects.bulk_create(
            Segment(slug=slug, name=slug, rule=rule, version=1) for slug, rule in self.rules.items()
        )
        SegmentVersion.objects.bulk_create(SegmentVersion(segment=one, number=1, rule=one.rule) for one in segments)

    def edit(self, slug):
        """The segment gets another rule, and so does its twin."""
        self._draw_rule(slug)
        for name in (slug, f"not-{slug}"):
            publish(Segment.objects.get(slug=name), self.rules[name], None)

    def _draw_rule(self, slug):
        # Only segments that come before may be asked: no cycles.
        rule = self.draw(drawn.rules(ORDER[: ORDER.index(slug)]))
        self.rules |= {slug: rule, f"not-{slug}": {"none": [rule]}}

    def wait(self, minutes):
        """Time goes by, or the clock is set back."""
        self.now += timedelta(minutes=minutes)

    def say(self, user, anonymous, name, traits, late):
        """Somebody does something, or says something about themselves."""
        self._send(
            "track" if name else "identify",
            [("anonymous_id", anonymous), *([("user_id", user)] if user else [])],
            late,
            name=name,
            properties={key: traits[key] for key in PROPERTIES if key in traits},
            traits={key: value for key, value in traits.items() if key in drawn.TRAITS},
        )

    def join(self, anonymous, company, known):
        """Somebody belongs to a company, of which something is known."""
        self._send("group", [("anonymous_id", anonymous)], 0, group=company, traits=known)

    def _send(self, kind, identifiers, late, *, name=None, properties=None, traits=None, group=None):
        self.now += timedelta(seconds=1)
        message = Message(
            id=message_key(self.source.id, f"message {len(self.said)}"),
            source=self.source,
            type=kind,
            occurred_at=self.now - timedelta(minutes=late),
            received_at=self.now,
            name=name,
            identifiers=tuple(identifiers),
            properties=properties or {},
            traits=traits or {},
            group=group,
            payload=b"{}",
        )
        self.said.append(message)
        assert not ingest.apply([message]).refused

    def repeat(self, number):
        """What was said comes again, as from a client that saw no answer: it counts once."""
        if self.said:
            ingest.apply([self.said[number % len(self.said)]])

    def visit(self, number, properties, late):
        """Somebody's visit is concluded."""
        self._conclude(number, VISIT_STARTED, properties, self.now - timedelta(minutes=late))

    def score(self, number, value, band):
        """Somebody's score is computed."""
        who = self._somebody(number)
        if not who:
            return
        old = Score.objects.filter(profile_id=who, model=self.model).first()
        now = {"value": value, "band": band, "since": self.now, "computed_at": self.now, "version": 1, "told": value}
        Score.objects.update_or_create(profile_id=who, model=self.model, defaults=now)
        if not old or old.band != band:
            spells = BandSpell.objects.filter(profile_id=who, model=self.model)
            spells.filter(until=None).exclude(since=self.now).update(until=Greatest("since", Value(self.now)))
            spells.update_or_create(
                since=self.now, defaults={"band": band, "until": None, "profile_id": who, "model": self.model}
            )
        changes.note([(who, topic(self.model.slug))])
        told = {"model": self.model.slug, "to": value, "band_to": band, "from": old and old.value}
        told |= {"change": old and value - old.value, "band_from": old and old.band}
        self._conclude(number, SCORE_CHANGED, told, self.now)

    def _conclude(self, number, name, properties, when):
        self.now += timedelta(seconds=1)
        if who := self._somebody(number):
            concluded = derived.Derived(who, when, derived.key("test", uuid4()), name, properties)
            derived.put(derived.source(), [concluded])

    def _somebody(self, number):
        people = sorted(Profile.objects.present().values_list("pk", flat=True))
        return people[number % len(people)] if people else None

    def override(self, slug, number, inside, minutes):
        """Somebody is put in or kept out by hand, perhaps for so many minutes."""
        self.now += timedelta(seconds=1)
        people = sorted(Profile.objects.values_list("pk", flat=True))  # whoever was merged too, by an old page
        if people:
            until = self.now + timedelta(minutes=minutes) if minutes else None
            who, segment = people[number % len(people)], Segment.objects.get(slug=slug)
            made = put(segment, who, inside, reason="said so", author=None, expires_at=until, at=self.now)
            self.overrides.append(made)

    def end(self, number):
        """The rule decides again."""
        self.now += timedelta(seconds=1)
        if self.overrides:
            end(self.overrides[number % len(self.overrides)], None, at=self.now)

    def check(self):
        """Refresh, and hold what is kept against the oracle."""
        run = refresh(self.now)
        event(f"moved: {bool(run.entered or run.left)}")
        people = everybody()
        kept = defaultdict(set)
        for slug, pk in Membership.objects.open().values_list("segment__slug", "profile_id"):
            kept[slug].add(pk)
        # Those that others may ask come first.
        for slug in sorted(self.rules, key=lambda name: ORDER.index(name.removeprefix("not-"))):
            for pk, person in people.items():
                person.stays = {asked: stays[pk] for asked, stays in self.stays.items()}
            right = {pk for pk, person in people.items() if belongs(slug, person, run.at, self.rules)}
            assert kept[slug] == right, f"{slug}: {json.dumps(self.rules[slug])} at {run.at}"
            self._note(slug, right, run.at)
        sizes = dict(Segment.objects.values_list("slug", "size"))
        for slug in set(ORDER) - {override.segment.slug for override in self.overrides}:
            assert sizes[slug] + sizes[f"not-{slug}"] == len(people), "a rule and its negation sum to everybody"

    def verify(self):
        """A second later, every set computed from scratch is the one that was kept."""
        assert verify(self.now + timedelta(seconds=1)).differences == []

    def _note(self, slug, members, at):
        """Who is in now, and who is not any more."""
        for pk, stays in self.stays[slug].items():
            if stays and stays[-1][1] is None and pk not in members:
                stays[-1][1] = at
        for pk in members:
            stays = self.stays[slug][pk]
            if not stays or stays[-1][1]:
                stays.append([at, None])


def everybody():
    """Every person with all that they did, by id."""
    survivors = {pk: merged or pk for pk, merged in Profile.objects.values_list("pk", "merged_into")}
    people = {pk: Person(pk, traits) for pk, traits in Profile.objects.present().values_list("pk", "traits")}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT profile_id, t.name, occurred_at, properties::text FROM profiles_event e"
            " JOIN profiles_eventtype t ON t.id = e.name_id"
        )
        for profile_id, name, occurred_at, properties in cursor.fetchall():
            said = json.loads(properties)
            # "" is the money of the event; everything here is in the project's currency.
            money = {"": Decimal(str(said["revenue"]))} if "revenue" in said else {}
            people[profile_id].events.append((name, occurred_at, said | money))
    for pk, value, band in Score.objects.values_list("profile_id", "value", "band"):
        if pk in people:
            people[pk].attributes |= {"scores.heat": value, "scores.heat.band": band}
    for pk, known in AccountMember.objects.values_list("profile_id", "account__traits"):
        people[pk].companies.append(known)
    # One source speaks here: what it said is what was so.
    for pk, key, *run in TraitValue.objects.values_list("profile_id", "trait__key", "since", "until", "value"):
        people[pk].history.setdefault(key, []).append(run)
    for pk, *spell in BandSpell.objects.order_by("-since").values_list("profile_id", "since", "until", "band"):
        if pk in people and spell[0] != spell[1]:
            # What began later counts, though it was when the clock was set back.
            later = people[pk].history.setdefault("scores.heat.band", [])
            spell[1] = min([end for end in (spell[1], *(one[0] for one in later)) if end], default=None)
            later.append(spell)
    for override in Override.objects.select_related("segment"):
        people[survivors[override.profile_id]].overrides.append(
            (override.segment.slug, override.inside, override.created_at, override.ended_at, override.expires_at)
        )
    return people
