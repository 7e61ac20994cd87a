"""Kept within the quota, without write keys, and put through again."""

import json
from datetime import UTC, datetime, timedelta

from django.db import connection

from profiles.models import Source
from profiles.refusals import Reason
from tests.tracking.front import Front
from tracking import quarantine
from tracking.decode import Accepted, SourceFacts, decode
from tracking.models import Inbox, Overflow, Quarantine
from tracking.quarantine import Refused

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


def _refused(source: Source, payload: bytes = b"{}", kind: str = "", detail: str = "") -> Refused:
    return Refused(source.pk, kind, Reason.BAD_FIELD, detail, payload, NOW, NOW - timedelta(minutes=1))


def _keep(*refused: Refused) -> int:
    with connection.cursor() as cursor:
        return quarantine.keep(cursor, refused)


def test_each_source_has_a_quota_and_what_finds_no_room_is_counted(shop: Source) -> None:
    Source.objects.update(quarantine_quota=3)
    other = Source.objects.create(name="Other", quarantine_quota=10)
    assert _keep(*[_refused(shop)] * 2, *[_refused(other)] * 2) == 4
    assert _keep(*[_refused(shop)] * 5, _refused(other)) == 2
    assert _keep(_refused(shop)) == 0
    assert (Quarantine.objects.filter(source=shop).count(), Quarantine.objects.filter(source=other).count()) == (3, 3)
    assert list(Overflow.objects.values_list("source_id", "messages")) == [(shop.pk, 5)]


def test_the_quota_is_also_one_of_bytes(shop: Source) -> None:
    Source.objects.update(quarantine_quota=2)
    assert _keep(*[_refused(shop, b"x" * 30_000)] * 2, _refused(shop)) == 2
    Quarantine.objects.all().delete()
    assert _keep(_refused(shop, b"x" * 500_000)) == 0


def test_replaying_makes_room(shop: Source) -> None:
    Source.objects.update(quarantine_quota=1)
    assert _keep(_refused(shop)) == 1
    quarantine.replay(Quarantine.objects.all())
    assert _keep(_refused(shop)) == 1


def test_nothing_is_kept_of_a_source_that_is_gone(shop: Source) -> None:
    gone = Refused(99, "", Reason.BAD_FIELD, "", b"{}", NOW)
    assert _keep(gone, _refused(shop)) == 1


def test_the_detail_is_cut_and_cleaned(shop: Source) -> None:
    _keep(_refused(shop, detail="\x00\ud800" + "x" * 900))
    assert len(Quarantine.objects.get().detail) == 500


def test_a_write_key_is_never_kept(front: Front, key: str) -> None:
    front.post(f"/v1/batch?writeKey={key}", b'{"writeKey" : "' + key.encode() + b'", not json')
    assert bytes(Quarantine.objects.get().payload) == b'{"writeKey" : "", not json'


def test_a_replayed_message_comes_again_as_it_came_first(shop: Source) -> None:
    message = {"type": "track", "event": "E", "userId": "u", "messageId": "m", "timestamp": "2026-11-23T11:00:00Z"}
    raw = json.dumps(message).encode()
    body = b'{"sentAt":"2026-11-23T11:59:00Z","batch":[%b]}' % raw
    facts = SourceFacts(shop.pk, "server", "FR", 50)
    first, _ = decode(Accepted(facts, "batch", NOW, body))
    _keep(first[0].refused(Reason.INTERNAL, "a bug since fixed"))
    assert quarantine.replay(Quarantine.objects.all()) == 1
    row = Inbox.objects.get()
    again, _ = decode(Accepted(facts, row.kind, row.received_at, bytes(row.body)))
    assert again == first
    assert Quarantine.objects.get().replayed_at is not None


def test_a_single_message_keeps_the_type_of_its_address(shop: Source) -> None:
    facts = SourceFacts(shop.pk, "server", "FR", 50)
    first, _ = decode(Accepted(facts, "page", NOW, b'{"userId":"u"}'))
    _keep(first[0].refused(Reason.INTERNAL, ""))
    quarantine.replay(Quarantine.objects.all())
    row = Inbox.objects.get()
    assert (row.kind, bytes(row.body)) == ("page", b'{"userId":"u"}')


def test_what_was_replayed_is_not_replayed_twice(shop: Source) -> None:
    _keep(_refused(shop), _refused(shop))
    rows = list(Quarantine.objects.all())
    assert (quarantine.replay(rows), quarantine.replay(rows)) == (2, 0)
    assert Inbox.objects.count() == 2
