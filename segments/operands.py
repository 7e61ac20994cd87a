"""What a jsonb holds, as the type that an operator compares: SQL that is NULL, never an error, for anything else."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from psycopg import sql

from profiles.attributes import Member

_ISO_DATE = r"^\d{4}-\d{2}-\d{2}"


def as_text(operand: sql.Composable) -> sql.Composed:
    """The text of a jsonb scalar."""
    return operand.text if isinstance(operand, Member) else sql.SQL("({} #>> '{{}}')").format(operand)


def as_number(operand: sql.Composable) -> sql.Composed:
    """The number in a jsonb, NULL when it holds something else."""
    return sql.SQL("(CASE WHEN jsonb_typeof({0}) = 'number' THEN ({0})::numeric END)").format(operand)


def as_date(operand: sql.Composable) -> sql.Composed:
    """The day, in the project's time zone, of an ISO date or time in a jsonb string; NULL when it is neither."""
    return sql.SQL(
        "(CASE WHEN {text} !~ {iso} THEN NULL"
        " WHEN length({text}) = 10 THEN CASE WHEN pg_input_is_valid({text}, 'date') THEN ({text})::date END"
        " WHEN pg_input_is_valid({text}, 'timestamptz') THEN (({text})::timestamptz AT TIME ZONE {zone})::date END)"
    ).format(text=as_text(operand), iso=sql.Literal(_ISO_DATE), zone=sql.Literal(settings.TIME_ZONE))


def in_days(operand: sql.Composable, first: date | str, last: date | str) -> sql.Composed:
    """Boolean SQL: the day in a jsonb string is one of these, both included (ISO dates, or dates)."""
    test = sql.SQL("{} BETWEEN {}::date AND {}::date").format(as_date(operand), sql.Literal(first), sql.Literal(last))
    # A plain date is in the order of the calendar as a text already. Reading it costs ten times comparing it, and is
    # left to those that pass.
    return sql.SQL(
        '(CASE WHEN length({text}) = 10 AND {text} COLLATE "C" NOT BETWEEN {first} AND {last} THEN false'
        " ELSE {test} END)"
    ).format(text=as_text(operand), first=sql.Literal(str(first)), last=sql.Literal(str(last)), test=test)
