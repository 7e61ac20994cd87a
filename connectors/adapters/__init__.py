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
    return {found.key: found for found in _derived(Adapter) if found.key}


def adapter(key: str) -> type[Adapter]:
    """The adapter of that key. Raises KeyError."""
    return adapters()[key]


@cache
def _load() -> None:
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")


def _derived(of: type[Adapter]) -> list[type[Adapter]]:
    return [found for child in of.__subclasses__() for found in (child, *_derived(child))]
