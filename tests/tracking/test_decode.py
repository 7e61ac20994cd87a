"""From bytes to messages: what is understood, what is refused and why."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from profiles.messages import SourceFacts
from profiles.refusals import Reason
from tracking.decode import Accepted, Received, decode
from tracking.quarantine import Refused

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
SHOP = SourceFacts(7, "server", "FR", 50)
GOOD = {"type": "track", "event": "Clicked", "userId": "good", "messageId": "good"}


def _decode(body: bytes | dict[str, Any], kind: str = "batch") -> tuple[list[Received], list[Refused]]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return decode(Accepted(SHOP, kind, NOW, raw))


def _one(message: dict[str, Any], **envelope: Any) -> Received:
    messages, refused = _decode({"batch": [message], **envelope})
    assert not refused, refused
    return messages[0]


@pytest.mark.parametrize(
    ("said", "sent_at", "happened"),
    [
        ("2026-11-23T11:59:00Z", None, "2026-11-23T11:59:00+00:00"),
        ("2026-11-23T12:59:00+01:00", None, "2026-11-23T11:59:00+00:00"),
        ("2026-11-23T11:59:00", None, "2026-11-23T11:59:00+00:00"),
        (None, None, "2026-11-23T12:00:00+00:00"),
        # A clock an hour slow, and one a day fast.
        ("2026-11-23T10:58:00Z", "2026-11-23T11:00:00Z", "2026-11-23T11:58:00+00:00"),
        ("2026-11-24T11:58:00Z", "2026-11-24T12:00:00Z", "2026-11-23T11:58:00+00:00"),
        # Never later than received.
        ("2026-11-23T12:00:05Z", "2026-11-23T12:00:00Z", "2026-11-23T12:00:00+00:00"),
        ("2026-11-24T11:00:00Z", None, "2026-11-23T12:00:00+00:00"),
        # A sender that cannot say when it sent is taken to have the right time.
        ("2026-11-23T11:59:00Z", "yesterday", "2026-11-23T11:59:00+00:00"),
        ("2026-11-23T11:59:00Z", 17, "2026-11-23T11:59:00+00:00"),
        ("1970-01-01T00:00:00Z", None, "1970-01-01T00:00:00+00:00"),
    ],
)
def test_the_senders_clock_is_corrected(said: str | None, sent_at: Any, happened: str) -> None:
    assert _one({**GOOD, "timestamp": said}, sentAt=sent_at).occurred_at.isoformat() == happened
    single, _ = _decode({**GOOD, "timestamp": said, "sentAt": sent_at}, kind="track")
    assert single[0].occurred_at.isoformat() == happened


def test_rudderstacks_original_timestamp_is_when_it_happened() -> None:
    message = _one({**GOOD, "originalTimestamp": "2026-11-23T11:00:00Z", "sentAt": "2026-11-23T11:30:00Z"})
    assert message.occurred_at == NOW - timedelta(minutes=30)


@pytest.mark.parametrize(
    ("said", "sent_at"),
    [
        ("1969-12-31T23:59:59Z", None), ("2026-11-24T12:00:01Z", None), ("9999-12-31T23:59:59Z", None),
        ("0001-01-01T00:00:00+23:59", None), ("9999-12-31T23:59:59-23:59", None),
        ("2026-11-23T11:00:00Z", "1900-01-01T00:00:00Z"), ("2026-11-23T11:00:00Z", "9999-12-31T23:59:59Z"),
    ],
)  # fmt: skip
def test_a_time_out_of_range_is_refused(said: str, sent_at: str | None) -> None:
    _, refused = _decode({"batch": [{**GOOD, "timestamp": said}], "sentAt": sent_at})
    assert [item.reason for item in refused] == [Reason.TIME_OUT_OF_RANGE]


@pytest.mark.parametrize(
    ("message", "name", "identifiers"),
    [
        ({"type": "track", "event": " Order Completed ", "userId": "u"}, "Order Completed", [("user_id", "u")]),
        ({"type": "page", "anonymousId": "a", "userId": None}, "Page Viewed", [("anonymous_id", "a")]),
        ({"type": "screen", "userId": 42}, "Screen Viewed", [("user_id", "42")]),
        ({"type": "group", "userId": "u", "groupId": 9}, None, [("user_id", "u")]),
        (
            {"type": "alias", "userId": "u", "previousId": "old"},
            None, [("user_id", "u"), ("anonymous_id", "old")],
        ),
        (
            {"type": "identify", "userId": "u", "anonymousId": "a", "traits": {"email": "A@ex.org", "phone": 336123}},
            None, [("user_id", "u"), ("anonymous_id", "a"), ("email", "A@ex.org"), ("phone", "336123")],
        ),
        (
            {"type": "track", "event": "E", "context": {"traits": {"email": "a@ex.org"}, "externalIds": [
                {"id": "c1", "type": "crm_id", "collection": "users", "encoding": "none"}]}},
            "E", [("email", "a@ex.org"), ("crm_id", "c1")],
        ),
        # A group's traits are the account's: its address is nobody's.
        ({"type": "group", "userId": "u", "groupId": "g", "traits": {"email": "x@ex.org"}}, None, [("user_id", "u")]),
        # Not a text: a trait perhaps, no identifier.
        ({"type": "identify", "userId": "u", "traits": {"email": ["a"], "phone": True}}, None, [("user_id", "u")]),
    ],
)  # fmt: skip
def test_names_and_identifiers(message: dict[str, Any], name: str | None, identifiers: list[tuple[str, str]]) -> None:
    decoded = _one(message)
    assert (decoded.name, list(decoded.identifiers)) == (name, identifiers)


def test_traits_come_from_where_each_sdk_puts_them() -> None:
    traits = {"plan": "gold"}
    assert _one({"type": "identify", "userId": "u", "traits": traits}).traits == traits
    assert _one({"type": "identify", "userId": "u", "context": {"traits": traits}}).traits == traits
    assert _one({**GOOD, "context": {"traits": traits}}).traits == traits
    assert _one({**GOOD, "traits": traits}).traits == {}
    assert _one({"type": "group", "groupId": "g", "userId": "u", "traits": traits}).traits == traits


def test_a_page_has_its_name_and_its_address_among_its_properties() -> None:
    decoded = _one({
        "type": "page", "userId": "u", "name": "Home", "category": "Docs", "properties": {"url": "https://own/"},
        "context": {"page": {"url": "https://context/", "path": "/", "referrer": None, "title": "T", "other": 1}},
    })  # fmt: skip
    assert decoded.properties == {
        "name": "Home", "category": "Docs", "url": "https://own/", "path": "/", "title": "T",
    }  # fmt: skip


def test_the_address_says_the_type_of_a_single_message() -> None:
    messages, _ = _decode({"userId": "u", "event": "E", "type": "identify"}, kind="track")
    assert (messages[0].type, messages[0].name) == ("track", "E")


def test_the_same_message_id_of_the_same_source_is_the_same_message() -> None:
    assert _one(GOOD).id == _one({**GOOD, "event": "Other"}).id
    assert _one({**GOOD, "messageId": 17}).id == _one({**GOOD, "messageId": "17"}).id


def test_a_message_without_an_id_gets_one_that_applying_again_gives_again() -> None:
    nameless = {"type": "track", "event": "E", "userId": "u"}
    first, _ = _decode({"batch": [nameless, nameless, {**nameless, "messageId": ""}]})
    again, _ = _decode({"batch": [nameless, nameless, {**nameless, "messageId": ""}]})
    assert [message.id for message in first] == [message.id for message in again]
    assert len({message.id for message in first}) == 3


def _track(properties: bytes) -> bytes:
    return b'{"type":"track","event":"E","userId":"u","properties":' + properties + b"}"


REFUSED = [
    ("NUL escaped", _track(b'{"a":"\\u0000"}'), Reason.UNSTORABLE_TEXT),
    ("NUL in a key", _track(b'{"a":{"\\u0000":[1]}}'), Reason.UNSTORABLE_TEXT),
    ("NUL in the id", b'{"type":"page","userId":"\\u0000"}', Reason.UNSTORABLE_TEXT),
    ("NUL in the name", b'{"type":"track","userId":"u","event":"a\\u0000b"}', Reason.UNSTORABLE_TEXT),
    ("NUL in a trait", b'{"type":"identify","userId":"u","traits":{"a":"\\u0000"}}', Reason.UNSTORABLE_TEXT),
    ("NUL raw", _track(b'{"a":"\x00"}'), Reason.BAD_JSON),
    ("half a surrogate", _track(b'{"a":"\\ud800"}'), Reason.UNSTORABLE_TEXT),
    ("the other half", _track(b'{"a":"\\udc00 z"}'), Reason.UNSTORABLE_TEXT),
    ("half a surrogate in a key", _track(b'{"\\uD83D":1}'), Reason.UNSTORABLE_TEXT),
    ("not UTF-8", _track(b'{"a":"\xff"}'), Reason.UNSTORABLE_TEXT),
    ("a number without end", _track(b'{"a":1e400000}'), Reason.BAD_FIELD),
    ("a whole number without end", _track(b'{"a":' + b"9" * 5_000 + b"}"), Reason.BAD_FIELD),
    ("NaN", _track(b'{"a":NaN}'), Reason.BAD_JSON),
    ("Infinity", _track(b'{"a":-Infinity}'), Reason.BAD_JSON),
    ("deep", _track(b'{"a":' + b"[" * 100 + b"]" * 100 + b"}"), Reason.TOO_DEEP),
    ("very deep", _track(b'{"a":' + b"[" * 15_000 + b"]" * 15_000 + b"}"), Reason.TOO_DEEP),
    ("depth 100,000", _track(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"), Reason.TOO_LARGE),
    ("large", _track(b'{"a":"' + b"x" * 33_000 + b'"}'), Reason.TOO_LARGE),
    ("not an object", b"[]", Reason.NOT_AN_OBJECT),
    ("a text", b'"track"', Reason.NOT_AN_OBJECT),
    ("null", b"null", Reason.NOT_AN_OBJECT),
    ("no type", b'{"userId":"u"}', Reason.UNKNOWN_TYPE),
    ("an unknown type", b'{"type":"merge","userId":"u"}', Reason.UNKNOWN_TYPE),
    ("a type that is a list", b'{"type":["track"],"userId":"u"}', Reason.UNKNOWN_TYPE),
    ("nobody", b'{"type":"track","event":"E"}', Reason.NO_IDENTIFIER),
    ("empty ids", b'{"type":"track","event":"E","userId":"","anonymousId":null}', Reason.NO_IDENTIFIER),
    ("a user who is an object", b'{"type":"page","userId":{}}', Reason.BAD_FIELD),
    ("a user who is true", b'{"type":"page","userId":true}', Reason.BAD_FIELD),
    ("an endless id", b'{"type":"page","userId":"' + b"u" * 600 + b'"}', Reason.BAD_FIELD),
    ("no event", b'{"type":"track","userId":"u","event":" "}', Reason.BAD_FIELD),
    ("a long event", b'{"type":"track","userId":"u","event":"' + b"e" * 201 + b'"}', Reason.BAD_FIELD),
    ("an event that is a number", b'{"type":"track","userId":"u","event":7}', Reason.BAD_FIELD),
    ("a group without one", b'{"type":"group","userId":"u"}', Reason.BAD_FIELD),
    ("properties that are a list", _track(b"[]"), Reason.BAD_FIELD),
    ("traits that are text", b'{"type":"identify","userId":"u","traits":"x"}', Reason.BAD_FIELD),
    ("a context that is text", b'{"type":"page","userId":"u","context":"x"}', Reason.BAD_FIELD),
    ("a time that is none", b'{"type":"page","userId":"u","timestamp":"soon"}', Reason.BAD_FIELD),
    ("a time that is a number", b'{"type":"page","userId":"u","timestamp":1e999}', Reason.BAD_FIELD),
    ("an endless time", b'{"type":"page","userId":"u","timestamp":"+275760-09-13T00:00:00.000Z"}', Reason.BAD_FIELD),
    ("a message id that is a list", b'{"type":"page","userId":"u","messageId":[]}', Reason.BAD_FIELD),
]


@pytest.mark.parametrize(("message", "reason"), [pytest.param(raw, why, id=label) for label, raw, why in REFUSED])
def test_a_bad_message_is_refused_and_its_neighbours_are_not(message: bytes, reason: Reason) -> None:
    good = json.dumps(GOOD).encode()
    body = b'{"batch":[%b, %b ,%b],"sentAt":"2026-11-23T11:59:00Z"}' % (good, message, good)
    messages, refused = _decode(body)
    assert [message.identifiers for message in messages] == [(("user_id", "good"),)] * 2
    assert [(item.reason, item.payload, item.kind) for item in refused] == [(reason, message, "")]
    assert refused[0].sent_at == NOW - timedelta(minutes=1)


@pytest.mark.parametrize(
    "properties",
    [
        b'{"a":"\\\\u0000"}', b'{"a":"\\ud83d\\ude00"}', b'{"a":1e-400000}', b'{"a":1e308}',
        b'{"a":' + b"9" * 300 + b"}",
        b'{"a":' + b"[" * 50 + b"]" * 50 + b"}", b'{"a":[' + b"[]," * 200 + b"[]]}", b"null",
    ],
)  # fmt: skip
def test_what_only_looks_bad_is_accepted(properties: bytes) -> None:
    messages, refused = _decode(b'{"batch":[%b]}' % _track(properties))
    assert (len(messages), refused) == (1, [])


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b'{"batch":[{]}', b'{"batch":[{}', b'{"batch":[NaN,,NaN]}', b'{"batch":["\\ud800]}', b"[[NaN]]",
        b'{"batch":[{"a":NaN}]}]', b'"batch":[NaN]', b'{"batch":[{"a":NaN}}]', b"]" * 1000, b"[" * 1000,
        b'{"a":"' * 999,
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_taken_apart_is_refused_as_a_whole(body: bytes) -> None:
    messages, refused = _decode(body)
    assert messages == []
    assert [(item.kind, item.payload) for item in refused] == [("batch", body)]
