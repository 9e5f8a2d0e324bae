"""To whom a finding goes: the commander of the employee's division on the day of the query (D.2.b(2)(a))."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from audit.abilities import Ability, Role, abilities_of
from audit.models import Designation, Division, DivisionAssignment, DivisionCommand, RoleGrant, User
from audit.people import same_person
from audit.policy import Profile
from audit.roster.supervision import supervisor_of

ESCALATE_TO = "audit.escalate_to"
DESIGNEE = "designee"
LATEST_FIRST = ("-starts_at", "-pk")


@dataclass(frozen=True, slots=True)
class Route:
    """Where a finding goes and why; no commander means that nobody could be found who may answer it."""

    commander: User | None
    division: Division | None
    why: str


def route(
    *, employee: User | None, query_at: datetime, raised_by: User | None, profile: Profile, at: datetime
) -> Route:
    """Find who answers. ``query_at`` is when the query was made, ``at`` is now; whoever is chosen may answer now.

    Never the employee, and not who raised it.
    """
    division = _division_of(employee, query_at)
    passed: list[str] = []
    for person, why in _candidates(employee, division, query_at, profile, at):
        if person is None:
            passed.append(f"no {why}" if not why.startswith("no ") else why)
            continue
        obstacle = _obstacle(person, employee, raised_by, at)
        if not obstacle:
            return Route(person, division, _sentence([*passed, why]))
        passed.append(f"{person.display_name} {obstacle}")
    return Route(None, division, _sentence([*passed, "nobody else may answer findings"]))


def _candidates(
    employee: User | None, division: Division | None, query_at: datetime, profile: Profile, at: datetime
) -> Iterator[tuple[User | None, str]]:
    """People in the order in which they are asked, each with the reason; None says why a step has nobody."""
    if profile.get(ESCALATE_TO) == DESIGNEE:
        yield _designee(at), "designee who oversees the operation"
    yield from _commanders(division, query_at, at)
    if employee is not None:
        yield supervisor_of(employee, at), f"supervisor of {employee.display_name}"
    others = RoleGrant.objects.at(at).filter(role=Role.COMMANDER).select_related("user").order_by("user_id")
    for grant in others:
        yield grant.user, "another commander"


def _commanders(division: Division | None, query_at: datetime, at: datetime) -> Iterator[tuple[User | None, str]]:
    if division is None:
        yield None, "no division was on file for that day"
        return
    then, now = commander_of(division, query_at), commander_of(division, at)
    yield then, f"commander of {division} on the day of the query"
    if now != then:
        yield now, f"commander of {division} today"


def commander_of(division: Division, at: datetime) -> User | None:
    """Who commanded the division at the instant."""
    held = DivisionCommand.objects.at(at).filter(division=division).select_related("commander")
    found = held.order_by(*LATEST_FIRST).first()
    return found.commander if found else None


def _division_of(employee: User | None, at: datetime) -> Division | None:
    """The employee's division at the instant; for what is nobody's, the one that runs the system."""
    if employee is None:
        return Division.objects.filter(is_rtic=True).first()
    held = DivisionAssignment.objects.at(at).filter(user=employee).select_related("division")
    found = held.order_by(*LATEST_FIRST).first()
    return found.division if found else None


def _designee(at: datetime) -> User | None:
    """The account of the designee on file; they are on file by name, since the letter names a person."""
    letter = Designation.objects.at(at).filter(kind=Designation.Kind.DESIGNEE).order_by(*LATEST_FIRST).first()
    if letter is None:
        return None
    wanted = " ".join(letter.name.split()).casefold()
    people = User.objects.filter(is_active=True).order_by("pk")
    return next((one for one in people if one.get_full_name().casefold() == wanted), None)


def _obstacle(person: User, employee: User | None, raised_by: User | None, at: datetime) -> str:
    if employee is not None and same_person(person, employee):
        return "is whom it is about"
    if raised_by is not None and same_person(person, raised_by):
        return "raised it"
    if not person.is_active or Ability.ANSWER_FINDINGS not in abilities_of(person, at):
        return "may not answer findings now"
    return ""


def _sentence(parts: list[str]) -> str:
    """The steps as one line: first letter up, the last being who it went to."""
    text = "; ".join(part for part in parts if part)[:298]
    return text[:1].upper() + text[1:] + "."
