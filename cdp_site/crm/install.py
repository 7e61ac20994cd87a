"""Install the CRM: find a Python that it runs on, and give it an environment of its own. Run as a program, it says."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
ENVIRONMENT = CHECKOUT / ".venv-crm"
PINS = CHECKOUT / "constraints-crm.txt"
# What the pins were tried with comes first.
_VERSIONS = ("3.12", "3.13", "3.14")
_TRIAL = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
_TRIAL_SECONDS = 20
# Asked even if the PATH leaves them out.
SYSTEM = ("/usr/local/bin", "/usr/bin")


class NoPythonError(Exception):
    """There is no Python here that the CRM runs on."""

    def __init__(self) -> None:
        super().__init__(
            "BottleCRM needs Python 3.12 or newer with venv, and there is none here: install it (Debian 13, Ubuntu "
            "24.04: apt-get install python3.12-venv; elsewhere: pyenv install 3.12), or name one with KITH_CRM_PYTHON."
        )


class InstallError(Exception):
    """pip did not come through; the message holds the end of what it said."""


def python() -> Path:
    """The interpreter of the CRM's environment, which is made first when it is missing or its pins have changed."""
    wanted = hashlib.sha256(PINS.read_bytes()).hexdigest()
    made, interpreter = ENVIRONMENT / ".made", ENVIRONMENT / "bin/python"
    if made.exists() and made.read_text() == wanted and interpreter.exists():
        return interpreter
    found = interpreter_found()
    print(f"Installing BottleCRM into {ENVIRONMENT.name} with {found} (once, about a minute)", flush=True)
    started = time.monotonic()
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    _run([found, "-m", "venv", ENVIRONMENT])
    pip: list[str | Path] = [
        interpreter,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--prefer-binary",
    ]
    _run([*pip, "--requirement", PINS])
    made.write_text(wanted)
    print(f"Installed in {time.monotonic() - started:.0f} s", flush=True)
    return interpreter


def interpreter_found() -> Path:
    """The first Python that can be used. Raises NoPythonError."""
    named = os.environ.get("KITH_CRM_PYTHON", "")
    candidates = [Path(shutil.which(named) or named)] if named else _candidates()
    for candidate in candidates:
        if _version(candidate) in _VERSIONS:
            return candidate
    raise NoPythonError


def _candidates() -> Iterator[Path]:
    """By version: what the PATH knows, then what pyenv and uv have installed; last what is called python3."""
    home = Path.home()
    roots = (Path(os.environ.get("PYENV_ROOT") or home / ".pyenv") / "versions", home / ".local/share/uv/python")
    for version in _VERSIONS:
        for place in (*os.get_exec_path(), *SYSTEM):
            yield Path(place) / f"python{version}"
        for root in roots:
            if root.is_dir():
                # Newest first: 3.12.10 before 3.12.9.
                yield from (
                    one / "bin/python3"
                    for one in sorted(root.iterdir(), key=_numbers, reverse=True)
                    if re.search(rf"(^|-){re.escape(version)}(\.|$)", one.name)
                )
    yield from (Path(found) for name in ("python3", "python") if (found := shutil.which(name)))
    yield Path(sys.executable)


def _numbers(path: Path) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", path.name)]


def _version(candidate: Path) -> str:
    """Of an interpreter that can make environments, like 3.12; empty for what cannot, or is not there."""
    if not candidate.is_file():
        return ""
    try:
        # -S and -I leave out what somebody's environment adds; a shim of pyenv's may end with an error.
        done = subprocess.run(  # noqa: S603  an interpreter of this machine's
            [candidate, "-I", "-c", _TRIAL], capture_output=True, text=True, timeout=_TRIAL_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _run(arguments: list[str | Path]) -> None:
    done = subprocess.run(  # noqa: S603  pip and venv of an interpreter that was tried
        arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        raise InstallError(f"BottleCRM could not be installed:\n{done.stdout[-3000:]}")


def main() -> int:
    """Install; 0 done, 3 no Python for it (said in a sentence), 1 anything else."""
    try:
        python()
    except NoPythonError as error:
        print(error, file=sys.stderr)
        return 3
    except InstallError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
