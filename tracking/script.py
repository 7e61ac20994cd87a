"""GET /tracker.js: the tracker, to be put on a website with its source's browser key.

<script async src="https://kith.example/tracker.js" data-key="kw_..."></script>
"""

from __future__ import annotations

from hashlib import blake2b
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import condition, require_safe

SOURCE = Path(__file__).parent / "browser" / "tracker.js"
# Websites get a new version within the hour.
_FRESH_SECONDS = 3600


def served() -> bytes:
    """The source without its comments and indentation: that alone brings it under five kilobytes."""
    lines = (line.strip() for line in SOURCE.read_text().splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(("//", "/*"))).encode() + b"\n"


_SCRIPT = served()
_ETAG = f'"{blake2b(_SCRIPT, digest_size=8).hexdigest()}"'


@require_safe
@condition(etag_func=lambda _request: _ETAG)
def tracker(_request: HttpRequest) -> HttpResponse:
    """The same for everybody, cacheable, and usable by pages of any origin."""
    return HttpResponse(
        _SCRIPT,
        content_type="text/javascript; charset=utf-8",
        headers={
            "Cache-Control": f"public, max-age={_FRESH_SECONDS}",
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        },
    )
