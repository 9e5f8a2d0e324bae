"""Sources and lists in administration. Hot plates are only to be seen here: they are entered by the form of E.1."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from audit import asker
from audit.abilities import Ability, abilities_of
from audit.admin_base import ReadOnlyAdmin, RecordedHistoryAdmin, WithReason
from audit.admin_rights import RightsAdmin
from hotlists.models import HotList, HotListSource, HotPlate


class HotListPagesAdmin(RecordedHistoryAdmin):
    """Open to ALPR administrators; nothing is ever deleted."""

    form = WithReason

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _may(request, Ability.ENTER_HOT_PLATE)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may(request, Ability.ENTER_HOT_PLATE)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _may(request, Ability.ENTER_HOT_PLATE)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may(request, Ability.ENTER_HOT_PLATE)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(HotListSource)
class HotListSourceAdmin(HotListPagesAdmin):
    list_display = ("name", "authority", "refresh_minutes")
    search_fields = ("name", "authority")
    ordering = ("name",)


@admin.register(HotList)
class HotListAdmin(HotListPagesAdmin, RightsAdmin):  # type: ignore[misc] # both set change_form_template
    """Lists, and to whom each special one is open ("Object permissions")."""

    list_display = ("name", "kind", "source")
    list_filter = ("kind",)
    list_select_related = ("source",)
    search_fields = ("name",)
    autocomplete_fields = ("source",)
    ordering = ("name",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The kind is chosen once: turning a special list ordinary would open it to everybody."""
        return ("kind",) if obj else ()


@admin.register(HotPlate)
class HotPlateAdmin(ReadOnlyAdmin):
    """Seen by those who may see the same entries on the pages, with the same training, and no others."""

    ability = Ability.VIEW_HOT_PLATES
    list_display = ("plate", "state", "hot_list", "category", "effective_from", "expires_at", "withdrawn_at")
    list_filter = ("category", "hot_list__kind")
    list_select_related = ("hot_list",)
    # Not the plate: administration searches by GET, and no address may hold one.
    search_fields = ("=case_number",)
    search_help_text = "By case number only."
    ordering = ("-effective_from",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[HotPlate]:
        by = asker.from_request(request)
        seen = HotPlate.objects.visible_to(by.user, timezone.now()) if by.user else HotPlate.objects.none()
        return super().get_queryset(request) & seen

    def opened(self, request: HttpRequest, object_id: str) -> dict[str, Any]:
        entry = self.get_object(request, object_id)
        return {"plate": entry.plate} if entry else {}

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _may(request, Ability.VIEW_HOT_PLATES)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may(request, Ability.VIEW_HOT_PLATES)


def _may(request: HttpRequest, ability: Ability) -> bool:
    if not request.user.is_authenticated:
        return False
    abilities = abilities_of(request.user, timezone.now())
    return ability in abilities and Ability.ENTER_ADMIN in abilities
