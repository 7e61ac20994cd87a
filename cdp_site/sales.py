"""The page that sales people begin with: their hot leads and their customers at risk, each with why and since when.

It only reads. Scores say who and why, events what happened last, the CRM whose somebody is and where to open them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from cdp_site.navigation import may_see_sales
from connectors.models import Deal, Link
from profiles import wording
from profiles.models import AccountMember, Event, Identifier, Profile, Source
from profiles.revenue import EARNS
from scoring.errors import ScoreError
from scoring.methods.base import Row
from scoring.models import Score, ScoreModel
from segments.faces import Face, faces

# Which scores say it: the highest band of the one, groups of the other that once bought and stay away.
# The first of each that there is.
HOT, RISK = ("lead", "engagement"), ("rfm",)
RISK_BANDS = ("Cannot Lose Them", "At Risk", "About to Sleep")
PAGE = 10
NEW_DAYS = 7
_REASONS = 3
_DEALS = 2


@dataclass(frozen=True)
class Doing:
    """The last thing somebody did."""

    at: datetime
    icon: str
    title: str
    detail: str


@dataclass(frozen=True)
class Prospect:
    """Somebody to talk to. `worth` in minor units; `link` opens them in the CRM called `system`, "" when not there."""

    face: Face
    stage: str
    score: Score
    reasons: list[Row]
    more: int
    last: Doing | None
    worth: int | None
    deals: list[Deal]
    link: str
    system: str


@dataclass(frozen=True)
class Listing:
    """One of the two lists: how many there are, how many of them came lately, and a page of them."""

    key: str
    model: ScoreModel | None
    total: int
    lately: int
    page: Page[Any] | None
    prospects: list[Prospect]

    @property
    def tone(self) -> str:
        """The colour of its bands."""
        return "good" if self.key == "hot" else "bad"


def sales_home(request: HttpRequest, frame: dict[str, Any]) -> HttpResponse:
    """The page. `?whose=all` shows everybody's, `?hot=2` and `?risk=2` the next pages of the lists."""
    if not may_see_sales(request):
        raise PermissionDenied
    owned = _owned(request.user)
    mine = owned is not None and request.GET.get("whose") != "all"
    people = owned if mine else None
    context = {
        "title": _("Sales"),
        "mine": mine,
        "may_choose": owned is not None,
        "hot": _listing("hot", HOT, people, request),
        "risk": _listing("risk", RISK, people, request),
        "deals": _open_deals(request.user) if owned is not None else None,
        "new_days": NEW_DAYS,
        "may_open_crm": request.user.has_perm("connectors.view_link"),
    }
    return TemplateResponse(request, "cdp_site/sales.html", frame | context)


def _owned(user: AbstractBaseUser | AnonymousUser) -> Q | None:
    """Whose the CRM says they are: people of the user's deals, and of the companies of these. None: nobody's."""
    deals = _deals_of(user)
    if deals is None or not deals.exists():
        return None
    members = AccountMember.objects.filter(account_id__in=deals.filter(account__isnull=False).values("account_id"))
    return Q(profile_id__in=deals.filter(profile_id__isnull=False).values("profile_id")) | Q(
        profile_id__in=members.values("profile_id")
    )


def _deals_of(user: AbstractBaseUser | AnonymousUser) -> QuerySet[Deal] | None:
    """CRMs name an owner by address or by name."""
    if not isinstance(user, User) or not user.has_perm("connectors.view_deal"):
        return None
    asked = [Q(owner__iexact=name) for name in (user.email, user.get_full_name()) if name]
    if not asked:
        return None
    return Deal.objects.filter(asked[0] if len(asked) == 1 else asked[0] | asked[1])


def _open_deals(user: AbstractBaseUser | AnonymousUser) -> dict[str, Any] | None:
    """How many of the user's deals are open, and their sum where all are of one currency."""
    deals = _deals_of(user)
    if deals is None:
        return None
    rows = deals.filter(status=Deal.Status.OPEN).values_list("currency", "amount")
    amounts: dict[str, int] = defaultdict(int)
    for currency, amount in rows:
        amounts[currency] += amount or 0
    return {"count": len(rows), "amounts": [(currency, amount) for currency, amount in amounts.items() if amount]}


