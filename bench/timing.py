"""Medians of warm runs, in turns: whatever else the machine does hits every contender alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any


def seconds(work: Callable[[], Any]) -> float:
    """How long it takes once."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def medians(contenders: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """The median seconds of each; they take turns, after one turn that does not count."""
    for work in contenders.values():
        work()
    runs: dict[str, list[float]] = {name: [] for name in contenders}
    for _round in range(rounds):
        for name, work in contenders.items():
            runs[name].append(seconds(work))
    return {name: statistics.median(found) for name, found in runs.items()}
