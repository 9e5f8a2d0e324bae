"""The roster of the demonstration department: supervisors, requests on their way, machines, things about to run out."""

from datetime import date, datetime, timedelta

from alpr_site.demo import CREATOR
from audit import asker, ledger
from audit.actions import Action
from audit.devices import terminals
from audit.models import (
    Certificate,
    Designation,
    Division,
    DivisionAssignment,
    DivisionCommand,
    Employment,
    RoleGrant,
    Supervision,
    Terminal,
    User,
)
from audit.roster import requests
from audit.roster.requests import Newcomer, Wanted

SINCE = timedelta(days=400)
# (user name, first name, last name, badge, classification, division)
OTHERS = (
    ("demo-sergeant", "Saul", "Sergeant", "1011", "sergeant", "Patrol"),
    ("demo-lieutenant", "Lena", "Lieutenant", "1004", "lieutenant", "Patrol"),
)
ABOVE = {
    "demo-officer": "demo-sergeant",
    "demo-untrained": "demo-sergeant",
    "demo-sergeant": "demo-lieutenant",
    "demo-detective": "demo-lieutenant",
    "demo-dispatcher": "demo-lieutenant",
    "demo-lieutenant": "demo-commander",
    "demo-administrator": "demo-commander",
    "demo-auditor": "demo-commander",
    "demo-clerk": "demo-commander",
    "demo-custodian": "demo-commander",
}
MACHINES = (
    ("Dispatch console 2", "dispatch", "Communications, room 110", "Watched day and night in a secure room"),
    ("MDC 4117", "vehicle", "Patrol car 17", "In a car under way"),
    ("RTIC desk 3", "desk", "Real-Time Information Center", ""),
)


def create_roster(at: datetime) -> int:
    """Make what is missing of the roster, and keep the demonstration's own accounts usable; returns how many rows."""
    made = _keep_open(at)
    if not User.objects.filter(username="demo-sergeant").exists():
        with ledger.act(Action.DEMO_CREATE, by=CREATOR, at=at, purpose="system") as record:
            record.result_count = _people(at) + _supervision(at) + _designations(at) + _endings(at)
            made += record.result_count
        made += _machines(at) + _ask(at)
    return made


def _keep_open(at: datetime) -> int:
    """The demonstration's people work although nobody signed in for 90 days; but for the one who shows that."""
    stale = User.objects.filter(username__startswith="demo-", is_active=True).exclude(username="demo-dormant")
    old = [one.pk for one in stale if at - one.in_use_since >= timedelta(days=20)]
    return User.objects.filter(pk__in=old).update(opened_at=at)


def _people(at: datetime) -> int:
    for username, first, last, badge, classification, division in OTHERS:
        _person(username, first, last, badge, classification, division, at=at, opened_at=at)
    dormant = _person(
        "demo-dormant", "Dora", "Dormant", "3015", "officer", "Patrol", at=at, opened_at=at - timedelta(days=120)
    )
    RoleGrant.objects.create(user=dormant, role="officer", starts_at=at - SINCE)
    left = _person("demo-left", "Levi", "Left", "3016", "officer", "Patrol", at=at, opened_at=at)
    left.employments.update(ends_at=at - timedelta(days=9))
    RoleGrant.objects.create(user=left, role="officer", starts_at=at - SINCE)
    patrol = Division.objects.get(name="Patrol")
    lieutenant = User.objects.get(username="demo-lieutenant")
    DivisionCommand.objects.create(division=patrol, commander=lieutenant, starts_at=at - SINCE)
    RoleGrant.objects.create(user=lieutenant, role="commander", starts_at=at - SINCE)
    RoleGrant.objects.create(
        user=User.objects.get(username="demo-sergeant"), role="officer", starts_at=at - SINCE, ends_at=at - SINCE / 2
    )
    return len(OTHERS) + 2


def _person(
    username: str, first: str, last: str, badge: str, classification: str, division: str, *, at: datetime,
    opened_at: datetime,
) -> User:  # fmt: skip
    number = f"E{username.removeprefix('demo-')[:8].upper()}"
    user = User(username=username, first_name=first, last_name=last, badge=badge, employee_number=number)
    user.classification, user.date_joined, user.opened_at = classification, at - SINCE, opened_at
    user.set_unusable_password()
    user.save()
    where = Division.objects.get(name=division)
    Employment.objects.create(user=user, starts_at=at - SINCE)
    DivisionAssignment.objects.create(user=user, division=where, starts_at=at - SINCE)
    today = at.date()
    for kind in ("clets", "alpr"):
        since, until = today - timedelta(days=300), today + timedelta(days=430)
        Certificate.objects.create(user=user, kind=kind, issued_on=since, expires_on=until, reference="DEMO")
    return user


def _supervision(at: datetime) -> int:
    people = User.objects.in_bulk([*ABOVE, *ABOVE.values()], field_name="username")
    for below, above in ABOVE.items():
        if below in people and above in people:
            Supervision.objects.create(user=people[below], supervisor=people[above], starts_at=at - SINCE)
    return len(ABOVE)


def _designations(at: datetime) -> int:
    for kind, name, title in (
        (Designation.Kind.DESIGNEE, "Cora Commander", "Captain, Real-Time Information Center"),
        (Designation.Kind.CUSTODIAN, "Curt Custodian", "Custodian of Records"),
    ):
        Designation.objects.create(
            kind=kind, name=name, title=title, letter="Letter of the Chief, invented", starts_at=at - SINCE
        )
    return 2


def _endings(at: datetime) -> int:
    """A certificate that runs out in three weeks."""
    today: date = at.date()
    rows = Certificate.objects.filter(user__username="demo-officer", kind="alpr")
    return rows.update(issued_on=today - timedelta(days=344), expires_on=today + timedelta(days=21))


def _machines(at: datetime) -> int:
    by = asker.person(User.objects.get(username="demo-administrator"))
    for name, kind, place, why in MACHINES:
        if not Terminal.objects.filter(name=name).exists():
            terminals.add(name=name, device_class=kind, place=place, exempt=bool(why), exempt_why=why, by=by, at=at)
    return len(MACHINES)


def _ask(at: datetime) -> int:
    """One request that waits for the supervisor, one approved that waits for its training."""
    people = User.objects.in_bulk(
        ["demo-administrator", "demo-sergeant", "demo-lieutenant", "demo-officer"], field_name="username"
    )
    administrator, lieutenant = asker.person(people["demo-administrator"]), people["demo-lieutenant"]
    patrol = Division.objects.get(name="Patrol")
    wanted = Wanted(("officer",), "Joins the night shift and looks for stolen vehicles")
    nina = Newcomer("demo-nina", "Nina", "Night", "officer", patrol, badge="3020", employee_number="ENINA")
    requests.ask_for_newcomer(nina, wanted, supervisor=lieutenant, by=administrator, at=at - timedelta(hours=30))
    tom = Newcomer("demo-tom", "Tom", "Temporary", "officer", patrol, badge="3021", employee_number="ETOM")
    festival = Wanted(("officer",), "Help from the reserve for the festival this weekend", "temporary")
    made = requests.ask_for_newcomer(tom, festival, supervisor=lieutenant, by=administrator, at=at - timedelta(hours=5))
    by = asker.person(lieutenant)
    requests.decide(
        request_id=made.pk, approve=True, words="Agreed for the weekend.", by=by, at=at - timedelta(hours=4)
    )
    more = Wanted(("detective",), "Assigned to the auto theft task force from next month")
    officer = asker.person(people["demo-officer"])
    requests.ask_for_rights(people["demo-officer"], more, by=officer, at=at - timedelta(hours=2))
    return 3
