"""The demo shop: there after the first start, the same after the second."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

from profiles.keys import digest
from tests.live import CHECKOUT, Live

_COUNTS = """
    SELECT (SELECT count(*) FROM profiles_source), (SELECT count(*) FROM profiles_writekey),
           (SELECT count(*) FROM profiles_seenmessage), (SELECT count(*) FROM segments_segment),
           (SELECT count(*) FROM segments_segmentversion), (SELECT count(*) FROM tracking_quarantine)"""


def counts(live: Live) -> tuple[Any, ...]:
    with live.connect() as connection:
        return tuple(connection.execute(_COUNTS).fetchone() or ())


def test_the_shop_has_people_with_histories_and_six_segments_with_members(live: Live) -> None:
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
    assert merges > 0
    assert months > 4
    expected = {"vip", "new-this-month", "cart-abandoned", "lapsing", "french-customers", "engaged-this-week"}
    assert {slug for slug, size in sizes.items() if 0 < size < people / 2} >= expected


def test_a_second_seed_changes_nothing(live: Live) -> None:
    before = counts(live)
    assert live.manage("seed") == ""
    assert counts(live) == before


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
    subprocess.run([sys.executable, "manage.py", "seed"], env=environment, cwd=CHECKOUT, check=True)
    assert (tmp_path / "demo_write_key").read_text().strip() == own
    with live.connect() as connection:
        found = connection.execute("SELECT hint FROM profiles_writekey WHERE digest = %s", [digest(own)]).fetchone()
        connection.execute("DELETE FROM profiles_writekey WHERE digest = %s", [digest(own)])
    assert found == (own[:8],)
