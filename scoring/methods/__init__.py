"""How people can be scored: one file each. Importing this package registers whatever files there are."""

from importlib import import_module
from pkgutil import iter_modules

from scoring.methods.base import methods

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["methods"]
