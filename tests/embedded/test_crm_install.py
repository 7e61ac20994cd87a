"""Finding a Python for the CRM, and saying so when there is none."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from cdp_site.crm import install


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any Python, whose home and PATH are directories of the test's."""
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PYENV_ROOT", raising=False)
    monkeypatch.delenv("KITH_CRM_PYTHON", raising=False)
    monkeypatch.setattr(install, "SYSTEM", ())
    monkeypatch.setattr(install.sys, "executable", str(tmp_path / "none"))
    return tmp_path


def _python(path: Path, version: str, *, venv: bool = True) -> Path:
    """A program that answers like an interpreter of that version."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{f'echo {version}' if venv else 'exit 1'}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_the_path_comes_first_and_the_version_that_was_tried_before_newer_ones(machine: Path) -> None:
    _python(machine / ".pyenv/versions/3.12.9/bin/python3", "3.12")
    _python(machine / "bin/python3.13", "3.13")
    wanted = _python(machine / "bin/python3.12", "3.12")
    assert install.interpreter_found() == wanted


def test_of_pyenv_s_versions_the_newest_counts_and_a_shim_that_fails_is_passed_over(machine: Path) -> None:
    _python(machine / "bin/python3.12", "", venv=False)
    _python(machine / ".pyenv/versions/3.12.9/bin/python3", "3.12")
    wanted = _python(machine / ".pyenv/versions/3.12.10/bin/python3", "3.12")
    assert install.interpreter_found() == wanted


def test_one_that_is_named_is_the_only_one_asked(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _python(machine / "bin/python3.12", "3.12")
    wanted = _python(machine / "elsewhere/python", "3.13")
    monkeypatch.setenv("KITH_CRM_PYTHON", str(wanted))
    assert install.interpreter_found() == wanted


def test_without_any_it_says_in_a_sentence_what_to_install(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _python(machine / "bin/python3", "3.11")
    monkeypatch.setattr(install, "ENVIRONMENT", machine / "environment")
    assert install.main() == 3
    said = capsys.readouterr().err
    assert "needs Python 3.12 or newer" in said
    assert "KITH_CRM_PYTHON" in said
