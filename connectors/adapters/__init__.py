"""One file per remote system, each with one class; `adapters()` knows them all.

A class that derives from base.Adapter, in a module of this package, is found by itself.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from connectors.adapters.base import Adapter


def adapters() -> dict[str, type[Adapter]]:
    """Every adapter by key."""
    _load()
    return {found.key: found for found in _derived(Adapter.__subclasses__()) if found.key}


def adapter(key: str) -> type[Adapter]:
    """The adapter of that key. Raises KeyError."""
    return adapters()[key]


@cache
def _load() -> None:
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")


def _derived(kinds: list[type[Adapter]]) -> list[type[Adapter]]:
    """These, and what derives from them."""
    return [found for kind in kinds for found in (kind, *_derived(kind.__subclasses__()))]
