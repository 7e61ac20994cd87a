"""Who is it: create, attach, merge, limits and ranks, devices, browsers. A case is messages, and who is there after."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from profiles.models import Assignment, Edge, Event, Identifier, IdentifierType, Merge, Profile
from tests.profiles.given import applied, browser, events, groups, identify, message, one_by_one, people, person, source

pytestmark = pytest.mark.django_db


@dataclass
class Case:
    """Messages as identifiers parted by blanks, "browser" in front for one from a browser; people in the same form."""

    name: str
    messages: list[str]
    people: list[str]
    types: dict[str, dict[str, Any]] = field(default_factory=dict)


CASES = [
    Case("nobody matches: a person is created", ["user_id:u17"], ["user_id:u17"]),
    Case(
        "one matches: the rest is attached", ["user_id:u17", "user_id:u17 email:a@x.org"], ["user_id:u17 email:a@x.org"]
    ),
    Case(
        "several match: they become one",
        ["anonymous_id:dev1", "user_id:u17", "anonymous_id:dev1 user_id:u17"],
        ["anonymous_id:dev1 user_id:u17"],
    ),
    Case(
        "three at once",
        ["anonymous_id:dev1", "user_id:u17", "phone:+33612345678", "phone:+33612345678 user_id:u17 anonymous_id:dev1"],
        ["anonymous_id:dev1 user_id:u17 phone:+33612345678"],
    ),
    Case(
        "an address in capitals is the same address",
        ["email:Anna@Example.ORG", "email:anna@example.org user_id:u17", "email: ANNA@example.org "],
        ["email:anna@example.org user_id:u17"],
    ),
    Case("user ids keep their case", ["user_id:u17x", "user_id:U17x"], ["user_id:u17x", "user_id:U17x"]),
    Case(
        "a phone number is the same however it is written",
        ["phone:06_12_34_56_78 user_id:u17", "phone:+33612345678"],
        ["phone:+33612345678 user_id:u17"],
    ),
    Case(
        "a blocked value joins nobody",
        ["user_id:u17 email:test@test.com", "user_id:u18 email:test@test.com", "user_id:u19 anonymous_id:null"],
        ["user_id:u17", "user_id:u18", "user_id:u19"],
    ),
    Case(
        "a type that nobody defined joins nobody",
        ["user_id:u17 cookie:c17", "user_id:u18 cookie:c17"],
        ["user_id:u17", "user_id:u18"],
    ),
    Case(
        "two users of one address stay two: the address is taken off, for its rank is lower",
        ["user_id:u17 email:a@x.org", "user_id:u18 email:a@x.org"],
        ["user_id:u17 email:a@x.org", "user_id:u18"],
    ),
    Case(
        "a merge that breaks a limit takes off the lowest rank first, and again until it breaks none",
        [
            "user_id:u17 email:a@x.org phone:+33612345678",
            "user_id:u18",
            "user_id:u18 email:a@x.org phone:+33612345678",
        ],
        ["user_id:u17 email:a@x.org phone:+33612345678", "user_id:u18"],
    ),
    Case(
        "taken off for nothing: an identifier of nobody is attached after all",
        ["user_id:u17 email:a@x.org", "user_id:u18 email:a@x.org phone:+33612345678"],
        ["user_id:u17 email:a@x.org", "user_id:u18 phone:+33612345678"],
    ),
    Case(
        "a value too many is not attached",
        [f"user_id:u17 email:a{n}@x.org" for n in range(6)],
        ["user_id:u17 " + " ".join(f"email:a{n}@x.org" for n in range(5))],
    ),
    Case(
        "and is somebody of its own when it comes alone",
        [*(f"user_id:u17 email:a{n}@x.org" for n in range(6)), "email:a5@x.org"],
        ["user_id:u17 " + " ".join(f"email:a{n}@x.org" for n in range(5)), "email:a5@x.org"],
    ),
    Case(
        "two user ids in one message: the first counts",
        ["user_id:u17 user_id:u18"],
        ["user_id:u17"],
    ),
    Case(
        "unique and immutable: different values never become one",
        ["crm:c17 email:a@x.org", "crm:c18 email:b@x.org", "crm:c17 email:b@x.org"],
        ["crm:c17 email:a@x.org", "crm:c18 email:b@x.org"],
        {"crm": {"rank": 1, "unique": True}},
    ),
    Case(
        "without a limit there may be any number",
        ["loyalty:l17 email:a@x.org", "loyalty:l18 email:a@x.org"],
        ["loyalty:l17 loyalty:l18 email:a@x.org"],
        {"loyalty": {"rank": 4}},
    ),
    Case(
        "a shared device follows who used it last",
        ["user_id:u17 anonymous_id:dev1", "user_id:u18", "user_id:u18 anonymous_id:dev1"],
        ["user_id:u17", "user_id:u18 anonymous_id:dev1"],
    ),
    Case(
        "and back again",
        ["user_id:u17 anonymous_id:dev1", "user_id:u18 anonymous_id:dev1", "user_id:u17 anonymous_id:dev1"],
        ["user_id:u17 anonymous_id:dev1", "user_id:u18"],
    ),
    Case(
        "a browser attaches a visitor to somebody known",
        ["anonymous_id:dev1", "user_id:u17", "browser anonymous_id:dev1 user_id:u17"],
        ["anonymous_id:dev1 user_id:u17"],
    ),
    Case(
        "a browser makes a visitor known",
        ["browser anonymous_id:dev1", "browser anonymous_id:dev1 user_id:u17 email:a@x.org"],
        ["anonymous_id:dev1 user_id:u17 email:a@x.org"],
    ),
    Case(
        "a browser never makes one of two known people",
        ["user_id:u17", "email:a@x.org", "browser user_id:u17 email:a@x.org"],
        ["user_id:u17", "email:a@x.org"],
    ),
    Case(
        "what a server may",
        ["user_id:u17", "email:a@x.org", "user_id:u17 email:a@x.org"],
        ["user_id:u17 email:a@x.org"],
    ),
    Case(
        "a browser does not join known people through a visitor",
        ["email:a@x.org anonymous_id:dev1", "user_id:u17", "browser user_id:u17 anonymous_id:dev1"],
        ["email:a@x.org", "user_id:u17 anonymous_id:dev1"],
    ),
    Case(
        "two visitors of one browser become one",
        ["browser anonymous_id:dev1", "browser anonymous_id:dev2", "browser anonymous_id:dev1 anonymous_id:dev2"],
        ["anonymous_id:dev1 anonymous_id:dev2"],
    ),
]


def messages(case: Case) -> list[Any]:
    found = []
    for minute, text in enumerate(case.messages):
        words = text.split()
        by = browser() if words[0] == "browser" else source()
        found.append(
            message(
                *(word.replace("_", " ") if word.startswith("phone") else word for word in words if ":" in word),
                by=by,
                at=minute,
            )
        )
    return found


@pytest.mark.parametrize("alone", [True, False], ids=["one by one", "in one batch"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_who_is_there(case: Case, alone: bool) -> None:
    for name, fields in case.types.items():
        IdentifierType.objects.update_or_create(name=name, defaults=fields, create_defaults={"label": name, **fields})
    if alone:
        one_by_one(messages(case))
    else:
        applied(*messages(case))
    assert people() == groups(*case.people)


def test_a_limit_may_count_the_last_days_only() -> None:
    IdentifierType.objects.filter(pk="email").update(limit=1, window_days=30)
    day = 24 * 60
    applied(message("user_id:u17", "email:a@x.org"), message("user_id:u17", "email:b@x.org", at=10 * day))
    applied(message("user_id:u17", "email:c@x.org", at=31 * day))
    assert people() == groups("user_id:u17 email:a@x.org email:c@x.org")


def test_a_lower_limit_than_before_takes_nothing_away_and_lets_no_more_in() -> None:
    applied(message("user_id:u17", "email:a@x.org", "email:b@x.org"), message("anonymous_id:dev1", "email:a@x.org"))
    IdentifierType.objects.filter(pk="email").update(limit=1)
    applied(message("user_id:u17", "email:c@x.org"), message("email:b@x.org", "anonymous_id:dev2"))
    assert people() == groups("user_id:u17 email:a@x.org email:b@x.org anonymous_id:dev1 anonymous_id:dev2")


def test_the_survivor_is_the_oldest_and_everything_of_the_other_is_theirs() -> None:
    applied(message("user_id:u17", name="Signed Up"))
    old = person("user_id:u17").pk
    applied(message("anonymous_id:dev1", name="Page Viewed", at=1))
    applied(message("anonymous_id:dev1", "user_id:u17", name="Signed In", at=2))
    assert person("anonymous_id:dev1").pk == old
    assert events("user_id:u17") == ["Signed Up", "Page Viewed", "Signed In"]


def test_a_merged_person_whose_old_cookie_lives_on_is_the_survivor() -> None:
    one_by_one(
        [message("user_id:u17"), message("anonymous_id:dev1", at=1), message("anonymous_id:dev1", "user_id:u17", at=2)]
    )
    applied(message("anonymous_id:dev1", name="Came Back", at=3))
    assert events("user_id:u17")[-1] == "Came Back"
    assert len(people()) == 1


def test_what_happened_before_a_device_changed_hands_stays_where_it_was() -> None:
    one_by_one(
        [
            message("user_id:u17", "anonymous_id:dev1", name="Hers"),
            message("user_id:u18", "anonymous_id:dev1", name="His", at=1),
            message("anonymous_id:dev1", name="His Too", at=2),
        ]
    )
    assert events("user_id:u17") == ["Hers"]
    assert events("user_id:u18") == ["His", "His Too"]
    device = Identifier.objects.get(value="dev1")
    spans = Assignment.objects.filter(identifier_id=device.pk).order_by("since").values_list("profile_id", "until")
    assert [profile for profile, _until in spans] == [person("user_id:u17").pk, person("user_id:u18").pk]
    assert [until is None for _profile, until in spans] == [False, True]


def test_a_late_message_does_not_take_a_device_back() -> None:
    one_by_one(
        [
            message("user_id:u17", "anonymous_id:dev1"),
            message("user_id:u18", "anonymous_id:dev1", at=10),
            message("user_id:u17", "anonymous_id:dev1", name="Late", at=5, received=11),
        ]
    )
    assert people() == groups("user_id:u17", "user_id:u18 anonymous_id:dev1")
    assert "Late" in events("user_id:u17")


def test_every_event_keeps_the_identity_it_came_with_through_merges() -> None:
    one_by_one(
        [message("anonymous_id:dev1"), message("user_id:u17"), message("anonymous_id:dev1", "user_id:u17", at=1)]
    )
    names = dict(Identifier.objects.values_list("pk", "value"))
    rows = person("user_id:u17").pk
    kept = sorted(names[pk] for pk in Event.objects.filter(profile_id=rows).values_list("identifier_id", flat=True))
    assert kept == ["dev1", "u17", "u17"]


def test_a_merge_says_who_became_whom_through_what_and_by_which_message() -> None:
    first, second = message("anonymous_id:dev1"), message("user_id:u17")
    join = identify("anonymous_id:dev1", "user_id:u17", at=1)
    one_by_one([first, second, join])
    merge = Merge.objects.get()
    assert merge.survivor_id == person("user_id:u17").pk
    assert merge.message_id == join.id
    assert merge.source_id == join.source.id
    assert merge.at == join.received_at
    # Of the two, the older person's identifier is the hub.
    assert merge.identifier_id == Identifier.objects.get(value="dev1").pk


def test_an_edge_is_the_first_message_that_showed_two_identifiers_together() -> None:
    first = message("anonymous_id:dev1", "user_id:u17")
    one_by_one(
        [first, message("anonymous_id:dev1", "user_id:u17", at=1), message("user_id:u17", "email:a@x.org", at=2)]
    )
    assert Edge.objects.count() == 2
    assert Edge.objects.filter(message_id=first.id).count() == 1


def test_what_a_person_told_apart_is_never_merged_again() -> None:
    one_by_one([message("user_id:u17"), message("email:a@x.org"), message("anonymous_id:dev1", "email:a@x.org")])
    user, email = (Identifier.objects.get(value=value).pk for value in ("u17", "a@x.org"))
    Edge.objects.create(left_id=min(user, email), right_id=max(user, email), seen_at="2026-01-01T00:00Z", never=True)
    applied(message("user_id:u17", "email:a@x.org"), message("user_id:u17", "anonymous_id:dev1", at=1))
    assert people() == groups("user_id:u17 anonymous_id:dev1", "email:a@x.org")


def test_ids_of_everybody_merged_lead_to_the_last_survivor_in_one_step() -> None:
    one_by_one([message(f"user_id:u{n}x") for n in range(10, 14)])
    IdentifierType.objects.filter(pk="user_id").update(limit=None)
    ids = [person(f"user_id:u{n}x").pk for n in range(10, 14)]
    applied(message("user_id:u12x", "user_id:u13x"))
    applied(message("user_id:u11x", "user_id:u12x"))
    applied(message("user_id:u10x", "user_id:u13x"))
    assert {row.merged_into for row in Profile.objects.filter(pk__in=ids[1:])} == {ids[0]}
    assert people() == groups("user_id:u10x user_id:u11x user_id:u12x user_id:u13x")
