"""POST /v1/batch."""

import base64
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.db import IntegrityError, OperationalError
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bench.rivals.drf.models import WriteKey
from bench.rivals.drf.serializers import BatchSerializer
from bench.rivals.drf.store import event_type, store

ATTEMPTS = 5


class WriteKeyAuthentication(BaseAuthentication):
    """The write key as the user name of Basic authentication; looked up once a minute."""

    def authenticate(self, request: Request) -> tuple[str, None]:
        scheme, _space, login = request.headers.get("Authorization", "").partition(" ")
        key = base64.b64decode(login).decode().partition(":")[0] if scheme == "Basic" else ""
        digest = sha256(key.encode()).hexdigest()
        if not cache.get_or_set(digest, lambda: WriteKey.objects.filter(digest=digest).exists(), 60):
            raise AuthenticationFailed
        return digest, None


class BatchView(APIView):
    """Takes in a batch; it is applied when the answer is sent."""

    authentication_classes = [WriteKeyAuthentication]

    def post(self, request: Request) -> Response:
        serializer = BatchSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        _stored(serializer.validated_data["batch"])
        return Response({"success": True})


def _stored(batch: list[dict[str, Any]]) -> None:
    """Two requests about the same people may wait for each other; PostgreSQL ends one of them, which tries again."""
    for _attempt in range(ATTEMPTS - 1):
        try:
            store(batch)
        except (OperationalError, IntegrityError):
            event_type.cache_clear()
        else:
            return
    store(batch)
