"""Invented agencies on both lists, and who is designated. Those that the demo shares with are among them."""

from datetime import datetime, timedelta

from alpr_site.demo import CREATOR
from audit import ledger
from audit.actions import Action
from audit.models import Designation
from registry.models import PartnerAgency, Sharing

SINCE = timedelta(days=300)
AGREEMENT = "Mutual aid agreement"
AGENCIES = (
    ("Riverbend Police Department", "CA", "ca_law", ("has_access", "shares")),
    ("Millbrook Flats Police Department", "CA", "ca_law", ("has_access", "shares")),
    ("Oakhollow Police Department", "CA", "ca_law", ("has_access",)),
    ("Juniper County Sheriff's Office", "CA", "ca_law", ("has_access", "shares")),
    ("Juniper County District Attorney", "CA", "ca_prosecutor", ("has_access",)),
    ("Silver Lake Police Department, NV", "NV", "out_of_state", ("shares",)),
    ("Maple Court Homeowners Association", "CA", "private", ("shares",)),
    ("Eastgate Auto Mall", "CA", "private", ("shares",)),
)
PEOPLE = (
    (Designation.Kind.DESIGNEE, "Cora Commander", "Captain", "Letter 26-01"),
    (Designation.Kind.CUSTODIAN, "Curt Custodian", "Records Manager", "Letter 26-02"),
)


def create_agencies(at: datetime) -> int:
    """Make the agencies and designations that are missing; how many were made."""
    there = set(PartnerAgency.objects.values_list("name", flat=True))
    missing = [row for row in AGENCIES if row[0] not in there]
    nobody = not Designation.objects.exists()
    if not missing and not nobody:
        return 0
    with ledger.act(Action.DEMO_CREATE, by=CREATOR, at=at, purpose="system") as record:
        for name, state, legal_class, directions in missing:
            agency = PartnerAgency.objects.create(name=name, state=state, legal_class=legal_class)
            for direction in directions:
                Sharing.objects.create(agency=agency, direction=direction, authority=AGREEMENT, starts_at=at - SINCE)
        if nobody:
            for kind, name, title, letter in PEOPLE:
                Designation.objects.create(kind=kind, name=name, title=title, letter=letter, starts_at=at - SINCE)
        record.result_count = len(missing)
        record.detail = {"agencies": [row[0] for row in missing]}
    return len(missing) + len(PEOPLE) * nobody
