"""The registers of the demonstration department: cases, duty hours of two weeks, and members' plates."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from audit import asker
from audit.models import CaseFile, MemberPlate, User
from audit.registers.keeping import Register, add_plate, take_in

# Tail of the case number, days since it was opened and closed, and who works on it.
CASES = (
    ("100123", 3, None, ("demo-detective", "demo-officer")),
    ("100404", 5, None, ("demo-detective",)),
    ("100777", 9, None, ("demo-detective", "demo-officer")),
    ("100900", 20, None, ("demo-detective",)),
    ("100321", 2, None, ("demo-detective",)),
    ("100555", 12, None, ("demo-officer",)),
    ("100666", 60, 30, ("demo-officer",)),
)
# Invented plates: California issues none that begins with a zero.
PLATES = (
    ("demo-officer", "0DEM808", "own"),
    ("demo-officer", "0DEM818", "household"),
    ("demo-dispatcher", "0DEM828", "own"),
)
DAYS = 14


def create_registers(at: datetime) -> int:
    """Take them in as the administrator does, unless they are there; returns how many rows."""
    if CaseFile.objects.exists() or MemberPlate.objects.exists():
        return 0
    by = asker.person(User.objects.get(username="demo-administrator"))
    made = take_in(Register.CASES, _cases(at).encode(), by=by, at=at)
    made += take_in(Register.DUTY_HOURS, _hours(at).encode(), by=by, at=at)
    for username, plate, relation in PLATES:
        add_plate(username=username, plate=plate, relation=relation, by=by, at=at)
    return made + len(PLATES)


def _cases(at: datetime) -> str:
    lines = ["number,opened,closed,assigned"]
    for tail, opened, closed, people in CASES:
        ended = f"{at - timedelta(days=closed):%Y-%m-%d}" if closed is not None else ""
        lines += [f"{at:%y}-{tail},{at - timedelta(days=opened):%Y-%m-%d},{ended},{name}" for name in people]
    return "\n".join(lines) + "\n"


def _hours(at: datetime) -> str:
    """The detective is on duty now and was at this hour every day; the officer's last shift ended three hours ago."""
    zone = ZoneInfo(settings.AGENCY["zone"])
    lines = ["user,starts,ends"]
    for day in range(DAYS):
        now = at - timedelta(days=day)
        spans = (
            ("demo-detective", now - timedelta(hours=5), now + timedelta(hours=5)),
            ("demo-officer", now - timedelta(hours=13), now - timedelta(hours=3)),
        )
        for name, start, end in spans:
            lines.append(f"{name},{start.astimezone(zone).isoformat()},{end.astimezone(zone).isoformat()}")
    return "\n".join(lines) + "\n"
