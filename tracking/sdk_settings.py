"""The settings that browser SDKs fetch before they send: one integration, which is us, and nothing measured."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from tracking.credentials import Writer

_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")


def segment(key: str, environ: Mapping[str, Any]) -> bytes:
    """What analytics-next reads."""
    scheme, host = _here(environ)
    return msgspec.json.encode(
        {
            "integrations": {"Segment.io": {"apiKey": key, "apiHost": f"{host}/v1", "protocol": scheme}},
            "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}},
            "metrics": {"sampleRate": 0},
            "edgeFunction": {},
            "enabledMiddleware": {},
            "middlewareSettings": {},
            "remotePlugins": [],
        }
    )


def rudderstack(key: str, writer: Writer) -> bytes:
    """What RudderStack's SDK reads: no destinations in the browser."""
    return msgspec.json.encode(
        {
            "source": {
                "id": str(writer.source_id),
                "name": writer.name,
                "writeKey": key,
                "enabled": True,
                "workspaceId": "kith",
                "config": {"statsCollection": {"errors": {"enabled": False}, "metrics": {"enabled": False}}},
                "destinations": [],
                "connections": [],
            }
        }
    )


def _here(environ: Mapping[str, Any]) -> tuple[str, str]:
    """Scheme and host by which the browser reached us, also through a proxy."""
    scheme = environ.get("HTTP_X_FORWARDED_PROTO") or environ.get("wsgi.url_scheme", "http")
    host = environ.get("HTTP_HOST") or ""
    if not _HOST.fullmatch(host):
        host = f"{environ.get('SERVER_NAME', 'localhost')}:{environ.get('SERVER_PORT', '80')}"
    return ("https" if scheme == "https" else "http"), host
