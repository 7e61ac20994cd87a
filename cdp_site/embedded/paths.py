"""Where the embedded servers live and how to reach them. Nothing here starts anything: settings read it."""

import hashlib
import os
import pwd
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlencode

# The account that runs the servers when we are root (PostgreSQL refuses to), and the database role.
ACCOUNT = "kith"
DATABASE = "kith"

_CHECKOUT = Path(__file__).resolve().parents[2]
PORT = 5432  # part of the socket's name, no network port
# sockaddr_un holds 108 bytes, the last one a NUL.
_SOCKET_NAME_LIMIT = 107


class MisplacedError(Exception):
    """The data directory cannot be used as it is; the message says what to do."""


def data_dir() -> Path:
    """The directory of everything that lasts: KITH_DATA, else /var/lib/kith for root, else .data in the checkout."""
    given = os.environ.get("KITH_DATA")
    if given:
        return Path(given).expanduser().absolute()
    return Path("/var/lib/kith") if os.geteuid() == 0 else _CHECKOUT / ".data"


def make_data_dir(directory: Path | None = None) -> Path:
    """Make the data directory if it is missing: closed to others, except that the servers' account passes through."""
    directory = directory or data_dir()
    try:
        if not directory.is_dir():
            directory.mkdir(parents=True, exist_ok=True)
            directory.chmod(0o711 if os.geteuid() == 0 else 0o700)
        owner = directory.stat().st_uid
    except OSError as error:
        raise MisplacedError(f"{directory} cannot be used for data ({error.strerror}): set KITH_DATA.") from error
    if os.geteuid() not in {0, owner}:
        raise MisplacedError(f"{directory} belongs to another user: set KITH_DATA to a directory of your own.")
    return directory


def socket_dir(directory: Path | None = None) -> Path:
    """The private directory of both sockets: inside the data directory, or a short one when that path is too long."""
    directory = directory or data_dir()
    inside = directory / "run"
    if len(os.fsencode(inside / f".s.PGSQL.{PORT}")) <= _SOCKET_NAME_LIMIT:
        return inside
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:16]
    short = Path("/tmp") / f"kith-{digest}"  # noqa: S108  made 0700 and its owner checked, here and by the launcher
    if short.exists() and short.lstat().st_uid not in {0, os.geteuid(), directory.stat().st_uid, account_uid()}:
        raise MisplacedError(f"{short} belongs to another user: set KITH_DATA to a directory with a shorter path.")
    return short


def account_uid() -> int:
    """The uid that the servers run under: our own, or for root the dedicated account's (-1: not made yet)."""
    if os.geteuid():
        return os.geteuid()
    try:
        return pwd.getpwnam(ACCOUNT).pw_uid
    except KeyError:
        return -1


def database_url(directory: Path | None = None, name: str = DATABASE) -> str:
    """The embedded database, in a form that libpq and Django's settings both read."""
    # The port is said, or PGPORT in somebody's environment would count.
    where = urlencode({"host": str(socket_dir(directory)), "port": PORT}, safe="/", quote_via=quote)
    return f"postgres://{ACCOUNT}@/{name}?{where}"


def broker_url(directory: Path | None = None) -> str:
    """The embedded Valkey, for Celery."""
    return f"redis+socket://{quote(str(broker_socket(directory)))}"


def broker_socket(directory: Path | None = None) -> Path:
    """Valkey's socket."""
    return socket_dir(directory) / "valkey.sock"


def secret(name: str) -> str:
    """A random text kept in the data directory (mode 0600), made on first use. Two first uses at once agree on one."""
    path = data_dir() / name
    if not path.exists():
        write_secret(name, secrets.token_urlsafe(48))
    try:
        return path.read_text().strip()
    except OSError as error:
        raise MisplacedError(
            f"{path} cannot be read ({error.strerror}): run as its owner, or set KITH_DATA."
        ) from error


def write_secret(name: str, value: str, *, replace: bool = False) -> None:
    """Keep `value` under `name`: whole or not at all, and readable by us alone."""
    path = make_data_dir() / name
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{name}-")  # mkstemp makes it 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(value + "\n")
            file.flush()
            os.fsync(file.fileno())
        if replace:
            Path(draft).replace(path)
        else:
            # link() fails when somebody was faster: then theirs counts.
            with suppress(FileExistsError):
                os.link(draft, path)
    finally:
        Path(draft).unlink(missing_ok=True)
