"""What four real SDKs put on the wire: all of it is accepted, and stored once."""

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from profiles.models import Account, AccountMember, Event, Identifier, Profile, SeenMessage
from tests.tracking.front import Front, basic
from tracking.apply import apply_batch
from tracking.models import Inbox, Quarantine

TRUTH = Path(os.environ.get("KITH_TRUTH") or Path(__file__).resolve().parents[3] / "shared" / "truth")
PAYLOADS = TRUTH / "segment" / "captured_wire_payloads.json"

pytestmark = pytest.mark.skipif(not PAYLOADS.exists(), reason=f"no {PAYLOADS}: set KITH_TRUTH to where the truth is")


def _requests() -> Iterator[dict[str, Any]]:
    for requests in json.loads(PAYLOADS.read_text()).values():
        yield from requests


def _send(front: Front, key: str, request: dict[str, Any]) -> int:
    headers = {name: value for name, value in request["headers"].items() if name != "authorization"}
    body = json.dumps({**request["body"], **({"writeKey": key} if "writeKey" in request["body"] else {})}).encode()
    if headers.get("content-encoding") == "gzip":
        body = gzip.compress(body)
    return front.post(request["path"], body, {**headers, **basic(key)}).status


def test_everything_that_real_sdks_send_is_accepted_and_stored_once(front: Front, key: str) -> None:
    messages = [message for request in _requests() for message in request["body"]["batch"]]
    for _ in range(2):
        assert {_send(front, key, request) for request in _requests()} == {200}
        while apply_batch():
            pass
        assert (Inbox.objects.count(), Quarantine.objects.count()) == (0, 0)
        assert SeenMessage.objects.count() == len({message["messageId"] for message in messages}) == len(messages)
        happened = [message for message in messages if message["type"] in {"track", "page", "screen"}]
        assert Event.objects.count() == len(happened)


def test_they_are_all_about_one_person_of_one_account(front: Front, key: str) -> None:
    for request in _requests():
        _send(front, key, request)
    while apply_batch():
        pass
    assert Profile.objects.present().count() == 1
    known = set(Identifier.objects.values_list("type", "value"))
    assert known == {("user_id", "u1"), ("email", "a@ex.org"), ("anonymous_id", "anon1")}
    assert list(Account.objects.values_list("key", "name")) == [("g1", "Acme")]
    assert AccountMember.objects.count() == 1
