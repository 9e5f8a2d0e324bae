"""Rights on one thing, person by person or group by group: each change recorded with old and new, none for oneself."""

from collections.abc import Callable
from typing import Any

from django.contrib.admin.utils import unquote
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from guardian.admin import GuardedModelAdmin
from guardian.shortcuts import get_group_perms, get_user_perms

from audit import asker, people
from audit.admin_base import RecordedHistoryAdmin, append_change, kind_of, refusals_recorded
from audit.models import User


class RightsAdmin(GuardedModelAdmin, RecordedHistoryAdmin):  # type: ignore[misc] # both set change_form_template
    """Guardian's "Object permissions" pages, held to the rules of this house."""

    def obj_perms_manage_view(self, request: HttpRequest, object_pk: str) -> HttpResponse:
        self._thing(request, object_pk)
        return super().obj_perms_manage_view(request, object_pk)

    def obj_perms_manage_user_view(self, request: HttpRequest, object_pk: str, user_id: str) -> HttpResponse:
        thing, person = self._thing(request, object_pk), _found(User.objects.all(), user_id)

        def page() -> HttpResponse:
            return super(RightsAdmin, self).obj_perms_manage_user_view(request, object_pk, person.pk)

        def rights() -> list[str]:
            return sorted(str(codename) for codename in get_user_perms(person, thing))

        return self._recorded(request, thing, page, rights, [person], {"person": person.username})

    def obj_perms_manage_group_view(self, request: HttpRequest, object_pk: str, group_id: str) -> HttpResponse:
        thing, group = self._thing(request, object_pk), _found(Group.objects.all(), group_id)

        def page() -> HttpResponse:
            return super(RightsAdmin, self).obj_perms_manage_group_view(request, object_pk, group.pk)

        def rights() -> list[str]:
            return sorted(str(codename) for codename in get_group_perms(group, thing))

        members = list(User.objects.filter(groups=group))
        return self._recorded(request, thing, page, rights, members, {"group": group.name})

    def _thing(self, request: HttpRequest, pk: str) -> Any:
        if not self.has_change_permission(request):
            raise PermissionDenied
        return _found(self.get_queryset(request), unquote(pk))

    def _recorded(
        self,
        request: HttpRequest,
        thing: Any,
        page: Callable[[], HttpResponse],
        rights: Callable[[], list[str]],
        receivers: list[User],
        whose: dict[str, str],
    ) -> HttpResponse:
        """Show the page; or change the rights and record whose, before and after, in one transaction."""
        if request.method != "POST":
            return page()
        by, kind = asker.from_request(request), kind_of(thing)
        subject = (kind, thing.pk, f"rights on {kind} of {', '.join(whose.values())}")
        with refusals_recorded(request, subject), transaction.atomic():
            people.check_not_own_rights(by, receivers, what=kind, at=timezone.now())
            before = rights()
            response = page()
            if response.status_code == 302:  # anything else is the form again, with its faults
                append_change(request, "changed rights on", thing, **whose, rights=[before, rights()])
        return response


def _found(rows: models.QuerySet, pk: str) -> Any:
    """The row, or 404; also where the address holds what is no key at all."""
    try:
        found = rows.filter(pk=pk).first()
    except (ValueError, ValidationError, OverflowError):
        found = None
    if found is None:
        raise Http404
    return found
