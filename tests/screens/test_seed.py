"""The demo shop: there after the first start, the same after the second."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from cdp_site.seed.crm import crm_share
from cdp_site.seed.history import history
from cdp_site.seed.people import somebody
from profiles.keys import digest
from tests.live import CHECKOUT, Live

_COUNTS = """
    SELECT (SELECT count(*) FROM profiles_source), (SELECT count(*) FROM profiles_writekey),
           (SELECT count(*) FROM profiles_seenmessage), (SELECT count(*) FROM segments_segment),
           (SELECT count(*) FROM segments_segmentversion), (SELECT count(*) FROM tracking_quarantine)"""


def counts(live: Live) -> tuple[Any, ...]:
    with live.connect() as connection:
        return tuple(connection.execute(_COUNTS).fetchone() or ())


def test_the_shop_has_people_with_histories_and_segments_with_members(live: Live) -> None:
    with live.connect() as connection:
        people, customers, merges, months = connection.execute(
            """SELECT (SELECT count(*) FROM profiles_profile WHERE merged_into IS NULL),
                      (SELECT count(*) FROM profiles_profile WHERE traits ->> 'stage' = 'customer'),
                      (SELECT count(*) FROM profiles_merge),
                      (SELECT count(DISTINCT date_trunc('month', occurred_at)) FROM profiles_event)"""
        ).fetchone() or (0, 0, 0, 0)
        sizes = dict(connection.execute("SELECT slug, size FROM segments_segment").fetchall())
    assert 200 <= people <= 260
    assert customers > 30
    assert merges > 50
    assert months > 11
    expected = {"vip", "new-this-month", "cart-abandoned", "lapsing", "french-customers", "engaged-this-week"}
    expected |= {"hot-leads", "at-risk", "from-advertisements", "newsletter-readers"}
    assert {slug for slug, size in sizes.items() if 0 < size < people / 2} >= expected


def test_visits_come_from_many_channels_and_scores_have_moved(live: Live) -> None:
    with live.connect() as connection:
        channels = {
            channel: (bots, rest)
            for channel, bots, rest in connection.execute(
                """SELECT channel, count(*) FILTER (WHERE bot), count(*) FILTER (WHERE NOT bot)
                   FROM tracking_visit GROUP BY 1"""
            ).fetchall()
        }
        moves = connection.execute(
            """SELECT count(*) FROM profiles_event e JOIN profiles_eventtype t ON t.id = e.name_id
               WHERE t.name = 'Score Changed'"""
        ).fetchone()
    assert {"Direct", "Organic Search", "Paid Search", "Paid Social", "Email", "Referral", "AI Assistants"} <= {
        *channels
    }
    assert sum(bots for bots, _rest in channels.values()) > 0
    assert sum(rest for _bots, rest in channels.values()) > 1_000
    assert moves is not None
    assert moves[0] > 20


def test_all_of_it_is_past_and_the_last_of_it_is_fresh(live: Live) -> None:
    with live.connect() as connection:
        future, latest = connection.execute(
            "SELECT count(*) FILTER (WHERE occurred_at > now()), now() - max(occurred_at) FROM profiles_event"
        ).fetchone() or (1, None)
    assert future == 0
    assert latest < timedelta(hours=6)


def test_a_second_seed_changes_nothing(live: Live) -> None:
    before = counts(live)
    assert live.manage("seed", "--people", "200") == ""
    assert counts(live) == before


def test_a_person_is_the_same_in_a_larger_shop() -> None:
    assert crm_share(90) == crm_share(180)[: len(crm_share(90))]


def test_a_shop_of_twenty_thousand_has_as_many_addresses() -> None:
    assert len({somebody(number).email for number in range(20_000)}) == 20_000


def test_the_crm_knows_people_of_the_shop_by_their_addresses(live: Live) -> None:
    """At least those who have joined by now."""
    share = crm_share(200)
    addresses = [entry["email"] for entry in share]
    with live.connect() as connection:
        found = connection.execute(
            "SELECT count(*) FROM profiles_identifier WHERE type_id = 'email' AND value = ANY(%s)", [addresses]
        ).fetchone()
    assert found == (len(share),)
    assert {"won", "lost", "proposal"} <= {deal["stage"] for entry in share for deal in entry["deals"]}


def test_nobody_says_more_in_a_year_than_people_do() -> None:
    now = timezone.now()
    told = [history(somebody(number), now) for number in range(100)]
    assert 40 * 100 < sum(map(len, told)) < 90 * 100
    assert max(map(len, told)) < 500
    assert all(one.at < now for said in told for one in said)


def test_the_key_is_kept_for_its_owner_alone(live: Live) -> None:
    path = Path(live.environment["KITH_DATA"]) / "demo_write_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with live.connect() as connection:
        row = connection.execute(
            """SELECT s.name FROM profiles_writekey k JOIN profiles_source s ON s.id = k.source_id
               WHERE k.digest = %s AND k.expires_at IS NULL""",
            [digest(live.write_key)],
        ).fetchone()
    assert row == ("Demo shop",)


def test_a_key_of_ones_own_is_taken(live: Live, tmp_path: Path) -> None:
    own = "kw_a-key-of-the-tests-own"
    environment = {**os.environ, **live.environment, "KITH_WRITE_KEY": own, "KITH_DATA": str(tmp_path)}
    subprocess.run([sys.executable, "manage.py", "seed", "--people", "200"], env=environment, cwd=CHECKOUT, check=True)
    assert (tmp_path / "demo_write_key").read_text().strip() == own
    with live.connect() as connection:
        found = connection.execute("SELECT hint FROM profiles_writekey WHERE digest = %s", [digest(own)]).fetchone()
        connection.execute("DELETE FROM profiles_writekey WHERE digest = %s", [digest(own)])
    assert found == (own[:8],)
