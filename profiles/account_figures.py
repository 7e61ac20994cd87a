"""How many people an account has and what they were worth: for a page of accounts, in three queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Sum

from profiles.models import AccountMember, Event
from profiles.revenue import EARNS

# The orders of more people than that are not added up while somebody waits.
ADDED_UP = 1_000


@dataclass(frozen=True)
class Figures:
    """`value`: orders less refunds, in minor units; None without any order, or with more than ADDED_UP members."""

    members: int = 0
    value: int | None = None


def figures(accounts: Sequence[int]) -> dict[int, Figures]:
    """By account id; an account without anybody is absent."""
    belongs = AccountMember.objects.filter(account_id__in=accounts).order_by()
    counts = dict(belongs.values_list("account_id").annotate(members=Count("profile_id")))
    small = [account for account, members in counts.items() if members <= ADDED_UP]
    members: dict[int, list[int]] = defaultdict(list)
    for account, profile in belongs.filter(account_id__in=small).values_list("account_id", "profile_id"):
        members[account].append(profile)
    worth = _worth([profile for each in members.values() for profile in each])
    return {
        account: Figures(count, _total([worth[each] for each in members[account] if each in worth]))
        for account, count in counts.items()
    }


def _worth(people: Sequence[int]) -> dict[int, int]:
    """What the orders of each were worth, less refunds."""
    if not people:
        return {}
    orders = Event.objects.filter(profile_id__in=people, name__name__in=EARNS, value__isnull=False)
    return dict(orders.order_by().values_list("profile_id").annotate(total=Sum("value")))


def _total(amounts: Sequence[int]) -> int | None:
    return sum(amounts) if amounts else None
