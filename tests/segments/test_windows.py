"""Spans of time on the wall clock of the project's zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from segments.errors import RuleError
from segments.windows import Duration, Window, midnight, swept

PARIS = ZoneInfo("Europe/Paris")


def paris(text):
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("moment", "duration", "expected"),
    [
        ("2026-03-31T12:00", "1 month", "2026-02-28T12:00"),  # not thirty days
        ("2026-03-28T23:30", "1 month", "2026-02-28T23:30"),
        ("2026-03-29T00:30", "1 month", "2026-02-28T00:30"),  # an hour later, and yet earlier
        ("2026-03-30T12:00", "1 day", "2026-03-29T12:00"),  # a day of 23 hours
        ("2026-10-26T12:00", "1 week", "2026-10-19T12:00"),
        ("2028-02-29T08:00", "12 months", "2027-02-28T08:00"),
        ("2026-01-15T00:00", "1 month", "2025-12-15T00:00"),
    ],
)
def test_days_and_months_are_those_of_the_wall_clock(moment, duration, expected):
    assert Duration.parse(duration, "").before(paris(moment)) == paris(expected)


def test_hours_are_exact_across_a_clock_change():
    assert Duration.parse("2 hours", "").before(paris("2026-03-29T04:00")) == paris("2026-03-29T01:00")


@pytest.mark.parametrize(
    "text", ["", "30", "days", "0 days", "-1 days", "1.5 days", "30 years", None, 30, "30  days", "١ day"]
)
def test_what_is_no_length_of_time_is_refused(text):
    with pytest.raises(RuleError):
        Duration.parse(text, "0.1")


moments = st.datetimes(datetime(2025, 12, 1), datetime(2028, 4, 1)).map(lambda moment: moment.replace(tzinfo=UTC)) | (
    # Around month ends and clock changes, where bounds jump.
    st.sampled_from(
        ["2026-03-28T22:00", "2026-03-29T00:30", "2026-10-25T00:30", "2026-02-28T22:30", "2028-02-29T22:50"]
    ).map(lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC))
)
lengths = st.tuples(st.integers(1, 14), st.sampled_from(["minutes", "hours", "days", "weeks", "months"])).map(
    lambda pair: Duration(*pair)
)


@settings(max_examples=400, deadline=None)
@given(moments, st.integers(0, 60 * 24 * 70), lengths, st.floats(0, 1))
def test_whatever_a_bound_passes_lies_within_what_is_swept(since, minutes, length, share):
    until = since + timedelta(minutes=minutes)
    low, high = swept(length, since, until)
    # The bound starts at its value for `since`, and at any time between lies within (low, high].
    between = length.before(since + (until - since) * share)
    assert low <= between <= high
    assert low <= length.before(since) <= high


@settings(max_examples=200, deadline=None)
@given(moments, lengths)
def test_a_length_of_time_is_what_dateutil_says(moment, length):
    if length.unit in {"minutes", "hours"}:
        assert length.before(moment) == moment - timedelta(**{length.unit: length.count})
    else:
        local = moment.astimezone(PARIS)
        naive = local.replace(tzinfo=None) - relativedelta(**{length.unit: length.count})
        assert length.before(moment) == naive.replace(tzinfo=PARIS, fold=local.fold).astimezone(UTC)


def test_an_idle_minute_sweeps_only_a_minute():
    at = paris("2026-06-15T12:00").astimezone(UTC)
    low, high = swept(Duration(30, "days"), at, at + timedelta(minutes=1))
    assert high - low <= timedelta(minutes=1, microseconds=1)


def test_dates_are_whole_days_of_the_project_and_end_with_the_present():
    window = Window(first=date(2026, 5, 1), last=date(2026, 5, 31))
    late = paris("2026-07-01T00:00")
    assert window.low(late) < midnight(date(2026, 5, 1)) <= window.low(late) + timedelta(microseconds=1)
    assert window.high(late) == paris("2026-06-01T00:00") - timedelta(microseconds=1)
    early = paris("2026-05-10T08:00")
    assert window.high(early) == early
