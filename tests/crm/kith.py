"""Kith's side of a synchronisation: what its worker and its schedule do, turn by turn, and what it knows afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db.models import Max

from cdp_site.crm.server import Crm
from cdp_site.pipeline import steps
from connectors import connecting, gateway, letters, preflight, sync
from connectors.models import Conflict, DeadLetter, Deal, Link, Outbound, SyncRun
from profiles.ingest import apply
from profiles.models import AccountMember, Identifier, Profile
from scoring import edit
from scoring.models import ScoreModel
from scoring.refresh import refresh as compute
from segments.models import Segment
from segments.publish import publish
from segments.refresh import refresh
from tests.profiles.given import message

ENGAGEMENT = {
    "items": [{"event": "Order Completed", "points": 20}],
    "bands": [{"name": "cold"}, {"name": "hot", "enter": 40}],
}


class Kith:
    """A Kith with a connection to the CRM."""

    def __init__(self, crm: Crm) -> None:
        self.token = crm.token_file().read_text().strip()
        secrets = {"token": self.token}
        self.connection = connecting.connect("bottlecrm", "BottleCRM", {"url": crm.url}, secrets, allow_private=True)

    def test(self) -> str:
        """Whom we are there."""
        return connecting.test(self.connection)

    def enter_token(self, token: str) -> None:
        """Other credentials from now on."""
        connecting.replace_credentials(self.connection, {"token": token})

    def check(self) -> list[dict[str, str]]:
        """What preflight finds wrong; makes the fields there."""
        return preflight.check(self.connection)

    def own(self, remote: str, owner: str, kind: str = "contacts") -> None:
        """Whose a field is, from now on."""
        for line in self.connection.mapping[kind]["fields"]:
            if line["remote"] == remote:
                line["owner"] = owner
        self.connection.save(update_fields=["mapping"])

    def synchronise(self) -> None:
        """What the schedule does every minute, and the worker meanwhile: nothing may go wrong."""
        before = SyncRun.objects.aggregate(last=Max("pk"))["last"] or 0
        self.try_to_synchronise()
        runs = SyncRun.objects.filter(pk__gt=before)
        assert runs, "nothing ran"
        assert {run.state for run in runs} == {SyncRun.State.DONE}, [(run.object, run.state, run.error) for run in runs]

    def try_to_synchronise(self) -> None:
        """The same, whatever becomes of it."""
        self.settle()
        sync.pull(self.connection.pk)
        self.settle()
        sync.push(self.connection.pk)
        self.settle()

    def compare(self) -> None:
        """What the night does to each connection: both sides by their ids, then by every field."""
        with gateway.opened(self.connection) as adapter:
            runs = sync.Sync(self.connection, adapter, preflight.sound(self.connection))
            runs.compare()
            self.settle()

    def replay(self) -> None:
        """Somebody has mended the cause and asks for all that was refused to be tried again."""
        letters.retry_all(self.connection)
        self.synchronise()

    def settle(self) -> None:
        """Let the worker do all that there is to do."""
        turns = steps()
        while sum(step.turn() for step in turns):
            failed = [step.name for step in turns if step.failures]
            assert not failed, failed

    def hears(self, email: str, *names: str, **traits: Any) -> None:
        """The shop says that somebody did these things, and what they are."""
        now = datetime.now(UTC)
        said = [message(f"email:{email}", name=name, at=now) for name in names]
        if traits:
            said.append(message(f"email:{email}", kind="identify", traits=traits, at=now))
        apply(said)
        self.settle()

    def segment(self, slug: str, name: str, rule: dict[str, Any]) -> None:
        """A segment, and who is in it."""
        publish(Segment(slug=slug, name=name), {"all": [rule]}, None)
        refresh()
        self.settle()

    def score(self) -> None:
        """The score that the suggested mapping sends."""
        edit.save(ScoreModel(slug="engagement", name="Engagement", method="points"), ENGAGEMENT, None)
        compute()
        self.settle()

    def person(self, email: str) -> Profile:
        """Who has that address."""
        found = Identifier.objects.get(type_id="email", value=email)
        return Profile.objects.get(pk=found.profile_id)

    def traits(self, email: str) -> dict[str, Any]:
        """What is known of them."""
        return self.person(email).traits

    def companies(self, email: str) -> list[str]:
        """The names of the accounts that they belong to."""
        members = AccountMember.objects.filter(profile_id=self.person(email).pk).select_related("account")
        return sorted(member.account.traits.get("name", member.account.key) for member in members)

    def deal(self, name: str) -> Deal:
        """A deal of the CRM's."""
        return Deal.objects.get(connection=self.connection, name=name)

    def link(self, email: str) -> Link:
        """The contact that a person is."""
        return Link.objects.get(connection=self.connection, object="contacts", profile_id=self.person(email).pk)

    def conflicts(self) -> list[tuple[str, Any, Any, str]]:
        """Field, ours, theirs, whose was kept."""
        return list(Conflict.objects.order_by("id").values_list("field", "ours", "theirs", "kept"))

    def letters(self) -> list[DeadLetter]:
        """What waits for a person."""
        return list(DeadLetter.objects.filter(resolved_at=None).order_by("id"))

    def writes(self) -> int:
        """How many writes were ever sent."""
        return Outbound.objects.count()

    def runs(self) -> list[SyncRun]:
        """Every run, the oldest first."""
        return list(SyncRun.objects.order_by("id"))
