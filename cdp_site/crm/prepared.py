"""Whether the CRM's database is as its code and our scripts want it: then a start takes seconds."""

from __future__ import annotations

import hashlib

import psycopg
from psycopg import sql

from cdp_site.crm import install
from cdp_site.crm.server import INSIDE, Crm
from cdp_site.embedded import paths


def version() -> str:
    """What a database is made of: the pinned packages and the scripts that fill it."""
    digest = hashlib.sha256()
    for path in (install.PINS, *sorted(INSIDE.glob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


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
