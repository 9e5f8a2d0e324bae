"""Divisions, people with roles and certificates, and the policy in force. All names are invented."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from alpr_site.demo import CREATOR
from audit import ledger
from audit.actions import Action
from audit.models import (
    Certificate,
    Division,
    DivisionAssignment,
    DivisionCommand,
    Employment,
    PolicyActivation,
    RoleGrant,
    User,
)
from audit.policies import activation

DIVISIONS = {
    "Patrol": False,
    "Investigations": False,
    "Real-Time Information Center": True,
    "Communications": False,
    "Records": False,
}
SINCE = timedelta(days=400)
_CLETS_AND_ALPR = ("clets", "alpr")


@dataclass(frozen=True, slots=True)
class Member:
    """One invented person: user name, name, badge, classification, division, roles, certificates."""

    username: str
    first_name: str
    last_name: str
    badge: str
    classification: str
    division: str
    roles: tuple[str, ...]
    certificates: tuple[str, ...] = _CLETS_AND_ALPR
    is_staff: bool = False


MEMBERS = (
    Member("demo-detective", "Dina", "Detective", "2001", "detective", "Investigations", ("detective",)),
    Member("demo-officer", "Omar", "Officer", "3001", "officer", "Patrol", ("officer",)),
    Member("demo-dispatcher", "Disa", "Dispatcher", "", "dispatcher", "Communications", ("dispatcher",)),
    Member(
        "demo-administrator",
        "Ada",
        "Administrator",
        "1007",
        "sergeant",
        "Real-Time Information Center",
        ("alpr_administrator",),
        is_staff=True,
    ),
    Member("demo-commander", "Cora", "Commander", "1002", "captain", "Real-Time Information Center", ("commander",)),
    Member("demo-auditor", "Audra", "Auditor", "", "professional", "Records", ("auditor",), ()),
    Member("demo-clerk", "Cleo", "Clerk", "", "professional", "Records", ("records_clerk",), ()),
    Member("demo-custodian", "Curt", "Custodian", "", "professional", "Records", ("custodian",), ()),
    Member(
        "demo-sysadmin",
        "Sia",
        "Sysadmin",
        "",
        "public_safety_it",
        "Real-Time Information Center",
        ("system_administrator",),
        (),
        is_staff=True,
    ),
    Member("demo-untrained", "Una", "Untrained", "3009", "officer", "Patrol", ("officer",), ()),
)


def create_people(at: datetime) -> int:
    """Make the people who are missing; returns how many were made."""
    there = set(User.objects.filter(username__in=[one.username for one in MEMBERS]).values_list("username", flat=True))
    missing = [one for one in MEMBERS if one.username not in there]
    if not missing:
        return 0
    with ledger.act(Action.DEMO_CREATE, by=CREATOR, at=at, purpose="system") as record:
        for name, is_rtic in DIVISIONS.items():
            Division.objects.get_or_create(name=name, defaults={"is_rtic": is_rtic})
        for member in missing:
            _create(member, at)
        record.result_count = len(missing)
        record.detail = {"people": [one.username for one in missing]}
    return len(missing)


def activate_policy(at: datetime) -> str:
    """Put the settings' profile in force where none ever was; returns its stamp, "" where nothing was done."""
    if PolicyActivation.objects.exists():
        return ""
    note = "Put in force with the demonstration department"
    row = activation.put_first(profile_id=settings.POLICY_PROFILE, by=CREATOR, at=at, note=note)
    return f"{row.profile}@{row.version}"


def _create(member: Member, at: datetime) -> None:
    since, today = at - SINCE, at.date()
    user = User(
        username=member.username,
        first_name=member.first_name,
        last_name=member.last_name,
        badge=member.badge,
        employee_number=f"E{member.username.removeprefix('demo-')[:8].upper()}",
        classification=member.classification,
        is_staff=member.is_staff,
        date_joined=since,
        opened_at=at,  # nobody has signed in yet: the idle clock starts now
    )
    # Nobody knows a password: the way in is a one-time link (`make links`), or `manage.py changepassword`.
    user.set_unusable_password()
    user.save()
    division = Division.objects.get(name=member.division)
    Employment.objects.create(user=user, starts_at=since)
    DivisionAssignment.objects.create(user=user, division=division, starts_at=since)
    for role in member.roles:
        RoleGrant.objects.create(user=user, role=role, starts_at=since)
    if "commander" in member.roles:
        DivisionCommand.objects.create(division=division, commander=user, starts_at=since)
    for kind in member.certificates:
        Certificate.objects.create(
            user=user,
            kind=kind,
            issued_on=today - timedelta(days=300),
            expires_on=today + timedelta(days=430),
            reference=f"DEMO-{kind.upper()}-{user.pk}",
        )
