"""Figures that cost something are kept for a while, with when they were computed: every page says how old it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.core.cache import cache
from django.utils import timezone

Value = TypeVar("Value")

# Looked at without pause, a figure takes a hundredth of the time: the more it costs, the longer it is kept.
_SHARE = 100
_SHORTEST, _LONGEST = 5.0, 600.0


@dataclass(frozen=True)
class Kept(Generic[Value]):
    """A value and when it was computed."""

    value: Value
    at: datetime


def kept(name: str, compute: Callable[[], Value]) -> Kept[Value]:
    """The value of that name, computed anew when it is old. Each process keeps its own."""
    key = f"kept.{name}"
    found: Kept[Value] | None = cache.get(key)
    if found is None:
        at, started = timezone.now(), time.perf_counter()
        found = Kept(compute(), at)
        took = time.perf_counter() - started
        cache.set(key, found, min(_LONGEST, max(_SHORTEST, took * _SHARE)))
    return found
