"""Somebody who works in the CRM itself: what they see there, and what they do to it."""

from __future__ import annotations

from typing import Any

import httpx

from cdp_site.crm.server import Crm


class Colleague:
    """Speaks the CRM's API directly, past everything that is tested."""

    def __init__(self, crm: Crm) -> None:
        token = crm.token_file().read_text().strip()
        self._http = httpx.Client(
            base_url=f"{crm.url}/api", headers={"Authorization": f"Bearer {token}"}, timeout=60, trust_env=False
        )

    def close(self) -> None:
        """Go home."""
        self._http.close()

    def contacts(self) -> dict[str, dict[str, Any]]:
        """Every contact by its first name."""
        return {one["first_name"]: one for one in self._get("/contacts/?limit=500")["results"]}

    def contact(self, first_name: str) -> dict[str, Any]:
        """One of them, as it is now."""
        return self.contacts()[first_name]

    def leads(self) -> dict[str, dict[str, Any]]:
        """Every lead by its first name."""
        found = self._get("/leads/?limit=500")
        rows = [*found["open_leads"]["open_leads"], *found["close_leads"]["close_leads"]]
        return {one["first_name"]: one for one in rows}

    def change(self, first_name: str, **values: Any) -> None:
        """Edit a contact."""
        self._done(self._http.patch(f"/contacts/{self.contact(first_name)['id']}/", json=values))

    def delete(self, first_name: str) -> None:
        """Delete a contact."""
        self._done(self._http.delete(f"/contacts/{self.contact(first_name)['id']}/"))

    def add(self, **values: Any) -> None:
        """Enter a new contact."""
        self._done(self._http.post("/contacts/", json=values))

    def close_deal(self, name: str) -> None:
        """Win a deal."""
        deals = {one["name"]: one["id"] for one in self._get("/opportunities/?limit=500")["opportunities"]}
        body = {"stage": "CLOSED_WON", "closed_on": "2026-11-20"}
        self._done(self._http.patch(f"/opportunities/{deals[name]}/", json=body))

    def require(self, key: str, target: str, *, but_not: str) -> None:
        """Make a field that must be filled in from now on, and fill it in for all contacts but one."""
        body = {"target_model": target, "key": key, "label": key.title(), "field_type": "text"}
        made = self._done(self._http.post("/custom-fields/", json=body)).json()
        for name in self.contacts().keys() - {but_not}:
            self.change(name, custom_fields={key: "large"})
        self._done(self._http.put(f"/custom-fields/{made['id']}/", json={"is_required": True}))

    def fields(self, target: str) -> dict[str, dict[str, Any]]:
        """The custom fields of an object by key."""
        answer = self._get(f"/custom-fields/?target_model={target}")
        return {one["key"]: one for one in answer["definitions"]}

    def _get(self, path: str) -> Any:
        return self._done(self._http.get(path)).json()

    @staticmethod
    def _done(answer: httpx.Response) -> httpx.Response:
        assert answer.is_success, answer.text
        return answer
