"""What every administration page of this house shares: each change and each look on the ledger, or not at all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, models
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from simple_history.admin import SimpleHistoryAdmin

from audit import asker, devices, gate, ledger
from audit.abilities import Ability
from audit.actions import Action
from audit.models import User
from audit.refusals import Refused

PURPOSE = "administration"
# Values that are on no record: secrets, and what signing in itself keeps.
UNRECORDED = frozenset({"password", "data", "last_login"})
# What a list's address may say beside its filters: page, order, search words.
LIST_WORDS = ("q", "p", "o", "all")
FILTER_ENDINGS = frozenset({"", "exact", "in", "isnull", "gte", "lt"})


class WithReason(forms.ModelForm):
    """Asks why; the answer stands in the history beside who."""

    why = forms.CharField(label="Why this change", max_length=100)


def may(request: HttpRequest, ability: Ability) -> bool:
    """Whether the one signed in has the ability now, on this machine."""
    return request.user.is_authenticated and devices.may_here(request, ability, timezone.now())


def kind_of(model: Any) -> str:
    """What the ledger calls a model."""
    return str(model._meta.verbose_name)[:40]


def people_of(obj: Any) -> list[User]:
    """The people a record is about: the account itself, its holder, the commander or the supervisor."""
    if isinstance(obj, User):
        return [obj]
    names = {field.name for field in obj._meta.fields} & {"user", "commander", "supervisor"}
    return [person for name in sorted(names) if isinstance(person := getattr(obj, name, None), User)]


def values_of(obj: models.Model) -> dict[str, Any]:
    """The record's own values by field, without secrets."""
    return {field.name: field.value_from_object(obj) for field in obj._meta.fields if field.name not in UNRECORDED}


def append_change(request: HttpRequest, what: str, obj: Any, **detail: Any) -> None:
    """Record a change inside Django's open transaction: both stand or neither does (AC-6(9), C-10).

    The record names the people concerned; ``detail`` holds old and new values.
    """
    people = people_of(obj)
    named = ", ".join(person.username for person in people)
    label = f"{what} {kind_of(obj)}" + (f" of {named}" if named else f" {obj}")
    if people:
        detail["people"] = [{"id": person.pk, "username": person.username} for person in people]
    ledger.append_in_transaction(
        Action.ADMIN_CHANGE,
        by=asker.from_request(request),
        at=timezone.now(),
        purpose=PURPOSE,
        subject=(kind_of(obj), obj.pk, label),
        detail={"change": what} | detail,
    )


@contextmanager
def refusals_recorded(
    request: HttpRequest, subject: tuple[str, object, str], action: Action = Action.ADMIN_CHANGE
) -> Iterator[None]:
    """Record a refusal raised within, after what it ended has been rolled back (so by the outermost of these)."""
    try:
        yield
    except Refused as refused:
        inner = connection.atomic_blocks and not getattr(connection.atomic_blocks[-1], "_from_testcase", False)
        if refused.record_index is None and not inner:
            by = asker.from_request(request)
            with ledger.act(action, by=by, at=timezone.now(), purpose=PURPOSE, subject=subject):
                raise
        raise


class HouseAdmin(admin.ModelAdmin):
    """Lists are not counted, nothing is deleted in bulk, and a history is a look."""

    show_full_result_count = False
    list_per_page = 50

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without ``delete_selected``: deleting is one at a time, with its record."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What an address proposes for a new record, without instants that are none (their input would break)."""
        proposed = super().get_changeform_initial_data(request)
        instants = {field.name: field for field in self.opts.fields if isinstance(field, models.DateTimeField)}
        for name in instants.keys() & proposed.keys():
            try:
                proposed[name] = instants[name].to_python(str(proposed[name]))
            except ValidationError:
                del proposed[name]
        return proposed

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        def page() -> HttpResponse:
            return super(HouseAdmin, self).history_view(request, object_id, extra_context)

        return self.look(request, page, unquote(object_id), {"page": "history"})

    def look(
        self, request: HttpRequest, page: Callable[[], HttpResponse], object_id: str, query: dict[str, Any]
    ) -> HttpResponse:
        """Gate and render a page inside one act; it leaves the server after its record is committed."""
        with ledger.act(
            Action.ADMIN_VIEW,
            by=asker.from_request(request),
            at=timezone.now(),
            purpose=PURPOSE,
            query=query,
            subject=(kind_of(self.model), object_id[:64], ""),
        ) as record:
            self.admit_look(request)
            if object_id:
                record.query |= self.opened(request, object_id)
            response = page()
            if hasattr(response, "render"):
                response.render()
            record.result_count = _rows(response)
        return response

    def admit_look(self, request: HttpRequest) -> None:
        """Raise Refused where the one signed in may not look; by default Django's permissions decide."""

    def opened(self, request: HttpRequest, object_id: str) -> dict[str, Any]:
        """Data elements of the record opened that belong on the ledger, such as its plate."""
        return {}


