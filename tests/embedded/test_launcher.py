"""`make run` as a newcomer meets it."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from cdp_site.embedded import paths
from tests.embedded.launching import Kith
from tests.embedded.processes import CHECKOUT, processes_in
from tests.live import health


@pytest.mark.slow
def test_a_newcomer_starts_it_tries_it_stops_it_and_finds_it_again(directory: Path) -> None:
    with Kith(directory) as kith:
        assert health(kith.url)["status"] == "ok"
        said = kith.said("try: curl ")
        assert f"http://localhost:{kith.port}/admin/" in said
        password = re.search(r"login admin, password (\S{12,})\n", said)
        assert password
        curl = re.search(r"try: (curl .*)\n", said)
        assert curl
        answer = subprocess.run(shlex.split(curl[1].replace("curl", "curl -s", 1)), check=True, capture_output=True)
        assert json.loads(answer.stdout) == {"success": True}
        token = _manage(kith, "token", "admin")
        assert re.fullmatch(r"\S{32,}", token)
        kith.stop()

        kith.start()
        again = kith.log.read_text().removeprefix(said)
        assert password[1] not in again
        with psycopg.connect(paths.database_url(directory)) as connection:
            assert connection.execute("SELECT count(*) FROM auth_user WHERE username = 'admin'").fetchone() == (1,)
        kith.stop(signal.SIGTERM)


def test_a_port_in_use_is_refused_in_a_sentence(directory: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "cdp_site.embedded"],
            env={**os.environ, "KITH_DATA": str(directory), "KITH_PORT": port},
            cwd=CHECKOUT, check=False, capture_output=True, text=True,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == (
        f"Kith does not start. Port {port} cannot be used (Address already in use): set KITH_PORT to another one.\n"
    )
    assert not processes_in(directory)


def _manage(kith: Kith, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=kith.environment, cwd=CHECKOUT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.strip()
