"""The forms on which a score is written: its name, and the points rules as rows. They give and take the configuration.

A mistake that the method finds (ScoreError) is put beside the field that its path leads to.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import chain, count
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from profiles.derived import SCORE_CHANGED
from profiles.models import EventType
from scoring.bands import TONES
from scoring.items import LONGEST_DAYS
from scoring.methods.points import MOST_ITEMS
from scoring.methods.rfm import LONGEST_DAYS as LONGEST_RFM_DAYS
from scoring.models import ScoreModel
from segments.models import Segment

# How often an item counts: "" each time, "once", or a key of scoring.days.PERIODS, or "all" with a number.
OFTEN = [
    ("", _("each time")),
    ("once", _("once")),
    ("day", _("at most … a day")),
    ("week", _("at most … a week")),
    ("month", _("at most … a month")),
    ("all", _("at most … in all")),
]
_TONE_WORDS = {"": _("grey"), "good": _("green"), "warn": _("amber"), "bad": _("red")}
_MOST_BANDS = 10
_LONGEST_SLUG = 60
Choices = list[tuple[str, Any]]


def _text(**attributes: Any) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "k-input", "autocomplete": "off"} | attributes)


def _number(**attributes: Any) -> forms.NumberInput:
    return forms.NumberInput(attrs={"class": "k-input c-number", "inputmode": "decimal"} | attributes)


def _select() -> forms.Select:
    return forms.Select(attrs={"class": "k-select"})


class Json(forms.JSONField):
    """JSON, or nothing: JSON's own "null" is nothing that somebody wrote."""

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)


