"""In which band somebody was at a past moment, and since when: kept with every score that has bands."""

from __future__ import annotations

from datetime import datetime

from psycopg import sql

from profiles.attributes import History


def band_at(model_id: int, at: datetime) -> sql.Composable:
    """SQL of type jsonb over the alias `p` of profiles_profile: the band at that moment, NULL without one."""
    return _AT.format(model=sql.Literal(model_id), at=sql.Literal(at))


def history(model_id: int) -> History:
    """The bands of a score over time."""
    model = sql.Literal(model_id)
    return History(
        spells=lambda low, high, people: _SPELLS.format(
            model=model, low=sql.Literal(low), high=sql.Literal(high), people=people
        ),
        began=lambda low, high: _BEGAN.format(model=model, low=sql.Literal(low), high=sql.Literal(high)),
    )


# Where the clock was set back, what began last counts.
_AT = sql.SQL(
    "(SELECT CASE WHEN b.until IS NULL OR b.until > {at} THEN to_jsonb(b.band) END FROM scoring_bandspell AS b"
    " WHERE b.profile_id = p.id AND b.model_id = {model} AND b.since <= {at}"
    " AND (b.until IS NULL OR b.until > b.since) ORDER BY b.since DESC LIMIT 1)"
)
# Between two times in a band, and after the last, somebody was in none: a score can end, and come again. Who was merged
# into somebody else is nobody any more.
_SPELLS = sql.SQL(
    "(WITH kept AS ("
    "SELECT profile_id, band, since, until, lead(since) OVER (PARTITION BY profile_id ORDER BY since) AS following"
    " FROM scoring_bandspell WHERE model_id = {model} AND since <= {high} AND {people}"
    " AND (until IS NULL OR until > since) AND NOT EXISTS ("
    "SELECT FROM profiles_profile AS p WHERE p.id = profile_id AND p.merged_into IS NOT NULL)),"
    " bands AS MATERIALIZED ("
    "SELECT profile_id, band, since, LEAST(until, following) AS until, following FROM kept)"
    " SELECT profile_id, to_jsonb(band) AS value, since, until FROM bands WHERE until IS NULL OR until > {low}"
    " UNION ALL SELECT profile_id, NULL, until, following FROM bands"
    " WHERE until <= {high} AND (following IS NULL OR following > GREATEST(until, {low})))"
)
_BEGAN = sql.SQL(
    "SELECT profile_id FROM scoring_bandspell WHERE model_id = {model} AND since > {low} AND since <= {high}"
    " UNION ALL SELECT profile_id FROM scoring_bandspell WHERE model_id = {model} AND until > {low} AND until <= {high}"
)
