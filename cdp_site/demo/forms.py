"""What the demo shop asks of who buys."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


def _input(complete: str) -> dict[str, Any]:
    return {"autocomplete": complete, "required": True}


class Checkout(forms.Form):
    """An address and a name."""

    email = forms.EmailField(label=_("E-mail"), max_length=200, widget=forms.EmailInput(_input("email")))
    first_name = forms.CharField(label=_("First name"), max_length=80, widget=forms.TextInput(_input("given-name")))
    last_name = forms.CharField(label=_("Last name"), max_length=80, widget=forms.TextInput(_input("family-name")))
