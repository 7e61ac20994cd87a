"""Somebody's website, of another origin than Kith, that carries the tracker."""

from __future__ import annotations

import html
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


class Website:
    """Every address of it is a page; what stands on the pages can be changed."""

    def __init__(self, port: int, kith: str, key: str) -> None:
        self.url = f"http://localhost:{port}"
        self.attributes = {"src": f"{kith}/tracker.js", "data-key": key}
        # A script that runs before the tracker.
        self.before = ""

    def page(self, path: str) -> bytes:
        """A page's HTML; its title is its path."""
        attributes = " ".join(f'{name}="{html.escape(value)}"' for name, value in self.attributes.items())
        return (
            f"<!doctype html><title>{html.escape(path)}</title><script>{self.before}</script>"
            f'<script async {attributes}></script><a href="/next">next</a>'
        ).encode()


@contextmanager
def serving(kith: str, key: str) -> Iterator[Website]:
    """A website for a block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = website.page(self.path.partition("?")[0])
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    website = Website(server.server_port, kith, key)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield website
    finally:
        server.shutdown()
        server.server_close()
