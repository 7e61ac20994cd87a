"""manage.py seed: a demo shop and a year of its people, put in through the same door as everything else."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cdp_site.embedded.progress import Progress
from cdp_site.seed import demo_key, scores, segments
from cdp_site.seed.load import Report, load
from cdp_site.seed.people import PEOPLE
from cdp_site.seed.story import BROWSER, HELPDESK, MAILING, SHOP
from cdp_site.seed.weeks import DAYS, relive
from profiles import keys
from profiles.models import Source
from scoring import edit
from scoring.models import ScoreModel
from segments.models import Segment
from segments.publish import publish

_SOURCES = {
    BROWSER: ("Demo shop", {"kind": Source.Kind.BROWSER, "precedence": 20, "country": "FR"}),
    SHOP: ("Shop backend", {"kind": Source.Kind.SERVER, "precedence": 80, "country": "FR"}),
    MAILING: ("Newsletter", {"kind": Source.Kind.SERVER, "precedence": 30, "country": "FR"}),
    HELPDESK: ("Helpdesk", {"kind": Source.Kind.SERVER, "precedence": 40, "country": "FR"}),
}


class Command(BaseCommand):
    """Seeds what is not there yet; a second run changes nothing."""

    # Given by who calls it from Python.
    stealth_options = ("report",)
    help = "Fill an empty Kith with a demo shop: sources, a write key, a year of people and events, segments."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How large the shop is."""
        parser.add_argument("--people", type=int, default=PEOPLE, help="how many people (default: %(default)s)")

    def handle(self, *_args: Any, people: int = PEOPLE, report: Report | None = None, **_options: Any) -> None:
        """`report` is told how far it has come; without one, that is shown here."""
        if people < 1:
            raise CommandError("A shop has at least one person: --people 1")
        sources = {system: _source(*facts) for system, facts in _SOURCES.items()}
        _write_key(sources[BROWSER])
        sent = load(people, sources, report or Progress(sys.stdout, self.stdout.write))
        if sent or not Segment.objects.exists():
            _scores()
            _segments()
            # A small shop, as tests have it, remembers fewer days.
            relive(min(DAYS, 1 + people // 20))


def _source(name: str, facts: dict[str, Any]) -> Source:
    source, _made = Source.objects.get_or_create(name=name, defaults=facts)
    return source


def _write_key(source: Source) -> None:
    """The key that KITH_WRITE_KEY gives, else the one of last time, else a new one; kept for launcher and demo site."""
    wanted = os.environ.get("KITH_WRITE_KEY", "") or demo_key.kept()
    if wanted and source.keys.filter(digest=keys.digest(wanted), expires_at__isnull=True).exists():
        key = wanted
    else:
        key = keys.issue(source, wanted)
    demo_key.keep(key)


def _scores() -> None:
    there = set(ScoreModel.objects.values_list("slug", flat=True))
    for one in scores.ready():
        if one.slug not in there:
            model = ScoreModel(slug=one.slug, name=one.name, description=one.description, method=one.method)
            edit.save(model, one.config, None)


def _segments() -> None:
    there = set(Segment.objects.values_list("slug", flat=True))
    for one in segments.ready():
        if one.slug not in there:
            publish(Segment(slug=one.slug, name=one.name, description=one.description), one.rule, None)
