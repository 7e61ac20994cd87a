"""What BottleCRM's tables and fields are called, and how its rows become records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from connectors.adapters.base import Field

_ADDRESS = (
    Field("address_line", "Address", size=255),
    Field("city", "City", size=255),
    Field("state", "State", size=255),
    Field("postcode", "Postal code", size=64),
    Field("country", "Country", "choice"),
)
_PERSON = (
    Field("first_name", "First name", size=255),
    Field("last_name", "Last name", size=255),
    Field("email", "E-mail", size=254),
    Field("phone", "Phone", size=25),
    Field("linkedin_url", "LinkedIn", size=200),
)
_SOURCE = (Field("source", "Source", size=255), Field("source_detail", "Sub-source", size=100))
_END = (
    Field("description", "Notes"),
    Field("is_active", "Active", "boolean"),
    Field("owner", "Owner", writable=False),
    Field("created_at", "Created", "date", writable=False),
)


class Table(NamedTuple):
    """What the API calls an object: its path, its name among custom fields, where a list and a record lie."""

    path: str
    target: str
    lists: tuple[tuple[str, ...], ...]
    counts: tuple[tuple[str, ...], ...]
    record: str
    # Its page in the CRM's own Django admin; "" where that has none.
    admin: str
    fields: tuple[Field, ...]


TABLES = {
    "contacts": Table(
        "/api/contacts/",
        "Contact",
        (("results",),),
        (("count",),),
        "contact_obj",
        "contacts/contact",
        (
            *_PERSON,
            Field("title", "Job title", size=255),
            Field("department", "Department", size=255),
            Field("organization", "Company", size=255),
            Field("do_not_call", "Do not call", "boolean"),
            *_ADDRESS,
            *_SOURCE,
            *_END,
        ),
    ),
    "leads": Table(
        "/api/leads/",
        "Lead",
        (("open_leads", "open_leads"), ("close_leads", "close_leads")),
        (("open_leads", "leads_count"), ("close_leads", "leads_count")),
        "lead_obj",
        "leads/lead",
        (
            Field("title", "Title", size=255),
            *_PERSON,
            Field("job_title", "Job title", size=255),
            Field("company_name", "Company", size=255),
            Field("website", "Website", size=255),
            Field("status", "Status", "choice"),
            Field("rating", "Rating", "choice", choices=("HOT", "WARM", "COLD")),
            Field("industry", "Industry", "choice"),
            Field("opportunity_amount", "Deal value", "number"),
            Field("currency", "Currency", size=3),
            Field("probability", "Win probability (%)", "number"),
            Field("close_date", "Expected close date", "date"),
            Field("last_contacted", "Last contacted", "date"),
            Field("next_follow_up", "Next follow-up", "date"),
            *_ADDRESS,
            *_SOURCE,
            *_END,
        ),
    ),
    "accounts": Table(
        "/api/accounts/",
        "Account",
        (("active_accounts", "open_accounts"), ("closed_accounts", "close_accounts")),
        (("active_accounts", "open_accounts_count"), ("closed_accounts", "close_accounts_count")),
        "account_obj",
        "",
        (
            Field("name", "Name", size=255),
            Field("email", "E-mail", size=254),
            Field("phone", "Phone", size=25),
            Field("website", "Website", size=200),
            Field("industry", "Industry", "choice"),
            Field("number_of_employees", "Employees", "number"),
            Field("annual_revenue", "Annual revenue", "number"),
            Field("currency", "Currency", size=3),
            *_ADDRESS,
            *_END,
        ),
    ),
    "deals": Table(
        "/api/opportunities/",
        "Opportunity",
        (("opportunities",),),
        (("opportunities_count",),),
        "opportunity_obj",
        "opportunity/opportunity",
        tuple(
            Field(key, label, kind, writable=False)
            for key, label, kind in (
                ("name", "Name", "text"),
                ("stage", "Stage", "text"),
                ("amount", "Amount", "number"),
                ("currency", "Currency", "text"),
                ("probability", "Probability (%)", "number"),
                ("owner", "Owner", "text"),
                ("status", "State", "text"),
                ("expected_on", "Expected close date", "date"),
                ("closed_at", "Closed", "date"),
            )
        ),
    ),
}
# What a new connection begins with: the CRM is right about who somebody is, Kith computes the rest.
_COMPUTED = (
    ("kith_score", "scores.engagement", "Kith: engagement", "number"),
    ("kith_band", "scores.engagement.band", "Kith: how engaged", "text"),
    ("kith_rfm", "scores.rfm.band", "Kith: kind of customer", "text"),
    ("kith_segments", "segments", "Kith: segments", "text"),
    ("kith_link", "link", "Kith: everything known", "text"),
)
_PEOPLE = (
    ("first_name", "traits.first_name", "crm_unless_blank"),
    ("last_name", "traits.last_name", "crm_unless_blank"),
    ("email", "traits.email", "crm_unless_blank"),
    ("phone", "traits.phone", "recent"),
    ("city", "traits.city", "recent"),
    ("country", "traits.country", "crm_unless_blank"),
    ("owner", "traits.sales_owner", "crm"),
)


def _lines(*fields: tuple[str, str, str]) -> list[dict[str, Any]]:
    return [{"remote": remote, "local": local, "owner": owner} for remote, local, owner in fields]


def _sent() -> list[dict[str, Any]]:
    return [
        {"remote": remote, "local": local, "owner": "kith", "create": {"label": label, "type": kind}}
        for remote, local, label, kind in _COMPUTED
    ]


SUGGESTED: Mapping[str, Any] = {
    "accounts": {"fields": _lines(("name", "name", "crm"), ("industry", "industry", "crm"), ("city", "city", "crm"))},
    "contacts": {
        "create_here": True,
        "fields": [
            *_lines(*_PEOPLE, ("title", "traits.title", "crm"), ("organization", "traits.company", "crm")),
            *_sent(),
        ],
    },
    "leads": {
        "create_here": True,
        "fields": [
            *_lines(*_PEOPLE, ("job_title", "traits.title", "crm"), ("rating", "traits.lead_rating", "crm")),
            *_sent(),
        ],
    },
    "deals": {"fields": []},
}
# What its custom fields are called there, by our types. A list becomes a text with commas.
TYPES = {
    "text": "text",
    "number": "number",
    "date": "date",
    "boolean": "checkbox",
    "list": "text",
    "choice": "dropdown",
}
_OURS = {"number": "number", "date": "date", "checkbox": "boolean", "dropdown": "choice"}
_CHOICES = {"country": "countries", "industry": "industries", "status": "status"}
# A field that collides with one of its own is told apart by this.
CUSTOM = "custom."
_STATUSES = {"won": "won", "lost": "lost"}


def with_choices(field: Field, answer: Mapping[str, Any]) -> Field:
    """Its lists carry what may be chosen, as [value, label]."""
    name = _CHOICES.get(field.key)
    if field.type != "choice" or name is None or name not in answer:
        return field
    choices = tuple(value for value, _label in answer[name])
    return Field(field.key, field.label, field.type, field.writable, choices)


def custom_field(one: Mapping[str, Any], taken: set[str]) -> Field:
    key = CUSTOM + one["key"] if one["key"] in taken else one["key"]
    choices = tuple(option["value"] for option in one["options"] or ())
    return Field(key, one["label"], _OURS.get(one["field_type"], "text"), choices=choices, custom=True)


def values_of(row: Mapping[str, Any], fields: Sequence[Field]) -> dict[str, Any]:
    found = {field.key: _value(row.get(field.key), field.type) for field in fields}
    found["owner"] = _owner(row)
    return found


def _value(value: Any, kind: str) -> Any:
    """An empty text is nothing; a decimal comes as a text; of a moment, the day."""
    if value is None or value == "":
        return None
    if kind == "number":
        return plain(float(value))
    if kind == "date":
        return str(value)[:10]
    return value


def plain(value: Any) -> Any:
    """It keeps whole numbers as floats."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None if value == "" else value


def _owner(row: Mapping[str, Any]) -> str | None:
    """The first of those it is assigned to."""
    for one in row.get("assigned_to") or ():
        details = one["user_details"]
        return str(details["name"] or details["email"])
    return None


def deal_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """By the keys that deals have everywhere."""
    status = _STATUSES.get(row["stage_kind"] or "", "open")
    return {
        "name": row["name"],
        "stage": row["stage_label"],
        "amount": row["amount"],
        "currency": row["currency"],
        "probability": row["probability"],
        "owner": _owner(row),
        "status": status,
        "expected_on": row["closed_on"],
        "closed_at": row["stage_changed_at"] if status != "open" else None,
    }


def parents_of(row: Mapping[str, Any]) -> dict[str, list[str]]:
    """Its account first as the main one, then the others that it is linked to; the people of a deal."""
    account = row.get("account")
    main = account["id"] if isinstance(account, dict) else account
    linked = [one["id"] for one in row.get("linked_accounts") or ()]
    found = {
        "accounts": [*([main] if main else []), *(one for one in linked if one != main)],
        "contacts": [one["id"] for one in row.get("contacts") or ()] if "stage_kind" in row else [],
    }
    return {kind: ids for kind, ids in found.items() if ids}
