"""People, divisions, certificates and roles in administration; the ledger is to be seen only."""

from typing import Any, cast

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from audit import asker, ledger, people
from audit.abilities import Ability
from audit.actions import Action
from audit.admin_base import (
    PURPOSE,
    ReadOnlyAdmin,
    RecordedAdmin,
    RecordedHistoryAdmin,
    kind_of,
    may,
    people_of,
    refusals_recorded,
)
from audit.models import (
    Certificate,
    Division,
    DivisionAssignment,
    DivisionCommand,
    Employment,
    LedgerEntry,
    PolicyActivation,
    PolicyDetermination,
    RoleGrant,
    User,
)

# Groups have no page of their own; mail addresses and sessions are changed by their owners and the verbs, with records.
for unused in (Group, Authenticator, EmailAddress, UserSession):
    if admin.site.is_registered(unused):
        admin.site.unregister(unused)


def signed_in(request: HttpRequest) -> User:
    """The administrator; administration has no anonymous page."""
    return cast(User, request.user)


class PeopleAdmin(RecordedAdmin):
    """Open to those who manage people, whatever Django's own permission tables say; nobody changes their own file."""

    ability = Ability.MANAGE_PEOPLE

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request, self.ability)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, self.ability)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request, self.ability)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, self.ability)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def admit_change(self, request: HttpRequest, obj: Any) -> None:
        by, at = asker.from_request(request), timezone.now()
        people.check_not_own(by, people_of(obj), what=kind_of(obj), at=at)


