"""Every operation that the API describes, called with what its description allows and with what it does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from profiles.models import Source
from tests.api import given as begin
from tests.profiles.given import applied, message

EXAMPLES = 12
# A description cannot say everything that is checked; and a number is taken for its text, an empty filter for none.
LENIENT = [negative_data_rejection, positive_data_acceptance]
APPLICATION = get_wsgi_application()
DESCRIBED = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(public=True))
DESCRIBED.app = APPLICATION
DESCRIBED.config.update(base_url="http://testserver")
OPERATIONS = [found.ok() for found in DESCRIBED.get_all_operations()]


@pytest.fixture
def token(db: None) -> Iterator[str]:
    """What the administrator sends, with somebody in the base. Requests share the test's transaction."""
    begin.anna()
    begin.french()
    Source.objects.create(name="Shop")
    applied(
        message("user_id:k1", kind="group", group="acme", traits={"name": "Acme"}),
        message("user_id:k1", name="Order Completed", properties={"revenue": 12.5}),
    )
    # As Django's own test client does.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield begin.client("administrator").defaults["HTTP_AUTHORIZATION"]
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_no_request_is_an_error_of_ours(token: str, operation: Any, mode: GenerationMode) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def call(case: Any) -> None:
        case.call_and_validate(headers={"Authorization": token}, excluded_checks=LENIENT)

    call()
