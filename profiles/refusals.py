"""Why a message cannot be applied. Each reason is shown with the message in quarantine."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    """The reasons, worded for the person who looks at the quarantine."""

    BAD_JSON = "bad_json", _("not valid JSON")
    NOT_AN_OBJECT = "not_an_object", _("not a JSON object")
    UNKNOWN_TYPE = "unknown_type", _("unknown message type")
    NO_IDENTIFIER = "no_identifier", _("nothing says whose it is")
    TOO_LARGE = "too_large", _("larger than 32 KiB")
    TOO_DEEP = "too_deep", _("nested too deeply")
    TIME_OUT_OF_RANGE = "time_out_of_range", _("time before 1970 or more than a day ahead")
    UNSTORABLE_TEXT = "unstorable_text", _("contains characters that cannot be stored")
    BAD_FIELD = "bad_field", _("a field has the wrong type")
    RESERVED_NAME = "reserved_name", _("an event of that name is only derived by Kith")
    INTERNAL = "internal", _("could not be applied")
