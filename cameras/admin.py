"""Cameras and sites in administration. What the law watches (deploying, retiring, keys) has pages of its own."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from rest_framework_api_key.models import APIKey

from audit.abilities import Ability
from audit.admin_base import ReadOnlyAdmin, RecordedHistoryAdmin, WithReason, may
from audit.admin_rights import RightsAdmin
from cameras.models import Camera, Deployment, Site

# The library's own keys belong to no camera and open nothing here.
if admin.site.is_registered(APIKey):
    admin.site.unregister(APIKey)


class CameraPagesAdmin(RecordedHistoryAdmin):
    """Open to those who manage cameras; nothing is ever deleted."""

    form = WithReason

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request, Ability.MANAGE_CAMERAS)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, Ability.MANAGE_CAMERAS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request, Ability.MANAGE_CAMERAS)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, Ability.MANAGE_CAMERAS)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Site)
class SiteAdmin(CameraPagesAdmin):
    list_display = ("name", "kind", "latitude", "longitude")
    search_fields = ("name", "kind")
    ordering = ("name",)


@admin.register(Camera)
class CameraAdmin(CameraPagesAdmin, RightsAdmin):  # type: ignore[misc] # both set change_form_template
    """Words about a camera, and who may watch its live picture."""

    list_display = ("code", "name", "owner_class", "kind", "public_view", "commissioned_at", "retired_at")
    list_filter = ("owner_class", "kind")
    search_fields = ("code", "name", "authority")
    ordering = ("code",)
    readonly_fields = ("code", "owner_class", "kind", "public_view", "commissioned_at", "retired_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Deployment)
class DeploymentAdmin(ReadOnlyAdmin):
    ability = Ability.MANAGE_CAMERAS
    list_display = ("camera", "site", "starts_at", "ends_at", "purpose", "approved_by")
    list_select_related = ("camera", "site", "approved_by")
    search_fields = ("camera__code", "site__name", "purpose")
    ordering = ("-starts_at",)
