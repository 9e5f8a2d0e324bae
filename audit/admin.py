"""People, divisions, certificates and roles in administration; the ledger is to be seen only."""

from typing import Any, cast

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils import timezone
from simple_history.admin import SimpleHistoryAdmin

from audit.abilities import Ability, abilities_of
from audit.admin_base import ReadOnlyAdmin, RecordedAdmin
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

admin.site.unregister(Group) if admin.site.is_registered(Group) else None


def _may(request: HttpRequest, ability: Ability) -> bool:
    return request.user.is_authenticated and ability in abilities_of(request.user, timezone.now())


def signed_in(request: HttpRequest) -> User:
    """The administrator; administration has no anonymous page."""
    return cast(User, request.user)


class PeopleAdmin(RecordedAdmin):
    """Open to those who manage people, whatever Django's own permission tables say."""

    ability = Ability.MANAGE_PEOPLE

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _may(request, self.ability)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may(request, self.ability)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _may(request, self.ability)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may(request, self.ability)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class StaffAdmin(PeopleAdmin, SimpleHistoryAdmin, UserAdmin):
    """Accounts. Nobody is ever deleted: the ledger holds them."""

    list_display = ("username", "first_name", "last_name", "badge", "classification", "is_active", "suspended_at")
    list_filter = ("classification", "is_active")
    search_fields = ("username", "first_name", "last_name", "badge", "employee_number")
    ordering = ("username",)
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email", "badge", "employee_number", "classification")}),
        ("Standing", {"fields": ("organisation", "is_active", "is_staff", "suspended_at", "suspended_reason")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    actions = ("suspend",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_fieldsets(request, obj)

    @admin.action(description="Suspend: end all sessions and close the account now (AC-2(13))")
    def suspend(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """One ledger record per person; their next request is refused."""
        from audit import asker
        from audit.people import suspend_user

        for person in queryset:
            suspend_user(
                user_id=person.pk,
                reason="Suspended in administration",
                by=asker.from_request(request),
                at=timezone.now(),
            )
        self.message_user(request, f"{queryset.count()} suspended.")


@admin.register(Division)
class DivisionAdmin(PeopleAdmin, SimpleHistoryAdmin):
    list_display = ("name", "is_rtic")
    search_fields = ("name",)


@admin.register(Certificate)
class CertificateAdmin(PeopleAdmin, SimpleHistoryAdmin):
    list_display = ("user", "kind", "issued_on", "expires_on")
    list_filter = ("kind",)
    list_select_related = ("user",)
    search_fields = ("user__username", "user__last_name", "reference")
    autocomplete_fields = ("user",)


@admin.register(RoleGrant)
class RoleGrantAdmin(PeopleAdmin, SimpleHistoryAdmin):
    """Roles over time. A grant is ended, never deleted; nobody grants one to themselves."""

    list_display = ("user", "role", "starts_at", "ends_at", "granted_by")
    list_filter = ("role",)
    list_select_related = ("user", "granted_by")
    search_fields = ("user__username", "user__last_name")
    autocomplete_fields = ("user",)
    exclude = ("granted_by",)

    def save_model(self, request: HttpRequest, obj: RoleGrant, form: Any, change: bool) -> None:
        if not change:
            obj.granted_by = signed_in(request)
        super().save_model(request, obj, form, change)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if obj is None:
            holders = cast(ModelChoiceField, form.base_fields["user"])
            holders.queryset = User.objects.exclude(pk=signed_in(request).pk)
        return form


@admin.register(DivisionAssignment, DivisionCommand, Employment)
class PeriodAdmin(PeopleAdmin):
    list_filter = ("starts_at",)
    list_per_page = 50

    def get_autocomplete_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return tuple(f.name for f in self.model._meta.fields if f.name in {"user", "commander", "division"})


class PolicyAdmin(PeopleAdmin):
    ability = Ability.MANAGE_POLICY


@admin.register(PolicyActivation)
class PolicyActivationAdmin(PolicyAdmin):
    """Which profile is in force from when; an activation is superseded by a later one, never changed."""

    list_display = ("profile", "version", "effective_from", "activated_by")
    exclude = ("activated_by", "version")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "profile":
            from django import forms

            from audit import policy

            choices = [(profile.id, f"{profile.agency}: {profile.title}") for profile in policy.shipped()]
            return forms.ChoiceField(choices=choices)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: PolicyActivation, form: Any, change: bool) -> None:
        from audit import policy

        obj.activated_by, obj.version = signed_in(request), policy.load(obj.profile).version
        super().save_model(request, obj, form, change)


@admin.register(PolicyDetermination)
class PolicyDeterminationAdmin(PolicyAdmin):
    """Signed answers to contradictions. Filed once, superseded never edited."""

    list_display = ("profile", "conflict", "chosen", "signed_by", "signed_on")
    exclude = ("filed_by", "filed_at")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: PolicyDetermination, form: Any, change: bool) -> None:
        obj.filed_by, obj.filed_at = signed_in(request), timezone.now()
        super().save_model(request, obj, form, change)


@admin.register(LedgerEntry)
class LedgerAdmin(ReadOnlyAdmin):
    """The ledger, read-only and uncounted; the auditor's own page shows more."""

    list_display = ("index", "recorded_at", "username", "action", "outcome", "purpose", "rule_code")
    list_filter = ("outcome", "actor_kind")
    ordering = ("-index",)
    exclude = ("commitments", "leaf_hash", "nodes", "root")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _may(request, Ability.READ_LEDGER)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return _may(request, Ability.READ_LEDGER)


if admin.site.is_registered(Authenticator):
    admin.site.unregister(Authenticator)


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
        """Not one's own: the last factor cannot be taken off by its owner."""
        return _may(request, self.ability) and (obj is None or obj.user_id != request.user.pk)
