"""BottleCRM's processes: prepare its database, serve it. Its interpreter is not ours; all it gets is an environment."""

from __future__ import annotations

import http.client
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cdp_site.embedded import paths, process
from cdp_site.embedded.process import Child

# What runs in its interpreter.
INSIDE = Path(__file__).resolve().parent / "bottle"
_ANSWER_SECONDS = 30


@dataclass(frozen=True)
class Crm:
    """One BottleCRM: its files in `directory`, its tables in `database` of the PostgreSQL in `cluster`."""

    directory: Path
    cluster: Path
    interpreter: Path
    port: int
    database: str = "bottlecrm"

    name = "crm"

    @property
    def url(self) -> str:
        """Where it is served, without a slash at the end."""
        return f"http://localhost:{self.port}"

    def prepare(self, *options: str) -> Child:
        """Migrate and fill, as directory/share.json says (`--only-migrate`: not that); ends by itself."""
        return self._start([INSIDE / "kith_prepare.py", self.directory, *options])

    def serve(self) -> Child:
        """The web process, until it is stopped."""
        bind = f"127.0.0.1:{self.port}"
        return self._start(["-m", "gunicorn", "--config", INSIDE / "kith_serve.py", "--bind", bind, "crm.wsgi"])

    def answers(self) -> bool:
        """Is it alive?"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_ANSWER_SECONDS)
        try:
            connection.request("GET", "/healthz/")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def password(self) -> str:
        """Of the login of its Django admin."""
        return self._kept("password")

    def token_file(self) -> Path:
        """The access token that was made for Kith."""
        return self.directory / "token"

    def _kept(self, name: str) -> str:
        return (self.directory / name).read_text().strip()

    def _start(self, arguments: list[str | Path]) -> Child:
        return process.start(
            [self.interpreter, *arguments],
            environment=self._environment(),
            directory=self.directory,
        )

    def _environment(self) -> dict[str, str]:
        """All that it knows of this machine: nothing of the account that started it gets in."""
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": str(self.directory),
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(INSIDE),
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore",
            "DJANGO_SETTINGS_MODULE": "kith_settings",
            "ENV_TYPE": "dev",
            "DEBUG": "false",
            "SECRET_KEY": self._secret_key(),
            "ALLOWED_HOSTS": "localhost,127.0.0.1",
            "DOMAIN_NAME": self.url,
            "FRONTEND_URL": self.url,
            "DBHOST": str(paths.socket_dir(self.cluster)),
            "DBPORT": str(paths.PORT),
            "DBUSER": paths.ACCOUNT,
            "DBPASSWORD": "",
            "DBNAME": self.database,
        }

    def _secret_key(self) -> str:
        path = self.directory / "secret_key"
        if not path.exists():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(48))
        return path.read_text().strip()
