"""Sources and lists in administration. Hot plates are only to be seen here: they are entered by the form of E.1."""

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from audit import asker
from audit.abilities import Ability, abilities_of
from audit.admin_base import ReadOnlyAdmin, RecordedHistoryAdmin, WithReason
from audit.admin_rights import RightsAdmin
from hotlists.entries.change import withdraw_several
from hotlists.forms import WithdrawForm
from hotlists.models import HotList, HotListSource, HotPlate


class HotListPagesAdmin(RecordedHistoryAdmin):
    """Open to ALPR administrators; nothing is ever deleted."""

    form = WithReason

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _may(request, Ability.MANAGE_HOT_LISTS)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may(request, Ability.MANAGE_HOT_LISTS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _may(request, Ability.MANAGE_HOT_LISTS)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may(request, Ability.MANAGE_HOT_LISTS)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(HotListSource)
class HotListSourceAdmin(HotListPagesAdmin):
    """Name, authority and interval; what concerns its files is set on the pages of hot lists."""

    fields = ("name", "authority", "refresh_minutes", "why")
    list_display = ("name", "authority", "refresh_minutes")
    search_fields = ("name", "authority")
    ordering = ("name",)


@admin.register(HotList)
class HotListAdmin(HotListPagesAdmin, RightsAdmin):  # type: ignore[misc] # both set change_form_template
    """Lists. "Object permissions" leads to the page of who sees a special one."""

    fields = ("name", "kind", "source", "why")
    list_display = ("name", "kind", "source")
    list_filter = ("kind",)
    list_select_related = ("source",)
    search_fields = ("name",)
    autocomplete_fields = ("source",)
    ordering = ("name",)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any) -> Any:
        """The form asks "why this change"; a list's own ``why`` is what it is for, and is not to be overwritten."""
        options["fields"] = [name for name in options.get("fields") or self.fields if name != "why"]
        return super().get_form(request, obj, change=change, **options)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A special list is asked for and opened by two people on its own pages, and its name is made there; turning
        it ordinary would open it to everybody."""
        return ("kind", "name") if obj and obj.kind == HotList.Kind.SPECIAL else ("kind",)

    def obj_perms_manage_view(self, request: HttpRequest, object_pk: str) -> HttpResponse:
        """Who sees a list is granted with its reason, to authorized people only: on the page for it (I.2.a)."""
        return redirect("hotlists:access", self._thing(request, object_pk).pk)

    def obj_perms_manage_user_view(self, request: HttpRequest, object_pk: str, user_id: str) -> HttpResponse:
        return self.obj_perms_manage_view(request, object_pk)

    def obj_perms_manage_group_view(self, request: HttpRequest, object_pk: str, group_id: str) -> HttpResponse:
        return self.obj_perms_manage_view(request, object_pk)


@admin.register(HotPlate)
class HotPlateAdmin(ReadOnlyAdmin):
    """Seen by those who may see the same entries on the pages, with the same training, and no others.

    Withdrawing the chosen ones is the verb of the pages, once for each: a refusal stops no other.
    """

    actions = ("withdraw_chosen",)
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

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list is one recorded look; withdrawing is an act for each entry, so it runs outside that look."""
        if request.method == "POST" and request.POST.get("action") == "withdraw_chosen" and self._may_act(request):
            return self._withdraw(request)
        return super().changelist_view(request, extra_context)

    @admin.action(description="Withdraw the chosen")
    def withdraw_chosen(self, request: HttpRequest, queryset: QuerySet[HotPlate]) -> None:
        """Offered in the list; ``changelist_view`` does it."""
        raise PermissionDenied

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return super().get_actions(request) if self._may_act(request) else {}

    def _may_act(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and _may(request, Ability.ENTER_HOT_PLATE)

    def _withdraw(self, request: HttpRequest) -> HttpResponse:
        """Ask why, then withdraw each; the page afterwards says which were refused, and by which rule."""
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)[: self.list_per_page]
        form = WithdrawForm(request.POST if "reason" in request.POST else None)
        if not chosen:
            self.message_user(request, "No hot plate was chosen.", messages.WARNING)
            return redirect("admin:hotlists_hotplate_changelist")
        if not form.is_valid():
            return self.look(request, lambda: self._ask_why(request, chosen, form), "", {"page": "withdraw"})
        by = asker.from_request(request)
        done = withdraw_several(chosen, form.cleaned_data["reason"], by=by, at=timezone.now())
        if done.withdrawn:
            self.message_user(request, f"{done.withdrawn} withdrawn. They match nothing from now on.", messages.SUCCESS)
        for refusal, number in done.refused.items():
            self.message_user(request, f"{number} not withdrawn. {refusal}", messages.ERROR)
        return redirect("admin:hotlists_hotplate_changelist")

    def _ask_why(self, request: HttpRequest, chosen: list[str], form: WithdrawForm) -> HttpResponse:
        rows = [entry for entry in map(partial(self.get_object, request), chosen) if entry]
        context = self.admin_site.each_context(request) | {
            "title": "Withdraw hot plates", "opts": self.opts, "rows": rows, "form": form,
            "chosen_name": ACTION_CHECKBOX_NAME,
        }  # fmt: skip
        return TemplateResponse(request, "admin/hotlists/hotplate/withdraw.html", context)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _may(request, Ability.VIEW_HOT_PLATES)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may(request, Ability.VIEW_HOT_PLATES)


def _may(request: HttpRequest, ability: Ability) -> bool:
    if not request.user.is_authenticated:
        return False
    abilities = abilities_of(request.user, timezone.now())
    return ability in abilities and Ability.ENTER_ADMIN in abilities
