"""When a bound that moves with the clock goes over something: every time, and no other."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segments.passing import crossed
from segments.windows import Duration

TICK = timedelta(microseconds=1)
QUARTER = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("moment", "duration", "expected"),
    [
        ("2026-06-01T12:00", "30 days", ["2026-07-01T12:00"]),
        ("2026-06-01T12:00", "90 minutes", ["2026-06-01T13:30"]),
        # Paris is an hour ahead of UTC in winter, two in summer: the clock on the wall counts.
        ("2026-03-28T12:00", "1 day", ["2026-03-29T11:00"]),
        # A month after the last of January there is no such day: the month after begins.
        ("2026-01-31T12:00", "1 month", ["2026-02-28T23:00"]),
        # 28 March 12:00, then again and again until April has begun.
        (
            "2025-02-28T12:00",
            "1 month",
            [
                *("2025-03-28T12:00", "2025-03-28T23:00", "2025-03-29T12:00", "2025-03-29T23:00"),
                *("2025-03-30T11:00", "2025-03-30T22:00", "2025-03-31T11:00"),
            ],
        ),
    ],
)
def test_a_bound_goes_over_a_moment_at_these_times(moment, duration, expected):
    found = crossed(Duration.parse(duration, ""), datetime.fromisoformat(moment).replace(tzinfo=UTC))
    assert [when.strftime("%Y-%m-%dT%H:%M") for when in found] == expected


@given(
    st.datetimes(datetime(2025, 10, 1), datetime(2026, 11, 30), timezones=st.just(UTC)),
    st.sampled_from(["1 day", "3 days", "2 weeks", "1 month", "2 months", "5 months", "12 months"]),
)
def test_between_two_of_these_times_the_bound_stays_on_its_side(moment, text):
    duration = Duration.parse(text, "")
    found = crossed(duration, moment)
    for when in found:
        assert (duration.before(when - TICK) < moment) != (duration.before(when) < moment), when
    # Between them nothing flips: looked at every quarter of an hour, from before the first to after the last.
    at, behind = found[0] - timedelta(days=3), True
    while at < found[-1] + timedelta(days=6):
        behind = sum(when <= at for when in found) % 2 == 0
        assert (duration.before(at) < moment) == behind, at
        at += QUARTER
    assert not behind
