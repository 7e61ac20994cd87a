"""How long something has been so: late words that change the past alone, sources that disagree, time that passes."""

import dataclasses
from datetime import timedelta

import pytest

from profiles.models import Source
from segments import rules
from segments.errors import RuleError
from segments.verify import verify
from segments.world import World
from tests.segments.shop import Shop

DAY = timedelta(days=1)


def french(duration="30 days", **more):
    return {"held": {"attribute": "traits.country", "op": "is", "value": "FR", "for": duration, **more}}


@pytest.fixture
def shop(db):
    made = Shop()
    made.publishes("always", french())
    made.publishes("never", french(**{"not": True}))
    made.publishes("sometime", french(when="sometime"))
    return made


def test_somebody_enters_when_it_has_been_so_for_so_long_and_leaves_when_it_is_no_more(shop):
    shop.is_known("maria", country="FR")
    for days, inside in ((29, False), (1, True), (1, True)):
        shop.refreshes(days * DAY)
        assert ("maria" in shop.members("always")) is inside
    shop.is_known("maria", country="DE")
    shop.refreshes()
    assert shop.members("always") == set()
    shop.is_known("maria", country="FR")
    shop.refreshes(29 * DAY)
    assert shop.members("always") == set()
    shop.refreshes(2 * DAY)
    assert shop.members("always") == {"maria"}


def test_that_it_never_was_so_includes_the_unknown_and_is_forgotten_with_time(shop):
    shop.is_known("maria", country="DE")
    shop.does("peter", "Page Viewed")
    shop.is_known("laura", country="FR")
    shop.refreshes(DAY)
    assert (shop.members("never"), shop.members("sometime")) == ({"maria", "peter"}, {"laura"})
    shop.is_known("laura", country="DE")
    shop.refreshes(29 * DAY)
    assert shop.members("sometime") == {"laura"}
    shop.refreshes(2 * DAY)
    assert (shop.members("never"), shop.members("sometime")) == ({"maria", "peter", "laura"}, set())


def test_a_late_word_that_breaks_the_past_is_heard_though_the_value_of_now_stays(shop):
    shop.is_known("maria", country="FR")
    shop.refreshes(40 * DAY)
    shop.is_known("maria", country="FR")
    shop.refreshes()
    assert shop.members("always") == {"maria"}
    now = shop.now
    shop.now -= 5 * DAY
    shop.is_known("maria", country="DE")
    shop.now = now
    shop.refreshes()
    assert shop.members("always") == set()
    assert verify(shop.now + DAY).differences == []


def test_a_late_word_that_tells_of_an_earlier_beginning_is_heard(shop):
    shop.is_known("maria", country="FR")
    shop.refreshes(10 * DAY)
    now = shop.now
    shop.now -= 40 * DAY
    shop.is_known("maria", country="FR")
    shop.now = now
    shop.refreshes()
    # Said twice, as the source has it, with nothing else in between.
    assert shop.members("always") == {"maria"}


@pytest.mark.parametrize(("precedence", "always"), [(10, {"maria"}), (90, set())])
def test_where_sources_disagree_the_one_that_is_believed_counts_at_each_moment(shop, precedence, always):
    first, other = shop.source, Source.objects.create(name="Another", kind="server", precedence=precedence)
    shop.is_known("maria", country="FR")
    shop.refreshes(40 * DAY)
    shop.source = dataclasses.replace(first, id=other.pk, precedence=precedence)
    shop.is_known("maria", country="DE")
    shop.source = first
    shop.refreshes()
    assert shop.members("always") == always
    assert shop.members("sometime") == {"maria"}
    assert verify(shop.now + DAY).differences == []


def test_two_equal_sources_that_contradict_each_other_in_turn_agree_with_what_is_known_now(shop):
    first, other = shop.source, Source.objects.create(name="Another", kind="server", precedence=50)
    second = dataclasses.replace(first, id=other.pk)
    for days, source, country in ((0, first, "FR"), (10, second, "DE"), (10, first, "FR"), (20, second, "DE")):
        shop.now += days * DAY
        shop.source = source
        shop.is_known("maria", country=country)
        shop.refreshes()
        assert verify(shop.now + timedelta(seconds=1)).differences == []
    # The one that kept saying so was right all along.
    assert shop.members("always") == set()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"attribute": "traits.born", "op": "in_last", "value": "5 days"}, "changes with time"),
        ({"attribute": "traits.born", "op": "anniversary", "value": "5 days"}, "changes with time"),
        ({"attribute": "crm.open_deals", "op": "over", "value": 0}, "Since when is not kept"),
        ({"attribute": "traits.gone", "op": "known"}, "does not exist"),
    ],
)
def test_what_has_no_past_or_moves_by_itself_is_refused(shop, body, why):
    with pytest.raises(RuleError, match=why):
        rules.check(rules.parse({"held": {**body, "for": "30 days"}}), World.now())
