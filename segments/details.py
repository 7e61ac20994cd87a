"""What is said about a segment besides its rule: who looks after it, its tags, and when to tell that its size moved."""

from __future__ import annotations

from typing import Any, Self

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from segments.models import Segment

TAGS, LONGEST = 12, 40


class TagsField(forms.CharField):
    """Tags as one text with commas; cleaned, a list without duplicates."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value)
        tags = list(dict.fromkeys(" ".join(tag.split()) for tag in text.split(",") if tag.strip()))
        if len(tags) > TAGS or any(len(tag) > LONGEST for tag in tags):
            raise ValidationError(
                _("At most %(count)d tags, each of at most %(length)d letters."),
                params={"count": TAGS, "length": LONGEST},
            )
        return tags


class DetailsForm(forms.ModelForm):  # type: ignore[type-arg]  # the class takes no argument at run time
    """Owner, tags, and the percentage of an alert. Saving it is no new version."""

    owner = forms.ModelChoiceField(
        User.objects.filter(is_staff=True, is_active=True).order_by("username"),
        label=_("Owner"),
        required=False,
        empty_label=_("nobody"),
        widget=forms.Select(attrs={"class": "k-select"}),
    )
    tags = TagsField(
        label=_("Tags"),
        required=False,
        max_length=TAGS * (LONGEST + 2),
        help_text=_("With commas between them."),
        widget=forms.TextInput(attrs={"class": "k-input", "autocomplete": "off"}),
    )

    class Meta:
        model = Segment
        fields = ["owner", "tags", "alert_above"]
        labels = {"alert_above": _("Alert above (%)")}
        widgets = {"alert_above": forms.NumberInput(attrs={"class": "k-input", "min": 1, "max": 1000})}

    @classmethod
    def of(cls, segment: Segment) -> Self:
        """As it is now."""
        return cls(instance=segment, prefix="about")

    def clean_alert_above(self) -> int | None:
        above: int | None = self.cleaned_data["alert_above"]
        if above is not None and not 1 <= above <= 1000:
            raise ValidationError(_("From 1 to 1,000 percent, or empty for no alert."))
        return above

    def write(self) -> None:
        """Only these: the refresher writes the others."""
        self.instance.save(update_fields=["owner", "tags", "alert_above"])
