"""The rules of the house, executed. Each failure says what to do instead. See CONTRIBUTING.md."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

ROOT = Path(__file__).resolve().parents[1]
APPS = ("cdp_site", "connectors", "profiles", "scoring", "segments", "tracking")
# Where the environment is read. Elsewhere, settings are.
READS_ENVIRONMENT = (
    *("cdp_site/settings.py", "cdp_site/embedded/", "cdp_site/crm/", "cdp_site/wsgi.py", "cdp_site/celery.py"),
    "cdp_site/management/commands/seed.py",  # the launcher hands it the demo shop's key and password
)

# Everything about a person, by the column that says whose it is: what export and erasure will have to reach.
PERSONAL = {
    "profiles.Profile": "id",
    "profiles.ProfileStat": "profile_id",
    "profiles.Identifier": "profile_id",
    "profiles.Assignment": "profile_id",
    "profiles.Edge": "left_id",
    "profiles.Merge": "survivor_id",
    "profiles.TraitValue": "profile_id",
    "profiles.Event": "profile_id",
    "profiles.AccountMember": "profile_id",
    "profiles.Change": "profile_id",
    "profiles.Followup": "profile_id",
    "segments.Membership": "profile_id",
    "segments.Override": "profile_id",
    "segments.RuleTest": "profile_id",
    # Sets of people: a bit for each. Somebody erased leaves them with the next refresh.
    "segments.Leaf": "members",
    "segments.LeafFlip": "entered",
    "scoring.Score": "profile_id",
    "scoring.BandSpell": "profile_id",
    "connectors.Link": "profile_id",
    "connectors.Conflict": "profile_id",
    "connectors.DeadLetter": "profile_id",
    "connectors.Deal": "profile_id",
    "connectors.Outbound": "profile_id",
    # What a dry run would write, as samples.
    "connectors.SyncRun": "details",
    "tracking.Visit": "profile_id",
    "tracking.Purchase": "profile_id",
    # As it came in: whose it is, only the payload says.
    "connectors.Inbound": "records",
    "tracking.Inbox": "body",
    "tracking.Quarantine": "payload",
}
IMPERSONAL = {
    *("profiles.Account", "profiles.EventType", "profiles.IdentifierType", "profiles.SeenMessage", "profiles.Source"),
    *("profiles.Trait", "profiles.WriteKey", "tracking.Context", "tracking.MergesFollowed", "tracking.Overflow"),
    *("connectors.Connection", "connectors.CallBudget", "connectors.Position", "connectors.Followed"),
    *("scoring.ScoreModel", "scoring.ScoreVersion"),
    *("segments.Segment", "segments.SegmentVersion", "segments.Refresh", "segments.Clock", "segments.Verification"),
    *("segments.SegmentDraft", "segments.SegmentDay", "segments.SizeAlert"),
}

LONGEST, LONGEST_SETTINGS = 300, 200
NAMELESS = {"utils", "util", "helpers", "common", "core", "services", "managers", "misc", "base_classes"}
# Django's receivers hide what happens; the others have a name of the house.
ELSEWHERE = {
    "signals": "call the verb",
    "receivers": "call the verb",
    "handlers": "call the verb",
    "serializers": "api.py",
    "viewsets": "api.py",
    "endpoints": "api.py",
    "jobs": "tasks.py",
    "exceptions": "the module whose errors they are, or errors.py",
}
SIGNALS = re.compile(r"django(\.\w+)*\.(dispatch|signals)")


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def _files(*, migrations: bool = False) -> list[Path]:
    files = [path for app in APPS for path in sorted((ROOT / app).rglob("*.py"))]
    return [path for path in files if migrations or "migrations" not in path.parts]


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _imports(tree: ast.AST) -> Iterator[tuple[ast.stmt, str]]:
    """Each import with the full name of what it brings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def _functions(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def _decorated(function: ast.FunctionDef | ast.AsyncFunctionDef, *names: str) -> bool:
    return any(re.match(rf"(\w+\.)?({'|'.join(names)})\b", ast.unparse(one)) for one in function.decorator_list)


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body, without the docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def _broken(rule: str, places: list[str]) -> None:
    assert not places, f"{rule}:\n  " + "\n  ".join(places)


def test_nobody_imports_a_room_above() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_every_app_of_ours_is_held_by_the_import_contract() -> None:
    contract = (ROOT / "pyproject.toml").read_text().partition("[tool.importlinter]")[2]
    ours = {app.name for app in apps.get_app_configs() if Path(app.path).parent == ROOT}
    assert ours == set(APPS)
    _broken("Name it in [tool.importlinter]", [app for app in APPS if len(re.findall(rf"\b{app}\b", contract)) < 2])


def test_there_is_no_signal_and_no_receiver() -> None:
    _broken(
        "Call the verb, or let what is downstream read a log; no signals",
        [f"{_name(path)}: {name}" for path in _files() for _node, name in _imports(_tree(path)) if SIGNALS.match(name)],
    )


def test_imports_stand_at_the_top_of_the_file() -> None:
    inside = [
        f"{_name(path)}:{node.lineno}"
        for path in _files(migrations=True)
        for function in _functions(_tree(path))
        for node, _name_ in _imports(function)
    ]
    _broken("Move it up; a cycle means that something is in the wrong room", inside)


def test_a_file_can_be_read_in_one_go() -> None:
    lengths = {_name(path): len(path.read_text().splitlines()) for path in _files()}
    assert lengths["cdp_site/settings.py"] < LONGEST_SETTINGS
    _broken(
        f"Longer than {LONGEST} lines: which second noun is in there?",
        [f"{name}: {length}" for name, length in lengths.items() if length > LONGEST],
    )


def test_a_file_says_what_it_is_for() -> None:
    _broken(
        "Begin with a docstring",
        [
            _name(path)
            for path in _files()
            if path.name not in {"__init__.py", "apps.py"} and not ast.get_docstring(_tree(path))
        ],
    )


def test_a_file_is_called_what_it_is() -> None:
    paths = [path.relative_to(ROOT) for app in APPS for path in (ROOT / app).rglob("*") if "static" not in path.parts]
    _broken("Say what it is", [str(path) for path in paths if path.stem in NAMELESS])
    _broken("It has a name", [f"{path}: {ELSEWHERE[path.stem]}" for path in paths if path.stem in ELSEWHERE])


def test_an_admin_action_calls_one_verb() -> None:
    _broken(
        "An action has at most five lines: the verb is in a module of its own, the API calls it too",
        [
            f"{_name(path)}: {function.name}"
            for path in _files()
            for function in _functions(_tree(path))
            if _decorated(function, "action") and path.name == "admin.py" and _lines(function) > 5
        ],
    )


def test_a_task_says_when_and_never_how() -> None:
    branches = (ast.If, ast.For, ast.While, ast.Try, ast.Match, ast.IfExp, ast.comprehension, ast.BoolOp)
    _broken(
        "A task has at most ten lines and no branch: it calls a verb",
        [
            f"{_name(path)}: {function.name}"
            for path in _files()
            for function in _functions(_tree(path))
            if path.name == "tasks.py" or _decorated(function, "shared_task", "task")
            if _lines(function) > 10 or any(isinstance(node, branches) for node in ast.walk(function))
        ],
    )


def test_schedules_stand_in_one_table() -> None:
    _broken(
        "When something happens is said in cdp_site/schedule.py",
        [
            _name(path)
            for path in _files()
            for _node, name in _imports(_tree(path))
            if name.startswith("celery.schedules") and path.parent.name != "cdp_site"
        ],
    )


def test_only_settings_read_the_environment() -> None:
    _broken(
        "Make it a setting",
        [
            f"{_name(path)}:{node.lineno}"
            for path in _files()
            for node in ast.walk(_tree(path))
            if isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.getenv"}
            if not _name(path).startswith(READS_ENVIRONMENT)
        ],
    )


def test_an_error_is_never_swallowed() -> None:
    _broken(
        "Handle it, or let it pass on; contextlib.suppress for what is meant",
        [
            f"{_name(path)}:{node.lineno}"
            for path in _files()
            for node in ast.walk(_tree(path))
            if isinstance(node, ast.ExceptHandler) and (node.type is None or all(map(_is_idle, node.body)))
        ],
    )


def _is_idle(line: ast.stmt) -> bool:
    return isinstance(line, ast.Pass) or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))


