"""Who is asking: an API token."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from knox.auth import TokenAuthentication as KnoxAuthentication
from rest_framework.exceptions import AuthenticationFailed


class TokenAuthentication(KnoxAuthentication):  # type: ignore[misc]  # knox has no types
    """`Authorization: Token ...`, made by `manage.py token`; bytes that cannot be a token are refused, not raised."""

    def authenticate_credentials(self, token: bytes) -> tuple[Any, Any]:
        if not token.isalnum():
            raise AuthenticationFailed(_("Invalid token."))
        user_and_token: tuple[Any, Any] = super().authenticate_credentials(token)
        return user_and_token
