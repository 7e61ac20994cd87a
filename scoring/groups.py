"""The eleven groups of RFM as a page shows them: how large, worth how much, where on the grid, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from scoring.distribution import Cell
from scoring.methods.rfm import FIFTHS, GRID, GROUPS

# What marketers usually do about each, the most urgent advice first in the field's literature.
ADVICE: dict[str, str | Promise] = {
    "Champions": _("Thank them: early access, a referral programme, a request for reviews."),
    "Loyal": _("Sell up, ask for their opinion, offer the loyalty programme."),
    "Potential Loyalist": _("Recommend what goes with what they bought; invite them to join."),
    "New Customers": _("Welcome them, help with the first order, start the habit."),
    "Promising": _("Make the brand known to them; a small trial offer."),
    "Need Attention": _("A limited offer built on what they bought before."),
    "About to Sleep": _("Say hello again with what is popular, before they are gone."),
    "At Risk": _("Write personally, renew the relation, solve what went wrong."),
    "Cannot Lose Them": _("Call them. Win them back with something better than a discount."),
    "Hibernating": _("Offer other products, at most now and then."),
    "Lost": _("One last attempt, then spend nothing more on them."),
}
# From the best to the worst.
ORDER = tuple(reversed(GROUPS))


@dataclass(frozen=True)
class Group:
    """One of the eleven. `spent` in minor units, within the days of the score."""

    key: str
    label: str
    tone: str
    advice: str
    people: int
    spent: int


@dataclass(frozen=True)
class Block:
    """A rectangle of the grid, counted from 1 from the top left. A second one of a group goes on unnamed."""

    group: Group
    row: int
    rows: int
    column: int
    columns: int
    named: bool

    @property
    def area(self) -> str:
        """Its grid-area in CSS."""
        return f"{self.row} / {self.column} / span {self.rows} / span {self.columns}"


def groups(cells: Mapping[tuple[int, int], Cell]) -> list[Group]:
    """All eleven, from the best to the worst, the empty ones included."""
    found = []
    for key in ORDER:
        inside = [cells[place] for place in _places(key) if place in cells]
        people, spent = sum(cell.people for cell in inside), sum(cell.spent for cell in inside)
        known = GROUPS[key]
        found.append(Group(key, str(known.label), known.tone or "info", str(ADVICE[key]), people, spent))
    return found


def blocks(found: list[Group]) -> list[Block]:
    """The grid as rectangles: recency from the top down, frequency and value from left to right."""
    by_key = {group.key: group for group in found}
    free = {(row, column) for row in range(FIFTHS) for column in range(FIFTHS)}
    laid: list[Block] = []
    for row, column in sorted(free):
        if (row, column) not in free:
            continue
        key = _at(row, column)
        wide = next(side for side in count(1) if not _is(key, (row, column + side), free))
        high = next(
            down for down in count(1) if not all(_is(key, (row + down, column + side), free) for side in range(wide))
        )
        free -= {(row + down, column + side) for down in range(high) for side in range(wide)}
        named = all(block.group.key != key for block in laid)
        laid.append(Block(by_key[key], row + 1, high, column + 1, wide, named))
    return laid


def _at(row: int, column: int) -> str:
    """The group there; the grid is kept from the oldest purchase up, and drawn from the newest down."""
    return GRID[FIFTHS - 1 - row][column]


def _is(key: str, place: tuple[int, int], free: set[tuple[int, int]]) -> bool:
    return place in free and _at(*place) == key


def _places(key: str) -> list[tuple[int, int]]:
    """(recency, frequency and value) of a group, from 1."""
    return [(r + 1, fm + 1) for r, line in enumerate(GRID) for fm, name in enumerate(line) if name == key]
