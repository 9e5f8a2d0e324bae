"""What every administration page of this house shares: a ledger record of each change and look, lists uncounted."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.text import get_text_list

from audit import asker, ledger
from audit.actions import Action

PURPOSE = "administration"


def note_change(request: HttpRequest, what: str, subject: Any, changed: list[str]) -> None:
    """Record a change made in administration, once it is committed (AC-6(9), C-10)."""
    label = f"{what} {subject._meta.verbose_name}"
    pk, kind, by = subject.pk, str(subject._meta.verbose_name)[:40], asker.from_request(request)

    def write() -> None:
        with ledger.act(
            Action.ADMIN_CHANGE, by=by, at=timezone.now(), purpose=PURPOSE, subject=(kind, pk, label)
        ) as record:
            record.detail = {"change": what, "fields": changed}

    transaction.on_commit(write)


class RecordedAdmin(admin.ModelAdmin):
    """Every change leaves a ledger record; lists are not counted; nothing is deleted in bulk."""

    show_full_result_count = False
    list_per_page = 50

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without ``delete_selected``: deleting is one at a time, with its record."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        note_change(request, "changed" if change else "added", obj, list(form.changed_data))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        note_change(request, "deleted", obj, [])
        super().delete_model(request, obj)


class ReadOnlyAdmin(RecordedAdmin):
    """Evidence and records: to be seen, never to be added, changed or deleted here; each look is recorded."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, rendered before it is recorded, and sent only after."""
        return self._recorded(request, super().changelist_view(request, extra_context), "")

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        return self._recorded(request, super().changeform_view(request, object_id, form_url, extra_context), object_id)

    def _recorded(self, request: HttpRequest, response: HttpResponse, subject_id: str | None) -> HttpResponse:
        if hasattr(response, "render"):
            response.render()
        kind = str(self.opts.verbose_name)[:40]
        ledger.note(
            Action.ADMIN_VIEW,
            by=asker.from_request(request),
            at=timezone.now(),
            purpose=PURPOSE,
            subject=(kind, subject_id or "", get_text_list([kind])),
        )
        return response
