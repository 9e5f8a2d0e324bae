"""A small department: a sergeant who supervises an officer, and what is asked for."""

from datetime import date, datetime

from audit.models import AccessRequest, DivisionAssignment, DivisionCommand, Employment, Supervision, User
from audit.roster import opening, requests
from audit.roster.opening import Course
from audit.roster.requests import Newcomer, Wanted
from tests import make

WHY = "Patrol officers look for stolen vehicles"
COURSES = (
    Course("clets", date(2026, 1, 5), date(2028, 1, 5), "C-1"),
    Course("alpr", date(2026, 1, 6), date(2028, 1, 6), "A-1"),
)


def supervised(member: User, by: User, *, since: datetime = make.LONG_AGO) -> User:
    """The member with employment, a division and this supervisor."""
    Employment.objects.get_or_create(user=member, defaults={"starts_at": make.LONG_AGO})
    DivisionAssignment.objects.get_or_create(
        user=member, division=make.division("Patrol"), defaults={"starts_at": make.LONG_AGO}
    )
    Supervision.objects.create(user=member, supervisor=by, starts_at=since)
    return member


def sergeant(username: str = "sergeant", **fields: object) -> User:
    """Somebody who commands Patrol."""
    made = make.user(username, "commander", classification="sergeant", **fields)
    DivisionCommand.objects.create(division=make.division("Patrol"), commander=made, starts_at=make.LONG_AGO)
    return made


def newcomer(username: str = "new.officer", **fields: object) -> Newcomer:
    said = {"first_name": "Nora", "last_name": "New", "classification": "officer", "employee_number": "E900"}
    return Newcomer(username=username, division=make.division("Patrol"), **(said | fields))


def asked(by: User, supervisor: User, *, at: datetime = make.NOON, who: Newcomer | None = None, **wanted: object):
    """A request for a newcomer, officer unless said otherwise."""
    said = {"roles": ("officer",), "why": WHY} | wanted
    return requests.ask_for_newcomer(who or newcomer(), Wanted(**said), supervisor=supervisor, by=make.by(by), at=at)


def approved(by: User, supervisor: User, *, at: datetime = make.NOON, **fields: object) -> AccessRequest:
    made = asked(by, supervisor, at=at, **fields)
    return requests.decide(request_id=made.pk, approve=True, words="", by=make.by(supervisor), at=at)


def opened(by: User, supervisor: User, *, at: datetime = make.NOON, **fields: object) -> User:
    made = approved(by, supervisor, at=at, **fields)
    return opening.activate(request_id=made.pk, courses=COURSES, by=make.by(by), at=at)[1]
