"""Before anything is served: migrate, make the administrator, seed. Told by the launcher, answers on a descriptor.

Answer: lines of JSON. Any number of {"progress": [people done, people in all, messages]}, and in the end {"password":
text or null}, null when the administrator was there with a password of its own.
"""

import json
import os
import secrets
import sys
from pathlib import Path

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command

from cdp_site.seed.people import PEOPLE

_ADMINISTRATOR = "admin"


def main(report: int) -> None:
    """Bring the database up to date; harmless when it is."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdp_site.settings")
    django.setup()
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    call_command("migrate", interactive=False, verbosity=0)
    password = administrator(os.environ.get("KITH_ADMIN_PASSWORD", ""))
    with os.fdopen(report, "w", buffering=1) as answer:
        people = _demo_people(os.environ.get("KITH_DEMO_PEOPLE", ""))
        if people:
            call_command("seed", people=people, report=lambda *come: print(json.dumps({"progress": come}), file=answer))
        print(json.dumps({"password": password}), file=answer)


def _demo_people(wanted: str) -> int:
    """How many people the demo shop gets; 0: there is none. Raises SystemExit when it is no number."""
    if wanted and not wanted.isdigit():
        sys.exit(f"KITH_DEMO_PEOPLE is {wanted!r}, it must be a number; 0 for no demo shop.")
    return int(wanted) if wanted else PEOPLE


def administrator(wanted: str) -> str | None:
    """See that there is an administrator whose password is `wanted` (when given); say a new password, else None."""
    users = get_user_model()._default_manager
    user = users.filter(username=_ADMINISTRATOR).first()
    if user is None:
        password = wanted or secrets.token_urlsafe(12)
        users.create_superuser(username=_ADMINISTRATOR, password=password)
        return password
    if wanted and not user.check_password(wanted):
        user.set_password(wanted)
        user.save(update_fields=["password"])
    return wanted or None


if __name__ == "__main__":
    main(int(sys.argv[1]))
