"""What was known of a person at a past moment, and since when: from the candidates, by today's knowledge.

At a moment each source says the value of its run that covers it (late messages find their place in the past). Of
several sources the most believed counts, by its precedence of today; of equals, who said that value last, be it
after that moment. So the past of somebody about whom one source speaks is exact; where equals disagree, it is the
value that was confirmed the longest. With the moment now it is the winner that Profile.traits holds.
"""

from __future__ import annotations

from datetime import datetime

from psycopg import sql


def value_at(trait_id: int, at: datetime) -> sql.Composable:
    """SQL of type jsonb over the alias `p` of profiles_profile: the trait's value at that moment, NULL when unknown."""
    return sql.SQL("({})").format(
        _WINNER.format(person=sql.SQL("p.id"), trait=sql.Literal(trait_id), at=sql.Literal(at))
    )


def spells(trait_id: int, low: datetime, high: datetime, people: sql.Composable) -> sql.Composable:
    """SELECT profile_id, value, since, until: see attributes.History."""
    winner = _WINNER.format(person=sql.SQL("said.profile_id"), trait=sql.Literal(trait_id), at=sql.SQL("said.since"))
    return _SPELLS.format(
        trait=sql.Literal(trait_id), low=sql.Literal(low), high=sql.Literal(high), people=people, winner=winner
    )


def began(trait_id: int, low: datetime, high: datetime) -> sql.Composable:
    """SELECT profile_id: of whom a source began to say a value in (low, high]."""
    return sql.SQL(
        "SELECT profile_id FROM profiles_traitvalue WHERE trait_id = {} AND since > {} AND since <= {}"
    ).format(sql.Literal(trait_id), sql.Literal(low), sql.Literal(high))


_WINNER = sql.SQL(
    "SELECT v.value FROM profiles_traitvalue AS v JOIN profiles_source AS s ON s.id = v.source_id"
    " WHERE v.profile_id = {person} AND v.trait_id = {trait} AND v.since <= {at}"
    " AND (v.until IS NULL OR v.until > {at})"
    " ORDER BY s.kind <> 'browser' DESC, s.precedence DESC, v.seen_at DESC, v.source_id DESC LIMIT 1"
)
# Mostly one source speaks of a person's trait, and its runs are the spells; only where several do, the winner is
# looked for at each moment at which one of them began to say something.
_SPELLS = sql.SQL(
    "(WITH runs AS MATERIALIZED ("
    "SELECT profile_id, value, since, until,"
    " min(source_id) OVER whose <> max(source_id) OVER whose AS contested"
    " FROM profiles_traitvalue WHERE trait_id = {trait} AND since <= {high} AND (until IS NULL OR until > {low})"
    " AND (until IS NULL OR until > since) AND {people} WINDOW whose AS (PARTITION BY profile_id))"
    " SELECT profile_id, value, since, until FROM runs WHERE NOT contested"
    " UNION ALL SELECT said.profile_id, winner.value, said.since,"
    " lead(said.since) OVER (PARTITION BY said.profile_id ORDER BY said.since)"
    " FROM (SELECT DISTINCT profile_id, since FROM runs WHERE contested) AS said, LATERAL ({winner}) AS winner)"
)
