"""The operators of the rule language, one class each. The order of the imports is that in which they are offered."""

# isort: off
from segments.operators import texts as texts, numbers as numbers, booleans as booleans
from segments.operators import dates as dates, lists as lists, presence as presence

# isort: on
from segments.operators.base import BOOLEAN, DATE, EVERY_TYPE, LIST, NUMBER, TEXT, Operator, operators
from segments.operators.numbers import Comparison

__all__ = ["BOOLEAN", "DATE", "EVERY_TYPE", "LIST", "NUMBER", "TEXT", "Comparison", "Operator", "operators"]