@admin.register(User)
class StaffAdmin(PeopleAdmin, RecordedHistoryAdmin, UserAdmin):
    """Accounts. Nobody is ever deleted: the ledger holds them."""

    list_display = ("username", "first_name", "last_name", "badge", "classification", "is_active", "suspended_at")
    list_filter = ("classification", "is_active")
    search_fields = ("username", "first_name", "last_name", "badge", "employee_number")
    ordering = ("username",)
    readonly_fields = ("last_login", "date_joined", "account_kind", "opened_at", "expires_at")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email", "badge", "employee_number", "classification")}),
        ("Standing", {"fields": ("organisation", "is_active", "is_staff", "suspended_at", "suspended_reason")}),
        ("Dates", {"fields": ("last_login", "date_joined", "account_kind", "opened_at", "expires_at")}),
    )
    actions = ("suspend",)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Set or switch off a person's password: recorded with it, and their sessions end."""
        if request.method != "POST":
            return super().user_change_password(request, id, form_url)
        person = self.get_object(request, unquote(id))
        if person is None:
            raise Http404
        if not self.has_change_permission(request, person):
            raise PermissionDenied
        subject = ("user", person.pk, person.username)
        with refusals_recorded(request, subject, Action.USER_CHANGE), transaction.atomic():
            self.admit_change(request, person)
            people.check_credential(asker.from_request(request), person, Action.USER_CHANGE, at=timezone.now())
            return super().user_change_password(request, id, form_url)

    def append_saved(self, request: HttpRequest, what: str, obj: User, message: Any) -> None:
        """The password's own page and the person's page both come here; they are different acts."""
        match = request.resolver_match
        if match is None or match.url_name != "auth_user_password_change":
            super().append_saved(request, what, obj, message)
            return
        people.end_sessions(obj)
        change = "password set" if obj.has_usable_password() else "password switched off"
        append_credential(request, Action.USER_CHANGE, obj, change=change)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """An account opened here, or opened again, starts its idle clock now; a user name is given once (IA-4)."""
        before = User.objects.filter(pk=obj.pk).values("username", "is_active").first()
        if before is None or before["username"].casefold() != obj.username.casefold():
            people.check_name(obj.username, at=timezone.now())
        if obj.is_active and (before is None or not before["is_active"]):
            obj.opened_at = timezone.now()
        super().save_model(request, obj, form, change)

    @admin.action(description="Suspend: end all sessions and close the account now (AC-2(13))")
    def suspend(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """One ledger record per person; their next request is refused."""
        for person in queryset:
            people.suspend_user(
                user_id=person.pk,
                reason="Suspended in administration",
                by=asker.from_request(request),
                at=timezone.now(),
            )
        self.message_user(request, f"{queryset.count()} suspended.")


@admin.register(Division)
class DivisionAdmin(PeopleAdmin, RecordedHistoryAdmin):
    list_display = ("name", "is_rtic")
    search_fields = ("name",)


@admin.register(Certificate)
class CertificateAdmin(PeopleAdmin, RecordedHistoryAdmin):
    list_display = ("user", "kind", "issued_on", "expires_on")
    list_filter = ("kind",)
    list_select_related = ("user",)
    search_fields = ("user__username", "user__last_name", "reference")
    autocomplete_fields = ("user",)

    def admit_change(self, request: HttpRequest, obj: Any) -> None:
        super().admit_change(request, obj)
        people.check_may_open_data(asker.from_request(request), what=kind_of(obj), at=timezone.now())


@admin.register(RoleGrant)
class RoleGrantAdmin(PeopleAdmin, RecordedHistoryAdmin):
    """Roles over time. A grant is ended, never deleted; nobody grants one to themselves."""

    list_display = ("user", "role", "starts_at", "ends_at", "granted_by")
    list_filter = ("role",)
    list_select_related = ("user", "granted_by")
    search_fields = ("user__username", "user__last_name")
    autocomplete_fields = ("user",)
    exclude = ("granted_by",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A grant on file may only be ended: another person or role is another grant."""
        return ("user", "role", "starts_at") if obj else ()

    def admit_change(self, request: HttpRequest, obj: Any) -> None:
        super().admit_change(request, obj)
        if obj.role in people.DATA_ROLES:
            people.check_may_open_data(asker.from_request(request), what=kind_of(obj), at=timezone.now())

    def save_model(self, request: HttpRequest, obj: RoleGrant, form: Any, change: bool) -> None:
        obj.granted_by = signed_in(request)
        super().save_model(request, obj, form, change)


@admin.register(DivisionAssignment, DivisionCommand, Employment)
class PeriodAdmin(PeopleAdmin):
    list_filter = ("starts_at",)
    list_per_page = 50

    def get_autocomplete_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return tuple(f.name for f in self.model._meta.fields if f.name in {"user", "commander", "division"})


class PolicyAdmin(PeopleAdmin):
    ability = Ability.MANAGE_POLICY


class WrittenElsewhere(PolicyAdmin):
    """Read here, written on the pages of policies: by a proposal and a second person, or as a signed determination."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(PolicyActivation)
class PolicyActivationAdmin(WrittenElsewhere):
    """Which profile is in force from when; an activation is superseded by a later one, never changed."""

    list_display = ("profile", "version", "effective_from", "activated_by")


@admin.register(PolicyDetermination)
class PolicyDeterminationAdmin(WrittenElsewhere):
    """Signed answers to contradictions. Filed once, superseded never edited."""

    list_display = ("profile", "conflict", "chosen", "signed_by", "signed_on")


@admin.register(LedgerEntry)
class LedgerAdmin(ReadOnlyAdmin):
    """The ledger, read-only and uncounted; the auditor's own page shows more."""

    ability = Ability.READ_LEDGER
    list_display = ("index", "recorded_at", "username", "action", "outcome", "purpose", "rule_code")
    list_filter = ("outcome", "actor_kind")
    ordering = ("-index",)
    exclude = ("commitments", "leaf_hash", "nodes", "root")


@admin.register(Authenticator)
class AuthenticatorAdmin(PeopleAdmin):
    """Second factors: to be seen by kind and to be taken off a person who lost one; never made or edited here."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("user__username",)
    exclude = ("data",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, self.ability)

    def admit_change(self, request: HttpRequest, obj: Any) -> None:
        """Not one's own: the last factor cannot be taken off by its owner."""
        super().admit_change(request, obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        people.check_credential(asker.from_request(request), obj.user, Action.FACTOR_CHANGE, at=timezone.now())
        super().delete_model(request, obj)

    def append_deleted(self, request: HttpRequest, obj: Any, values: dict[str, Any]) -> None:
        append_credential(request, Action.FACTOR_CHANGE, obj.user, change="second factor taken off", factor=obj.type)


def append_credential(request: HttpRequest, action: Action, person: User, **detail: str) -> None:
    """Record, in Django's open transaction, an act on how a person signs in; no secret is in it."""
    ledger.append_in_transaction(
        action,
        by=asker.from_request(request),
        at=timezone.now(),
        purpose=PURPOSE,
        subject=("user", person.pk, person.username),
        detail=detail,
    )


from audit import admin_roster  # noqa: E402, F401 - Django's autodiscovery finds this module only
