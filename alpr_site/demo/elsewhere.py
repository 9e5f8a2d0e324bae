"""Audit exports of two other systems for the demonstration: one week is missing and one user name is nobody's."""

import io
from datetime import UTC, datetime, timedelta

from audit import asker
from audit.elsewhere.hand_in import Export, hand_in
from audit.elsewhere.run import take_in
from audit.elsewhere.systems import enter_system
from audit.models import QuerySystem, User
from audit.safeguards.keeping import today

WEEKS = 6
MISSING = 2  # the week so many before the last one
HEAD = "Date/Time (UTC),User Name,Agency,Query Type,License Plate,Reason,Case Number,Results"
PORTAL_HEAD = "Search Time,Org Name,Search Type,License Plate,Reason,Case #,Total Networks Searched"
REASONS = (
    "Stolen from a driveway on Elm Street",
    "Robbery at the market on 9th Street",
    "Missing person, last seen in this car",
    "investigation",
    "Burglary series in the warehouse district",
)
WHO = ("demo-detective", "demo-officer", "2001", "lrn-guest7")


def create_elsewhere(at: datetime) -> int:
    """Enter both systems and take their exports in; how many exports were taken in now."""
    if QuerySystem.objects.exists():
        return 0
    by = asker.person(User.objects.get(username="demo-auditor"))
    monday = today(at) - timedelta(days=today(at).weekday())
    first = monday - timedelta(weeks=WEEKS)
    systems = [
        (enter_system(name="LEARN", layout="learn_audit", expected_from=first, by=by, at=at), _learn),
        (enter_system(name="Vendor portal", layout="vendor_portal", expected_from=first, by=by, at=at), _portal),
    ]
    made = 0
    for system, rows in systems:
        for week in range(WEEKS):
            if system.names_people and week == WEEKS - MISSING:
                continue
            start = first + timedelta(weeks=week)
            export = Export(system.pk, f"audit-{start:%Y-%m-%d}.csv", start, start + timedelta(days=6))
            content = rows(datetime(start.year, start.month, start.day, 18, tzinfo=UTC), week)
            if done := take_in(hand_in(export, io.BytesIO(content), by=by, at=at).pk, lambda: at):
                made += done.state == "done"
    return made


def _learn(start: datetime, week: int) -> bytes:
    rows = [HEAD]
    for number in range(9):
        when = start + timedelta(hours=number * 17)
        plate = f"0LRN{(number * 7 + week) % 5}{number % 3}"
        case = "" if number % 4 == 3 else f"26-10{week}{number % 3:02d}"
        rows.append(
            f"{when:%m/%d/%Y %I:%M:%S %p},{WHO[number % len(WHO)]},Sacramento PD,Plate search,{plate},"
            f'"{REASONS[(number + week) % len(REASONS)]}",{case},{number % 4}'
        )
    if week == 1:
        rows.append("yesterday,demo-officer,Sacramento PD,Plate search,0LRN99,Robbery,26-10100,0")
    return "\r\n".join(rows).encode()


def _portal(start: datetime, week: int) -> bytes:
    rows = [PORTAL_HEAD]
    for number in range(4):
        when = start + timedelta(hours=number * 31)
        asked = f'0PRT{week}{number},"{REASONS[number]}",26-20{week}0{number}'
        rows.append(f"{when:%Y-%m-%dT%H:%M:%S},Sacramento PD,Plate,{asked},{number * 130}")
    return "\r\n".join(rows).encode()
