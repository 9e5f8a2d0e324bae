"""Entering a hot plate in administration: the page of hot plates, with the one verb behind its "add"."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from audit import asker, gate, policy
from audit.abilities import Ability
from audit.admin_base import may
from audit.refusals import Refused
from detections.hot_plate_entry import EntryWithLookBackForm, remember
from detections.look_back import enter_hot_plate
from hotlists.admin import HotPlateAdmin
from hotlists.models import HotPlate

admin.site.unregister(HotPlate)


@admin.register(HotPlate)
class HotPlateEntryAdmin(HotPlateAdmin):
    """To be seen as hotlists shows it; entered by the same verb, form and refusals as on the department's page."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request, Ability.ENTER_HOT_PLATE) and may(request, Ability.ENTER_ADMIN)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form of E.1 and E.2; afterwards the page that tells of the look back."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        by, at = asker.from_request(request), timezone.now()
        gate.admit(by, Ability.ENTER_HOT_PLATE, at=at)
        form = EntryWithLookBackForm(request.POST or None, by=by, profile=policy.in_force(at), at=at)
        context = self.admin_site.each_context(request) | {"form": form, "opts": self.opts, "title": "Add hot plate"}
        if not form.is_valid():
            return render(request, "admin/hotlists/hotplate/enter.html", context | (extra_context or {}))
        try:
            entered = enter_hot_plate(form.wanted(), by=by, at=at, attested=form.word_given)
        except Refused as refused:
            context |= {"refusal": refused.refusal, "record_index": refused.record_index}
            return render(request, "admin/hotlists/hotplate/enter.html", context, status=403)
        remember(request, entered)
        return redirect("detections:hot_plate_entered", entered.entry.pk)
