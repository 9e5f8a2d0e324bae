"""Cameras and sites in administration. What the law watches (deploying, retiring, keys) has pages of its own."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from guardian.admin import GuardedModelAdmin
from rest_framework_api_key.models import APIKey
from simple_history.admin import SimpleHistoryAdmin

from audit.abilities import Ability, abilities_of
from audit.admin_base import ReadOnlyAdmin, RecordedAdmin, note_change
from cameras.models import Camera, Deployment, Site

# The library's own keys belong to no camera and open nothing here.
if admin.site.is_registered(APIKey):
    admin.site.unregister(APIKey)


class WithReason(forms.ModelForm):
    """Asks why; the answer stands in the history beside who."""

    why = forms.CharField(label="Why this change", max_length=100)


class CameraPagesAdmin(RecordedAdmin, SimpleHistoryAdmin):
    """Open to those who manage cameras; nothing is ever deleted."""

    form = WithReason

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _manages(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _manages(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _manages(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _manages(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        obj._change_reason = form.cleaned_data["why"]
        super().save_model(request, obj, form, change)


@admin.register(Site)
class SiteAdmin(CameraPagesAdmin):
    list_display = ("name", "kind", "latitude", "longitude")
    search_fields = ("name", "kind")
    ordering = ("name",)


@admin.register(Camera)
class CameraAdmin(GuardedModelAdmin, CameraPagesAdmin):  # type: ignore[misc] # both set change_form_template
    """Words about a camera, and who may watch its live picture."""

    list_display = ("code", "name", "owner_class", "kind", "public_view", "commissioned_at", "retired_at")
    list_filter = ("owner_class", "kind")
    search_fields = ("code", "name", "authority")
    ordering = ("code",)
    readonly_fields = ("code", "owner_class", "kind", "public_view", "commissioned_at", "retired_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def obj_perms_manage_user_view(self, request: HttpRequest, object_pk: Any, user_id: Any) -> HttpResponse:
        return self._rights(request, object_pk, super().obj_perms_manage_user_view(request, object_pk, user_id))

    def obj_perms_manage_group_view(self, request: HttpRequest, object_pk: Any, group_id: Any) -> HttpResponse:
        return self._rights(request, object_pk, super().obj_perms_manage_group_view(request, object_pk, group_id))

    def _rights(self, request: HttpRequest, pk: Any, response: HttpResponse) -> HttpResponse:
        if request.method == "POST" and response.status_code == 302 and self.has_change_permission(request):
            note_change(request, "changed rights on", Camera.objects.get(pk=pk), ["rights"])
        return response


@admin.register(Deployment)
class DeploymentAdmin(ReadOnlyAdmin):
    list_display = ("camera", "site", "starts_at", "ends_at", "purpose", "approved_by")
    list_select_related = ("camera", "site", "approved_by")
    search_fields = ("camera__code", "site__name", "purpose")
    ordering = ("-starts_at",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _manages(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _manages(request)


def _manages(request: HttpRequest) -> bool:
    return request.user.is_authenticated and Ability.MANAGE_CAMERAS in abilities_of(request.user, timezone.now())
