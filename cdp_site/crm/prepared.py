"""Whether the CRM's database is as its code and our scripts want it: then a start takes seconds."""

from __future__ import annotations

import hashlib
from pathlib import Path

import psycopg
from psycopg import sql

from cdp_site.crm import install
from cdp_site.crm.server import INSIDE, Crm
from cdp_site.embedded import paths


def version() -> str:
    """What a database is made of: the pinned packages and the script that fills it."""
    return digest(install.PINS, INSIDE / "kith_prepare.py")


def digest(*paths: Path) -> str:
    """A short text that is equal for equal files."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:16]


def up_to_date(crm: Crm) -> bool:
    """Was it made by this version, and is what was printed then still known? The database itself remembers."""
    if not all((crm.directory / name).exists() for name in ("password", "token")):
        return False
    with _administrator(crm) as connection:
        found = connection.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [crm.database]
        ).fetchone()
    return found == (version(),)


def remember(crm: Crm) -> None:
    """It is, from now on."""
    with _administrator(crm) as connection:
        comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
        connection.execute(comment.format(sql.Identifier(crm.database), sql.Literal(version())))


def _administrator(crm: Crm) -> psycopg.Connection:
    return psycopg.connect(paths.database_url(crm.cluster, "postgres"), autocommit=True)
