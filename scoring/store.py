"""Scores written: what was computed is compared with what is there, and only the differences are stored.

One statement, however many people: who is new, who moved, who has no score any more, and which of these moves
are worth an event.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, cast

from django.db import connection
from psycopg import sql

from scoring.bands import placed
from scoring.methods.base import Method
from scoring.models import ScoreModel
from segments.bitmaps import BitMap64, ids_literal


class Move(NamedTuple):
    """Somebody's score is another one. `value` None: they have none any more; `old` None: they had none.

    `tells`: it is worth an event.
    """

    profile_id: int
    old: float | None
    value: float | None
    old_band: str
    band: str
    tells: bool


@dataclass(frozen=True)
class Computed:
    """What a method says of whom, as SQL (see Method.scores), and whether the moves are told as events."""

    query: sql.Composable
    among: BitMap64 | None
    at: datetime
    quiet: bool


def write(model: ScoreModel, method: Method, computed: Computed) -> list[Move]:
    """Store the differences, in the caller's transaction; gives who moved (in value or band)."""
    bands = method.bands
    band = sql.SQL("computed.band")
    if method.thresholds:
        band = placed(bands, sql.SQL("computed.value"), sql.SQL("old.band"))  # type: ignore[assignment]  # both compose
    query = _WRITE.format(
        computed=computed.query,
        band=band,
        model=sql.Literal(model.pk),
        version=sql.Literal(model.version),
        at=sql.Literal(computed.at),
        lowest=sql.Literal(bands[0].key if bands and method.thresholds else ""),
        quiet=sql.Literal(computed.quiet),
        notable=sql.Literal(float(method.notable)),
        among=_among("s", computed.among),
        of_old=_among("old", computed.among),
    )
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        cursor.execute(query)
        return cast("list[Move]", list(map(Move._make, cursor.fetchall())))


def _among(table: str, among: BitMap64 | None) -> sql.Composable:
    """Said twice where it follows: the planner is to go by the key."""
    if among is None:
        return sql.SQL("")
    return sql.SQL("AND {}.profile_id = ANY({})").format(sql.Identifier(table), ids_literal(among))


# Somebody new in the lowest band has come nowhere yet. What an edit moves, nobody did.
_WRITE = sql.SQL("""
    WITH computed AS MATERIALIZED ({computed}),
    compared AS (
        SELECT computed.profile_id, computed.value, computed.parts, {band} AS band,
               old.value AS old_value, COALESCE(old.band, '') AS old_band, old.since, old.previous_band,
               old.told AS old_told, old.parts AS old_parts, old.version AS old_version
        FROM computed LEFT JOIN scoring_score AS old ON old.model_id = {model} AND old.profile_id = computed.profile_id
            {of_old}
    ),
    moved AS MATERIALIZED (
        SELECT *, old_value IS NOT NULL AND band = old_band AS stays,
               NOT {quiet} AND CASE WHEN old_value IS NULL THEN band <> {lowest}
                   ELSE band <> old_band OR abs(value - old_told) >= {notable} END AS tells
        FROM compared
        WHERE old_value IS NULL OR value <> old_value OR band <> old_band OR parts <> old_parts
           OR old_version <> {version}
    ),
    gone AS (
        DELETE FROM scoring_score AS s WHERE s.model_id = {model} {among}
        AND NOT EXISTS (SELECT FROM computed WHERE computed.profile_id = s.profile_id)
        RETURNING s.profile_id, s.value, s.band
    ),
    ended AS (
        UPDATE scoring_bandspell AS spell SET until = GREATEST({at}, spell.since)
        FROM (SELECT profile_id FROM moved WHERE NOT stays UNION ALL SELECT profile_id FROM gone) AS left_
        WHERE spell.model_id = {model} AND spell.profile_id = left_.profile_id AND spell.until IS NULL
          AND spell.since <> {at}
    ),
    begun AS (
        INSERT INTO scoring_bandspell (profile_id, model_id, band, since)
        SELECT profile_id, {model}, band, {at} FROM moved WHERE NOT stays AND band <> ''
        ON CONFLICT (profile_id, model_id, since) DO UPDATE SET band = EXCLUDED.band, until = NULL
    ),
    written AS (
        INSERT INTO scoring_score
            (profile_id, model_id, value, band, since, previous_band, parts, version, computed_at, told)
        SELECT profile_id, {model}, value, band, CASE WHEN stays THEN since ELSE {at} END,
               CASE WHEN stays THEN previous_band ELSE old_band END, parts, {version}, {at},
               CASE WHEN tells OR {quiet} OR old_value IS NULL THEN value ELSE old_told END
        FROM moved
        ON CONFLICT (profile_id, model_id) DO UPDATE SET
            value = EXCLUDED.value, band = EXCLUDED.band, since = EXCLUDED.since,
            previous_band = EXCLUDED.previous_band, parts = EXCLUDED.parts, version = EXCLUDED.version,
            computed_at = EXCLUDED.computed_at, told = EXCLUDED.told
    )
    SELECT profile_id, old_value, value, old_band, band, tells FROM moved
    WHERE old_value IS NULL OR value <> old_value OR band <> old_band
    UNION ALL
    SELECT gone.profile_id, gone.value, NULL, gone.band, '', NOT {quiet} AND EXISTS (
        SELECT FROM profiles_profile AS p WHERE p.id = gone.profile_id AND p.merged_into IS NULL)
    FROM gone""")
