"""A method is one file: the one in the documentation is run as it stands there, and the examples there can be read."""

import json
import re
import types
from datetime import timedelta
from pathlib import Path

import pytest

from scoring.methods import base, methods
from scoring.methods.base import Method
from tests.scoring.scored import ScoredShop

PAGE = (Path(__file__).resolve().parents[2] / "docs/add-a-score.md").read_text()


@pytest.fixture
def loyalty(monkeypatch):
    """The method of the page, registered during the test."""
    monkeypatch.setattr(base, "_registry", dict(base._registry))
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    module = types.ModuleType("loyalty")
    monkeypatch.setitem(__import__("sys").modules, "loyalty", module)
    exec(compile(code, "loyalty.py", "exec"), module.__dict__)
    return module.Loyalty


def test_the_method_of_the_documentation_works_as_it_stands_there(db, loyalty):
    assert methods()["loyalty"] is loyalty
    shop = ScoredShop()
    shop.does("clara", "Viewed")
    shop.scores("loyalty", loyalty.example, "loyalty")
    shop.passes(timedelta(days=730))
    score = shop.score("clara", "loyalty")
    assert (score.value, score.band) == (23, "new") or (score.value, score.band) == (24, "old friend")
    assert sum(reason["points"] for reason in score.reasons) == score.value
    assert shop.passes(timedelta(days=62)) == 1
    assert shop.told("clara")[-1:] in ([("new", "old friend")], [])


def test_the_configurations_of_the_documentation_can_be_read():
    (points,) = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert Method.read("points", json.loads(points)).bands
    assert Method.read("rfm", json.loads(re.search(r"^`(\{\"event\".*?\})`", PAGE, re.MULTILINE)[1]))


def test_every_method_is_documented():
    for key, kind in methods().items():
        assert f"## {kind.label}" in PAGE, f"docs/add-a-score.md says nothing of {key}"
