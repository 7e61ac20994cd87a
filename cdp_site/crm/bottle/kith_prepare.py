"""Make BottleCRM ready: migrate, people, a login, a token. Run by its own interpreter.

kith_prepare.py DIRECTORY [--only-migrate]: DIRECTORY/share.json says who is in it. `password` (of the login) and
`token` (for Kith) are written beside it.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

TOKEN_NAME = "Kith"  # noqa: S105  the name that the CRM shows for it
LOGIN = "admin@kith-outdoor.example"
_SECONDS_BETWEEN_WORDS = 3.0


def main(directory: Path, *, only_migrate: bool) -> None:
    """Bring the CRM up to its code and fill it once; harmless when that is done."""
    django.setup()
    migrate()
    if only_migrate:
        return
    share = json.loads((directory / "share.json").read_text())
    with transaction.atomic():
        org, filled = model("common", "Org").objects.get_or_create(name=share["company"], defaults=share["org"])
        login(directory, org)
        if filled:
            Filling(org, share).fill()
        token(directory, org)


def model(app: str, name: str) -> Any:
    """A model of the CRM's. None of its modules can be imported before its settings are read."""
    return apps.get_model(app, name)


def migrate() -> None:
    """Apply the migrations that are missing. There are hundreds, so say how far it is."""
    said = time.monotonic()
    done = 0

    def progress(action: str, *_rest: Any) -> None:
        nonlocal said, done
        if action != "apply_success":
            return
        done += 1
        if time.monotonic() - said > _SECONDS_BETWEEN_WORDS or done == len(plan):
            said = time.monotonic()
            say(f"making its database: {done} of {len(plan)} steps ({done * 100 // len(plan)} %)")

    executor = MigrationExecutor(connection, progress)
    targets = executor.loader.graph.leaf_nodes()
    plan = executor.migration_plan(targets)
    if plan:
        say(f"making its database: {len(plan)} steps, about two minutes")
        # Its migrations print what they skip.
        with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
            executor.migrate(targets, plan)
            # What follows migrations: content types and permissions.
            call_command("migrate", verbosity=0, interactive=False)


def login(directory: Path, org: Any) -> None:
    """The administrator, who may enter its Django admin and owns the token."""
    users = model("common", "User").objects
    path = directory / "password"
    user = users.filter(email=LOGIN).first()
    if user is None:
        user = users.create_superuser(email=LOGIN, password="")
        path.unlink(missing_ok=True)
    if not path.exists():
        password = secrets.token_urlsafe(9)
        user.set_password(password)
        user.name, user.is_staff = "Administrator", True
        user.save()
        write(path, password)
    model("common", "Profile").objects.get_or_create(user=user, org=org, defaults={"role": "ADMIN"})


def token(directory: Path, org: Any) -> None:
    """An access token without scopes, that is for everything but credentials; made anew when its text is lost."""
    tokens = model("common", "PersonalAccessToken")
    path = directory / "token"
    known = path.read_text().strip() if path.exists() else ""
    if known and tokens.objects.filter(token_hash=tokens.hash_token(known), revoked_at=None, org=org).exists():
        return
    profile = model("common", "Profile").objects.get(user__email=LOGIN, org=org)
    tokens.objects.filter(name=TOKEN_NAME, org=org).delete()
    raw, _token = tokens.generate(profile, TOKEN_NAME, scopes=[])
    write(path, raw)


class Filling:
    """Puts the share into an organisation. Keys of the share are the CRM's own field names."""

    def __init__(self, org: Any, share: dict[str, Any]) -> None:
        self.org = org
        self.share = share
        self.owners: dict[str, Any] = {}
        self.accounts: dict[str, Any] = {}
        self.contacts: dict[str, Any] = {}
        self.team: Any = None

    def fill(self) -> None:
        """Sales people, accounts, contacts, leads, deals."""
        people = self.share
        say(
            f"filling it: {len(people['accounts'])} accounts, {len(people['contacts'])} contacts, "
            f"{len(people['leads'])} leads, {len(people['deals'])} deals"
        )
        for owner in people["owners"]:
            user = model("common", "User").objects.create_user(email=owner["email"], password=None)
            user.name = owner["name"]
            user.save()
            self.owners[owner["email"]] = model("common", "Profile").objects.create(
                user=user, org=self.org, role="USER", has_sales_access=True
            )
        # Its admin saves nothing that has no team.
        self.team = model("common", "Teams").objects.create(org=self.org, name="Sales", description="All of them")
        self.team.users.set(self.owners.values())
        for facts in people["accounts"]:
            self.accounts[facts["name"]] = self._make(model("accounts", "Account"), facts)
        for facts in people["contacts"]:
            contact = self._make(model("contacts", "Contact"), facts)
            if contact.account is not None:
                contact.account.contacts.add(contact)
            self.contacts[facts["email"]] = contact
        for facts in people["leads"]:
            self._make(model("leads", "Lead"), facts)
        pipeline = model("opportunity", "DealPipeline").default_for(self.org)
        for facts in people["deals"]:
            contact = self.contacts.get(facts.pop("contact", ""))
            deal = self._make(model("opportunity", "Opportunity"), {**facts, "pipeline": pipeline})
            if contact is not None:
                deal.contacts.add(contact)

    def _make(self, kind: Any, facts: dict[str, Any]) -> Any:
        owner = self.owners.get(facts.pop("owner", ""))
        # Moments that it would set to now.
        stamps = {key: facts.pop(key) for key in ("created_at", "stage_changed_at") if key in facts}
        if "account" in facts:
            facts["account"] = self.accounts.get(facts["account"])
        record = kind(org=self.org, created_by=owner.user if owner else None, **facts)
        record.save()
        if stamps:
            kind.objects.filter(pk=record.pk).update(**stamps)
        if owner is not None:
            record.assigned_to.add(owner)
            record.teams.add(self.team)
        return record


def write(path: Path, text: str) -> None:
    """Keep a secret: whole, and for our eyes only."""
    draft = path.with_suffix(".draft")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text + "\n")
    draft.replace(path)


def say(text: str) -> None:
    """A line for the launcher to pass on."""
    print(text, file=sys.__stdout__, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), only_migrate="--only-migrate" in sys.argv)
