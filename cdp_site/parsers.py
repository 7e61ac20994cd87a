"""What the API takes in: JSON that the database can keep."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser


class TooLarge(APIException):
    """More than settings.DATA_UPLOAD_MAX_MEMORY_SIZE."""

    status_code = 413
    default_detail = gettext_lazy("This is too large.")


class JSONParser(BaseParser):
    """JSON in UTF-8, whatever charset is claimed. Refuses what a parser lets pass and the database does not:
    NUL, lone surrogates, infinite numbers, nesting without end."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or -1
        body = stream.read(most + 1)
        if len(body) > most > 0:
            raise TooLarge
        try:
            data = json.loads(body.decode())
            storable = _storable(data)
        except (ValueError, RecursionError) as error:
            raise ParseError(_("This is not valid JSON.")) from error
        if not storable:
            raise ParseError(_("This contains characters or numbers that cannot be stored."))
        return data


def _storable(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, dict):
        return all(_storable(key) and _storable(item) for key, item in value.items())
    if isinstance(value, list):
        return all(map(_storable, value))
    return not isinstance(value, float) or math.isfinite(value)
