"""GrowthBook's conditions in our rules: a translation of what both can say. Their data is read, never kept here.

A nested attribute is a trait of its dotted name. What a trait is, its owner has said: here, the value in the case.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Rule = dict[str, Any]

# Why something cannot be said as a rule: docs/growthbook.md has a row for each, with how many cases it concerns.
REASONS = {
    "version": "versions",
    "order": "order of texts",
    "strict": "numbers as texts",
    "nought": "missing as nought",
    "whole": "whole lists and objects",
    "inside": "inside of lists",
    "size": "length of lists",
    "type": "type of a value",
    "case": "lists in any case",
}


class InexpressibleError(Exception):
    """There is no rule for it; the argument is a key of REASONS."""


class Case:
    """One condition with the attributes of one person. `traits` gives the type of each trait that the rule asks."""

    def __init__(self, number: int, condition: Any, attributes: Any, groups: dict[str, list[Any]]) -> None:
        self.known = dict(_flat(attributes))
        self.slug, self.groups, self.traits = f"c{number}", groups, dict[str, str]()
        # Whether Kith would not publish it: for the test to say.
        self.refused = False
        self.rule = self._all(condition)

    def key(self, path: str) -> str:
        """The trait of an attribute: each case has its own."""
        return f"{self.slug}.{path}"

    def _all(self, condition: dict[str, Any]) -> Rule:
        return {"all": [self._part(key, value) for key, value in condition.items()]}

    def _part(self, key: str, value: Any) -> Rule:
        match key:
            case "$and":
                return {"all": [self._all(one) for one in value]}
            case "$or":
                return {"any": [self._all(one) for one in value]}
            case "$nor":
                return {"none": [self._all(one) for one in value]}
            case "$not":
                return {"none": [self._all(value)]}
        return self._asked(key, value)

    def _asked(self, path: str, value: Any) -> Rule:
        if isinstance(value, dict) and value and all(key.startswith("$") for key in value):
            return {"all": [self._operation(path, op, operand) for op, operand in value.items()]}
        return self._equal(path, value)

    def _operation(self, path: str, op: str, value: Any) -> Rule:
        if op.startswith("$v"):
            raise InexpressibleError("version")
        translate = _OPERATORS.get(op)
        return translate(self, path, value) if translate else self._where(path, op.removeprefix("$"), value)

    def _where(self, path: str, op: str, value: Any = None, kind: str = "text") -> Rule:
        self.traits.setdefault(path, kind)
        body = {"attribute": f"traits.{self.key(path)}", "op": op}
        return {"where": body if value is None else body | {"value": value}}

    def _equal(self, path: str, value: Any) -> Rule:
        if isinstance(value, dict | list):
            raise InexpressibleError("whole")
        if value is None:
            return {"none": [self._known(path)]}
        if isinstance(value, bool):
            return self._where(path, "yes" if value else "no", kind="boolean")
        return self._where(path, "is", value, "text" if isinstance(value, str) else "number")

    def _known(self, path: str) -> Rule:
        return self._where(path, "known", kind="text")

    def _compared(self, path: str, op: str, value: Any) -> Rule:
        stored = self.known.get(path)
        if isinstance(value, str) or isinstance(stored, str):
            raise InexpressibleError("order" if isinstance(value, str) and isinstance(stored, str) else "strict")
        if stored is None:
            raise InexpressibleError("nought")
        return self._where(path, op, value, "number")

    def _or_equal(self, path: str, op: str, value: Any) -> Rule:
        return {"any": [self._compared(path, op, value), self._where(path, "is", value, "number")]}

    def _is_list(self, path: str) -> bool:
        return isinstance(self.known.get(path), list)

    def _among(self, path: str, value: Any) -> Rule:
        if not isinstance(value, list):
            return self._where(path, "any_of", value)
        if self._is_list(path):
            return self._where(path, "has_any", [str(item) for item in value], "list")
        return {"any": [self._equal(path, item) for item in value]}

    def _among_in_any_case(self, path: str, value: Any) -> Rule:
        if not isinstance(value, list):
            return self._where(path, "any_of", value)
        if self._is_list(path):
            raise InexpressibleError("case")
        return self._where(path, "matches", f"(?i)^({'|'.join(value)})$")

    def _element(self, path: str, value: Any) -> Rule:
        ((op, operand),) = value.items()
        if op == "$eq":
            return self._where(path, "has_any", [operand], "list")
        if op == "$in":
            return self._where(path, "has_any", operand, "list")
        raise InexpressibleError("inside")

    def _sized(self, path: str, value: Any) -> Rule:
        if value != 0:
            raise InexpressibleError("size")
        return self._where(path, "empty", kind="list")

    def _typed(self, path: str, value: Any) -> Rule:
        if value != "null":
            raise InexpressibleError("type")
        return {"none": [self._known(path)]}

    def _every_in_any_case(self, path: str, value: Any) -> Rule:
        raise InexpressibleError("case")

    def _in_group(self, path: str, name: str) -> Rule:
        # A saved group is a segment of who has one of its values.
        self._equal(path, "")
        return {"in": {"segment": self.segment(name)}}

    def segment(self, name: str) -> str:
        """The slug of the segment that a saved group is."""
        return f"{self.slug}-{name}"

    def group(self, name: str) -> Rule:
        """The rule of that segment."""
        return {"any": [self._equal("id", value) for value in self.groups[name]]}


def _flat(attributes: Any, path: str = "") -> list[tuple[str, Any]]:
    if not isinstance(attributes, dict) or (path and not attributes):
        return [(path, attributes)]
    return [pair for key, value in attributes.items() for pair in _flat(value, f"{path}.{key}" if path else key)]


def _not(translate: Callable[[Case, str, Any], Rule]) -> Callable[[Case, str, Any], Rule]:
    return lambda case, path, value: {"none": [translate(case, path, value)]}


_OPERATORS: dict[str, Callable[[Case, str, Any], Rule]] = {
    "$eq": Case._equal,
    "$ne": _not(Case._equal),
    "$gt": lambda case, path, value: case._compared(path, "over", value),
    "$lt": lambda case, path, value: case._compared(path, "under", value),
    "$gte": lambda case, path, value: case._or_equal(path, "over", value),
    "$lte": lambda case, path, value: case._or_equal(path, "under", value),
    "$in": Case._among,
    "$nin": _not(Case._among),
    "$ini": Case._among_in_any_case,
    "$nini": _not(Case._among_in_any_case),
    "$all": lambda case, path, value: case._where(path, "has_all", value, "list"),
    "$alli": Case._every_in_any_case,
    "$regex": lambda case, path, value: case._where(path, "matches", value),
    "$regexi": lambda case, path, value: case._where(path, "matches", f"(?i){value}"),
    "$exists": lambda case, path, value: case._known(path) if value else {"none": [case._known(path)]},
    "$elemMatch": Case._element,
    "$size": Case._sized,
    "$type": Case._typed,
    "$not": lambda case, path, value: {"none": [case._asked(path, value)]},
    "$inGroup": Case._in_group,
    "$notInGroup": _not(Case._in_group),
}
