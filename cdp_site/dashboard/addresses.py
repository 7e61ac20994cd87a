"""Where figures lead."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse


def page(model: type[Model], name: str = "changelist", *ids: int) -> str:
    """The address of a model's page in the admin; empty where the admin does not show the model."""
    if not admin.site.is_registered(model):
        return ""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=ids)
