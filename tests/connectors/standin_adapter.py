"""The adapter of the stand-in: what docs/add-a-connector.md tells to write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, ClassVar

from connectors.adapters.base import Adapter, Change, Field, Limits, Object, Outcome, Page, Record, Setting
from connectors.client import Client
from connectors.faults import Kind

_KINDS = {200: Kind.DONE, 201: Kind.DONE, 404: Kind.GONE, 422: Kind.PERMANENT}


class Standin(Adapter):
    """A system that can list what changed."""

    key = "standin"
    label = "Stand-in"
    settings = (Setting("url", "Address", "url"), Setting("token", "Token", "secret"))
    objects = (
        Object("company", "Companies", "company"),
        Object("contact", "Contacts", "person", writable=True),
        Object("deal", "Deals", "deal"),
    )
    limits: ClassVar[Limits] = Limits(
        calls=5000, window=timedelta(seconds=1), page=200, batch=100, parallel=2, overlap=timedelta(seconds=2)
    )
    incremental = True

    def __init__(self, config: Mapping[str, Any], secrets: Mapping[str, str], client: Client) -> None:
        super().__init__(config, secrets, client)
        client.base = config["url"]
        client.headers["Authorization"] = f"Bearer {secrets.get('token', '')}"

    def test(self) -> str:
        return str(self.client.call("GET", "/me").json()["name"])

    def schema(self, kind: str) -> list[Field]:
        return [Field(**each) for each in self.client.call("GET", f"/schema/{kind}").json()]

    def ensure_fields(self, kind: str, fields: Sequence[Field]) -> None:
        there = {field.key for field in self.schema(kind)}
        for field in fields:
            if field.key not in there:
                self.client.call("POST", f"/schema/{kind}", json=asdict(field))

    def pull(self, kind: str, since: datetime | None, until: datetime, cursor: Any) -> Page:
        asked = {"limit": self.limits.page, "after": cursor or 0}
        if since is not None and self.incremental:
            asked["since"] = since.isoformat()
        found = self.client.call("GET", f"/objects/{kind}", params=asked).json()
        records = [self._record(row) for row in found["records"]]
        return Page(records, records[-1].id if records else None, done=not found["more"], total=found["total"])

    def fetch(self, kind: str, ids: Sequence[str]) -> list[Record]:
        rows = self.client.call("POST", f"/fetch/{kind}", json=list(ids), repeatable=True).json()
        return [self._record(row) for row in rows]

    def ids(self, kind: str) -> Iterator[list[str]]:
        yield self.client.call("GET", f"/ids/{kind}").json()

    def push(self, kind: str, changes: Sequence[Change]) -> list[Outcome]:
        rows = [{"id": change.id or None, "values": dict(change.values)} for change in changes]
        done = self.client.call("POST", f"/objects/{kind}/batch", json=rows).json()
        return [
            Outcome(row["id"] or "", _KINDS[row["status"]], row.get("error", {}).get("message", "")) for row in done
        ]

    def find(self, kind: str, email: str) -> str | None:
        found = self.client.call("GET", f"/find/{kind}", params={"email": email}).json()
        return found[0] if found else None

    def forget(self, kind: str, remote_id: str) -> None:
        self.client.call("DELETE", f"/objects/{kind}/{remote_id}")

    def url(self, kind: str, remote_id: str) -> str:
        return f"{self.config['url']}/{kind}/{remote_id}"

    @staticmethod
    def _record(row: Mapping[str, Any]) -> Record:
        return Record(
            id=row["id"], values=row["values"], updated_at=datetime.fromisoformat(row["updated_at"]),
            email=row["values"].get("email") or "", parents=row["parents"],
        )  # fmt: skip


class Listing(Standin):
    """The same system, if it could not tell what changed."""

    key = "standin_listing"
    incremental = False
