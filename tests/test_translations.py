"""The French catalogue says all that the code says, and is compiled. Needs no gettext tools: those make it."""

from __future__ import annotations

import ast
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest
import unfold
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from django.utils.translation import gettext, override, pgettext
from django.utils.translation.template import templatize

from cdp_site import theme_words
from profiles.money import worded
from profiles.templatetags.people import known_value
from segments import values
from segments.windows import Window
from segments.wording import words

ROOT = Path(__file__).resolve().parents[1]
APPS = ("cdp_site", "profiles", "segments", "connectors", "scoring", "tracking")
FRENCH = ROOT / "locale/fr/LC_MESSAGES"
THEME = Path(unfold.__file__).parent
MEND = "Run `make messages` (GNU gettext), then translate what is empty or fuzzy in locale/fr/LC_MESSAGES/django.po"

# (context, singular, plural), "" for what is not there.
Said = tuple[str, str, str]
# Which arguments of a call are context, singular and plural.
_ARGUMENTS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), (None, 0, None)),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (None, 0, 1)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), (0, 1, None)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), (0, 1, 2)),
}
_TEXT = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_CALL = re.compile(rf"\b(n?p?gettext|_)\(\s*({_TEXT}(?:\s*,\s*{_TEXT})*)", re.DOTALL)
_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z%]|\{\w*\}")
# A breaking space where French has none, or a typewriter's apostrophe.
_TYPEWRITTEN = re.compile(r" [:;?!»]| %%|« |\w'\w")


def _in_python(path: Path) -> Iterator[tuple[str, Said]]:
    """What is said, with where: `file:line`."""
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if name not in _ARGUMENTS:
            continue
        given = [one.value if isinstance(one, ast.Constant) else None for one in node.args]
        asked = [at for at in _ARGUMENTS[name] if at is not None]
        where = f"{path.name}:{node.lineno}"
        assert not any(isinstance(node.args[at], ast.JoinedStr) for at in asked), f"{where}: fill it in afterwards"
        if all(isinstance(given[at], str) for at in asked):
            yield where, _said(name, given)


def _in_template(path: Path) -> Iterator[tuple[str, Said]]:
    for name, arguments in _CALL.findall(templatize(path.read_text())):
        yield path.name, _said(name, [ast.literal_eval(one) for one in re.findall(_TEXT, arguments, re.DOTALL)])


def _said(name: str, given: list[object]) -> Said:
    context, singular, plural = ("" if at is None else str(given[at]) for at in _ARGUMENTS[name])
    return context, singular, plural


def _all_said(paths: Iterable[Path]) -> dict[Said, str]:
    """Each string once, with where it is first said."""
    found: dict[Said, str] = {}
    for path in sorted(paths):
        for where, said in _in_python(path) if path.suffix == ".py" else _in_template(path):
            found.setdefault(said, where)
    return found


@cache
def _in_code() -> dict[Said, str]:
    python = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    return _all_said([*python, *(ROOT / "templates").rglob("*.html")])


@cache
def _in_theme() -> dict[Said, str]:
    """What the theme says, without the parts of it that are not installed."""
    folders = [THEME / "templates" / name for name in ("admin", "registration", "unfold")]
    pages = [path for folder in (*folders, THEME / "contrib/filters") for path in folder.rglob("*.html")]
    python = [path for path in THEME.rglob("*.py") if "contrib" not in path.parts or "filters" in path.parts]
    return _all_said([*pages, *python])


@cache
def _catalogue() -> Catalog:
    with (FRENCH / "django.po").open("rb") as file:
        return read_po(file, locale="fr")


def _messages() -> list[Message]:
    return [message for message in _catalogue() if message.id]


def _key(message: Message) -> Said:
    singular, plural = message.id if message.pluralizable else (message.id, "")
    return message.context or "", singular, plural


def _forms(message: Message) -> tuple[str, ...]:
    return message.string if message.pluralizable else (message.string,)


def _missing(what: str, missing: Iterable[str], mend: str = MEND) -> None:
    found = list(missing)
    assert not found, f"{what}. {mend}:\n  " + "\n  ".join(found)


def test_every_string_of_the_code_is_in_the_catalogue() -> None:
    known = {_key(message) for message in _messages()}
    _missing("Not in the catalogue", [f"{where}: {said}" for said, where in _in_code().items() if said not in known])


def test_the_catalogue_has_no_string_that_nobody_says() -> None:
    _missing("Said by nobody any more", [f"{key}" for key in map(_key, _messages()) if key not in _in_code()])


