"""Before anything is served: migrate, make the administrator, seed. Told by the launcher, answers on a descriptor.

Answer: one JSON object {"password": text or null}, null when the administrator was there with a password of its own.
"""

import json
import os
import secrets
import sys
from pathlib import Path

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands

_ADMINISTRATOR = "admin"


def main(report: int) -> None:
    """Bring the database up to date; harmless when it is."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cdp_site.settings")
    django.setup()
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    call_command("migrate", interactive=False, verbosity=0)
    password = administrator(os.environ.get("KITH_ADMIN_PASSWORD", ""))
    if "seed" in get_commands():
        call_command("seed")
    with os.fdopen(report, "w") as answer:
        json.dump({"password": password}, answer)


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