@pytest.mark.parametrize(
    ("pattern", "instead"),
    [
        (r"#.*\b(TODO|FIXME|XXX|HACK)\b", "do it, or open an issue"),
        (r"#\s*type:\s*ignore(?!\[)", "give the code and the reason: # type: ignore[code]  # because"),
        (r"#\s*type:\s*ignore\[[\w, -]+\]\s*$", "give the reason: # type: ignore[code]  # because"),
        (r"#\s*noqa(?!:)", "give the code and the reason: # noqa: CODE  because"),
        (r"#\s*noqa:.*PLC0415", "imports stand at the top"),
    ],
)
def test_no_comment_excuses_what_is_left_undone(pattern: str, instead: str) -> None:
    lines = [
        (path, number, line)
        for path in _files()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if "#" in line
    ]
    _broken(instead, [f"{_name(path)}:{number}" for path, number, line in lines if re.search(pattern, line)])


def test_what_is_known_of_people_is_declared() -> None:
    ours = {model._meta.label: model for app in APPS for model in apps.get_app_config(app).get_models()}
    declared = PERSONAL.keys() | IMPERSONAL
    _broken(
        "Say in PERSONAL by which column it is about a person, or in IMPERSONAL that it is not",
        [*ours.keys() - declared],
    )
    assert declared <= ours.keys(), f"There is no such model: {declared - ours.keys()}"
    assert not PERSONAL.keys() & IMPERSONAL
    for label, model in ours.items():
        columns = {field.attname: field for field in model._meta.get_fields() if isinstance(field, models.Field)}
        if label in PERSONAL:
            assert PERSONAL[label] in columns, f"{label} has no column {PERSONAL[label]}"
        else:
            assert "profile_id" not in columns, f"{label} says whose it is: name it in PERSONAL"


def test_a_page_asks_no_other_host() -> None:
    outside = re.compile(r"""(?:src|href|action|import|from|fetch\(|url\(|@import)\s*[=(]?\s*["']?(?:https?:)?//""")
    pages = [
        path
        for folder in ("templates", "static", *APPS)
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".html", ".js", ".css", ".svg"} and "vendor" not in path.parts
    ]
    _broken("Serve it from here", [_name(path) for path in pages if outside.search(path.read_text())])
