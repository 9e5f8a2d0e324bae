"""Sources and lists in administration. Hot plates are only to be seen here: they are entered by the form of E.1."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from guardian.admin import GuardedModelAdmin
from simple_history.admin import SimpleHistoryAdmin

from audit import asker, gate
from audit.abilities import Ability, abilities_of
from audit.admin_base import ReadOnlyAdmin, RecordedAdmin, note_change
from hotlists.models import HotList, HotListSource, HotPlate


class WithReason(forms.ModelForm):
    """Asks why; the answer stands in the history beside who."""

    why = forms.CharField(label="Why this change", max_length=100)


class HotListPagesAdmin(RecordedAdmin, SimpleHistoryAdmin):
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

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        obj._change_reason = form.cleaned_data["why"]
        super().save_model(request, obj, form, change)


@admin.register(HotListSource)
class HotListSourceAdmin(HotListPagesAdmin):
    list_display = ("name", "authority", "refresh_minutes")
    search_fields = ("name", "authority")
    ordering = ("name",)


@admin.register(HotList)
class HotListAdmin(GuardedModelAdmin, HotListPagesAdmin):  # type: ignore[misc] # both set change_form_template
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

    def obj_perms_manage_user_view(self, request: HttpRequest, object_pk: Any, user_id: Any) -> HttpResponse:
        return self._rights(request, object_pk, super().obj_perms_manage_user_view(request, object_pk, user_id))

    def obj_perms_manage_group_view(self, request: HttpRequest, object_pk: Any, group_id: Any) -> HttpResponse:
        return self._rights(request, object_pk, super().obj_perms_manage_group_view(request, object_pk, group_id))

    def _rights(self, request: HttpRequest, pk: Any, response: HttpResponse) -> HttpResponse:
        if request.method == "POST" and response.status_code == 302 and self.has_change_permission(request):
            note_change(request, "changed rights on", HotList.objects.get(pk=pk), ["rights"])
        return response


@admin.register(HotPlate)
class HotPlateAdmin(ReadOnlyAdmin):
    """Seen by those who may see the same entries on the pages, with the same training, and no others."""

    list_display = ("plate", "state", "hot_list", "category", "effective_from", "expires_at", "withdrawn_at")
    list_filter = ("category", "hot_list__kind")
    list_select_related = ("hot_list",)
    # Not the plate: administration searches by GET, and no address may hold one.
    search_fields = ("=case_number",)
    ordering = ("-effective_from",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[HotPlate]:
        by = asker.from_request(request)
        gate.admit(by, Ability.VIEW_HOT_PLATES, at=timezone.now())
        seen = HotPlate.objects.visible_to(by.user) if by.user else HotPlate.objects.none()
        return super().get_queryset(request) & seen

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _may(request, Ability.VIEW_HOT_PLATES)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may(request, Ability.VIEW_HOT_PLATES)


def _may(request: HttpRequest, ability: Ability) -> bool:
    if not request.user.is_authenticated:
        return False
    abilities = abilities_of(request.user, timezone.now())
    return ability in abilities and Ability.ENTER_ADMIN in abilities