def test_every_string_is_translated() -> None:
    unsure = [message for message in _messages() if message.fuzzy or not all(_forms(message))]
    _missing("Not translated", [f"{_key(message)}" for message in unsure])


def test_what_is_filled_in_is_the_same_in_french() -> None:
    def filled(text: str) -> Counter[str]:
        return Counter(_PLACEHOLDER.findall(text))

    def asked(message: Message, number: int) -> list[Counter[str]]:
        """Of one, the number need not be said where English does not say it either: "every day"."""
        _context, singular, plural = _key(message)
        return [filled(plural or singular), *([filled(singular)] if number == 0 else [])]

    wrong = [
        f"{_key(message)}: {form}"
        for message in _messages()
        for number, form in enumerate(_forms(message))
        if filled(form) not in asked(message, number)
    ]
    _missing("Other placeholders than in English", wrong, "Mend them in locale/fr/LC_MESSAGES/django.po")


def test_french_is_set_as_french() -> None:
    wrong = [form for message in _messages() for form in _forms(message) if _TYPEWRITTEN.search(form)]
    _missing("Typewritten", wrong, "No-break spaces (narrow before ; ? ! and %) and ’")


def test_the_catalogue_is_compiled() -> None:
    fresh = io.BytesIO()
    write_mo(fresh, _catalogue())
    fresh.seek(0)
    with (FRENCH / "django.mo").open("rb") as file:
        committed = _texts(read_mo(file))
    differing = [str(key) for key, text in _texts(read_mo(fresh)).items() ^ committed.items() if key[1]]
    _missing("django.mo is not what django.po says", sorted(set(differing)), "Run `make messages`")


def _texts(catalogue: Catalog) -> dict[tuple[str, str], str]:
    return {_key(message)[:2]: "\n".join(_forms(message)) for message in catalogue}


def test_the_words_of_the_theme_are_in_the_catalogue() -> None:
    known = {_key(message)[:2] for message in _messages()}
    with override("fr"):
        english = [said for said in _in_theme() if said[1].strip() and _french(said) == said[1]]
    unknown = [f"{_in_theme()[said]}: {said[1]!r}" for said in english if said[:2] not in known]
    _missing("The theme says what nobody translates", unknown, "Mark it in cdp_site/theme_words.py")


def _french(said: Said) -> str:
    return pgettext(said[0], said[1]) if said[0] else gettext(said[1])


def test_no_word_is_marked_for_the_theme_that_it_does_not_say() -> None:
    theirs = {said[1] for said in _in_theme()}
    marked = _all_said([Path(theme_words.__file__)])
    _missing("Gone from the theme", [said[1] for said in marked if said[1] not in theirs], "Unmark it")


@pytest.mark.parametrize(
    ("shown", "english", "french"),
    [
        (
            lambda: values.said("dates", ["2026-05-02", "2026-05-31"]),
            "2 May 2026 and 31 May 2026",
            "2 mai 2026 et 31 mai 2026",
        ),
        (lambda: values.said("number", 1234.5), "1234.5", "1234,5"),
        (lambda: values.said("duration", "2 weeks"), "2 weeks", "2 semaines"),
        (lambda: Window.parse({"within": "1 month"}, "").words(), "in the last 1 month", "il y a moins de 1 mois"),
        (lambda: Window.parse({"since": "2026-08-15"}, "").words(), "since 15 August 2026", "depuis le 15 août 2026"),
        (lambda: known_value("1977-10-02"), "2 October 1977", "2 octobre 1977"),
        (lambda: known_value("2026-02-31"), "2026-02-31", "2026-02-31"),
        (lambda: known_value(12.5), "12.5", "12,5"),
        (lambda: known_value(True), "yes", "oui"),
        (lambda: worded(256790), "€2,567.90", "2\u202f567,90 €"),
    ],
)
def test_dates_and_numbers_are_written_as_the_reader_writes(
    shown: Callable[[], str], english: str, french: str
) -> None:
    with override("en"):
        assert shown() == english
    with override("fr"):
        assert shown() == french


def test_the_builder_says_only_what_came_with_the_page() -> None:
    given = words()
    asked = {
        (path.name, key)
        for path in (ROOT / "static/segments").glob("*.js")
        for key in re.findall(r"""\b(?:say|many)\(\s*"(\w+)\"""", path.read_text())
    }
    assert asked
    missing = [f"{name}: {key}" for name, key in sorted(asked) if key not in given]
    _missing("The browser would show a key", missing, "Say it in segments/wording.py")
