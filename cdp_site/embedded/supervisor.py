"""Keep services running: one loop that starts them again when they die, and passes their words on under their names."""

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from cdp_site.embedded import process
from cdp_site.embedded.lock import HeldError
from cdp_site.embedded.process import Child

_FIRST_DELAY = 0.1
_LONGEST_DELAY = 10.0
# Who ran this long did start: its next death is a new story.
_SETTLED_SECONDS = 20.0
NAME_WIDTH = 8


@dataclass(slots=True)
class Service:
    """One child to keep running: `start` the first time, `restart` (if it differs) after a death."""

    name: str
    start: Callable[[], Child]
    restart: Callable[[], Child] | None = None
    child: Child | None = None
    line: bytes = b""
    started: float = 0.0
    due: float = 0.0
    deaths: int = 0


@dataclass(slots=True)
class Supervisor:
    """The services in the order of their start. Single-threaded: the death signal is tied to the starting thread."""

    services: list[Service] = field(default_factory=list)
    stopping: bool = False
    _wake: int = -1

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Handle signals for a block: a child's death wakes the loop, an interruption ends it."""
        reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._wake = reader
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # nohup means: stay.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, lambda *_: self._interrupt())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        try:
            yield
        finally:
            signal.set_wakeup_fd(-1)
            os.close(reader)
            os.close(writer)
            self._wake = -1

    def add(self, service: Service) -> Child:
        """Start a service and keep it from now on."""
        service.child = service.start()
        service.started = time.monotonic()
        self.services.append(service)
        return service.child

    def step(self, seconds: float = 0.2) -> None:
        """Wait for words, deaths or signals, at most `seconds`; then start again what is due."""
        self.pump(seconds)
        for service in self.services:
            if not self.stopping:
                self._keep(service)

    def pump(self, seconds: float = 0.0) -> None:
        """Pass on what the services have said."""
        pipes = {
            service.child.output.fileno(): service
            for service in self.services
            if service.child and service.child.output and not service.child.output.closed
        }
        waited = [self._wake, *pipes] if self._wake >= 0 else [*pipes]
        for descriptor in select.select(waited, [], [], seconds)[0]:
            heard = os.read(descriptor, 65536)
            if descriptor in pipes:
                _pass_on(pipes[descriptor], heard)

    def stop(self, services: Sequence[Service], seconds: float) -> None:
        """Stop these together, by group and with a deadline."""
        self.stopping = True
        process.stop([service.child for service in services if service.child], seconds, self.pump)

    def _interrupt(self) -> None:
        self.stopping = True

    def _keep(self, service: Service) -> None:
        now = time.monotonic()
        if service.child and not service.child.running():
            self._bury(service, service.child, now)
        if service.child is None and now >= service.due:
            try:
                service.child = (service.restart or service.start)()
                service.started = now
            except (HeldError, OSError) as error:
                service.due = now + 1
                say(service.name, f"does not start: {error}")

    def _bury(self, service: Service, child: Child, now: float) -> None:
        self.pump()
        child.kill_group()
        service.child = None
        service.deaths = 1 if now - service.started > _SETTLED_SECONDS else service.deaths + 1
        delay = min(_LONGEST_DELAY, _FIRST_DELAY * 2 ** (service.deaths - 1))
        service.due = now + delay
        say(service.name, f"ended ({_how(child)}), starting again in {delay:.1f} s")


def say(name: str, text: str) -> None:
    """One line for people, under the name of who says it."""
    # Whoever read us may be gone; what we run is worth more than our words.
    with suppress(BrokenPipeError):
        sys.stdout.write(f"{name:<{NAME_WIDTH}} | {text}\n")
        sys.stdout.flush()


def _pass_on(service: Service, heard: bytes) -> None:
    *lines, service.line = (service.line + heard).split(b"\n")
    for line in lines:
        say(service.name, line.decode(errors="replace"))


def _how(child: Child) -> str:
    code = child.process.returncode
    return signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
