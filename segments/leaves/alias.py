"""Conditions that other apps bring along: words of their own for an event that they write. They have no sets."""

from __future__ import annotations

from datetime import datetime

from segments.leaves.base import Condition, Rule
from segments.leaves.did import Did
from segments.world import World


class Alias(Condition):
    """Said in its own words, meant as an event: `means` is what is asked."""

    def means(self) -> Did:
        """The event, its filters, how often and when."""
        raise TypeError(self)

    def normal(self) -> Rule:
        return self.means()

    def words_for(self, at: datetime, profile_id: int, world: World) -> str:
        return self.means().words_for(at, profile_id, world)
