"""Embedded databases of a bench's own, in a temporary directory that goes when the bench ends."""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connection, transaction

from cdp_site.embedded import paths, servers

# By which rows of the ledger are found: columns, and of which rows.
_KEYS = [("profile_id, segment_id, entered_at", "true"), ("profile_id, segment_id", "left_at IS NULL")]
# On disk as in production, unless TMPDIR says otherwise: commits wait for it.
directory = Path(tempfile.gettempdir()) / f"kith-bench-{os.getpid()}"


def choose() -> None:
    """Point the settings at a database that nobody else has. Before any model is imported."""
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    os.environ |= {"KITH_DATA": str(directory), "DJANGO_SETTINGS_MODULE": "cdp_site.settings"}
    for given in ("DATABASE_URL", "CELERY_BROKER_URL"):
        os.environ.pop(given, None)
    django.setup()


@contextmanager
def running() -> Iterator[None]:
    """The servers for a block, durable as in production; the chosen database has its tables."""
    with servers.running(directory, durable=True) as addresses:
        # For the processes that a bench starts: they find the same database.
        os.environ["DATABASE_URL"] = addresses.database_url
        say("Making the tables")
        call_command("migrate", verbosity=0)
        try:
            yield
        finally:
            connection.close()


def copy(name: str) -> None:
    """A second database like the one in use now."""
    own = use("postgres")
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{own}"')
    use(own)


def empty(name: str) -> str:
    """A database without tables, for a rival; its address."""
    own = use("postgres")
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    use(own)
    return paths.database_url(directory, name)


def use(name: str) -> str:
    """Let Django talk to another database of the server; says which it was before."""
    before = str(connection.settings_dict["NAME"])
    connection.close()
    connection.settings_dict["NAME"] = name
    return before


def tidy() -> None:
    """Do now what the server would do in the background after so many new rows, while we measure something else."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) segments_membership, segments_leaf, segments_leafflip")
        cursor.execute("CHECKPOINT")


def warm() -> None:
    """Bring the rows about people, and the keys by which they are found, into the memory of the server: as they are
    after some days, and not just after they were loaded. What is compared afterwards is work, not a disk.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        # By way of an index, the pages of both are kept; a plain scan of a large table keeps none.
        for way in ("seqscan", "indexscan", "indexonlyscan"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute("SELECT count(properties) FROM profiles_event WHERE profile_id > 0")
        cursor.execute("SELECT count(left_leaves) FROM segments_membership WHERE segment_id > 0 AND entered_run > 0")
    with transaction.atomic(), connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        for columns, some in (
            ("profile_id, segment_id, entered_at", "true"),
            ("profile_id, segment_id", "left_at IS NULL"),
        ):
            cursor.execute(
                f"SELECT count(*) FROM (SELECT {columns} FROM segments_membership WHERE {some}"
                f" ORDER BY {columns} OFFSET 0) AS everything"
            )


def say(words: str) -> None:
    """Progress, apart from what the bench prints as its result."""
    print(words, file=sys.stderr, flush=True)
