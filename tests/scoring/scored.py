"""The small shop of the segments' tests, with scores."""

from datetime import timedelta

from profiles.models import Change, Event, Followup
from scoring import edit
from scoring.follow import follow
from scoring.methods.base import Asked
from scoring.models import Score, ScoreModel
from scoring.refresh import refresh
from segments.world import World
from tests.segments.shop import Shop


class ScoredShop(Shop):
    def scores(self, slug, config, method="points"):
        """A configuration becomes the next version of a score."""
        model = ScoreModel.objects.filter(slug=slug).first() or ScoreModel(slug=slug, name=slug, method=method)
        edit.save(model, config, None)
        return model

    def gives(self, slug="it", **options):
        """A score of some items."""
        items = options.pop("items")
        return self.scores(slug, {"items": items, **options})

    def passes(self, later=timedelta()):
        """Time goes by, then beat looks."""
        self.now += later
        return refresh(at=self.now)

    def follows(self, later=timedelta(seconds=1)):
        """The worker's step, for whom something changed."""
        self.now += later
        return follow(self.now)

    def score(self, user, slug="it"):
        """Somebody's score, or None."""
        return Score.objects.filter(model__slug=slug, profile_id=self.id_of(user)).select_related("model").first()

    def value(self, user, slug="it"):
        score = self.score(user, slug)
        return score and score.value

    def band(self, user, slug="it"):
        return self.score(user, slug).band

    def lines(self, user, slug="it", ago=timedelta()):
        """Every line of somebody's sum, as of a time."""
        model = ScoreModel.objects.get(slug=slug)
        return model.read().rows(self.id_of(user), self.asked(model, user, ago))

    def asked(self, model, user, ago=timedelta()):
        return Asked(self.now - ago, {self.id_of(user)}, World.now(), model.learned)

    def told(self, user):
        """The moves that were told of somebody, oldest first: (from, to)."""
        events = Event.objects.filter(profile_id=self.id_of(user), name__name="Score Changed").order_by("occurred_at")
        return [(event.properties["band_from"], event.properties["band_to"]) for event in events]

    def forget_changes(self):
        Change.objects.all().delete()
        Followup.objects.all().delete()
