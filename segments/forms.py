"""The form behind the builder: what a segment is called, and its rule."""

from __future__ import annotations

from itertools import chain, count
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from segments.models import Segment

# Words that follow /segments/ in an address of the API and are no segment.
RESERVED = {"preview"}
_LONGEST = 80


class SegmentForm(forms.ModelForm):  # type: ignore[type-arg]  # the class takes no argument at run time
    """A segment, new or as it is. The slug is chosen once, or made of the name; `base` is the version that was open."""

    base = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Segment
        fields = ["name", "slug", "description", "rule"]
        widgets = {
            "name": forms.TextInput(attrs={"class": "k-input", "autocomplete": "off", "autofocus": True}),
            "slug": forms.TextInput(attrs={"class": "k-input k-mono", "autocomplete": "off", "spellcheck": "false"}),
            "description": forms.Textarea(attrs={"class": "k-input", "rows": 1}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["base"].initial = self.instance.version
        if self.instance.pk:
            del self.fields["slug"]
            del self.fields["name"].widget.attrs["autofocus"]
        else:
            self.fields["slug"].required = False

    @property
    def publishes(self) -> bool:
        """Whether saving makes a new version: the rule is another one, or what was broken is to be tried again."""
        return not self.instance.version or "rule" in self.changed_data or self.instance.state == Segment.State.BROKEN

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

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if slug in RESERVED:
            raise ValidationError(_("This word is taken: choose another slug."), code="reserved")
        return slug


def _free_slug(name: str) -> str:
    stem = slugify(name)[: _LONGEST - 5].strip("-") or "segment"
    taken = set(Segment.objects.filter(slug__startswith=stem).values_list("slug", flat=True)) | RESERVED
    candidates = chain([stem], (f"{stem}-{number}" for number in count(2)))
    return next(slug for slug in candidates if slug not in taken)
