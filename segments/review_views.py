"""What the form asks for before a rule is saved: the review, the rule tests, and people to test with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from profiles import directory
from segments import reading, rule_tests
from segments.answers import must_build
from segments.errors import RuleError
from segments.faces import Face, faces
from segments.followers import seen_by
from segments.models import Segment
from segments.movement import Reason
from segments.review import review
from segments.rule_tests import Result
from segments.views import may_see_people

FOUND = 8


def review_json(request: HttpRequest, model_admin: ModelAdmin[Segment]) -> HttpResponse:
    """By which conditions people move, what follows, and how the rule tests go, in words.

    The body is `{"rule", "segment": id, "tests": [{"profile", "inside"}]}`; errors as of the preview.
    """
    return _answer(request, model_admin, _review)


def tests_json(request: HttpRequest, model_admin: ModelAdmin[Segment]) -> HttpResponse:
    """How the rule tests go, of the same body: `{"tests": [{"profile", "passed", "text"}]}`."""
    return _answer(request, model_admin, lambda asked, _request: {"tests": _tests(asked)})


def people_json(request: HttpRequest, model_admin: ModelAdmin[Segment]) -> HttpResponse:
    """The people whom `?q=` names, as the builder draws them: `{"people": [...]}`."""
    must_build(request, model_admin)
    if not may_see_people(request):
        raise PermissionDenied
    text = request.GET.get("q", "").replace("\0", "").strip()[:200]
    return JsonResponse({"people": [face.to_json() for face in people_named(text).values()]})


def people_named(text: str) -> dict[int, Face]:
    """Some people that a text names: any identifier, or a name. By id; empty for no text."""
    rows = directory.page(directory.Query(text=text), size=FOUND).rows if text else []
    return faces(row.id for row in rows)


def in_words(result: Result) -> str:
    """What a rule test gave: "is in", "is out: country is FR (DE)"."""
    if result.holds is None:
        return _("Nobody is known by this number any more.")
    verdict = pgettext("segment", "is in") if result.holds else _("is out")
    blamed = [f"{blame.sentence} ({blame.saw})" if blame.saw else blame.sentence for blame in result.why]
    if not blamed:
        return verdict
    return _("%(verdict)s: %(conditions)s") % {"verdict": verdict, "conditions": _("; ").join(blamed)}


def above_in_words() -> str:
    """Why a second person is asked."""
    limit = {"count": number_format(settings.REVIEW_ABOVE, force_grouping=True)}
    return _("More than %(count)s people would move: a second person must agree before it is published.") % limit


def _answer(
    request: HttpRequest,
    model_admin: ModelAdmin[Segment],
    make: Callable[[Mapping[str, Any], HttpRequest], dict[str, Any]],
) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    must_build(request, model_admin)
    try:
        asked = _asked(request.body.decode(errors="replace"))
        if not may_see_people(request):
            asked["tests"] = []
        return JsonResponse(make(asked, request))
    except RuleError as error:
        return JsonResponse({"error": {"path": error.path, "message": error.message}})


def _asked(body: str) -> dict[str, Any]:
    asked = reading.read(body)
    if not isinstance(asked, dict):
        raise RuleError("", _("This rule is not valid JSON."))
    return asked


def _review(asked: Mapping[str, Any], request: HttpRequest) -> dict[str, Any]:
    wanted = _expected(asked)
    seen = review(_segment(asked), asked.get("rule"), wanted)
    known = faces(wanted)
    failed = [result for result in seen.tests if not result.passed]
    return {
        "differences": [capfirst(change.sentence) for change in seen.differences],
        "entering": [_reason(reason) for reason in seen.reasons.entering],
        "leaving": [_reason(reason) for reason in seen.reasons.leaving],
        "followers": [
            {"kind": str(each.kind), "name": each.name, "words": each.words, "url": each.url}
            for each in seen_by(request.user, seen.followers)
        ],
        "passed": len(seen.tests) - len(failed),
        "failed": [{"name": known[result.profile_id].name, "text": in_words(result)} for result in failed],
        "second": above_in_words() if seen.second else "",
        "texts": _texts(),
    }


def _texts() -> dict[str, str]:
    return {
        "changes": _("What changes"),
        "by": _("By which condition"),
        "follows": _("What follows"),
        "all_pass": _("All rule tests pass."),
        "some_fail": _("These rule tests fail: mend the rule, or the tests."),
        "ask": _("Ask a second person"),
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {"text": capfirst(reason.sentence), "count": reason.count}


def _tests(asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    results = rule_tests.run(asked.get("rule"), _expected(asked))
    return [{"profile": each.profile_id, "passed": each.passed, "text": in_words(each)} for each in results]


def _segment(asked: Mapping[str, Any]) -> Segment | None:
    pk = asked.get("segment")
    if not isinstance(pk, int) or isinstance(pk, bool) or not 0 < pk < 2**63:
        return None
    return Segment.objects.filter(pk=pk).first()


def _expected(asked: Mapping[str, Any]) -> dict[int, bool]:
    """The tests of a body. RuleError for what is none."""
    raw = asked.get("tests", [])
    wrong = RuleError("", _("A rule test names a person and says whether the rule holds for them."))
    if not isinstance(raw, list) or len(raw) > rule_tests.MAX:
        raise wrong
    wanted: dict[int, bool] = {}
    for item in raw:
        profile, inside = (item.get("profile"), item.get("inside")) if isinstance(item, dict) else (None, None)
        if not isinstance(profile, int) or not isinstance(inside, bool) or not 0 < profile < 2**63:
            raise wrong
        wanted[profile] = inside
    return wanted
