"""A remote system for tests and benches: a real HTTP server with its records in memory, and every bad habit on demand.

It enforces its rate limit (429), answers row by row, or refuses a whole batch for one bad record, is slow, loses its
answer after it has written, lets tokens expire, leaves no tombstones, and moves the timestamp of a record even when a
write changes nothing. Run as a program it is a process of its own.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

TOKEN = "t0k3n"


@dataclass
class Habits:
    """What it does wrong, and what it allows."""

    # Calls a second, 0: any number.
    rate: int = 0
    latency: float = 0.0
    token: str = TOKEN
    # One bad row makes it refuse the batch, as a whole.
    whole: bool = False
    # Texts are cut there.
    longest: int = 0
    # The next so many writes are done, and the answer is lost.
    lose: int = 0
    # The next so many calls are answered 503.
    fail: int = 0
    # Calls left today, None: any number.
    left: int | None = None


@dataclass
class Remote:
    """The records, and what was done to them. `clock` moves a second with every write."""

    objects: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    fields: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    habits: Habits = field(default_factory=Habits)
    calls: list[str] = field(default_factory=list)
    written: int = 0
    unchanged: int = 0
    created: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    window: list[float] = field(default_factory=list)
    ahead: timedelta = timedelta()

    def now(self) -> str:
        return (datetime.now(UTC) + self.ahead).isoformat()

    def add(self, kind: str, values: dict[str, Any], *, parents: dict[str, list[str]] | None = None) -> str:
        """A record made there by somebody."""
        with self.lock:
            id_ = str(next(self.numbers))
            known = {**values}
            self.objects.setdefault(kind, {})[id_] = {
                "id": id_, "values": known, "updated_at": self.now(), "parents": parents or {},
            }  # fmt: skip
            return id_

    def edit(self, kind: str, id_: str, **values: Any) -> None:
        """Changed there by somebody."""
        with self.lock:
            record = self.objects[kind][id_]
            record["values"] |= values
            record["updated_at"] = self.now()

    def delete(self, kind: str, id_: str) -> None:
        """Gone, without a trace."""
        with self.lock:
            del self.objects[kind][id_]

    def get(self, kind: str, id_: str) -> dict[str, Any]:
        """The values of a record."""
        return dict(self.objects[kind][id_]["values"])

    def write(self, kind: str, row: dict[str, Any]) -> dict[str, Any]:
        """One row of a batch."""
        id_, values = row.get("id"), dict(row["values"])
        if bad := [key for key, value in values.items() if value == "bad"]:
            return {"id": id_, "error": {"message": f"{bad[0]}: “bad” is not allowed here"}, "status": 422}
        if unknown := values.keys() - self.fields.get(kind, {}).keys():
            return {"id": id_, "error": {"message": f"no such field: {min(unknown)}"}, "status": 422}
        if self.habits.longest:
            values = {k: v[: self.habits.longest] if isinstance(v, str) else v for k, v in values.items()}
        if not id_:
            self.created += 1
            return {"id": self.add(kind, values), "status": 201}
        record = self.objects.get(kind, {}).get(id_)
        if record is None:
            return {"id": id_, "error": {"message": "no such record"}, "status": 404}
        self.unchanged += all(record["values"].get(key) == value for key, value in values.items())
        self.written += 1
        record["values"] |= values
        record["updated_at"] = self.now()
        return {"id": id_, "status": 200}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    remote: Remote

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(6, 1, 1)  # TCP_NODELAY

    def log_message(self, *_: Any) -> None:
        return

    def _go(self) -> None:
        remote, habits = self.remote, self.remote.habits
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        where = urlsplit(self.path)
        asked = dict(parse_qsl(where.query))
        if habits.latency:
            time.sleep(habits.latency)
        with remote.lock:
            remote.calls.append(f"{self.command} {where.path}")
            if habits.fail:
                habits.fail -= 1
                return self._answer(503, {"message": "come back later"})
            if habits.rate:
                now = time.monotonic()
                remote.window = [at for at in remote.window if at > now - 1]
                if len(remote.window) >= habits.rate:
                    return self._answer(429, {"message": "too many calls"}, {"Retry-After": "1"})
                remote.window.append(now)
            if habits.left is not None:
                if habits.left <= 0:
                    return self._answer(402, {"message": "daily limit reached"}, {"Retry-After": "3600"})
                habits.left -= 1
            if self.headers.get("Authorization") != f"Bearer {habits.token}":
                return self._answer(401, {"message": "this token has expired"})
            parts = where.path.strip("/").split("/")
            status, found = self._route(parts, asked, msgspec.json.decode(body) if body else None)
            if self.command == "POST" and parts[-1] == "batch" and habits.lose:
                habits.lose -= 1
                self.close_connection = True
                self.connection.close()
                return None
        return self._answer(status, found)

    do_GET = do_POST = do_DELETE = _go  # noqa: N815  http.server names them

    def _route(self, parts: list[str], asked: dict[str, str], body: Any) -> tuple[int, Any]:  # noqa: PLR0911  a table
        remote = self.remote
        match (self.command, *parts):
            case ("GET", "me"):
                return 200, {"name": "Ada of the stand-in"}
            case ("GET", "schema", kind):
                return 200, list(remote.fields.get(kind, {}).values())
            case ("POST", "schema", kind):
                remote.fields.setdefault(kind, {})[body["key"]] = body
                return 201, body
            case ("GET", "objects", kind):
                return 200, self._listed(kind, asked)
            case ("GET", "ids", kind):
                return 200, sorted(remote.objects.get(kind, {}), key=int)
            case ("GET", "find", kind):
                rows = remote.objects.get(kind, {}).values()
                return 200, [row["id"] for row in rows if (row["values"].get("email") or "").lower() == asked["email"]]
            case ("POST", "fetch", kind):
                rows = remote.objects.get(kind, {})
                return 200, [rows[id_] for id_ in body if id_ in rows]
            case ("POST", "objects", kind, "batch"):
                return self._batch(kind, body)
            case ("DELETE", "objects", kind, id_):
                remote.objects.get(kind, {}).pop(id_, None)
                return 200, {}
        return 404, {"message": "no such address"}

    def _listed(self, kind: str, asked: dict[str, str]) -> dict[str, Any]:
        rows = self.remote.objects.get(kind, {})
        ids = sorted(rows, key=int)
        if since := asked.get("since"):
            ids = [id_ for id_ in ids if rows[id_]["updated_at"] >= since]
        after, limit = int(asked.get("after") or 0), int(asked["limit"])
        some = [id_ for id_ in ids if int(id_) > after][: limit + 1]
        return {"records": [rows[id_] for id_ in some[:limit]], "more": len(some) > limit, "total": len(ids)}

    def _batch(self, kind: str, rows: list[dict[str, Any]]) -> tuple[int, Any]:
        remote = self.remote
        if remote.habits.whole and len(rows) >= 1:
            known = remote.objects.get(kind, {})
            if gone := [row["id"] for row in rows if row.get("id") and row["id"] not in known]:
                return 404, {"message": f"no such record: {gone[0]}"}
            if any(value == "bad" for row in rows for value in row["values"].values()):
                return 422, {"message": "a value is not allowed"}
        return 207, [remote.write(kind, row) for row in rows]

    def _answer(self, status: int, found: Any, headers: dict[str, str] | None = None) -> None:
        body = msgspec.json.encode(found)
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: Any) -> None:
        """An answer that we lost on purpose is no error."""


@contextmanager
def serving(remote: Remote, port: int = 0) -> Iterator[str]:
    """The address of a server with these records, for a block."""
    server = _Server(("127.0.0.1", port), type("Handler", (_Handler,), {"remote": remote}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def filled(contacts: int, latency: float = 0.0) -> Remote:
    """A system with so many people in it."""
    remote = Remote(habits=Habits(latency=latency))
    remote.fields["contact"] = {
        key: {"key": key, "label": key, "type": "text"}
        for key in ("email", "first_name", "last_name", "phone", "city", "country", "title", "owner")
    }
    for n in range(contacts):
        remote.add(
            "contact",
            {
                "email": f"person{n}@shop.example", "first_name": f"First{n % 900}", "last_name": f"Last{n}",
                "phone": f"+3361{n:07d}", "city": "Lyon", "country": "FR", "title": "Buyer", "owner": "Ada",
            },
        )  # fmt: skip
    return remote


def main() -> None:
    """Serve until the standard input ends; the address is the first line of the output."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--contacts", type=int, default=100)
    parser.add_argument("--latency", type=float, default=0.0)
    asked = parser.parse_args()
    with serving(filled(asked.contacts, asked.latency)) as address:
        sys.stdout.write(json.dumps(address) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
