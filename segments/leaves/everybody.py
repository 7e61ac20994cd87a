"""Everybody: the set that complements are taken from, maintained like any other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from psycopg import sql

from segments.bitmaps import BitMap64, ask_set, ids_literal
from segments.leaves.base import CREATED, Condition
from segments.present import present
from segments.world import World


@dataclass(frozen=True)
class Everybody(Condition):
    """Who exists and was not merged into somebody else."""

    key = "everybody"
    examples = ({},)

    @classmethod
    def parse(cls, raw: dict[str, Any], path: str) -> Everybody:
        return cls()

    def body(self) -> dict[str, Any]:
        return {}

    def reads(self, world: World) -> frozenset[str]:
        return frozenset({CREATED})

    @classmethod
    def ask(cls, leaves: dict[int, Any], at: datetime, among: BitMap64 | None, world: World) -> dict[int, BitMap64]:
        some = sql.SQL("") if among is None else sql.SQL("AND p.id = ANY({})").format(ids_literal(among))
        query = sql.SQL("SELECT p.id AS profile_id FROM {} {}").format(present(at, world), some)
        return {key: ask_set(query) for key in leaves}

    def sentence(self, world: World) -> str:
        return _("everybody")
