"""The list of people: any identifier finds its owner, pages are cut by key, and queries do not grow with people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from profiles import directory
from profiles.models import Profile, ProfileStat
from tests.profiles.given import applied, browser, identify, message, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> int:
    """Anna Müller, known by every kind of identifier; and Bob, who is somebody else."""
    applied(
        identify(
            *("user_id:K-1", "email:Anna.Mueller@Example.org", "phone:06 12 34 56 78", "anonymous_id:3f2a-9c-77"),
            traits={"first_name": "Anna", "last_name": "Müller", "country": "FR", "stage": "vip"},
        ),
        identify(
            "user_id:K-2", "email:bob@example.org", traits={"name": "Bob Brown", "country": "GB", "stage": "lead"}
        ),
        message("anonymous_id:stranger-1", by=browser()),
    )
    return person("user_id:K-1").pk


def names(**words: str) -> list[str]:
    """The names on the first page of a search."""
    return [row.name for row in directory.page(directory.Query.read(words)).rows]


@pytest.mark.parametrize(
    "text",
    [
        "K-1",
        "anna.mueller@example.org",
        "  ANNA.Mueller@example.org ",
        "anna.mue",
        "0612345678",
        "+33 6 12 34 56 78",
        "3f2a-9c-77",
        "anna",
        "Anna Müller",
        "müll",
    ],
)
def test_any_identifier_and_any_part_of_the_name_finds_a_person(anna: int, text: str) -> None:
    assert names(q=text) == ["Anna Müller"]


@pytest.mark.parametrize("text", ["#{}", "{}"])
def test_our_own_number_finds_a_person(anna: int, text: str) -> None:
    assert "Anna Müller" in names(q=text.format(anna))


@pytest.mark.parametrize("text", ["nobody", "K-", "anna%", "_nna", "\x00", "99999999999999999999999999", "';--"])
def test_what_names_nobody_finds_nobody(anna: int, text: str) -> None:
    assert "Anna Müller" not in names(q=text) or text == "\x00"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ({"country": "FR"}, {"Anna Müller"}),
        ({"stage": "lead"}, {"Bob Brown"}),
        ({"country": "FR", "stage": "lead"}, set()),
        ({"kind": "known"}, {"Anna Müller", "Bob Brown"}),
        ({"kind": "anonymous"}, {""}),
        ({"country": "FR", "q": "bob"}, set()),
        ({"seen": "nonsense", "kind": "nonsense", "below": "x"}, {"Anna Müller", "Bob Brown", ""}),
    ],
)
def test_filters_narrow(anna: int, words: dict[str, str], found: set[str]) -> None:
    assert set(names(**words)) == found


def test_a_filter_by_last_seen_is_exact_to_the_hour(anna: int) -> None:
    ProfileStat.objects.update_or_create(
        profile_id=anna,
        defaults={"first_seen": timezone.now(), "last_seen": timezone.now() - timedelta(days=7, hours=1)},
    )
    assert "Anna Müller" not in names(seen="7")
    assert "Anna Müller" in names(seen="30")
    assert "Anna Müller" not in names(seen="-30")


def test_pages_by_key_show_everybody_once_forwards_and_backwards() -> None:
    applied(*(identify(f"user_id:K-{number}", traits={"name": f"Person {number}"}) for number in range(25)))
    forwards: list[list[int]] = []
    page = directory.page(directory.Query(), size=10)
    forwards.append([row.id for row in page.rows])
    while page.older:
        page = directory.page(directory.Query(below=page.older), size=10)
        forwards.append([row.id for row in page.rows])
    assert [len(ids) for ids in forwards] == [10, 10, 5]
    assert [one for ids in forwards for one in ids] == sorted(
        Profile.objects.values_list("pk", flat=True), reverse=True
    )
    backwards = [forwards[-1]]
    while page.newer:
        page = directory.page(directory.Query(above=page.newer), size=10)
        backwards.insert(0, [row.id for row in page.rows])
    assert backwards == forwards


def test_who_was_merged_is_found_as_the_survivor_and_listed_once() -> None:
    applied(identify("user_id:K-1", traits={"name": "Anna"}), identify("email:anna@example.org"))
    absorbed = person("email:anna@example.org").pk
    applied(identify("user_id:K-1", "email:anna@example.org"))
    survivor = person("user_id:K-1").pk
    for text in ("anna@example.org", "K-1", f"#{absorbed}"):
        assert [row.id for row in directory.page(directory.Query(text=text)).rows] == [survivor]


def queries(**words: Any) -> int:
    """How many statements a page takes."""
    with CaptureQueriesContext(
        connection,
    ) as taken:
        directory.page(directory.Query(**words))
    return len(taken)


@pytest.mark.parametrize("words", [{}, {"text": "person"}, {"country": "FR"}])
def test_the_number_of_queries_does_not_grow_with_people(words: dict[str, str]) -> None:
    applied(identify("user_id:K-0", traits={"name": "Person 0", "country": "FR"}))
    few = queries(**words)
    people = ((f"user_id:K-{n}", f"email:p{n}@example.org") for n in range(1, 60))
    applied(*(identify(*ids, traits={"name": "Person", "country": "FR"}) for ids in people))
    assert queries(**words) == few


def test_nothing_is_skipped_by_offset_and_no_large_table_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    applied(*(identify(f"user_id:K-{number}", traits={"country": "FR"}) for number in range(5)))
    monkeypatch.setattr(directory, "COUNTED", 2)
    with CaptureQueriesContext(connection) as taken:
        everybody = directory.page(directory.Query(below=3))
        french = directory.page(directory.Query(country="FR"))
    said = " ".join(query["sql"] for query in taken)
    assert "OFFSET" not in said
    assert (everybody.estimated, french.total) == (True, None)
    # The only count there is looks at no more than the limit.
    assert all("LIMIT 3" in query["sql"] for query in taken if "COUNT(*)" in query["sql"])


def test_a_search_through_too_many_names_falls_back_to_identifiers(anna: int, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = "SELECT 1 FROM pg_sleep(2)"
    monkeypatch.setattr(directory, "PATIENCE_MS", 50)
    matching = directory._matching

    def lingering(*arguments: Any, names: bool) -> Any:
        found = matching(*arguments, names=names)
        return found.extra(where=[f"EXISTS ({slow})"]) if names else found

    monkeypatch.setattr(directory, "_matching", lingering)
    page = directory.page(directory.Query(text="bob@example.org"))
    assert ([row.name for row in page.rows], page.gave_up) == (["Bob Brown"], True)