def _listing(key: str, slugs: tuple[str, ...], people: Q | None, request: HttpRequest) -> Listing:
    models = {model.slug: model for model in ScoreModel.objects.filter(slug__in=slugs, enabled=True)}
    model = next((models[slug] for slug in slugs if slug in models), None)
    bands = _bands(model, key) if model else []
    if model is None or not bands:
        return Listing(key, model, 0, 0, None, [])
    # Nobody can talk to a device.
    known = Exists(Identifier.objects.filter(profile_id=OuterRef("profile_id"), type__movable=False))
    found = Score.objects.filter(known, model=model, band__in=bands)
    if people is not None:
        found = found.filter(people)
    lately = found.filter(since__gte=timezone.now() - timedelta(days=NEW_DAYS)).count()
    # At risk, the one who was worth most is the one to call first; both lists begin with the highest value.
    ordered = found.select_related("model").order_by("-value", "-since", "profile_id")
    page = Paginator(ordered, PAGE).get_page(request.GET.get(key))
    return Listing(key, model, page.paginator.count, lately, page, _prospects(list(page.object_list), request))


def _bands(model: ScoreModel, key: str) -> list[str]:
    """The bands that the list is of; none when the model's configuration cannot be read."""
    try:
        bands = model.read().bands
    except ScoreError:
        return []
    if key == "hot":
        return [band.key for band in bands[1:][-1:]]
    return [band.key for band in bands if band.key in RISK_BANDS]


def _prospects(scores: list[Score], request: HttpRequest) -> list[Prospect]:
    """In the order given; a fixed number of queries."""
    ids = [score.profile_id for score in scores]
    known, doings, worths = faces(ids), _doings(ids), _worths(ids)
    stages = {person.pk: str(person.traits.get("stage") or "") for person in Profile.objects.filter(pk__in=ids)}
    links = _links(ids) if request.user.has_perm("connectors.view_link") else {}
    deals = _deals(ids) if request.user.has_perm("connectors.view_deal") else {}
    found = []
    for score in scores:
        person = score.profile_id
        rows, link = score.rows(), links.get(person)
        found.append(
            Prospect(
                face=known[person],
                stage=stages.get(person, ""),
                score=score,
                reasons=rows[:_REASONS],
                more=max(0, len(rows) - _REASONS),
                last=doings.get(person),
                worth=worths.get(person),
                deals=deals.get(person, [])[:_DEALS],
                # Whatever the other system said it was, it is followed only when it is an address of the web.
                link=link.url if link and link.url.startswith(("https://", "http://")) else "",
                system=link.connection.name if link else "",
            )
        )
    return found


def _doings(ids: Iterable[int]) -> dict[int, Doing]:
    """What they did last; what Kith concluded about them is nothing they did."""
    events = (
        Event.objects.filter(profile_id__in=ids)
        .exclude(source__in=Source.objects.filter(kind=Source.Kind.HOUSE))
        .select_related("name")
        .order_by("profile_id", "-occurred_at", "-message_id")
        .distinct("profile_id")
    )
    return {event.profile_id: Doing(event.occurred_at, *_words(event)) for event in events}


def _words(event: Event) -> tuple[str, str, str]:
    return wording.describe(event.name.name, event.properties)


def _worths(ids: Iterable[int]) -> dict[int, int]:
    """What their orders were worth, less refunds."""
    orders = Event.objects.filter(profile_id__in=ids, name__name__in=EARNS).order_by().values_list("profile_id")
    return dict(orders.annotate(worth=Sum("value", default=0)))


def _links(ids: Iterable[int]) -> dict[int, Link]:
    """Where each is opened in a CRM; the record that was linked last, when there are several."""
    rows = Link.objects.filter(profile_id__in=ids, missing_since__isnull=True).exclude(url="")
    return {
        row.profile_id: row
        for row in rows.select_related("connection").order_by("linked_at", "pk")
        if row.profile_id is not None
    }


def _deals(ids: Iterable[int]) -> dict[int, list[Deal]]:
    found: dict[int, list[Deal]] = defaultdict(list)
    for deal in Deal.objects.filter(profile_id__in=ids, status=Deal.Status.OPEN).order_by("-amount", "pk"):
        if deal.profile_id is not None:
            found[deal.profile_id].append(deal)
    return found
