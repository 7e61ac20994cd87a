"""`manage.py conditions`: docs/conditions.md, to standard output."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from segments import reference


class Command(BaseCommand):
    """Write the page of all conditions and operators."""

    help = "Write docs/conditions.md, the page of all conditions and operators, to standard output."
    requires_system_checks: list[str] = []  # it reads no database

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(reference.page(), ending="")
