"""What connections do with the members of a segment, said before its rule is published."""

import pytest

from connectors.models import Connection
from profiles.models import Source
from segments.errors import RuleError
from segments.followers import followers, followers_of
from segments.models import Segment
from segments.publish import publish, withdraw
from tests.connectors import standin_adapter  # noqa: F401  registers it

NAMES = {"remote": "segments", "local": "segments", "owner": "kith"}


@pytest.fixture
def segments(db):
    rule = {"none": [{"did": {"event": "Order Completed"}}]}
    return {slug: publish(Segment(slug=slug, name=slug.title()), rule, None) for slug in ("vip", "other")}


def connected(mapping, **more):
    source = Source.objects.create(name="CRM", kind=Source.Kind.CONNECTION)
    return Connection.objects.create(
        slug="crm", name="CRM", adapter="standin", source=source, mapping=mapping, **more
    )  # fmt: skip


def test_a_connection_that_creates_members_there_follows_and_keeps_the_segment(segments):
    connected({"contact": {"create_there": "vip", "fields": []}})
    (follower,) = followers(segments["vip"])
    assert (str(follower.kind), follower.name, follower.needs) == ("Connection", "CRM", True)
    assert "is created there" in follower.words
    with pytest.raises(RuleError, match="CRM"):
        withdraw(segments["vip"])
    withdraw(segments["other"])


def test_a_field_with_the_names_of_all_segments_follows_each_and_keeps_none(segments):
    connected({"contact": {"fields": [NAMES]}}, enabled=False)
    found = followers_of(["vip", "other"])
    assert [len(some) for some in found.values()] == [1, 1]
    assert "when it is switched on again" in found["vip"][0].words
    withdraw(segments["vip"])


def test_a_field_with_the_names_of_some_segments_follows_and_keeps_those(segments):
    connected({"contact": {"fields": [NAMES | {"only": ["vip"]}]}})
    assert [follower.needs for follower in followers(segments["vip"])] == [True]
    assert followers(segments["other"]) == []


@pytest.mark.parametrize("mapping", [{"nothing": {}}, {"contact": {"fields": [3]}}, []])
def test_a_mapping_that_cannot_be_read_follows_nothing(segments, mapping):
    connected(mapping)
    assert followers(segments["vip"]) == []


def test_a_system_that_is_gone_follows_nothing(segments):
    connected({"contact": {"create_there": "vip"}})
    Connection.objects.update(adapter="gone")
    assert followers(segments["vip"]) == []
