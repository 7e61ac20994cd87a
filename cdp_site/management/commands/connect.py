"""manage.py connect: a connection to another system, ready to run. make crm calls it; so may a deployment's script."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError
from django.db.models import Sum
from django.urls import reverse
from django.utils import timezone

from cdp_site.schedule import BEAT
from connectors import connecting, preflight, schedules, sync
from connectors.adapters import adapters
from connectors.faults import Fault
from connectors.mapping import MappingError
from connectors.models import Connection, SyncRun
from profiles.locks import is_held

# Of sysexits.h: try again later.
NOT_YET = 75


class Command(BaseCommand):
    """Makes the connection of that name, or brings it up to date; then checks it. A second run changes nothing."""

    help = "Make a connection with the fields that its adapter suggests, check it, and say where its page is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("adapter", choices=sorted(adapters()))
        parser.add_argument("--name", required=True, help="what it is called in Kith")
        parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of the adapter")
        parser.add_argument(
            "--secret-file",
            action="append",
            default=[],
            metavar="KEY=PATH",
            help="a credential, read from a file: arguments can be seen by everybody",
        )
        parser.add_argument("--private", action="store_true", help="it may be on a private network")
        parser.add_argument("--running", action="store_true", help="only once all of Kith runs, else exit with 75")
        parser.add_argument(
            "--precedence",
            type=int,
            default=50,
            metavar="NUMBER",
            help="how much its word counts among sources; of equal ones, the newest is believed",
        )
        parser.add_argument(
            "--create",
            action="append",
            default=[],
            metavar="OBJECT=SEGMENT",
            help="create the members of a segment there, for example contacts=first-order; otherwise nobody is",
        )
        parser.add_argument("--every", type=int, default=60, metavar="SECONDS", help="how often it is synchronised")

    def handle(self, **options: Any) -> None:
        config = dict(_pairs(options["set"]))
        secrets = {key: _read(path) for key, path in _pairs(options["secret_file"])}
        try:
            if options["running"] and not is_held(BEAT):
                raise CommandError("Kith is not running.", returncode=NOT_YET)
            connection = _made(options, config, secrets)
            self._check(connection)
            schedules.match()
            self._begin(connection)
        except (OperationalError, ProgrammingError) as error:
            raise CommandError("Kith's database is not ready.", returncode=NOT_YET) from error
        page = reverse("admin:connectors_connection_change", args=[connection.pk])
        self.stdout.write(f"the connection {connection.name} is ready: {settings.PUBLIC_URL}{page}")

    def _check(self, connection: Connection) -> None:
        """Whom we are there, and whether every field fits; makes the fields that are missing there."""
        try:
            self.stdout.write(f"connected as {connecting.test(connection)}")
            problems = preflight.check(connection)
        except (Fault, MappingError) as error:
            words = error.words if isinstance(error, Fault) else str(error)
            raise CommandError(f"{connection.name} says: {words}") from error
        for problem in problems:
            self.stdout.write(f"left out: {problem['object']}, {problem['remote']}: {problem['words']}")

    def _begin(self, connection: Connection) -> None:
        """The first run, now: what is read is applied by the worker, if one runs."""
        begun = timezone.now()
        sync.sync(connection.pk)
        runs = SyncRun.objects.filter(connection=connection, started_at__gte=begun)
        done = runs.aggregate(read=Sum("read", default=0), written=Sum("written", default=0))
        self.stdout.write(f"first run: {done['read']} records looked at, {done['written']} written")
        for run in runs.exclude(error=""):
            self.stdout.write(f"{run.get_direction_display()} {run.object}: {run.error}")


def _made(options: dict[str, Any], config: dict[str, str], secrets: dict[str, str]) -> Connection:
    known = Connection.objects.filter(adapter=options["adapter"], name=options["name"]).first()
    if known is None:
        private, every = options["private"], options["every"]
        made = connecting.connect(
            options["adapter"], options["name"], config, secrets, allow_private=private, every=every
        )
        for kind, segment in _pairs(options["create"]):
            made.mapping.setdefault(kind, {})["create_there"] = segment
        made.save(update_fields=["mapping"])
        made.source.precedence = options["precedence"]
        made.source.save(update_fields=["precedence"])
        return made
    # What somebody has set by hand since stays as it is.
    known.config |= config
    known.allow_private = known.allow_private or options["private"]
    known.save(update_fields=["config", "allow_private"])
    connecting.replace_credentials(known, secrets)
    return known


def _pairs(said: Sequence[str]) -> list[tuple[str, str]]:
    pairs = [one.partition("=") for one in said]
    if wrong := [one for one, (key, equals, _value) in zip(said, pairs, strict=True) if not key or not equals]:
        raise CommandError(f"KEY=VALUE is expected, not {wrong[0]}")
    return [(key, value) for key, _equals, value in pairs]


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from error