class HeadForm(forms.ModelForm):  # type: ignore[type-arg]  # the class takes no argument at run time
    """What a score is called. The slug is chosen once, or made of the name; `base` is the version that was open."""

    base = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = ScoreModel
        fields = ["name", "slug", "description", "enabled"]
        widgets = {
            "name": _text(),
            "slug": _text(**{"class": "k-input k-mono", "spellcheck": "false"}),
            "description": forms.Textarea(attrs={"class": "k-input", "rows": 1}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["base"].initial = self.instance.version
        if self.instance.pk:
            del self.fields["slug"]
        else:
            self.fields["slug"].required = False
            del self.fields["enabled"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.instance.pk and not cleaned.get("slug") and cleaned.get("name"):
            cleaned["slug"] = _free_slug(cleaned["name"])
        if self.instance.pk and cleaned.get("base") not in {None, self.instance.version}:
            raise ValidationError(
                _("Version %(version)d was saved while you were editing. Open it, and make your change there."),
                code="overtaken",
                params={"version": self.instance.version},
            )
        return cleaned


def _free_slug(name: str) -> str:
    stem = slugify(name)[: _LONGEST_SLUG - 5].strip("-_") or "score"
    taken = set(ScoreModel.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    candidates = chain([stem], (f"{stem}-{number}" for number in count(2)))
    return next(slug for slug in candidates if slug not in taken)


class ItemForm(forms.Form):
    """One rule: what somebody did or is, and the points for it. `kept` is a condition written elsewhere, as JSON."""

    what = forms.ChoiceField(label=_("What"), widget=_select())
    points = forms.DecimalField(
        label=_("Points"), max_digits=9, decimal_places=2, widget=_number(step="any", placeholder="10")
    )
    often = forms.ChoiceField(label=_("How often"), choices=OFTEN, required=False, widget=_select())
    most = forms.IntegerField(
        label=_("How many"), min_value=1, max_value=100_000, required=False, widget=_number(placeholder="3")
    )
    decay = forms.IntegerField(
        label=_("Fade away over … days"), min_value=1, max_value=LONGEST_DAYS, required=False, widget=_number()
    )
    within = forms.IntegerField(
        label=_("Count for … days"), min_value=1, max_value=LONGEST_DAYS, required=False, widget=_number()
    )
    group = forms.CharField(label=_("Group"), max_length=60, required=False, widget=_text(list="score-groups"))
    label = forms.CharField(label=_("Shown as"), max_length=60, required=False, widget=_text())
    where = Json(
        label=_("Only where (JSON)"),
        required=False,
        widget=forms.Textarea(attrs={"class": "k-input k-mono", "rows": 2}),
    )
    kept = Json(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, choices: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = self.initial.get("what", "")
        self.fields["what"].choices = _with_given(choices, given)  # type: ignore[attr-defined]  # a ChoiceField's

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        often = cleaned.get("often", "")
        if often in {"day", "week", "month", "all"} and not cleaned.get("most") and "most" not in self.errors:
            self.add_error("most", _("Say how many count."))
        return cleaned

    @classmethod
    def begin(cls, item: dict[str, Any]) -> dict[str, Any]:
        """The fields of an item of a configuration."""
        most, per = item.get("most"), item.get("per", "")
        often = per or ("once" if most == 1 else "all" if most else "")
        rule, what = item.get("rule"), f"event:{item.get('event', '')}"
        if rule is not None:
            slug = rule["in"].get("segment") if isinstance(rule, dict) and isinstance(rule.get("in"), dict) else None
            what = f"segment:{slug}" if slug and len(rule) == 1 else "kept"
        taken = {key: item.get(key) for key in ("points", "decay", "within", "group", "label", "where")}
        return taken | {
            "what": what,
            "often": often,
            "most": most if often not in {"", "once"} else None,
            "kept": rule if what == "kept" else None,
        }

    def item(self) -> dict[str, Any]:
        """The item that the fields say."""
        cleaned = self.cleaned_data
        kind, _colon, name = cleaned["what"].partition(":")
        item: dict[str, Any] = {"points": plain(cleaned["points"])}
        shared = {key: cleaned[key] for key in ("group", "label") if cleaned[key]}
        if kind == "event":
            often = cleaned["often"]
            most = 1 if often == "once" else cleaned["most"] if often else None
            per = often if often in {"day", "week", "month"} else ""
            more = {"decay": cleaned["decay"], "within": cleaned["within"], "most": most, "per": per}
            more["where"] = cleaned["where"]
            return {"event": name} | item | {key: value for key, value in more.items() if value} | shared
        return {"rule": cleaned["kept"] if kind == "kept" else {"in": {"segment": name}}} | item | shared


class CapForm(forms.Form):
    """The most points that a group of rules gives together."""

    group = forms.CharField(label=_("Group"), max_length=60, widget=_text(list="score-groups"))
    most = forms.DecimalField(label=_("At most"), max_digits=9, decimal_places=2, widget=_number(step="any"))


class BandForm(forms.Form):
    """A part of the scale; the lowest has no bounds."""

    name = forms.CharField(label=_("Band"), max_length=60, widget=_text())
    enter = forms.DecimalField(
        label=pgettext_lazy("value", "From"),
        max_digits=12,
        decimal_places=2,
        required=False,
        widget=_number(step="any"),
    )
    leave = forms.DecimalField(
        label=_("Until under"), max_digits=12, decimal_places=2, required=False, widget=_number(step="any")
    )
    tone = forms.ChoiceField(
        label=_("Colour"), choices=[(tone, _TONE_WORDS[tone]) for tone in TONES], required=False, widget=_select()
    )


class LimitsForm(forms.Form):
    """What holds for the score as a whole."""

    most = forms.DecimalField(
        label=_("At most in all"), max_digits=12, decimal_places=2, required=False, widget=_number(step="any")
    )
    least = forms.DecimalField(
        label=_("Never under"), max_digits=12, decimal_places=2, required=False, widget=_number(step="any")
    )
    notable = forms.DecimalField(
        label=_("A move worth an event"), max_digits=9, decimal_places=2, required=False, widget=_number(step="any"),
        help_text=_("A move by so many points is written into the timeline."),
    )  # fmt: skip
    audience = forms.ChoiceField(
        label=_("Who is scored"), required=False, widget=_select(), help_text=_("Others have no score.")
    )
    kept = Json(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, segments: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Everybody")), *segments]
        self.fields["audience"].choices = _with_given(choices, self.initial.get("audience", ""))  # type: ignore[attr-defined]  # a ChoiceField's


class RfmForm(forms.Form):
    """What a purchase is."""

    event = forms.ChoiceField(label=_("A purchase is"), widget=_select())
    refunds = forms.ChoiceField(
        label=_("Taken off by"), required=False, widget=_select(), help_text=_("Its amount is subtracted.")
    )
    within = forms.IntegerField(
        label=_("In the last … days"), min_value=1, max_value=LONGEST_RFM_DAYS, widget=_number(),
        help_text=_("Who bought nothing in these days has no score."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(name, name) for name in event_names()]
        for key in ("event", "refunds"):
            choices = [("", "—"), *names]
            self.fields[key].choices = _with_given(choices, self.initial.get(key, ""))  # type: ignore[attr-defined]  # a ChoiceField's


class JsonForm(forms.Form):
    """Any method's configuration, as it is kept."""

    config = forms.JSONField(
        label=_("Configuration (JSON)"),
        widget=forms.Textarea(attrs={"class": "k-input k-mono", "rows": 14, "spellcheck": "false"}),
    )


ItemRows = forms.formset_factory(ItemForm, extra=0, can_delete=True, max_num=MOST_ITEMS, validate_max=True)
CapRows = forms.formset_factory(CapForm, extra=0, can_delete=True, max_num=MOST_ITEMS, validate_max=True)
BandRows = forms.formset_factory(BandForm, extra=0, can_delete=True, max_num=_MOST_BANDS, validate_max=True)


def what_choices() -> Choices:
    """Events seen so far, and segments, as groups of a choice."""
    return [
        ("", "—"),
        (str(_("Does")), [(f"event:{name}", name) for name in event_names()]),
        (str(_("Is in the segment")), segment_choices()),
    ]


def event_names() -> list[str]:
    """What people do, as far as it can be counted."""
    return list(EventType.objects.exclude(name=SCORE_CHANGED).order_by("name").values_list("name", flat=True))


def segment_choices() -> Choices:
    """Segments by name."""
    return [(f"segment:{slug}", name) for slug, name in Segment.objects.order_by("name").values_list("slug", "name")]


def _with_given(choices: Choices, given: str) -> Choices:
    """What a configuration says stays possible, whether it is known here or not."""
    known = {key for _label, some in choices if isinstance(some, list) for key, _words in some}
    known |= {key for key, words in choices if not isinstance(words, list)}
    if not given or given in known:
        return choices
    return [*choices, (given, _("the condition below") if given == "kept" else given.partition(":")[2] or given)]


def plain(value: Decimal | None) -> float | int | None:
    """As JSON has it: 10 and not 10.0."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
