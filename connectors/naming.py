"""What their records are called here."""

from __future__ import annotations

from typing import Final

# What a slug of an identifier type holds.
_LONGEST: Final = 50


def identifier_type(slug: str, kind: str) -> str:
    """The type of the identifiers that an object's ids are: crm_<connection>_<object>."""
    return f"crm_{slug}_{kind}"[:_LONGEST].lower()


def account_key(slug: str, remote_id: str) -> str:
    """The key of the account that a company is."""
    return f"crm_{slug}:{remote_id}"
