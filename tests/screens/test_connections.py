"""The pages of connections: made, tested, changed, run; what was refused is put right. Against a real remote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from cdp_site.celery import app
from connectors.models import Conflict, Connection, DeadLetter, Deal, Link, SyncRun
from tests.committed import transactional_db  # noqa: F401  a fixture
from tests.connectors.given import connected, lines, person, pull, push, said
from tests.connectors.standin import TOKEN, Remote, serving

pytestmark = pytest.mark.usefixtures("_nobody")

LIST = "/admin/connectors/connection/"
ADD = f"{LIST}add/?system=standin"


@pytest.fixture
def _nobody(transactional_db: None) -> Iterator[None]:  # noqa: F811  the fixture
    """Committed rows; of the libraries' tables too, none is left."""
    yield
    for model in (User, PeriodicTask, IntervalSchedule):
        model.objects.all().delete()


@pytest.fixture
def remote() -> Remote:
    return Remote()


@pytest.fixture
def address(remote: Remote) -> Iterator[str]:
    with serving(remote) as found:
        yield found


@pytest.fixture
def client(_nobody: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("admin"))
    return client


@pytest.fixture
def _at_once() -> Iterator[None]:
    """Tasks run where they are begun."""
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


def of_role(role: str) -> Client:
    user = User.objects.create_user(role, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


def page(connection: Connection, rest: str = "change/") -> str:
    return f"{LIST}{connection.pk}/{rest}"


def shown(client: Client, address: str, form: dict[str, Any] | None = None) -> str:
    """The text of a page, after what a form does."""
    answer = client.get(address) if form is None else client.post(address, form, follow=True)
    assert answer.status_code == 200, answer
    return re.sub(r"\s+", " ", re.sub(r"<script.*?</script>|<[^>]+>", " ", answer.content.decode(), flags=re.DOTALL))


def form_of(address: str, **more: str) -> dict[str, str]:
    return {"name": "CRM", "setting_url": address, "setting_token": TOKEN, "allow_private": "on"} | more


def refused(connection: Connection) -> DeadLetter:
    """Anna, whom the remote does not take as she is."""
    said("email:anna@shop.example", first_name="bad", last_name="Ang")
    push(connection)
    return DeadLetter.objects.get()


def test_without_connections_there_is_one_thing_to_do(client: Client) -> None:
    assert "Nothing is connected yet" in shown(client, LIST)


def test_a_system_is_connected_tested_and_stopped_until_somebody_starts_it(client: Client, address: str) -> None:
    assert "Personal access token" not in shown(client, ADD)
    text = shown(client, ADD, form_of(address))
    assert "Stand-in answers:" in text
    assert "Not started yet" in text
    connection = Connection.objects.get()
    assert (connection.state, connection.enabled, connection.allow_private) == ("ready", False, True)
    assert not PeriodicTask.objects.get(task="connectors.tasks.sync").enabled
    shown(client, page(connection, "do/"), {"do": "start"})
    assert PeriodicTask.objects.get(task="connectors.tasks.sync").enabled


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"setting_token": "old"}, "refused our credentials"),
        ({"setting_url": "http://127.0.0.1:1"}, "test the connection|cannot be reached|did not answer|does not answer"),
        ({"allow_private": ""}, "is not a public address"),
    ],
)
def test_what_does_not_answer_says_why_and_what_to_do(
    client: Client, address: str, wrong: dict[str, str], words: str
) -> None:
    text = shown(client, ADD, {key: value for key, value in form_of(address, **wrong).items() if value})
    assert re.search(words, text), text
    assert Connection.objects.get().state != "ready"


@pytest.mark.parametrize(
    "wrong", [{"setting_url": "ftp://crm"}, {"setting_url": "crm"}, {"setting_token": ""}, {"name": ""}]
)
def test_what_is_not_filled_in_is_marked_and_connects_nothing(
    client: Client, address: str, wrong: dict[str, str]
) -> None:
    answer = client.post(ADD, form_of(address, **wrong))
    assert (answer.status_code, b'aria-invalid="true"' in answer.content) == (200, True)
    assert TOKEN.encode() not in answer.content
    assert not Connection.objects.exists()


