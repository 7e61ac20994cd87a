"""Every operator's own examples, asked of the database: for the operator, and for its negation."""

import json
from datetime import UTC, datetime

import pytest
from django.db import connection
from psycopg import sql

from segments.operators import EVERY_TYPE, operators
from segments.values import FIELDS

AT = datetime(2026, 6, 15, 12, tzinfo=UTC)
EXAMPLES = [
    pytest.param(operator, *example, id=f"{operator.key}: {example[0]!r}, {example[1]!r}")
    for operator in operators().values()
    for example in operator.examples
]


@pytest.mark.django_db
@pytest.mark.parametrize(("operator", "stored", "value", "expected"), EXAMPLES)
def test_an_example_holds_and_its_negation_is_the_complement(operator, stored, value, expected):
    value = operator.clean(value, "")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE stored (value jsonb) ON COMMIT DROP")
        cursor.execute("INSERT INTO stored VALUES (%s)", [None if stored is None else json.dumps(stored)])
        test = operator.holds(sql.SQL("value"), value, AT)
        cursor.execute(sql.SQL("SELECT ({0}) IS TRUE, ({0}) IS NOT TRUE FROM stored").format(test))
        assert cursor.fetchone() == (expected, not expected)


@pytest.mark.django_db
@pytest.mark.parametrize("operator", operators().values(), ids=lambda operator: operator.key)
@pytest.mark.parametrize(
    "stored", ["x", 3, 1e300, True, None, [], {}, [1], {"a": 1}, "", "2026-02-31", "infinity", "-1"]
)
def test_an_operator_never_fails_whatever_is_stored(operator, stored):
    value = operator.clean(operator.examples[0][1], "")
    with connection.cursor() as cursor:
        test = operator.holds(sql.SQL("{}::jsonb").format(sql.Literal(json.dumps(stored))), value, AT)
        cursor.execute(sql.SQL("SELECT ({}) IS TRUE").format(test))
        if stored is None:
            assert cursor.fetchone() == (False,), "what is unknown is never matched"


@pytest.mark.parametrize("operator", operators().values(), ids=lambda operator: operator.key)
def test_an_operator_says_all_that_the_builder_needs(operator):
    assert operator.field in FIELDS
    assert operator.label
    assert operator.negative
    assert set(operator.types) <= set(EVERY_TYPE)
    assert {True, False} == {expected for _stored, _value, expected in operator.examples}
