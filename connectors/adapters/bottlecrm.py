"""BottleCRM (django-crm on PyPI, 1.35), by its REST API and a personal access token.

Seen in its source and on the wire:
- Lists know no "changed since": everything is listed each time, and what changed is found by hash.
- Lists are cut by limit and offset over an order that moves when somebody adds or deletes. Pages therefore overlap by
  one row, by which a move is noticed: then the page before is read again. Otherwise a row could be passed over, and
  be taken for deleted.
- Leads and accounts come as two lists in one answer, both cut by the same limit and offset. Converted leads are in
  neither.
- A wrong or revoked token is 403, not 401. A custom field that it does not know is left out without a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, ClassVar
from urllib.parse import quote

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connectors.adapters.base import Adapter, Change, Field, Limits, Object, Outcome, Page, Record, Setting
from connectors.adapters.bottlecrm_faults import refusal
from connectors.adapters.bottlecrm_fields import (
    CUSTOM,
    SUGGESTED,
    TABLES,
    TYPES,
    custom_field,
    deal_of,
    parents_of,
    plain,
    values_of,
    with_choices,
)
from connectors.client import Client
from connectors.faults import Fault, Kind

# A list that moves with every call of ours is taken as it comes in the end.
_LONGEST_RETREAT = 5


class BottleCRM(Adapter):
    """An organisation of a BottleCRM. The token is an administrator's: only these may make custom fields."""

    key = "bottlecrm"
    label = "BottleCRM"
    settings = (
        Setting("url", gettext_lazy("Address"), "url", help=gettext_lazy("Where its API answers, without /api/.")),
        Setting(
            "token",
            gettext_lazy("Personal access token"),
            "secret",
            help=gettext_lazy("Of an administrator: it begins with bcrm_pat_."),
        ),
        Setting(
            "web",
            gettext_lazy("Address of its web app"),
            "url",
            help=gettext_lazy("Where people open records. Without it, links lead into its Django admin."),
            required=False,
        ),
    )
    objects = (
        Object("accounts", gettext_lazy("Accounts"), "company"),
        Object("contacts", gettext_lazy("Contacts"), "person", writable=True),
        Object("leads", gettext_lazy("Leads"), "person", writable=True),
        Object("deals", gettext_lazy("Deals"), "deal"),
    )
    # It sets no limits of its own; this is what one process of it answers without making people wait.
    limits: ClassVar[Limits] = Limits(calls=20, window=timedelta(seconds=1), page=200, batch=1, parallel=3)
    suggested: ClassVar[Mapping[str, Any]] = SUGGESTED

    def __init__(self, config: Mapping[str, Any], secrets: Mapping[str, str], client: Client) -> None:
        super().__init__(config, secrets, client)
        client.base = str(config.get("url", "")).rstrip("/")
        client.headers |= {"Authorization": f"Bearer {secrets.get('token', '')}", "Accept": "application/json"}
        self._definitions: dict[str, list[dict[str, Any]]] = {}
        self._lock = Lock()

    def test(self) -> str:
        """Whose token it is."""
        who = self._get("/api/profile/")["user_obj"]
        return _("%(name)s <%(email)s>, %(role)s") % {
            "name": who["user_details"]["name"],
            "email": who["user_details"]["email"],
            "role": who["role"],
        }

    def schema(self, kind: str) -> list[Field]:
        """Its own fields with their choices of today, and the custom ones."""
        table = TABLES[kind]
        answer = self._get(table.path, {"limit": 1})
        own = [with_choices(field, answer) for field in table.fields]
        taken = {field.key for field in own}
        return [*own, *(custom_field(one, taken) for one in self._custom(kind) if one["is_active"])]

    def ensure_fields(self, kind: str, fields: Sequence[Field]) -> None:
        """One call for each that is missing."""
        there = {one["key"]: one for one in self._custom(kind)}
        for field in fields:
            key = field.key.removeprefix(CUSTOM)
            if key not in there:
                self._make_field(kind, key, field)
            elif not there[key]["is_active"]:
                words = _("The custom field %(key)s is switched off in BottleCRM: switch it on there.") % {"key": key}
                raise Fault(Kind.PERMANENT, words)
        with self._lock:
            self._definitions.clear()

    def pull(self, kind: str, since: datetime | None, until: datetime, cursor: Any) -> Page:
        """A page of everything. The cursor: offset, the `last` id of each list before it, times it went `back`."""
        offset = cursor["offset"] if cursor else 0
        back = cursor["back"] if cursor else 0
        before = 1 if offset else 0
        rows, totals = self._rows(kind, offset - before, self.limits.page + before)
        if before and back < _LONGEST_RETREAT and _moved(rows, cursor["last"]):
            earlier: dict[str, Any] = {"offset": max(0, offset - self.limits.page), "last": [], "back": back + 1}
            return Page([], earlier, done=False, total=sum(totals))
        found = [self._record(kind, row) for group in rows for row in group[before:]]
        following = offset + self.limits.page
        last = [group[-1]["id"] if len(group) == self.limits.page + before else "" for group in rows]
        return Page(
            found,
            {"offset": following, "last": last, "back": back},
            done=following >= max(totals),
            total=sum(totals),
        )

    def fetch(self, kind: str, ids: Sequence[str]) -> list[Record]:
        """One call each: its lists cannot be asked for ids."""
        found = []
        for remote_id in ids:
            try:
                found.append(self._record(kind, self._get(self._path(kind, remote_id))[TABLES[kind].record]))
            except Fault as fault:
                if fault.kind is not Kind.GONE:
                    raise
        return found

    def ids(self, kind: str) -> Iterator[list[str]]:
        """The same pages as `pull`: there is no shorter list."""
        page = Page([], None, done=False)
        while not page.done:
            page = self.pull(kind, None, datetime.max, page.cursor)
            yield [record.id for record in page.records]

    def push(self, kind: str, changes: Sequence[Change]) -> list[Outcome]:
        """One call each. Custom fields that it does not know are refused here: it would say nothing."""
        return [self._write(kind, change) for change in changes]

    def find(self, kind: str, email: str) -> str | None:
        """Its filter finds parts of addresses: compared here."""
        if kind not in {"contacts", "leads"}:
            return None
        rows, _totals = self._rows(kind, 0, self.limits.page, {"email": email})
        return next((row["id"] for group in rows for row in group if _same(row["email"], email)), None)

    def forget(self, kind: str, remote_id: str) -> None:
        """Delete it, with what hangs on it."""
        answer = self.client.request("DELETE", self._path(kind, remote_id))
        fault = refusal(answer)
        if fault is not None and fault.kind is not Kind.GONE:
            raise fault

    def url(self, kind: str, remote_id: str) -> str:
        """In its web app, else in its Django admin; accounts have no page there."""
        web = str(self.config.get("web") or "").rstrip("/")
        if web:
            return f"{web}/{'opportunities' if kind == 'deals' else kind}/{quote(remote_id, safe='')}"
        page = TABLES[kind].admin
        return f"{self.client.base}/admin/{page}/{quote(remote_id, safe='')}/change/" if page else ""

    def _get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        try:
            answer = self.client.call("GET", path, params=params)
        except Fault as fault:
            # It refuses to read only who it does not know, or who may not.
            kind = Kind.AUTH if fault.status == 403 else fault.kind
            raise Fault(kind, fault.words, retry_after=fault.retry_after, status=fault.status) from None
        return answer.json()

    def _path(self, kind: str, remote_id: str) -> str:
        return f"{TABLES[kind].path}{quote(remote_id, safe='')}/"

    def _rows(
        self, kind: str, offset: int, limit: int, params: Mapping[str, Any] | None = None
    ) -> tuple[list[list[dict[str, Any]]], list[int]]:
        """The rows of each list from `offset`, and how long each list is."""
        table = TABLES[kind]
        answer = self._get(table.path, {**(params or {}), "limit": limit, "offset": offset})
        try:
            return [_at(answer, path) for path in table.lists], [int(_at(answer, path)) for path in table.counts]
        except (KeyError, TypeError):
            raise Fault(Kind.PERMANENT, _("There is no BottleCRM at %(url)s.") % {"url": self.client.base}) from None

    def _custom(self, kind: str) -> list[dict[str, Any]]:
        """The definitions of its custom fields, asked for once."""
        with self._lock:
            if kind not in self._definitions:
                params = {"target_model": TABLES[kind].target, "include_counts": "false"}
                self._definitions[kind] = self._get("/api/custom-fields/", params)["definitions"]
            return self._definitions[kind]

    def _make_field(self, kind: str, key: str, field: Field) -> None:
        body = {
            "target_model": TABLES[kind].target,
            "key": key,
            "label": str(field.label)[:128],
            "field_type": TYPES[field.type],
            "is_filterable": True,
        }
        if field.type == "choice":
            body["options"] = [{"value": one, "label": one} for one in field.choices]
        fault = refusal(self.client.request("POST", "/api/custom-fields/", json=body))
        if fault is not None:
            raise fault

    def _record(self, kind: str, row: Mapping[str, Any]) -> Record:
        values = deal_of(row) if kind == "deals" else values_of(row, TABLES[kind].fields)
        return Record(
            id=row["id"],
            values=values | self._custom_values(kind, row.get("custom_fields") or {}),
            updated_at=datetime.fromisoformat(row["updated_at"]) if row.get("updated_at") else None,
            url=self.url(kind, row["id"]),
            email=row.get("email") or "",
            phone=row.get("phone") or "",
            parents=parents_of(row),
        )

    def _custom_values(self, kind: str, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Each defined field, also those without a value: so an emptied one is seen to be empty."""
        own = {field.key for field in TABLES[kind].fields}
        return {
            (CUSTOM + one["key"] if one["key"] in own else one["key"]): plain(stored.get(one["key"]))
            for one in self._custom(kind)
            if one["is_active"]
        }

    def _write(self, kind: str, change: Change) -> Outcome:
        own = {field.key for field in TABLES[kind].fields}
        known = {one["key"] for one in self._custom(kind) if one["is_active"]}
        body: dict[str, Any] = {}
        custom: dict[str, Any] = {}
        for name, value in change.values.items():
            key = name.removeprefix(CUSTOM)
            if name in own:
                body[name] = value
            elif key in known:
                custom[key] = ", ".join(value) if isinstance(value, list) else value
            else:
                words = _("BottleCRM has no field %(key)s.") % {"key": key}
                return Outcome(change.id, Kind.PERMANENT, words)
        if custom:
            body["custom_fields"] = custom
        method, path = ("PATCH", self._path(kind, change.id)) if change.id else ("POST", TABLES[kind].path)
        answer = self.client.request(method, path, json=body)
        fault = refusal(answer)
        if fault is None:
            remote_id = change.id or str(answer.json()["id"])
            return Outcome(remote_id, url=self.url(kind, remote_id))
        if fault.kind is Kind.AUTH:
            raise fault
        return Outcome(change.id, fault.kind, fault.words, fault.retry_after)


def _moved(rows: Sequence[Sequence[Mapping[str, Any]]], last: Sequence[str]) -> bool:
    """Does a list not begin with the row that the page before ended with?"""
    return any(known and (not group or group[0]["id"] != known) for group, known in zip(rows, last, strict=False))


def _at(answer: Any, path: Sequence[str]) -> Any:
    for key in path:
        answer = answer[key]
    return answer


def _same(one: str | None, other: str) -> bool:
    return (one or "").casefold() == other.casefold()
