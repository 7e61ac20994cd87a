"""What an adapter is: one class in one file, which speaks one remote system's language and keeps nothing.

It sees plain records, never models, and speaks HTTP only through the Client that it is given. Everything
else (links, ownership, retries, limits, schedules) lives above it, once. See docs/add-a-connector.md.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal

from django.utils.functional import Promise

from connectors.client import Client
from connectors.faults import Kind

Words = str | Promise


@dataclass(frozen=True)
class Setting:
    """A line of the connection's form. A secret is kept encrypted and never shown again."""

    key: str
    label: Words
    kind: Literal["text", "url", "number", "boolean", "secret"] = "text"
    help: Words = ""
    required: bool = True
    default: Any = None

    @property
    def secret(self) -> bool:
        """Is it a credential?"""
        return self.kind == "secret"


@dataclass(frozen=True)
class Object:
    """A kind of record that the system has: its contacts, its companies, its deals.

    The values of a deal go by these keys: name, stage, amount (in units of the currency, a number or its text),
    currency, probability (0 to 100), owner, status ("open", "won" or "lost"), expected_on and closed_at (ISO texts).
    Of a person or company, `owner` (a name) is shown as who looks after them.
    """

    key: str
    label: Words
    kind: Literal["person", "company", "deal"]
    writable: bool = False


@dataclass(frozen=True)
class Field:
    """A field of an object. `type` is one of text, number, date, boolean, list, choice.

    `size`: the most characters that a text may have, 0: any number. `custom`: made by somebody, perhaps by Kith.
    """

    key: str
    label: str
    type: str = "text"
    writable: bool = True
    choices: tuple[str, ...] = ()
    custom: bool = False
    size: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """One record as the remote has it. `id` is a text, whatever the remote's type; times have a zone.

    `values`: JSON values by Field.key (texts, numbers, booleans, lists of texts, None). `parents`: ids of the records
    that it belongs to, by object, the main one first. `email` is the main address ("" for none), as written.
    `deleted`: a tombstone; `merged_into`: the id of the record that it became.
    """

    id: str
    values: Mapping[str, Any] = field(default_factory=dict)
    updated_at: datetime | None = None
    url: str = ""
    email: str = ""
    phone: str = ""
    parents: Mapping[str, Sequence[str]] = field(default_factory=dict)
    deleted: bool = False
    merged_into: str = ""


@dataclass(frozen=True)
class Page:
    """Some records; `cursor` (a JSON value) is where the next page begins. `total`: how many there are, if known."""

    records: list[Record]
    cursor: Any = None
    done: bool = True
    total: int | None = None


@dataclass(frozen=True)
class Change:
    """A record to write: `values` are only what differs. Without an id it is to be created.

    `key` is equal for equal contents: systems that take idempotency keys get it.
    """

    id: str
    values: Mapping[str, Any]
    key: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of one Change, in the order of the changes; `id` is the remote's, also of a record just created.

    `words` are the remote's own. `stored`: what the remote says it holds now, where it says so: a system that
    shortens or rounds is recognised by it.
    """

    id: str = ""
    kind: Kind = Kind.DONE
    words: str = ""
    retry_after: float | None = None
    stored: Mapping[str, Any] | None = None
    url: str = ""

    @property
    def ok(self) -> bool:
        """Is it written?"""
        return self.kind is Kind.DONE


@dataclass(frozen=True)
class Limits:
    """What the remote allows: `calls` per `window` and `daily` calls a day (0: as many as one likes).

    `reserve`: the share of the day's calls that Kith leaves to others. `page` and `batch`: records a call.
    `parallel`: calls under way at once. `overlap`: longer than the remote's longest transaction.
    """

    calls: int = 10
    window: timedelta = timedelta(seconds=1)
    daily: int = 0
    reserve: float = 0.1
    page: int = 100
    batch: int = 1
    parallel: int = 1
    overlap: timedelta = timedelta(minutes=5)


class Adapter(ABC):
    """One remote system. Made anew for each run; `pull`, `push` and `find` may be called by several threads at once.

    Every verb raises faults.Fault for what goes wrong as a whole.
    """

    key: ClassVar[str] = ""
    label: ClassVar[Words] = ""
    settings: ClassVar[tuple[Setting, ...]] = ()
    objects: ClassVar[tuple[Object, ...]] = ()
    limits: ClassVar[Limits] = Limits()
    # Whether `pull` heeds `since`. If not, everything is listed each time and what changed is found by hash.
    incremental: ClassVar[bool] = False
    # The mapping that a new connection begins with: see mapping.py.
    suggested: ClassVar[Mapping[str, Any]] = {}

    def __init__(self, config: Mapping[str, Any], secrets: Mapping[str, str], client: Client) -> None:
        self.config = config
        self.secrets = secrets
        self.client = client

    @abstractmethod
    def test(self) -> str:
        """Whom we are at the remote, in words for people: what "Test the connection" shows."""

    @abstractmethod
    def schema(self, kind: str) -> list[Field]:
        """The fields of an object, as they are now."""

    @abstractmethod
    def ensure_fields(self, kind: str, fields: Sequence[Field]) -> None:
        """Make the custom fields that are missing, and leave those that are there."""

    @abstractmethod
    def pull(self, kind: str, since: datetime | None, until: datetime, cursor: Any) -> Page:
        """The page at `cursor` (None: the first) of the records that changed from `since` (None: ever) to `until`."""

    @abstractmethod
    def fetch(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """These records as they are now; those that are gone are left out. A webhook triggers it."""

    @abstractmethod
    def ids(self, kind: str) -> Iterator[list[str]]:
        """The ids of all records, in parts."""

    @abstractmethod
    def push(self, kind: str, changes: Sequence[Change]) -> list[Outcome]:
        """Write at most `limits.batch` of them: one outcome each, in their order.

        Raises Fault when nothing was written, or nobody can tell: several are then tried in halves.
        """

    @abstractmethod
    def find(self, kind: str, email: str) -> str | None:
        """The id of the record with that address, if there is one."""

    @abstractmethod
    def forget(self, kind: str, remote_id: str) -> None:
        """Erase a record: somebody asked for it."""

    @abstractmethod
    def url(self, kind: str, remote_id: str) -> str:
        """Where a person opens the record."""
