"""The collector without a socket: requests go in as a WSGI server would hand them over."""

import base64
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracking.collector import Collector


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def basic(key: str) -> dict[str, str]:
    """The header by which SDKs show their key."""
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


class Front:
    """A client of one collector, which it closes in the end."""

    def __init__(self) -> None:
        self.collector = Collector(_django)

    def request(
        self, method: str, path: str, body: bytes | dict[str, Any] = b"", headers: Mapping[str, str] | None = None
    ) -> Answered:
        """Send one request; a dict goes as JSON."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        path, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "CONTENT_LENGTH": str(len(sent)),
            "HTTP_HOST": "kith.test:8000", "SERVER_NAME": "kith.test", "SERVER_PORT": "8000",
            "wsgi.input": io.BytesIO(sent), "wsgi.url_scheme": "http",
        }  # fmt: skip
        for name, value in (headers or {}).items():
            plain = name.upper().replace("-", "_")
            environ[plain if plain in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{plain}"] = value
        started: list[Any] = []
        chunks = self.collector(environ, lambda status, headers: started.extend((status, headers)))
        answered = Answered(int(started[0].split()[0]), dict(started[1]), b"".join(chunks))
        assert answered.status != 500
        return answered

    def post(self, path: str, body: bytes | dict[str, Any] = b"", headers: Mapping[str, str] | None = None) -> Answered:
        return self.request("POST", path, body, headers)


def _django(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("404 Not Found", [("X-Answered-By", "Django")])
    return [b""]
