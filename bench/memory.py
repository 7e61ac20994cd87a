"""How much memory a process takes that keeps segments: its peak, with all of them and with a tenth."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from django.db import connection

from bench.database import say
from bench.growth import settle
from bench.servers import CHECKOUT
from segments.models import Segment


def peak(process: int | str = "self") -> float:
    """The most memory that a process has had, in MB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def measure(people: int) -> tuple[float, float]:
    """In the database in use: the peak with all its segments, and with a tenth of them."""
    say("Memory with all segments and with a tenth of them")
    everything = _refresher(people)
    live = Segment.objects.filter(state=Segment.State.LIVE).order_by("pk")
    hidden = list(live.values_list("pk", flat=True))[live.count() // 10 :]
    Segment.objects.filter(pk__in=hidden).update(state=Segment.State.DRAFT)
    few = _refresher(people)
    Segment.objects.filter(pk__in=hidden).update(state=Segment.State.LIVE)
    settle()
    return everything, few


def _refresher(people: int) -> float:
    name = str(connection.settings_dict["NAME"])
    done = subprocess.run(
        [sys.executable, "-m", "bench.refresher", name, str(people)], cwd=CHECKOUT, stdout=subprocess.PIPE, check=True
    )
    return float(done.stdout)
