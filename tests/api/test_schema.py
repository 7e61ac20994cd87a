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

from connectors import connecting
from connectors.models import DeadLetter, Deal, Link, SyncRun
from profiles.models import Account, Source
from scoring.models import ScoreModel
from tests.api import given as begin
from tests.profiles.given import applied, message

EXAMPLES = 8
# A description cannot say everything that is checked; and a number is taken for its text, an empty filter for none.
LENIENT = [negative_data_rejection, positive_data_acceptance]
APPLICATION = get_wsgi_application()
DESCRIBED = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(public=True))
DESCRIBED.app = APPLICATION
DESCRIBED.config.update(base_url="http://testserver")
OPERATIONS = [found.ok() for found in DESCRIBED.get_all_operations()]


@pytest.fixture
def ids(db: None) -> Iterator[dict[str, Any]]:
    """One of everything, by the first word of its address. Requests share the test's transaction."""
    anna = begin.anna()
    begin.french()
    applied(
        message("user_id:k1", kind="group", group="acme", traits={"name": "Acme"}),
        message("user_id:k1", name="Order Completed", properties={"revenue": 12.5}),
    )
    crm = connecting.connect("bottlecrm", "CRM", {"url": "https://crm.example"}, {"token": "x"})
    about = {"connection": crm, "remote_id": "1", "profile_id": anna.pk}
    link = Link.objects.create(**about, object="contacts")
    letter = DeadLetter.objects.create(**about, object="contacts", direction="push", link=link, payload={}, words="no")
    # As Django's own test client does.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield {
        "accounts": Account.objects.get().pk,
        "connections": crm.slug,
        "dead-letters": letter.pk,
        "deals": Deal.objects.create(**about, created_at=begin.SEEN, updated_at=begin.SEEN).pk,
        "profiles": "email:anna+shop@example.org",
        "scores": ScoreModel.objects.get_or_create(slug="engagement", defaults={"method": "points"})[0].slug,
        "segments": "french",
        "sources": Source.objects.create(name="Shop").pk,
        "sync-runs": SyncRun.objects.create(connection=crm, object="contacts", direction="pull").pk,
    }
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_no_request_is_an_error_of_ours(ids: dict[str, Any], operation: Any, mode: GenerationMode) -> None:
    token = begin.client("administrator").defaults["HTTP_AUTHORIZATION"]

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
        if mode is GenerationMode.POSITIVE and case.path_parameters:
            # Of what is there: a number that was made up names nothing.
            case.path_parameters = dict.fromkeys(case.path_parameters, ids[operation.path.split("/")[2]])
        case.call_and_validate(headers={"Authorization": token}, excluded_checks=LENIENT)

    call()