def test_new_credentials_end_the_pause_and_are_shown_nowhere(client: Client, remote: Remote, address: str) -> None:
    connection = connected(remote, address)
    remote.habits.token = "another"
    assert "Enter new credentials" in shown(client, page(connection, "do/"), {"do": "test"})
    text = shown(client, page(connection, "credentials/"), {"setting_token": "another"})
    assert "Stand-in answers:" in text
    connection.refresh_from_db()
    assert connection.state == "ready"
    for rest in ("change/", "change/?tab=fields", "settings/", "credentials/"):
        assert b"another" not in client.get(page(connection, rest)).content


def test_settings_change_the_schedule(client: Client, remote: Remote, address: str) -> None:
    connection = connected(remote, address)
    shown(
        client,
        page(connection, "settings/"),
        {"name": "Sales", "every": "3600", "setting_url": address, "allow_private": "on"},
    )
    connection.refresh_from_db()
    assert (connection.name, connection.every) == ("Sales", 3600)
    assert PeriodicTask.objects.get(task="connectors.tasks.sync").interval.every == 3600


@pytest.mark.usefixtures("_at_once")
def test_the_buttons_read_write_and_try(client: Client, remote: Remote, address: str) -> None:
    connection = connected(remote, address, lines(("first_name", "traits.first_name", "kith")))
    remote.add("contact", {"email": "anna@shop.example", "first_name": "Ann"})
    shown(client, page(connection, "do/"), {"do": "read"})
    pull(connection)
    said("email:anna@shop.example", first_name="Anna")
    shown(client, page(connection, "do/"), {"do": "dry"})
    dry = SyncRun.objects.get(dry_run=True)
    text = shown(client, page(connection, f"runs/{dry.pk}/"))
    assert all(word in text for word in ("dry run", "Would be written", "1 call", "first_name", "Ann", "Anna"))
    assert remote.get("contact", "1")["first_name"] == "Ann"
    shown(client, page(connection, "do/"), {"do": "run"})
    assert remote.get("contact", "1")["first_name"] == "Anna"
    assert "Write · Contacts" in shown(client, page(connection))


def test_a_connection_that_has_to_wait_says_so_instead_of_running(client: Client, remote: Remote, address: str) -> None:
    connection = connected(remote, address, state="reconnect", words="Token revoked")
    assert "refused our credentials" in shown(client, page(connection, "do/"), {"do": "run"})
    assert not SyncRun.objects.exists()


def test_fields_are_given_other_owners_added_and_taken_away(client: Client, remote: Remote, address: str) -> None:
    connection = connected(remote, address)
    remote.add("contact", {"email": "anna@shop.example", "first_name": "Anna"})
    pull(connection)
    text = shown(client, page(connection, "change/?tab=fields"))
    assert "anna@shop.example" in text
    form = {
        "contact.on": "1", "contact.0.owner": "crm", "contact.1.owner": "kith", "contact.2.owner": "recent",
        "contact.2.remove": "1", "contact.new.label": "Kith segments", "contact.new.local": "segments",
        "contact.new.owner": "kith", "contact.create_here": "1",
    }  # fmt: skip
    shown(client, page(connection, "fields/"), form)
    connection.refresh_from_db()
    fields = connection.mapping["contact"]["fields"]
    assert [(line["remote"], line["owner"]) for line in fields] == [
        ("email", "crm"),
        ("first_name", "kith"),
        ("kith_kith_segments", "kith"),
    ]
    assert Link.objects.filter(stale=True).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"contact.new.remote": "score", "contact.new.local": "scores.engagement", "contact.new.owner": "crm"},
        {"contact.new.remote": "email", "contact.new.local": "traits.email"},
        {"contact.new.remote": "score"},
    ],
)
def test_a_mapping_that_makes_no_sense_is_not_saved(
    client: Client, remote: Remote, address: str, wrong: dict[str, str]
) -> None:
    connection = connected(remote, address)
    before = connection.mapping
    answer = client.post(
        page(connection, "fields/"), {"contact.on": "1", "contact.create_here": "1"} | wrong, follow=True
    )
    assert b'role="alert"' in answer.content or b"bg-red" in answer.content
    connection.refresh_from_db()
    assert connection.mapping == before


