"""Who held what on which day: roles, division, certificates, supervisor and the account itself, from dated rows.

A day is the agency's calendar day. What has a period (roles, divisions, supervision, employment, certificates) is read
from its periods; what has none (classification, name, whether the account was open) from its history of values.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from audit.models import Certificate, DivisionAssignment, Employment, RoleGrant, Supervision, User


@dataclass(slots=True)
class Holding:
    """One person's place on the roster on one day. ``state`` is ``open``, ``closed``, or ``ended`` (time over)."""

    user_id: int
    username: str
    name: str
    badge: str
    classification: str
    organisation: str
    state: str
    account_kind: str
    employed: bool = False
    roles: list[str] = field(default_factory=list)
    divisions: list[str] = field(default_factory=list)
    division_ids: list[int] = field(default_factory=list)
    certificates: list[str] = field(default_factory=list)
    supervisor: str = ""

    @property
    def role_names(self) -> str:
        """The roles in words."""
        labels = dict(RoleGrant.Role.choices)
        return ", ".join(str(labels.get(role, role)) for role in self.roles)

    @property
    def classification_name(self) -> str:
        """The classification in words."""
        return str(dict(User.Classification.choices).get(self.classification, self.classification))


def today(at: datetime) -> date:
    """The agency's calendar day of the instant."""
    return at.astimezone(ZoneInfo(settings.AGENCY["zone"])).date()


def bounds(day: date) -> tuple[datetime, datetime]:
    """The instants between which the agency's day lies: 23 or 25 hours apart where clocks are changed."""
    zone = ZoneInfo(settings.AGENCY["zone"])
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def during(day: date) -> Q:
    """Rows of periods that held at some instant of the day."""
    start, end = bounds(day)
    return Q(starts_at__lt=end) & (Q(ends_at=None) | Q(ends_at__gt=start))


def roles_on(user: User, day: date) -> frozenset[str]:
    """The roles granted to the person at some instant of the day, whether or not the account was open. One query."""
    return frozenset(RoleGrant.objects.filter(during(day), user=user).values_list("role", flat=True))


def roster_on(day: date, *, at: datetime) -> list[Holding]:
    """Everyone who had an account by the day's end (today: by now), by name. Seven queries, however many people."""
    end = min(bounds(day)[1], at) if day >= today(at) else bounds(day)[1]
    people = User.objects.filter(date_joined__lt=end).order_by("last_name", "first_name", "username")
    then = _values_before(end)
    found = {user.pk: _holding(user, then.get(user.pk, user), end) for user in people}
    for user_id, role in _rows(RoleGrant.objects.filter(during(day)), "role"):
        _into(found, user_id, "roles", role)
    assigned = DivisionAssignment.objects.filter(during(day)).order_by("starts_at")
    for user_id, name, division_id in assigned.values_list("user_id", "division__name", "division_id"):
        _into(found, user_id, "divisions", name)
        _into(found, user_id, "division_ids", division_id)
    held = Certificate.objects.filter(issued_on__lte=day, expires_on__gt=day)
    for user_id, kind in _rows(held, "kind"):
        _into(found, user_id, "certificates", kind)
    for user_id, _ in _rows(Employment.objects.filter(during(day)), "pk"):
        if user_id in found:
            found[user_id].employed = True
    above = Supervision.objects.filter(during(day)).select_related("supervisor").order_by("starts_at", "pk")
    for row in above:
        if row.user_id in found:
            found[row.user_id].supervisor = row.supervisor.display_name
    return list(found.values())


def history_of(user: User) -> list[Any]:
    """The account's values over time, oldest first."""
    return list(User.history.filter(id=user.pk).select_related("history_user").order_by("history_date", "history_id"))


def _values_before(end: datetime) -> dict[int, Any]:
    """The account values that stood at the instant: the last written before it, else the first ever written."""
    rows = User.history.all()
    latest = rows.filter(history_date__lt=end).order_by("id", "-history_date", "-history_id").distinct("id")
    then = {row.id: row for row in latest}
    first = rows.exclude(id__in=then).order_by("id", "history_date", "history_id").distinct("id")
    return {row.id: row for row in first} | then


def _holding(user: User, then: Any, end: datetime) -> Holding:
    name = f"{then.first_name} {then.last_name}".strip() or then.username
    over = then.expires_at is not None and then.expires_at <= end
    return Holding(
        user_id=user.pk,
        username=then.username,
        name=name,
        badge=then.badge,
        classification=then.classification,
        organisation=then.organisation,
        state="ended" if over and then.is_active else "open" if then.is_active else "closed",
        account_kind=then.account_kind,
    )


def _rows(rows: Any, name: str) -> Iterable[tuple[int, Any]]:
    return rows.order_by(name).values_list("user_id", name).distinct()


def _into(found: dict[int, Holding], user_id: int, name: str, value: Any) -> None:
    if user_id in found and value not in getattr(found[user_id], name):
        getattr(found[user_id], name).append(value)
