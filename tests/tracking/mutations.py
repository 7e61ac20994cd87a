"""Bodies that went wrong, by a seeded random: what bugs, strangers and bad lines send."""

import gzip
import json
from dataclasses import dataclass
from random import Random

from tracking.envelope import MAX_BODY

NASTY = [
    b'"\\u0000"', b'"a\\u0000b"', b'"\\ud800"', b'"\\udc00x"', b'"\\ud83d\\ude00"', b'"\xff\xfe"', b'"\xed\xa0\x80"',
    b'"a\x00b"',
    b"1e400000", b"-1e400000", b"1e-400000", b"1e308", b"-1e308", b"9" * 400, b"9" * 5_000, b"0." + b"3" * 3_000,
    b"NaN", b"Infinity", b"-Infinity", b"null", b"true", b"false", b"0", b"-0.0", b"-1", b"2.5", b"9223372036854775808",
    b'""', b'" "', b'"\\n"', b"[]", b"{}", b"[null]", b'[{"a":1}]', b'{"":""}', b'{"a":{"b":[1,{}]}}', b'{"\\u0000":1}',
    b'{"\\ud800":1}', b'"' + b"x" * 600 + b'"', b'"' + b"x" * 40_000 + b'"', b'{"' + b"k" * 300 + b'":1}',
    b"[" * 60 + b"]" * 60, b"[" * 500 + b"]" * 500, b"[" * 5_000 + b"]" * 5_000, b'{"a":' * 2_000 + b"1" + b"}" * 2_000,
    b"[" * 100_000 + b"]" * 100_000, b'{"a":[' * 50_000 + b"]}" * 50_000,
    b'"9999-12-31T23:59:59Z"', b'"0001-01-01T00:00:00+23:59"', b'"+275760-09-13T00:00:00Z"', b'"1969-12-31"', b"1e999",
    b'"2026-02-30T00:00:00Z"', b'"infinity"', b'"now"', b"1764000000000", b'"a@b.c"', b'"@"', b'"+336 12 34 56 78"',
    b'"-1"', b'"null"', b'"\xc3\xa9t\xc3\xa9"', b'"\xf0\x9f\x98\x80"', b'["a","b"]', b"undefined", b"'a'", b"01", b"+1",
    b".5",
]  # fmt: skip
FIELDS = [
    "type", "event", "userId", "anonymousId", "previousId", "groupId", "messageId", "timestamp", "originalTimestamp",
    "sentAt", "properties", "properties.total", "properties.revenue", "properties.currency", "properties.any", "traits",
    "traits.email", "traits.phone", "traits.age", "context", "context.traits", "context.traits.email", "context.page",
    "context.page.url", "context.externalIds", "integrations", "name", "category", "writeKey", "batch",
]  # fmt: skip
BOMBS = [gzip.compress(byte * 10**7, 9) for byte in (b" ", b"[", b"{", b'"', b"\x00")]
TYPES = ["track", "page", "screen", "identify", "group", "alias"]


@dataclass(frozen=True)
class Mutated:
    """A body, and the users in it whose messages are beyond reproach, when its envelope is."""

    body: bytes
    good: tuple[str, ...]


def mutated(random: Random, number: int) -> Mutated:
    """One of them. Two in three have a sound envelope around a bad message, between two good ones."""
    bad = _message(random, number)
    users = (f"good-{number}-before", f"good-{number}-after")
    before, after = (
        b'{"type":"track","event":"Clicked","userId":"%b","messageId":"%b"}' % (user.encode(), user.encode())
        for user in users
    )
    sent_at = random.choice(NASTY) if random.random() < 0.2 else b'"2026-11-23T11:15:19.065Z"'
    body = b'{"batch":[%b, %b,%b],"sentAt":%b}' % (before, bad, after, sent_at)
    if len(body) <= MAX_BODY and random.random() < 0.67:
        return Mutated(gzip.compress(body, 1) if random.random() < 0.3 else body, users)
    return Mutated(_broken(random, body), ())


def _message(random: Random, number: int) -> bytes:
    """A message with one to three fields that went wrong."""
    fields = {
        "type": json.dumps(random.choice(TYPES)).encode(),
        "userId": b'"bad-%d"' % number,
        "messageId": b'"bad-%d"' % number,
        "event": b'"Order Completed"',
    }
    for field in random.sample(FIELDS, random.randint(1, 3)):
        fields[field] = random.choice(NASTY)
    return _nested(fields)


def _nested(fields: dict[str, bytes]) -> bytes:
    """Fields whose names have dots, as JSON; a nasty object wins over the nasty parts of it."""
    parts: dict[str, bytes] = {}
    deeper: dict[str, dict[str, bytes]] = {}
    for name, value in fields.items():
        head, dot, rest = name.partition(".")
        if dot:
            deeper.setdefault(head, {})[rest] = value
        else:
            parts[head] = value
    for head, rest in deeper.items():
        parts.setdefault(head, _nested(rest))
    return b"{" + b",".join(b'"%b":%b' % (name.encode(), value) for name, value in parts.items()) + b"}"


def _broken(random: Random, body: bytes) -> bytes:
    """A body that lost something on the way, or that was never meant to arrive."""
    at = random.randrange(len(body))
    way = random.randrange(9)
    if way == 0:
        return random.choice(NASTY)
    if way == 1:
        return random.choice(BOMBS)
    if way == 2:
        return gzip.compress(body, 1)[: random.randrange(60)]
    if way == 3:
        packed = bytearray(gzip.compress(body, 1))
        packed[random.randrange(len(packed))] ^= 1 << random.randrange(8)
        return bytes(packed)
    if way == 4:
        return body.translate(bytes(random.randrange(256) if random.random() < 0.01 else one for one in range(256)))
    inserted = {5: random.randbytes(random.randint(1, 8)), 6: random.choice(NASTY)}.get(way, b"")
    return body[: 0 if way == 7 else at] + inserted + body[len(body) if way == 8 else at + way % 2 :]
