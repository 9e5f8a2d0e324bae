"""The clockwork in administration: which task runs when, changed by those who manage policy, each change recorded."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django_celery_beat import admin as beat
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)

from audit import asker, ledger
from audit.abilities import Ability
from audit.actions import Action
from audit.admin_base import PURPOSE, RecordedAdmin, kind_of, may

for model in (PeriodicTask, ClockedSchedule, CrontabSchedule, IntervalSchedule, SolarSchedule):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class ClockAdmin(RecordedAdmin):
    """Open to those who manage policy, system administrators among them; superusers are nobody special."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request, Ability.MANAGE_POLICY)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, Ability.MANAGE_POLICY)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request, Ability.MANAGE_POLICY)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, Ability.MANAGE_POLICY)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, Ability.MANAGE_POLICY)


@admin.register(PeriodicTask)
class TaskAdmin(ClockAdmin, beat.PeriodicTaskAdmin):
    """Tasks and their times; switching several on or off is one record. None is started by hand here."""

    actions = ("enable_tasks", "disable_tasks", "toggle_tasks")

    def response_action(  # type: ignore[override] # the stubs' third argument is a Django to come
        self, request: HttpRequest, queryset: QuerySet[PeriodicTask]
    ) -> HttpResponse | None:
        """Switch and record in one transaction."""
        with transaction.atomic():
            chosen = queryset
            if request.POST.get("select_across") != "1":
                chosen = queryset.filter(pk__in=request.POST.getlist(ACTION_CHECKBOX_NAME))
            tasks = sorted(chosen.values_list("name", flat=True))
            response = super().response_action(request, queryset)
            ledger.append_in_transaction(
                Action.ADMIN_CHANGE,
                by=asker.from_request(request),
                at=timezone.now(),
                purpose=PURPOSE,
                subject=(kind_of(PeriodicTask), "", "several"),
                detail={"change": request.POST.get("action", ""), "tasks": tasks},
            )
        return response


@admin.register(ClockedSchedule)
class ClockedAdmin(ClockAdmin, beat.ClockedScheduleAdmin):
    """Once, at an instant."""


@admin.register(CrontabSchedule)
class CrontabAdmin(ClockAdmin, beat.CrontabScheduleAdmin):
    """By hour and day."""


@admin.register(IntervalSchedule)
class IntervalAdmin(ClockAdmin, beat.IntervalScheduleAdmin):
    """Every so often."""


@admin.register(SolarSchedule)
class SolarAdmin(ClockAdmin, beat.SolarScheduleAdmin):
    """By the sun."""
