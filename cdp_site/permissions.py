"""Who may do what over the API: Django's model permissions, the same that the admin asks for."""

from __future__ import annotations

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

_VERBS = {
    "GET": "view",
    "HEAD": "view",
    "OPTIONS": "view",
    "POST": "add",
    "PUT": "change",
    "PATCH": "change",
    "DELETE": "delete",
}


class ModelPermissions(BasePermission):
    """Asks for the permission of the method on the view's model: view to read, add, change, delete.

    A view says otherwise in `needs`: permissions by action ("profiles.view_profile"). A view that has
    neither a queryset nor an entry there is closed.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        if user is None or not user.is_authenticated:
            return False
        if view.action is None:  # no such method here: let the view answer 405
            return True
        needed = getattr(view, "needs", {}).get(view.action) or _needed(request, view)
        return bool(needed) and user.has_perms(needed)


def _needed(request: Request, view: Any) -> tuple[str, ...]:
    queryset = getattr(view, "queryset", None)
    if queryset is None:
        return ()
    model = queryset.model._meta
    return (f"{model.app_label}.{_VERBS[request.method or 'GET']}_{model.model_name}",)
