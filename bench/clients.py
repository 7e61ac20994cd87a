"""Senders: a few processes of a few threads, each with a connection that stays open."""

from __future__ import annotations

import base64
import multiprocessing
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from threading import Thread

from django.db import connection

PROCESSES = 2
THREADS = 4
# By fork: what they send is theirs without a copy.
_fork = multiprocessing.get_context("fork")


class RefusedError(Exception):
    """An answer that is not 200."""


def send(port: int, key: str, bodies: Sequence[bytes]) -> tuple[float, float]:
    """POST every body to /v1/batch. When the first was sent and the last answered, by time.monotonic()."""
    connection.close()
    requests = _requests(key, bodies)
    ready, ended = _fork.Barrier(PROCESSES + 1), _fork.SimpleQueue()
    processes = [
        _fork.Process(target=_process, args=(port, requests[at::PROCESSES], ready, ended)) for at in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    ready.wait()
    started = time.monotonic()
    answers = [ended.get() for _process in processes]
    for process in processes:
        process.join()
    if refused := [answer for answer in answers if isinstance(answer, str)]:
        raise RefusedError(refused[0])
    return started, max(float(answer) for answer in answers)


def pace(port: int, key: str, bodies: Sequence[bytes], per_second: float) -> tuple[float, float]:
    """POST so many bodies a second, as long as the answers keep up. When begun and when the last was answered."""
    connection.close()
    requests, refused = _requests(key, bodies), _fork.SimpleQueue()
    process = _fork.Process(target=_pace, args=(port, requests, per_second, refused))
    started = time.monotonic()
    process.start()
    answer = refused.get()
    process.join()
    if isinstance(answer, str):
        raise RefusedError(answer)
    return started, float(answer)


def _pace(port: int, requests: Sequence[bytes], per_second: float, ended: SimpleQueue[float | str]) -> None:
    refused: list[str] = []
    started = time.monotonic()
    threads = [
        Thread(
            target=_thread,
            args=(
                socket.create_connection(("127.0.0.1", port)),
                _due(requests[at::THREADS], started + at / per_second, THREADS / per_second),
                refused,
            ),
        )
        for at in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ended.put(refused[0] if refused else time.monotonic())


def _due(requests: Sequence[bytes], first: float, every: float) -> Iterator[bytes]:
    """Each when its time has come."""
    for at, request in enumerate(requests):
        time.sleep(max(0.0, first + at * every - time.monotonic()))
        yield request


def post(port: int, key: str, body: bytes) -> None:
    """One request on a connection of its own."""
    refused: list[str] = []
    _thread(socket.create_connection(("127.0.0.1", port)), _requests(key, [body]), refused)
    if refused:
        raise RefusedError(refused[0])


def _requests(key: str, bodies: Sequence[bytes]) -> list[bytes]:
    login = base64.b64encode(f"{key}:".encode()).decode()
    head = (
        f"POST /v1/batch HTTP/1.1\r\nHost: bench\r\nAuthorization: Basic {login}\r\nContent-Type: application/json\r\n"
    )
    return [f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body for body in bodies]


def _process(port: int, requests: Sequence[bytes], ready: Barrier, ended: SimpleQueue[float | str]) -> None:
    refused: list[str] = []
    connections = [socket.create_connection(("127.0.0.1", port)) for _thread in range(THREADS)]
    threads = [
        Thread(target=_thread, args=(connection, requests[at::THREADS], refused))
        for at, connection in enumerate(connections)
    ]
    ready.wait()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ended.put(refused[0] if refused else time.monotonic())


def _thread(connection: socket.socket, requests: Iterable[bytes], refused: list[str]) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        for request in requests:
            connection.sendall(request)
            answer = _answer(connection)
            if not answer.startswith(b"HTTP/1.1 200"):
                refused.append(answer.decode(errors="replace"))
                return
    except OSError as error:
        refused.append(str(error))


def _answer(connection: socket.socket) -> bytes:
    """The next answer on this connection, which says its length."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _more(connection)
    head, _blank, body = received.partition(b"\r\n\r\n")
    _before, _name, rest = head.lower().partition(b"content-length:")
    length = int(rest.split(b"\r\n", 1)[0])
    while len(body) < length:
        body += _more(connection)
    return head + b"\r\n\r\n" + body


def _more(connection: socket.socket) -> bytes:
    received = connection.recv(65_536)
    if not received:
        raise ConnectionResetError("the server closed the connection")
    return received
