"""What is kept out of logs."""

from __future__ import annotations

import logging
import re

# From the type to the end: values may contain slashes.
_IDENTIFIER = re.compile(r"(/api/profiles/[\w-]+:).+")


class WithoutPeople(logging.Filter):
    """Leaves the values of identifiers out of the addresses that Django logs with an error."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_IDENTIFIER.sub(r"\1…", arg) if isinstance(arg, str) else arg for arg in record.args)
        return True


class WithoutHealth(logging.Filter):
    """Leaves out that we are unhealthy: who asks knows it from the answer, and asks every few seconds."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (isinstance(record.args, tuple) and "/health/" in record.args)
