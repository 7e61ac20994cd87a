"""Users, roles, API tokens and scheduled tasks in Kith's theme."""

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django_celery_beat import admin as beat_admin
from django_celery_beat.models import PeriodicTask
from knox import admin as knox_admin
from knox.models import AuthToken
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from profiles.admin import ReadOnly

# What the libraries declare is not in our theme, and lets people edit what beat writes anew at each start.
_THEIRS = {beat_admin, knox_admin}
for model, model_admin in list(admin.site._registry.items()):
    if type(model_admin).__module__ in {module.__name__ for module in _THEIRS} | {"django.contrib.auth.admin"}:
        admin.site.unregister(model)


@admin.register(User)
class ThemedUserAdmin(UserAdmin, ModelAdmin):  # type: ignore[misc,type-arg]  # the theme has no types
    """People who work with Kith."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm


@admin.register(Group)
class ThemedGroupAdmin(GroupAdmin, ModelAdmin):  # type: ignore[misc]  # the theme has no types
    """Roles."""


@admin.register(AuthToken)
class TokenAdmin(ModelAdmin):  # type: ignore[misc]  # the theme has no types
    """API tokens: made by `manage.py token`, hashed at rest; here they are taken back."""

    list_display = ("token_key", "user", "created", "expiry")
    list_select_related = ("user",)
    fields = readonly_fields = ("token_key", "user", "created", "expiry")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False


@admin.register(PeriodicTask)
class TaskAdmin(ReadOnly):
    """What beat starts, and when it last did."""

    list_display = ("name", "when", "enabled", "last_run_at", "total_run_count")
    list_select_related = ("interval", "crontab", "solar", "clocked")
    fields = ("name", "task", "when", "enabled", "last_run_at", "total_run_count", "description")
    readonly_fields = ("when",)

    @admin.display(description=_("when"))
    def when(self, task: PeriodicTask) -> str:
        return str(task.schedule)
