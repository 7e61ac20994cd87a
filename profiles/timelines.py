"""What one source said of one trait of one person, over time.

A run is a value said one or more times on end, from `since` to `seen`. The last run is what
the source says now. All in memory; traits.py reads and writes the rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from profiles.identity import Mark


@dataclass(eq=False, slots=True)
class Run:
    """`value` is canonical JSON text; `moved` says that the row must be written, `stored` that there was one before."""

    value: str
    since: datetime
    seen: datetime
    message_id: UUID
    # The identity it came with; one that is new has no id yet.
    mark: Mark | int | None
    moved: bool = True
    stored: bool = False


@dataclass(eq=False, slots=True)
class Timeline:
    """Runs in order, none overlapping the next."""

    runs: list[Run] = field(default_factory=list)

    def say(self, said: Run) -> None:
        """The source says a value at `said.since`, perhaps late: then what it said after stays what it says now."""
        at = said.since
        place = len(self.runs)
        while place and self.runs[place - 1].since > at:
            place -= 1
        if not place:
            self.runs.insert(0, said)
            return
        before = self.runs[place - 1]
        if before.value == said.value:
            if at > before.seen:
                before.seen, before.moved = at, True
            return
        after = [said]
        if at < before.seen:
            # The other value was said before and after: two runs of it now.
            after.append(replace(before, since=before.seen, moved=True))
            before.seen = before.since
        before.moved = True
        self.runs[place:place] = after

    def join(self, other: Timeline) -> None:
        """Both people were one all along: what was said of either, in order of time."""
        moments = [(at, run) for line in (self, other) for run in line.runs for at in {run.since, run.seen}]
        moments.sort(key=lambda moment: moment[0])
        runs: list[Run] = []
        last = None
        for at, run in moments:
            if run is last:
                runs[-1].seen = at
            else:
                runs.append(replace(run, since=at, seen=at, moved=True))
            last = run
        self.runs = runs

    def until(self, index: int) -> datetime | None:
        """When the value of a run ceased to be what the source says; None: it says so still."""
        return self.runs[index + 1].since if index + 1 < len(self.runs) else None