def test_what_was_refused_is_edited_and_written(client: Client, remote: Remote, address: str) -> None:
    connection = connected(remote, address, lines(("first_name", "traits.first_name", "kith")))
    remote.add("contact", {"email": "anna@shop.example", "first_name": "Ann"})
    pull(connection)
    letter = refused(connection)
    assert "is not allowed here" in shown(client, page(connection, "change/?tab=letters"))
    one = page(connection, f"letters/{letter.pk}/")
    assert "is not allowed here" in shown(client, one)
    shown(client, one, {"do": "retry", "value.first_name": "Anna"})
    push(connection)
    assert remote.get("contact", "1")["first_name"] == "Anna"
    letter.refresh_from_db()
    assert letter.resolved_at is not None
    assert "This is done with." in shown(client, one)


@pytest.mark.parametrize("how", ["one", "all", "drop"])
def test_what_was_refused_is_tried_again_or_let_be(client: Client, remote: Remote, address: str, how: str) -> None:
    connection = connected(remote, address, lines(("first_name", "traits.first_name", "kith")))
    remote.add("contact", {"email": "anna@shop.example", "first_name": "Ann"})
    pull(connection)
    letter = refused(connection)
    if how == "all":
        assert "1 record is tried again" in shown(client, page(connection, "letters/"), {})
    else:
        do = {"do": "retry" if how == "one" else "drop", "value.first_name": "bad"}
        shown(client, page(connection, f"letters/{letter.pk}/"), do)
    letter.refresh_from_db()
    if how == "drop":
        assert letter.resolved_at is not None
    else:
        assert letter.next_at <= timezone.now()
        assert letter.link.stale


def test_conflicts_are_listed_until_somebody_has_seen_them(client: Client, remote: Remote, address: str) -> None:
    connection = connected(remote, address)
    anna = said("email:anna@shop.example", first_name="Anna")
    link = Link.objects.create(connection=connection, object="contact", remote_id="1", profile_id=anna.pk)
    conflict = Conflict.objects.create(
        link=link, profile_id=anna.pk, field="phone", reason="both_changed", ours="+331", theirs="+332", kept="kith",
        at=timezone.now(),
    )  # fmt: skip
    text = shown(client, page(connection, "change/?tab=conflicts"))
    assert "+331 kept" in text
    assert "Both sides agree" in shown(client, page(connection, "conflicts/"), {"up_to": conflict.pk})


def test_a_person_shows_their_records_and_deals(remote: Remote, address: str) -> None:
    connection = connected(remote, address)
    anna = said("email:anna@shop.example", first_name="Anna")
    Link.objects.create(
        connection=connection, object="contact", remote_id="1", profile_id=anna.pk, url="javascript:alert(1)",
        shadow={"owner": "Jeanne Petit"}, state="synced",
    )  # fmt: skip
    now = timezone.now()
    Deal.objects.create(
        connection=connection, remote_id="1", profile_id=anna.pk, name="Tents", stage="Proposal", amount=120050,
        currency="CHF", created_at=now, updated_at=now,
    )  # fmt: skip
    sales = of_role("Sales")
    answer = sales.get(f"/admin/profiles/profile/{anna.pk}/change/?tab=crm")
    assert b"javascript:alert" not in answer.content
    text = shown(sales, f"/admin/profiles/profile/{anna.pk}/change/?tab=crm")
    assert all(word in text for word in ("Jeanne Petit", "Tents", "Proposal", "CHF 1,200.50", "Open deals: 1"))
    assert "Tents" in shown(sales, "/admin/connectors/deal/")


