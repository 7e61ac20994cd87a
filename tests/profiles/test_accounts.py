"""Companies and households, and who belongs to them."""

from __future__ import annotations

from typing import Any

import pytest

from profiles.messages import Message
from profiles.models import Account, AccountMember
from tests.profiles.given import applied, browser, message, one_by_one, person, source

pytestmark = pytest.mark.django_db


def group(*identifiers: str, key: str = "acme", **rest: Any) -> Message:
    return message(*identifiers, kind="group", group=key, **rest)


def members(key: str = "acme") -> set[int]:
    return set(AccountMember.objects.filter(account__key=key).values_list("profile_id", flat=True))


def test_a_group_makes_the_account_and_the_person_belongs_to_it() -> None:
    applied(group("user_id:u17", traits={"name": "Acme AG", "address": {"city": "Bern"}}), group("user_id:u18"))
    account = Account.objects.get()
    assert (account.key, account.name, account.traits) == ("acme", "Acme AG", {"name": "Acme AG", "city": "Bern"})
    assert members() == {person("user_id:u17").pk, person("user_id:u18").pk}
    assert person("user_id:u17").traits == {}


def test_somebody_may_belong_to_several() -> None:
    applied(group("user_id:u17"), group("user_id:u17", key="globex"))
    assert members() == members("globex") == {person("user_id:u17").pk}


# (what was said: [source, minute, value], the value that stays)
CASES = [
    ([("shop", 0, "free"), ("shop", 1, "pro")], "pro"),
    ([("shop", 1, "pro"), ("shop", 0, "free")], "pro"),
    ([("shop", 0, "pro"), ("shop", 1, None)], "pro"),
    ([("crm", 0, "pro"), ("shop", 1, "free")], "pro"),
    ([("shop", 0, "pro"), ("site", 1, "free")], "pro"),
    ([("site", 1, "free"), ("shop", 0, "pro")], "pro"),
]


@pytest.mark.parametrize("alone", [True, False], ids=["one by one", "in one batch"])
@pytest.mark.parametrize(("words", "expected"), CASES)
def test_an_accounts_traits_follow_the_same_rule_as_a_persons(
    words: list[tuple[str, float, object]], expected: str, alone: bool
) -> None:
    sources = {"shop": source(), "crm": source("crm", "connection", 80), "site": browser(precedence=99)}
    said = [group("user_id:u17", by=sources[by], at=at, traits={"plan": value}) for by, at, value in words]
    if alone:
        one_by_one(said)
    else:
        applied(*said)
    assert Account.objects.get().traits == {"plan": expected}


def test_a_merged_person_brings_their_accounts_and_belongs_since_the_earlier_day() -> None:
    one_by_one(
        [
            group("user_id:u17", at=5),
            group("anonymous_id:dev1", at=1),
            group("anonymous_id:dev1", key="globex", at=2),
            message("anonymous_id:dev1", "user_id:u17", at=9),
        ]
    )
    assert members() == members("globex") == {person("user_id:u17").pk}
    assert AccountMember.objects.get(account__key="acme").since.minute == 1
