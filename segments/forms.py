"""The form behind the builder: what a segment is called, its rule, and the people it is tested with."""

from __future__ import annotations

from datetime import datetime
from itertools import chain, count
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from segments import rules
from segments.errors import RuleError
from segments.fields import RuleFormField
from segments.models import Segment
from segments.review_views import people_named
from segments.world import World

# Words that follow /segments/ in an address of the API and are no segment.
RESERVED = {"preview"}
_LONGEST = 80


class SegmentForm(forms.ModelForm):  # type: ignore[type-arg]  # the class takes no argument at run time
    """A segment, new or as it is. The slug is chosen once, or made of the name; `base` is the version that was open.

    `seen`: when the draft was saved that was open. `act`: to publish, or to keep a draft, whose rule may be incomplete.
    The rule is no field of the model here: only what is published may get there.
    """

    rule = RuleFormField(label=_("Rule"))
    base = forms.IntegerField(widget=forms.HiddenInput, required=False)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Segment
        fields = ["name", "slug", "description"]
        widgets = {
            "name": forms.TextInput(attrs={"class": "k-input", "autocomplete": "off", "autofocus": True}),
            "slug": forms.TextInput(attrs={"class": "k-input k-mono", "autocomplete": "off", "spellcheck": "false"}),
            "description": forms.Textarea(attrs={"class": "k-input", "rows": 1}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("rule", self.instance.rule)
        self.fields["base"].initial = self.instance.version
        self.drafting = self.data.get("act") == "draft"
        if self.instance.pk:
            del self.fields["slug"]
            del self.fields["name"].widget.attrs["autofocus"]
        else:
            self.fields["slug"].required = False

    @property
    def publishes(self) -> bool:
        """Whether saving makes a new version: the rule is another one, or what was broken is to be tried again."""
        another: bool = self.cleaned_data["rule"] != self.instance.rule
        return another or self.instance.state != Segment.State.LIVE or not self.instance.version

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.instance.pk and not cleaned.get("slug") and cleaned.get("name"):
            cleaned["slug"] = _free_slug(cleaned["name"])
        if self.instance.pk and cleaned.get("base") not in {None, self.instance.version}:
            raise ValidationError(
                _("Version %(version)d was published while you were editing. Open it, and make your change there."),
                code="overtaken",
                params={"version": self.instance.version},
            )
        return cleaned

    def clean_rule(self) -> Any:
        rule = self.cleaned_data["rule"]
        if not self.drafting:
            try:
                rules.check(rules.parse(rule), World.now())
            except RuleError as error:
                raise ValidationError(error.message, code="rule") from error
        return rule

    def clean_seen(self) -> datetime | None:
        try:
            return parse_datetime(self.cleaned_data["seen"])
        except ValueError:
            return None

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if slug in RESERVED:
            raise ValidationError(_("This word is taken: choose another slug."), code="reserved")
        return slug


class TestsForm(forms.Form):
    """The people whom a rule is tested with, as `test=17:in` or `17:out` each; `who` names one more, who is `inside`.

    The panel is not in every form that saves a rule: only when it was shown (`tests_shown`) does it say anything.
    """

    # pytest looks for tests in what is called so.
    __test__ = False

    tests_shown = forms.BooleanField(required=False)
    who = forms.CharField(required=False, max_length=200)
    inside = forms.ChoiceField(
        required=False, choices=[("in", pgettext_lazy("segment", "is in")), ("out", _("is out"))]
    )

    def rows(self) -> dict[int, bool]:
        """By person. What is no test is left out: removing one sends an empty value."""
        sent = (text.partition(":") for text in self.data.getlist("test"))  # type: ignore[attr-defined]  # a QueryDict
        return {int(pk): side == "in" for pk, _colon, side in sent if pk.isdecimal() and len(pk) < 19}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        wanted = self.rows()
        if who := cleaned.get("who", "").replace("\0", "").strip():
            found = people_named(who)
            if len(found) != 1:
                self.add_error("who", _("Nobody is called so.") if not found else _("Several people are called so."))
            wanted |= dict.fromkeys(list(found)[:1], cleaned.get("inside") != "out")
        return cleaned | {"wanted": wanted if cleaned.get("tests_shown") else None}


def _free_slug(name: str) -> str:
    stem = slugify(name)[: _LONGEST - 5].strip("-") or "segment"
    taken = set(Segment.objects.filter(slug__startswith=stem).values_list("slug", flat=True)) | RESERVED
    candidates = chain([stem], (f"{stem}-{number}" for number in count(2)))
    return next(slug for slug in candidates if slug not in taken)
