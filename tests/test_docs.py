"""The documentation names everything that can be said, set and run. What is missing is named in the failure."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from segments import reference, rules
from segments.leaves import conditions
from segments.operators import operators

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
APPS = ("cdp_site", "connectors", "profiles", "scoring", "segments", "tracking")
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
VARIABLE = re.compile(r"(KITH_[A-Z_]+|DATABASE_URL|CELERY_BROKER_URL|SECRET_KEY)")
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")
PARAMETER = re.compile(r"\(\?P<(\w+)>(?:\[[^]]*\](?:\+|\{[^}]*\})?|:)+\)")
PARAMETERS = {"identifier": "<type>:<value>", "slug": "<slug>", "pk": "<id>"}
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def _missing(page: str, words: Iterable[str], column: str) -> None:
    """Each word stands in backticks, as the first cell of a row or anywhere."""
    text = (DOCS / page).read_text()
    missing = [word for word in words if not re.search(rf"`[^`\n]*(?<![\w-]){re.escape(word)}(?![\w-])[^`\n]*`", text)]
    assert not missing, f"docs/{page} says nothing of: {', '.join(missing)}. Add a line to {column}."


def test_every_operator_is_documented() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", (DOCS / "segments.md").read_text(), re.MULTILINE)
    missing = [key for key in operators() if key not in rows]
    assert not missing, f"docs/segments.md has no row in its table of operators for: {', '.join(missing)}"


def test_every_condition_is_documented() -> None:
    _missing("segments.md", conditions(), "its table of conditions")


def test_the_page_of_conditions_is_what_the_classes_say() -> None:
    assert (DOCS / "conditions.md").read_text() == reference.page(), "docs/conditions.md is behind: run `make docs`"


def test_every_rule_in_the_documentation_can_be_read() -> None:
    blocks = re.findall(r"^```json\n(.*?)^```", (DOCS / "segments.md").read_text(), re.MULTILINE | re.DOTALL)
    assert blocks
    for block in blocks:
        rules.parse(json.loads(block))


def test_every_variable_of_the_environment_is_documented() -> None:
    files = [ROOT / "cdp_site/settings.py", *(ROOT / "cdp_site").rglob("*.py")]
    texts = (
        node.value for path in files for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)
    )
    variables = {text for text in texts if isinstance(text, str) and VARIABLE.fullmatch(text)}
    assert {"KITH_PORT", "DATABASE_URL"} <= variables
    _missing("operations.md", sorted(variables), "its table of settings")


def test_no_variable_is_documented_that_nobody_reads() -> None:
    read = "".join(path.read_text() for app in APPS for path in (ROOT / app).rglob("*.py"))
    rows = re.findall(r"^\| `([A-Z_]+)` \|", (DOCS / "operations.md").read_text(), re.MULTILINE)
    gone = [variable for variable in rows if variable not in read]
    assert not gone, f"docs/operations.md explains what nobody reads: {', '.join(gone)}"


def test_every_command_is_documented() -> None:
    commands = {
        path.stem for app in APPS for path in (ROOT / app).glob("management/commands/*.py") if path.stem != "__init__"
    }
    _missing("operations.md", [f"manage.py {command}" for command in sorted(commands)], "its table of commands")


def test_every_address_of_the_api_is_documented() -> None:
    routes = [route for route in _routes(get_resolver().url_patterns) if route.startswith("api/")]
    addresses = ["/" + PARAMETER.sub(lambda found: PARAMETERS[found[1]], route).rstrip("$") for route in routes]
    assert "/api/segments/<slug>/members/" in addresses
    _missing("api.md", addresses, "the table of its room")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for target, anchor in LINK.findall(text):
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        found = (page.parent / target).resolve()
        assert found.exists(), f"{page.name} links to {target}, which does not exist"
        if anchor and found.suffix == ".md":
            anchors = {_anchor(heading) for heading in HEADING.findall(found.read_text())}
            assert anchor[1:] in anchors, f"{page.name} links to {target}{anchor}; there are {sorted(anchors)}"


def test_the_readme_is_one_screen_with_a_picture() -> None:
    text = (ROOT / "README.md").read_text()
    assert len(text.splitlines()) <= 80
    assert re.search(r"!\[[^]]+\]\(docs/pictures/", text), "README.md shows no picture"


def test_every_decision_says_what_was_decided_and_is_one_page() -> None:
    for page in sorted((DOCS / "decisions").glob("*.md")):
        assert re.match(r"\d{4}-[a-z0-9-]+\.md$", page.name), page.name
        assert len(page.read_text().splitlines()) <= 60, f"{page.name} is longer than a page"


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> list[str]:
    found = []
    for pattern in patterns:
        route = prefix + str(pattern.pattern).removeprefix("^")
        found += _routes(pattern.url_patterns, route) if isinstance(pattern, URLResolver) else [route]
    return found
