"""What is known of a person: candidates are kept for ever, and for each trait one of them wins.

The winner is the latest word of the most believed source: a browser never beats anybody else, then
the source's precedence counts, then who said so most recently.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from profiles.database import Cursor, array, write
from profiles.definitions import Definition, Precedence
from profiles.identity import Joined, Mark, Person, Placed
from profiles.timelines import Run, Timeline
from profiles.trait_values import canonical, coerced


class Traits:
    """The traits of everybody about whom this batch says something, or who is merged in it."""

    def __init__(self, definitions: Mapping[str, Definition], precedence: Precedence) -> None:
        self._definitions = definitions
        self._keys = {definition.id: definition.key for definition in definitions.values()}
        self._precedence = precedence
        # Person -> trait -> source -> what it said.
        self._lines: dict[Person, dict[int, dict[int, Timeline]]] = {}
        self._touched: dict[Person, set[int]] = {}
        # Person -> key -> the winner as canonical JSON.
        self.winners: dict[Person, dict[str, str]] = {}
        # Whose winner of which key moved, and of whom another value won once, while that of now stays.
        self.moved: dict[Person, list[str]] = {}
        self.past: dict[Person, list[str]] = {}

    def load(self, cursor: Cursor, joined: Sequence[Joined], placed: Sequence[Placed]) -> None:
        """Read the candidates that may matter, and the winners so far."""
        merging = {person.id: person for j in joined for person in (j.survivor, j.absorbed) if person.id}
        lows: dict[tuple[int, int], datetime] = {}
        people = dict(merging)
        for each in _speaking(placed):
            id_, at = each.person.id, each.message.occurred_at
            if id_ is None or id_ in merging:
                continue
            people[id_] = each.person
            for key in each.said:
                pair = (id_, self._definitions[key].id)
                lows[pair] = min(at, lows.get(pair, at))
        if people:
            self._read_candidates(cursor, people, lows, list(merging))
            self._read_winners(cursor, people)

    def apply(self, joined: Sequence[Joined], placed: Sequence[Placed]) -> None:
        """Go through messages and merges in their order."""
        merges = deque(joined)
        for index, each in enumerate(placed):
            while merges and merges[0].before <= index:
                self._join(merges.popleft())
            if each.said and each.message.type != "group":
                self._say(each)
        for person, touched in self._touched.items():
            self._decide(person, touched)

    def save(self, cursor: Cursor, joined: Sequence[Joined]) -> None:
        """Write candidates, and the winners of people who existed before. Everybody has an id by now."""
        if absorbed := [j.absorbed.id for j in joined if j.absorbed.created_at is None]:
            cursor.execute("DELETE FROM profiles_traitvalue WHERE profile_id = ANY(%s::bigint[])", [array(absorbed)])
        write(cursor, _SAVE, self._rows())
        write(
            cursor,
            "UPDATE profiles_profile p SET traits = now.traits::jsonb"
            " FROM unnest(%s::bigint[], %s::text[]) AS now(id, traits) WHERE p.id = now.id",
            sorted((person.id, self.document(person)) for person in self.moved if person.created_at is None),
        )

    def document(self, person: Person) -> str:
        """The winners of a person as JSON text."""
        winners = self.winners.get(person, {})
        return "{" + ",".join(f"{json.dumps(key)}:{value}" for key, value in winners.items()) + "}"

    def _say(self, placed: Placed) -> None:
        message, person = placed.message, placed.person
        lines = self._lines.setdefault(person, {})
        touched = self._touched.setdefault(person, set())
        at, source = message.occurred_at, message.source.id
        for key, value in placed.said.items():
            trait = self._definitions[key]
            line = lines.setdefault(trait.id, {}).setdefault(source, Timeline())
            line.say(Run(canonical(coerced(value, trait.type)), at, at, message.id, placed.mark))
            touched.add(trait.id)

    def _join(self, joined: Joined) -> None:
        lines = self._lines.setdefault(joined.survivor, {})
        touched = self._touched.setdefault(joined.survivor, set())
        self._touched.pop(joined.absorbed, None)
        for trait_id, by_source in self._lines.pop(joined.absorbed, {}).items():
            touched.add(trait_id)
            for source_id, line in by_source.items():
                lines.setdefault(trait_id, {}).setdefault(source_id, Timeline()).join(line)

    def _decide(self, person: Person, touched: Iterable[int]) -> None:
        winners = self.winners.setdefault(person, {})
        for trait_id in touched:
            key = self._keys[trait_id]
            last = [(source, line.runs[-1]) for source, line in self._lines[person][trait_id].items()]
            source, run = max(last, key=lambda said: (self._precedence[said[0]], said[1].seen, said[0]))
            if winners.get(key) != run.value:
                winners[key] = run.value
                self.moved.setdefault(person, []).append(key)
            elif self._past_moved(self._lines[person][trait_id], source):
                self.past.setdefault(person, []).append(key)

    def _past_moved(self, lines: Mapping[int, Timeline], winner: int) -> bool:
        """Was something inserted, or said by one more source? That what was said is said still, moves nothing, unless
        it now outlives what an equal has said.
        """
        for source, line in lines.items():
            *earlier, last = line.runs
            if any(run.moved for run in earlier) or (last.moved and not last.stored):
                return True
            equals = [other for other in lines if self._precedence[other] == self._precedence[source]]
            if last.moved and source != winner and len(equals) > 1:
                return True
        return False

    def _read_candidates(
        self,
        cursor: Cursor,
        people: Mapping[int, Person],
        lows: Mapping[tuple[int, int], datetime],
        merging: list[int],
    ) -> None:
        cursor.execute(
            _CANDIDATES,
            [array(low[0] for low in lows), array(low[1] for low in lows), array(lows.values()), array(merging)],
        )
        for profile_id, trait_id, source_id, value, since, seen, message_id, identifier_id in cursor:
            lines = self._lines.setdefault(people[profile_id], {})
            line = lines.setdefault(trait_id, {}).setdefault(source_id, Timeline())
            text = canonical(json.loads(value))
            line.runs.append(Run(text, since, seen, message_id, identifier_id, moved=False, stored=True))

    def _read_winners(self, cursor: Cursor, people: Mapping[int, Person]) -> None:
        cursor.execute("SELECT id, traits::text FROM profiles_profile WHERE id = ANY(%s::bigint[])", [array(people)])
        for id_, traits in cursor:
            winners = json.loads(traits)
            self.winners[people[id_]] = {key: canonical(value) for key, value in winners.items()}

    def _rows(self) -> Iterable[tuple[Any, ...]]:
        for person, traits in self._lines.items():
            for trait_id, by_source in traits.items():
                for source_id, line in by_source.items():
                    for index, run in enumerate(line.runs):
                        if run.moved:
                            mark = run.mark.id if isinstance(run.mark, Mark) else run.mark
                            said = (run.value, run.since, line.until(index), run.seen, run.message_id, mark)
                            yield person.id, trait_id, source_id, *said


def _speaking(placed: Iterable[Placed]) -> Iterable[Placed]:
    """Those that say something of the person; a `group` speaks of the account."""
    return (each for each in placed if each.said and each.message.type != "group")


_CANDIDATES = """
    WITH said AS MATERIALIZED (
        SELECT v.* FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS low(profile_id, trait_id, at)
        JOIN profiles_traitvalue v ON v.profile_id = low.profile_id AND v.trait_id = low.trait_id
        WHERE v.until IS NULL OR v.until > low.at
        UNION ALL
        SELECT v.* FROM profiles_traitvalue v WHERE v.profile_id = ANY(%s::bigint[])
    )
    SELECT profile_id, trait_id, source_id, value::text, since, seen_at, message_id, identifier_id
    FROM said ORDER BY since, until NULLS LAST"""

_SAVE = """
    INSERT INTO profiles_traitvalue
        (profile_id, trait_id, source_id, value, since, until, seen_at, message_id, identifier_id)
    SELECT profile_id, trait_id, source_id, value::jsonb, since, until, seen_at, message_id, identifier_id
    FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[],
        %s::timestamptz[], %s::uuid[], %s::bigint[])
        AS said(profile_id, trait_id, source_id, value, since, until, seen_at, message_id, identifier_id)
    ON CONFLICT (profile_id, trait_id, source_id, since, message_id)
    DO UPDATE SET until = EXCLUDED.until, seen_at = EXCLUDED.seen_at"""
