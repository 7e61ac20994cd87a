"""A connection with something on each of its pages, to be looked at: `fill()` in a shell of the live Kith."""

from __future__ import annotations

import json
from datetime import timedelta

from django.utils import timezone

from connectors import connecting
from connectors.models import Conflict, DeadLetter, Deal, Link, SyncRun
from profiles.models import Account, Profile


def fill() -> None:
    """Make it and print the ids that addresses need, as JSON."""
    now = timezone.now()
    crm = connecting.connect("bottlecrm", "CRM", {"url": "https://crm.example"}, {"token": "x"}, enabled=False)
    crm.schema = {"contacts": [{"key": "phone", "label": "Phone"}, {"key": "department", "label": "Department"}]}
    crm.problems = [{"object": "leads", "remote": "rating", "words": "The system has no such field."}]
    crm.save()
    anna, *others = Profile.objects.filter(merged_into=None, traits__has_key="email").order_by("pk")[:4]
    about = {"connection": crm, "object": "contacts"}
    link = Link.objects.create(
        **about, remote_id="17", profile_id=anna.pk, state="conflict", url="https://crm.example/17", pulled_at=now,
        shadow={"first_name": "Anna", "phone": "12", "owner": "Jeanne Petit"}, ours={"first_name": "Anna"},
    )  # fmt: skip
    letter = DeadLetter.objects.create(
        **about, direction="push", link=link, remote_id="17", profile_id=anna.pk, next_at=now + timedelta(hours=6),
        payload={"phone": "12", "kith_score": 42}, words="The phone number entered is not valid.",
    )  # fmt: skip
    Conflict.objects.create(
        link=link,
        profile_id=anna.pk,
        field="phone",
        reason="both_changed",
        ours="+331",
        theirs="+332",
        kept="kith",
        at=now,
    )
    over = {"started_at": now - timedelta(seconds=70), "finished_at": now, "moved_at": now}
    SyncRun.objects.create(**about, **over, direction="pull", state="done", read=1204, changed=17, total=1204)
    SyncRun.objects.create(**about, **over, direction="push", state="failed", failed=3, error="503 Service Unavailable")
    sample = {"profile_id": anna.pk, "remote_id": "17", "fields": {"kith_score": [None, 42], "phone": ["12", "+331"]}}
    dry = SyncRun.objects.create(
        **about, **over, direction="push", state="done", dry_run=True, changed=41,
        details={"calls": 41, "creates": 3, "fields": {"kith_score": 41, "phone": 2}, "samples": [sample]},
    )  # fmt: skip
    account = Account.objects.first() or Account.objects.create(key="acme", name="Acme")
    for number, person in enumerate([anna, *others]):
        deal = Deal.objects.create(
            connection=crm, remote_id=str(number), profile_id=person.pk, account=account, name="Tents",
            stage=("Proposal", "Closed Won")[number % 2], status=("open", "won")[number % 2], amount=120_000,
            currency="EUR", owner="Jeanne Petit", expected_on=now.date(), created_at=now, updated_at=now,
        )  # fmt: skip
    print(
        json.dumps(
            {"crm": crm.pk, "anna": anna.pk, "letter": letter.pk, "dry": dry.pk, "deal": deal.pk, "account": account.pk}
        )
    )
