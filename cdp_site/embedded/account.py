"""The account that the servers run under when we are root, and directories that are its own."""

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from cdp_site.embedded.paths import ACCOUNT, MisplacedError
from cdp_site.embedded.process import Account


def account() -> Account:
    """Ourselves; for root the dedicated account, made when there is none (initdb wants a passwd entry)."""
    if os.geteuid() != 0:
        return Account()
    try:
        entry = pwd.getpwnam(ACCOUNT)
    except KeyError:
        _make_account()
        entry = pwd.getpwnam(ACCOUNT)
    return Account(entry.pw_uid, entry.pw_gid)


def _make_account() -> None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        raise MisplacedError(
            f"PostgreSQL does not run as root: make an account named {ACCOUNT}, or run as another user."
        )
    no_login = ("--no-create-home", "--home-dir", "/nonexistent", "--shell", "/bin/false")
    subprocess.run([useradd, "--system", "--user-group", *no_login, ACCOUNT], check=True)  # noqa: S603


def own_directory(path: Path, owner: Account) -> Path:
    """Make `path` a directory of the account's that nobody else enters; refuse one that is somebody else's."""
    uid = owner.uid if owner.uid >= 0 else os.geteuid()
    if not os.path.lexists(path):
        path.mkdir(mode=0o700)
        if owner.uid >= 0:
            os.chown(path, owner.uid, owner.gid)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid:
        raise MisplacedError(
            f"{path} belongs to another user: run as its owner, or set KITH_DATA to another directory."
        )
    if stat.S_IMODE(found.st_mode) != 0o700:
        path.chmod(0o700)
    return path


def let_through(directory: Path, owner: Account) -> None:
    """See that the account gets to what lies in the data directory; of its parents we change nothing."""
    if owner.uid < 0 or _reaches(directory, owner):
        return
    directory.chmod(stat.S_IMODE(directory.stat().st_mode) | stat.S_IXOTH)
    if not _reaches(directory, owner):
        raise MisplacedError(
            f"The account {ACCOUNT}, which runs the database for root, cannot enter {directory}: "
            f"open the way with chmod o+x on each directory above, or set KITH_DATA (/var/lib/kith is the default)."
        )


def _reaches(directory: Path, owner: Account) -> bool:
    """Try it in a child that has become the account: modes, groups and access lists all count."""
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresgid(owner.gid, owner.gid, owner.gid)
            os.setresuid(owner.uid, owner.uid, owner.uid)
            os._exit(0 if os.access(directory, os.X_OK) else 1)
        finally:
            os._exit(2)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
