"""Who there is to ask about: everybody who was not merged into somebody else; in the past, who was known by then."""

from __future__ import annotations

from datetime import datetime

from psycopg import sql

from segments.world import World

# What follows FROM: the people of now, as `p`.
PRESENT = sql.SQL("profiles_profile AS p WHERE p.merged_into IS NULL")


def present(at: datetime, world: World) -> sql.Composable:
    """The same for a moment: PRESENT, or in the past those of them of whom something was known then."""
    return sql.SQL("profiles_profile AS p WHERE {}").format(is_present(at, world))


def is_present(at: datetime, world: World) -> sql.Composable:
    """Boolean SQL over `p`. What arrived late counts from when it happened: also for who was not known yet."""
    if not world.past:
        return sql.SQL("p.merged_into IS NULL")
    return _KNOWN_BY.format(at=sql.Literal(at))


_KNOWN_BY = sql.SQL(
    "p.merged_into IS NULL AND (p.created_at <= {at}"
    " OR EXISTS (SELECT FROM profiles_profilestat AS s WHERE s.profile_id = p.id AND s.first_seen <= {at})"
    " OR EXISTS (SELECT FROM profiles_traitvalue AS v WHERE v.profile_id = p.id AND v.since <= {at}))"
)
