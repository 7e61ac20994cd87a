"""Scores brought up to date by the clock: everybody when a day ends or a model was edited, else whom the clock moved.

One at a time (advisory lock), each model in a snapshot of its own: one that fails stops no other. An edit that comes
while a model is computed undoes that computation, and it is computed again. A minute in which nothing is due costs
some short queries, however many people there are.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import psycopg
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import Max

from profiles.locks import advisory_lock
from scoring import cycles, moves, store
from scoring.asking import moved_by_clock
from scoring.errors import ScoreError, TooFewError
from scoring.methods.base import Asked, Method
from scoring.models import Score, ScoreModel, ScoreVersion
from segments.bitmaps import BitMap64
from segments.models import Refresh
from segments.plan import uses
from segments.snapshot import database_time, snapshot, statement_timeout
from segments.windows import today
from segments.world import World

LOCK = "scoring"
# A model that takes longer freezes, instead of stalling all.
TIMEOUT = timedelta(minutes=5)
AGAIN_AFTER = timedelta(hours=1)
TRIES = 3

log = logging.getLogger(__name__)


def refresh(slug: str = "", at: datetime | None = None, anew: bool = False) -> int:
    """Bring the scores up to `at` (default: now), of one model or of all; gives how many people's moved.

    `anew`: everybody is computed, due or not. Waits for another run to finish.
    """
    with advisory_lock(LOCK, wait=True):
        models = ScoreModel.objects.filter(enabled=True).order_by("pk")
        wanted = list(models.filter(slug=slug) if slug else models)
        return sum(_bring_up(model, at, anew) for model in wanted)


def _bring_up(model: ScoreModel, at: datetime | None, anew: bool) -> int:
    for _try in range(TRIES):
        try:
            with snapshot():
                return Run(at).by_clock(model, anew)
        except OperationalError as error:
            # Edited meanwhile: what was computed is of yesterday.
            if not isinstance(error.__cause__, psycopg.errors.SerializationFailure):
                raise
            model = ScoreModel.objects.get(pk=model.pk)
    return 0


class Run:
    """Computing at one moment, in the caller's transaction."""

    def __init__(self, at: datetime | None) -> None:
        self.at = at or database_time()
        self.world = World.now()
        self.last_run: int = Refresh.objects.aggregate(last=Max("pk"))["last"] or 0
        self.asked_by_scores = {
            name for asked in cycles.scores_graph().values() for kind, name in asked if kind == "score"
        }

    def by_clock(self, model: ScoreModel, anew: bool) -> int:
        """What is due for a model; everybody when a day has ended, or it is new, edited, or was frozen."""
        method = self.readable(model)
        if method is None:
            return 0
        if model.error and not anew:
            again = model.failed_at is None or self.at - model.failed_at >= AGAIN_AFTER
            return self.everybody(model, method) if again else 0
        since = model.clock_at
        if anew or since is None or model.computed_version != model.version or today(since) != today(self.at):
            return self.everybody(model, method)
        rules = [rule for _path, rule in method.rules()]
        some = moved_by_clock(rules, since, self.at, self.world) if rules else BitMap64()
        return self.compute(model, method, some, clock_at=self.at)

    def readable(self, model: ScoreModel) -> Method | None:
        """The model's method; None, and the model says why, when it means nothing now."""
        try:
            method = model.read()
            method.check(self.world)
        except ScoreError as error:
            _freeze(model, str(error))
            return None
        return method

    def everybody(self, model: ScoreModel, method: Method) -> int:
        """Learn of everybody, score everybody."""
        started = time.perf_counter()
        try:
            with transaction.atomic(), statement_timeout(TIMEOUT), connection.wrap_database_errors:
                learned = method.learn(Asked(self.at, None, self.world, {}))
        except TooFewError as error:
            _freeze(model, str(error))
            return 0
        except DatabaseError as error:
            _fail(model, error, self.at)
            return 0
        model.learned = learned
        moved = self.compute(
            model,
            method,
            None,
            clock_at=self.at,
            started=started,
            followed_run=self.last_run if _asks_segments(method) else None,
        )
        if not model.error:
            ScoreVersion.objects.filter(model=model, number=model.version).update(quality=learned)
        return moved

    def compute(
        self, model: ScoreModel, method: Method, among: BitMap64 | None, started: float | None = None, **fields: object
    ) -> int:
        """Score everybody, or some; write what moved; say when. `fields` of the model are set with success."""
        started = started or time.perf_counter()
        edited = model.computed_version != model.version
        found: Sequence[store.Move] = []
        if among is None or among:
            try:
                with transaction.atomic(), statement_timeout(TIMEOUT), connection.wrap_database_errors:
                    query = method.scores(Asked(self.at, among, self.world, model.learned))
                    found = store.write(model, method, store.Computed(query, among, self.at, quiet=edited))
            except DatabaseError as error:
                _fail(model, error, self.at)
                return 0
        moves.tell(model, found, self.at, model.slug in self.asked_by_scores)
        model.error = ""
        model.people = _counted(model, found, everybody=among is None)
        _done(
            model,
            people=model.people,
            computed_at=self.at,
            computed_version=model.version,
            learned=model.learned,
            error="",
            failed_at=None,
            **({"duration_ms": round((time.perf_counter() - started) * 1000)} if among is None else {}),
            **fields,
        )
        return len(found)


def _asks_segments(method: Method) -> bool:
    return any(uses(rule) for _path, rule in method.rules())


def _counted(model: ScoreModel, found: Sequence[store.Move], *, everybody: bool) -> int:
    if everybody:
        return Score.objects.filter(model=model).count()
    return model.people + sum((move.old is None) - (move.value is None) for move in found)


def _done(model: ScoreModel, **fields: object) -> None:
    """Within a snapshot this fails, and undoes the run, when the model was edited meanwhile."""
    ScoreModel.objects.filter(pk=model.pk, version=model.version).update(**fields)


def _freeze(model: ScoreModel, words: str) -> None:
    """The scores stay as they were; the model says why."""
    if model.error != words[:300]:
        model.error = words[:300]
        _done(model, error=model.error)


def _fail(model: ScoreModel, error: DatabaseError, at: datetime) -> None:
    """What the database could not do it is not asked again at once. A lost connection is nobody's fault."""
    cause = error.__cause__
    if isinstance(error, OperationalError | InterfaceError) and not isinstance(cause, psycopg.errors.QueryCanceled):
        raise error
    words = cause.diag.message_primary if isinstance(cause, psycopg.Error) else None
    model.error = (words or type(error).__name__)[:300]
    _done(model, error=model.error, failed_at=at)
    log.warning("A score could not be computed, and is frozen", extra={"model": model.slug})