class RecordedAdmin(HouseAdmin):
    """Every change and its ledger record are one transaction; a refused change is recorded as refused."""

    def admit_change(self, request: HttpRequest, obj: Any) -> None:
        """Raise Refused where this change is not for this administrator. Asked of the record as it stands, as it is
        to become, and before it is deleted."""

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django opens the transaction of a new account here already."""
        with refusals_recorded(request, (kind_of(self.model), "", "")):
            return super().add_view(request, form_url, extra_context)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        with refusals_recorded(request, (kind_of(self.model), object_id or "", "")):
            if request.method == "POST" and object_id is not None:
                self._admit(request, object_id)
            return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        with refusals_recorded(request, (kind_of(self.model), object_id, "")):
            if request.method == "POST":
                self._admit(request, object_id)
            return super().delete_view(request, object_id, extra_context)

    def _admit(self, request: HttpRequest, object_id: str) -> None:
        """Ask about a record that is there, of one who may otherwise change or delete it."""
        obj = self.get_object(request, unquote(object_id))
        if obj is not None and (self.has_change_permission(request, obj) or self.has_delete_permission(request, obj)):
            self.admit_change(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm, change: bool) -> None:
        self.admit_change(request, obj)
        obj._values_before = values_of(type(obj)._base_manager.get(pk=obj.pk)) if change else {}
        if why := form.cleaned_data.get("why"):
            obj._change_reason = why
        super().save_model(request, obj, form, change)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        entry = super().log_addition(request, obj, message)
        self.append_saved(request, "added", obj, message)
        return entry

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        entry = super().log_change(request, obj, message)
        self.append_saved(request, "changed", obj, message)
        return entry

    def append_saved(self, request: HttpRequest, what: str, obj: Any, message: Any) -> None:
        """Record a saved form. Django calls this last, when related rows are saved as well."""
        before, after = getattr(obj, "_values_before", {}), values_of(obj)
        changes = {
            name: [before.get(name), value]
            for name, value in after.items()
            if (before.get(name) != value if before else value not in (None, ""))
        }
        append_change(request, what, obj, values=changes, form=message, why=getattr(obj, "_change_reason", "") or "")

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        self.admit_change(request, obj)
        pk, values = obj.pk, values_of(obj)
        super().delete_model(request, obj)
        obj.pk = pk
        self.append_deleted(request, obj, values)

    def append_deleted(self, request: HttpRequest, obj: Any, values: dict[str, Any]) -> None:
        """Record a deletion, with what was deleted."""
        append_change(request, "deleted", obj, values={name: [value, None] for name, value in values.items()})


class RecordedHistoryAdmin(RecordedAdmin, SimpleHistoryAdmin):
    """With a history of values, to be seen and never to be put back: a revert would pass every check by."""

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied

        def page() -> HttpResponse:
            return super(RecordedHistoryAdmin, self).history_form_view(request, object_id, version_id, extra_context)

        return self.look(request, page, unquote(object_id), {"page": "history", "version": version_id})


class ReadOnlyAdmin(HouseAdmin):
    """Evidence and records: to be seen by those with the ability, never to be added, changed or deleted here."""

    ability: Ability

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request, self.ability)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, self.ability)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def admit_look(self, request: HttpRequest) -> None:
        gate.admit(asker.from_request(request), self.ability, at=timezone.now())

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only the filters the list shows: no other value, such as a plate, is asked for by an address."""
        for name in self.list_filter:
            if lookup == name or (lookup.startswith(f"{name}__") and lookup[len(str(name)) + 2 :] in FILTER_ENDINGS):
                return True
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        def page() -> HttpResponse:
            return super(ReadOnlyAdmin, self).changelist_view(request, extra_context)

        asked = {
            word: value
            for word, value in request.GET.items()
            if word in LIST_WORDS or self.lookup_allowed(word, str(value), request)
        }
        return self.look(request, page, "", asked)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        def page() -> HttpResponse:
            return super(ReadOnlyAdmin, self).changeform_view(request, object_id, form_url, extra_context)

        return self.look(request, page, unquote(object_id or ""), {})

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        raise PermissionDenied


def _rows(response: HttpResponse) -> int:
    """How many rows a rendered page shows: those of a list, else the one record; none where it sends elsewhere."""
    if response.status_code != 200:
        return 0
    shown = getattr(response, "context_data", None) or {}
    return len(shown["cl"].result_list) if "cl" in shown else 1
