"""manage.py token USERNAME: a token for the API."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from knox.models import AuthToken


class Command(BaseCommand):
    """Makes a token and prints it: it is stored as a hash and cannot be shown again."""

    help = "Prints a new API token of a user, for the header 'Authorization: Token ...'."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> str:
        user = get_user_model()._default_manager.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['username']}.")
        _, token = AuthToken.objects.create(user)
        return str(token)
