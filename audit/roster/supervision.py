"""Who supervises whom: the roster's rows, the command of a division, and everyone below, on any instant.

Two accounts of one person (one employee number) count as one: nobody reviews their other account either.
"""

from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet

from audit.models import DivisionAssignment, DivisionCommand, Supervision, User

# Edges between people (not accounts): a supervisor above the supervised, a commander above a division's members.
_BELOW = """
WITH RECURSIVE person AS (
    SELECT id, coalesce(nullif(lower(btrim(employee_number)), ''), 'account ' || id) AS who FROM audit_user
), edge AS (
    SELECT above.who AS above, below.who AS below
    FROM audit_supervision s JOIN person above ON above.id = s.supervisor_id JOIN person below ON below.id = s.user_id
    WHERE s.starts_at <= %(at)s AND (s.ends_at IS NULL OR s.ends_at > %(at)s)
    UNION
    SELECT above.who, below.who
    FROM audit_divisioncommand c
    JOIN audit_divisionassignment a ON a.division_id = c.division_id
        AND a.starts_at <= %(at)s AND (a.ends_at IS NULL OR a.ends_at > %(at)s)
    JOIN person above ON above.id = c.commander_id JOIN person below ON below.id = a.user_id
    WHERE c.starts_at <= %(at)s AND (c.ends_at IS NULL OR c.ends_at > %(at)s)
), under (who) AS (
    SELECT edge.below FROM edge JOIN person me ON me.who = edge.above WHERE me.id = %(user)s
    UNION
    SELECT edge.below FROM under JOIN edge ON edge.above = under.who
)
SELECT person.id FROM under JOIN person ON person.who = under.who
WHERE person.who <> (SELECT who FROM person WHERE id = %(user)s)
"""


def supervisor_of(user: User, at: datetime) -> User | None:
    """Who supervises the person: the roster's latest row, else the commander of their division; None for nobody.

    At most two queries.
    """
    row = (
        Supervision.objects.at(at).filter(user=user).select_related("supervisor").order_by("-starts_at", "-pk").first()
    )
    if row is not None:
        return row.supervisor
    mine = DivisionAssignment.objects.at(at).filter(user=user).values("division")
    command = DivisionCommand.objects.at(at).filter(division__in=mine).exclude(commander=user)
    found = command.select_related("commander").order_by("-starts_at", "-pk").first()
    return found.commander if found else None


def commander_of(division_id: int, at: datetime) -> User | None:
    """Who commands the division. One query."""
    rows = DivisionCommand.objects.at(at).filter(division=division_id).select_related("commander")
    row = rows.order_by("-starts_at", "-pk").first()
    return row.commander if row else None


def supervised_by(user: User, at: datetime) -> set[int]:
    """Accounts of all whom the person supervises or commands, and of all below them; never the person's own.

    One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BELOW, {"user": user.pk, "at": at})
        return {pk for (pk,) in cursor.fetchall()}


def supervisors(at: datetime) -> QuerySet[User]:
    """The department's people who now supervise somebody or command a division, by name."""
    heads = Q(pk__in=Supervision.objects.at(at).values("supervisor"))
    heads |= Q(pk__in=DivisionCommand.objects.at(at).values("commander"))
    return User.objects.filter(heads, is_active=True, organisation="").order_by("last_name", "username")
