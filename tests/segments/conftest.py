"""The signed-in browser of the screens' tests, for the builder."""

from tests.screens.conftest import opened, signed_in

__all__ = ["opened", "signed_in"]