def test_progress_is_told_as_json(client: Client, remote: Remote, address: str) -> None:
    connection = connected(remote, address)
    assert client.get(page(connection, "progress/")).json() == {"running": [], "last": 0}
    SyncRun.objects.create(
        connection=connection, object="contact", direction="pull", state="pulling", total=200, read=50
    )
    told = client.get(page(connection, "progress/")).json()
    assert told["running"] == [{"words": "Reading · Contacts", "count": "50 of 200", "share": 25}]
    assert "Reading · Contacts" in shown(client, page(connection))


@pytest.mark.parametrize(
    ("rest", "form"),
    [
        ("settings/", {}), ("credentials/", {}), ("fields/", {}), ("do/", {"do": "run"}), ("conflicts/", {}),
    ],
)  # fmt: skip
def test_who_may_only_look_changes_nothing(remote: Remote, address: str, rest: str, form: dict[str, str]) -> None:
    connection = connected(remote, address)
    marketer = of_role("Marketers")
    assert "Run now" not in shown(marketer, page(connection))
    assert marketer.post(page(connection, rest), form).status_code == 403
    assert of_role("Sales").get(page(connection)).status_code == 403


@pytest.mark.parametrize("rest", ["0/change/", "x/change/", "9" * 20 + "/change/", "{id}/runs/0/", "{id}/letters/9/"])
def test_what_is_not_there_is_404(client: Client, remote: Remote, address: str, rest: str) -> None:
    connection = connected(remote, address)
    assert client.get(LIST + rest.format(id=connection.pk)).status_code == 404


def test_nothing_happens_by_following_a_link(client: Client, remote: Remote, address: str) -> None:
    connection = connected(remote, address)
    for rest in ("do/", "fields/", "conflicts/", "letters/"):
        assert client.get(page(connection, rest)).status_code == 403


def test_a_page_costs_the_same_whatever_is_on_it(client: Client, remote: Remote, address: str) -> None:
    connection = connected(remote, address)
    counts: dict[str, set[int]] = {}
    for number in range(1, 4):
        anna = person_with_everything(connection, number)
        for rest in ("change/?tab=runs", "change/?tab=fields", "change/?tab=letters", "change/?tab=conflicts"):
            with CaptureQueriesContext(database) as queries:
                shown(client, page(connection, rest))
            counts.setdefault(rest, set()).add(len(queries))
        for other in (LIST, "/admin/connectors/deal/", "/admin/profiles/account/"):
            with CaptureQueriesContext(database) as queries:
                shown(client, other)
            counts.setdefault(other, set()).add(len(queries))
    assert anna
    assert {rest: len(found) for rest, found in counts.items()} == dict.fromkeys(counts, 1)


def person_with_everything(connection: Connection, number: int) -> int:
    """Somebody with a link, a run, a refusal, a conflict, and a deal."""
    now = timezone.now()
    who = said(f"email:anna{number}@shop.example", first_name="Anna").pk
    about = {"connection": connection, "remote_id": str(number), "profile_id": who}
    link = Link.objects.create(**about, object="contact", shadow={"email": "x"})
    SyncRun.objects.create(
        connection=connection, object="contact", direction="pull", state="done", changed=1,
        started_at=now - timedelta(seconds=5), finished_at=now,
    )  # fmt: skip
    DeadLetter.objects.create(**about, object="contact", direction="push", link=link, payload={"a": 1}, words="no")
    Conflict.objects.create(link=link, profile_id=who, field="a", reason="both_changed", kept="kith", at=now)
    Deal.objects.create(**about, name="Tents", created_at=now, updated_at=now)
    return person(f"email:anna{number}@shop.example").pk
