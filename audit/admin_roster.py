"""Supervision and designations in administration: dated rows that are ended, never deleted."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from audit.admin import PeopleAdmin
from audit.admin_base import RecordedHistoryAdmin
from audit.models import Designation, Supervision


@admin.register(Supervision)
class SupervisionAdmin(PeopleAdmin, RecordedHistoryAdmin):
    """Who supervises whom. Neither one's own supervisor nor one's own people are for oneself to enter."""

    list_display = ("user", "supervisor", "starts_at", "ends_at")
    list_select_related = ("user", "supervisor")
    search_fields = ("user__username", "user__last_name", "supervisor__username", "supervisor__last_name")
    autocomplete_fields = ("user", "supervisor")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A row on file may only be ended: another supervisor is another row."""
        return ("user", "supervisor", "starts_at") if obj else ()


@admin.register(Designation)
class DesignationAdmin(PeopleAdmin, RecordedHistoryAdmin):
    """Who oversees the ALPR operation, and who keeps its records: public, with title and name (462.2.1(5))."""

    list_display = ("kind", "title", "name", "starts_at", "ends_at")
    list_filter = ("kind",)
