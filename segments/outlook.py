"""What comes next for one person: when the answer of a rule changes by itself, and what would change it now.

Nothing is guessed: the rule, those that it asks, and the ledger are played forward from moment to moment at
which one of their conditions may change if nothing happens.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from segments import rules
from segments.leaves import Condition, Rule
from segments.models import Segment
from segments.relatives import Relatives, gather, truth
from segments.snapshot import snapshot
from segments.transitions import KINDS
from segments.windows import zone
from segments.wishes import Wish
from segments.world import World

# Moments that are looked at, and changes that are told.
MOST_MOMENTS = 300
MOST_CHANGES = 2


@dataclass(frozen=True)
class Change:
    """At this moment the person enters (`inside`) or leaves, because these conditions change, unless this happens."""

    at: datetime
    inside: bool
    because: tuple[str, ...]
    unless: tuple[str, ...]

    @property
    def kind(self) -> str:
        """As the feed of transitions calls it."""
        return KINDS[not self.inside]

    @property
    def when_words(self) -> str:
        """ "leaves on 14 December 2026 at noon"."""
        when = {"when": date_format(self.at.astimezone(zone()), "DATETIME_FORMAT")}
        return (_("enters on %(when)s") if self.inside else _("leaves on %(when)s")) % when

    @property
    def unless_words(self) -> str:
        """What would prevent it: one of these is enough."""
        return _(" or ").join(self.unless)

    @property
    def sentence(self) -> str:
        """ "leaves on 14 December 2026 at noon, unless: one more Order Completed"."""
        if not self.unless:
            return self.when_words
        return _("%(change)s, unless: %(wishes)s") % {"change": self.when_words, "wishes": self.unless_words}


@dataclass(frozen=True)
class Way:
    """What alone would change the answer now, by the condition at `path`."""

    path: str
    words: str


@dataclass(frozen=True)
class Later:
    """From this moment on, and not before, each of these would change the answer alone."""

    at: datetime
    ways: tuple[Way, ...]

    @property
    def when_words(self) -> str:
        """ "from 14 December 2026 at noon on"."""
        return _("from %(when)s on") % {"when": date_format(self.at.astimezone(zone()), "DATETIME_FORMAT")}


@dataclass(frozen=True)
class Outlook:
    """`together`: what would have to happen, all of it, where nothing does alone; `later`: where nothing does now, and
    time alone does not either. Not `complete`: what comes later was not looked at.
    """

    inside: bool
    changes: tuple[Change, ...]
    ways: tuple[Way, ...]
    together: tuple[str, ...]
    later: Later | None
    complete: bool


def outlook(segment: Segment, profile_id: int, at: datetime | None = None) -> Outlook:
    """What comes next for this person. RuleError when the rule is broken."""
    world = World.now()
    with snapshot():
        future = Future(gather(segment, profile_id, world), at or timezone.now())
        inside, ways = future.inside, future.ways()
        together = () if ways else future.together()
        future.seeks = not ways and not together
        coming = tuple(future.changes())
    return Outlook(inside, coming, ways, together, future.later, complete=future.complete)


def changes(segment: Segment, profile_id: int, world: World) -> tuple[Change, ...]:
    """Only when they enter and leave if nothing happens. RuleError when the rule is broken."""
    with snapshot():
        return tuple(Future(gather(segment, profile_id, world), timezone.now()).changes())


@dataclass
class Future:
    """One person's answers, from now on; `looked` are the moments that were looked at. Who `seeks` wants to know from
    when on something would change the answer.
    """

    relatives: Relatives
    at: datetime
    answers: dict[bytes, bool] = field(default_factory=dict)
    ahead: list[tuple[datetime, bytes]] = field(default_factory=list)
    looked: list[datetime] = field(default_factory=list)
    inside: bool = False
    complete: bool = True
    seeks: bool = False
    later: Later | None = None

    def __post_init__(self) -> None:
        for digest, leaf in self.relatives.asked.items():
            self.answers[digest] = self.relatives.ask(leaf, self.at)
            self._expect(digest, leaf.moments(self.at, self.relatives.profile_id, self.relatives.world))
        for digest, leaf in self.relatives.recorded.items():
            self._expect(digest, leaf.passing(self.relatives.stays[leaf.segment]))
        self._step()

    def changes(self) -> Iterator[Change]:
        """The next times at which the person enters or leaves if nothing happens."""
        told = 0
        while self.ahead and told < MOST_CHANGES:
            if len(self.looked) == MOST_MOMENTS:
                self.complete = False
                return
            before, was = dict(self.answers), self.inside
            self._advance()
            if self.inside != was:
                told, self.seeks = told + 1, False
                yield self._change(before, was)
            elif self.seeks and (ways := self.ways()):
                self.seeks, self.later = False, Later(self.at, ways)

    def ways(self) -> tuple[Way, ...]:
        """What alone would change the answer, each once."""
        found: dict[str, Way] = {}
        for path, wish in self.enough():
            found.setdefault(wish.words, Way(path, wish.words))
        return tuple(found.values())

    def enough(self) -> Iterator[tuple[str, Wish]]:
        """The wishes that change the answer alone, with the paths of the conditions that they are of."""
        for path, node in rules.walk(self.relatives.rule):
            if not isinstance(node, Condition):
                continue
            wanted = not truth(node, self.answers)
            if truth(self.relatives.obeyed, self.answers, {node.digest: wanted}) == self.inside:
                continue
            means = self._means(node, wanted)
            if means and len(means) == 1 and not means[0].waits and self._suffices(means[0], node, wanted):
                yield path, means[0]

    def together(self) -> tuple[str, ...]:
        """The least that would have to happen, all of it; empty where nothing would do, or time alone does."""
        means = self._means(self.relatives.obeyed, not self.inside) or []
        return tuple(dict.fromkeys(wish.words for wish in means)) if not all(wish.waits for wish in means) else ()

    def _expect(self, digest: bytes, moments: list[datetime]) -> None:
        for moment in moments:
            if moment > self.at:
                heapq.heappush(self.ahead, (moment, digest))

    def _advance(self) -> None:
        """To the next moment at which a condition may change."""
        self.at = self.ahead[0][0]
        self.looked.append(self.at)
        while self.ahead and self.ahead[0][0] == self.at:
            _moment, digest = heapq.heappop(self.ahead)
            if leaf := self.relatives.asked.get(digest):
                self.answers[digest] = self.relatives.ask(leaf, self.at)
        self._step()

    def _step(self) -> None:
        """Every segment that is asked, then the segment itself, as one run of the refresher does."""
        for digest, leaf in self.relatives.step(self.answers, self.at):
            self._expect(digest, leaf.passing(self.relatives.stays[leaf.segment]))
        self.inside = truth(self.relatives.obeyed, self.answers)

    def _change(self, before: Mapping[bytes, bool], was: bool) -> Change:
        because, unless = [], []
        for _path, node in rules.walk(self.relatives.rule):
            if not isinstance(node, Condition) or truth(node, before) == truth(node, self.answers):
                continue
            because.append(node.sentence(self.relatives.world))
            kept = truth(node, before)
            if truth(self.relatives.obeyed, self.answers, {node.digest: kept}) == was:
                means = self._means(node, kept, unless=True)
                if means and not any(wish.waits for wish in means):
                    unless.append(_(" and ").join(wish.words for wish in means))
        return Change(self.at, self.inside, tuple(dict.fromkeys(because)), tuple(dict.fromkeys(unless)))

    def _means(self, node: Rule, wanted: bool, *, unless: bool = False) -> list[Wish] | None:
        """The fewest wishes that make a rule say what is wanted; None when nothing does."""
        if truth(node, self.answers) == wanted:
            return []
        if isinstance(node, Condition):
            leaf = node.normal()
            return self._means(leaf, wanted, unless=unless) if leaf is not node else self._wish(node, wanted, unless)
        wanted_each = not wanted if node.kind == "none" else wanted
        found = [self._means(child, wanted_each, unless=unless) for child in node.rules]
        # Of "all" every rule must hold, of "none" none may: each has its part. "Any" is the other way round.
        if wanted is not (node.kind == "any"):
            return None if None in found else [wish for means in found for wish in means or []]
        possible = [means for means in found if means is not None]
        return min(possible, key=len) if possible else None

    def _wish(self, leaf: Condition, wanted: bool, unless: bool) -> list[Wish] | None:
        person, world = self.relatives.profile_id, self.relatives.world
        asked = leaf.unless if unless else leaf.wish
        wish = asked(self.at, person, world, wanted)
        if wish is None and not unless:
            wish = self._waited_for(leaf, wanted)
        return [wish] if wish else None

    def _waited_for(self, leaf: Condition, wanted: bool) -> Wish | None:
        """It changes by itself: when."""
        moment = self.relatives.next_flip(leaf, self.at, wanted)
        if moment is None:
            return None
        when = date_format(moment.astimezone(zone()), "DATETIME_FORMAT")
        text = _("“%(condition)s” holds from %(when)s on") if wanted else _("“%(condition)s” holds until %(when)s only")
        return Wish(text % {"condition": leaf.sentence(self.relatives.world), "when": when}, waits=True)

    def _suffices(self, wish: Wish, node: Condition, wanted: bool) -> bool:
        """Whether the answer still changes when the other conditions have seen what was wished."""
        after = self.relatives.after(wish, self.answers, self.at)
        return truth(self.relatives.obeyed, after, {node.digest: wanted}) != self.inside
