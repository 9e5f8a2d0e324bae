"""Shares of the special list with invented agencies: one ran its time, one runs, one waits for the commander."""

from datetime import datetime, timedelta
from uuid import UUID

from alpr_site.demo import CREATOR
from alpr_site.demo.hot_plates import SPECIAL
from audit import asker, ledger
from audit.actions import Action
from audit.models import Certificate, RoleGrant, User
from hotlists.models import HotList, HotListShare, HotPlate
from hotlists.special.shares import ShareWanted, ask_to_share, decide_share

PARTNER = "demo-partner"
RUNNING, OVER, WAITING = (
    "Riverbend Police Department",
    "Millbrook Flats Police Department",
    "Oakhollow Police Department",
)
WHY = "The same crew was seen near warehouses in both cities"


def share_special(at: datetime) -> int:
    """Ask for the three shares and decide about two, each at its own time; how many there are now that were not."""
    special = HotList.objects.get(name=SPECIAL)
    if HotListShare.objects.filter(hot_list=special).exists():
        return 0
    _create_partner(at)
    _share(special, OVER, at - timedelta(days=20), days=7)
    _share(special, RUNNING, at - timedelta(days=3), days=14)
    live = HotPlate.objects.active(at).filter(hot_list=special).values_list("pk", flat=True)
    ask_to_share(_wanted(special, WAITING, at, days=5, plates=frozenset(live)), by=_by("demo-detective"), at=at)
    return 3


def _share(special: HotList, agency: str, at: datetime, *, days: int) -> None:
    share = ask_to_share(_wanted(special, agency, at, days=days), by=_by("demo-detective"), at=at)
    decide_share(
        share_id=share.pk,
        decision=HotListShare.Decision.APPROVED,
        words="Both departments work the series together",
        by=_by("demo-commander"),
        at=at + timedelta(hours=2),
    )


def _wanted(
    special: HotList, agency: str, at: datetime, *, days: int, plates: frozenset[UUID] = frozenset()
) -> ShareWanted:
    return ShareWanted(
        hot_list_id=special.pk,
        agency=agency,
        agency_class=HotListShare.AgencyClass.CA_LEA_LEARN_PARTNER,
        whole_list=not plates,
        plates=plates,
        why=WHY,
        case_number=f"{at:%y}-100900",
        starts_at=at,
        ends_at=at + timedelta(days=days),
    )


def _by(username: str) -> asker.Asker:
    return asker.person(User.objects.get(username=username))


def _create_partner(at: datetime) -> None:
    """A dispatcher of the agency the list is shared with now: sees what is shared, and nothing else."""
    if User.objects.filter(username=PARTNER).exists():
        return
    with ledger.act(Action.DEMO_CREATE, by=CREATOR, at=at, purpose="system") as record:
        user = User(
            username=PARTNER,
            first_name="Pia",
            last_name="Partner",
            classification="dispatcher",
            organisation=RUNNING,
            employee_number="EPARTNER",
        )
        user.set_unusable_password()
        user.save()
        RoleGrant.objects.create(user=user, role=RoleGrant.Role.DISPATCHER, starts_at=at - timedelta(days=30))
        today = at.date()
        for kind in ("clets", "alpr"):
            Certificate.objects.create(
                user=user,
                kind=kind,
                issued_on=today - timedelta(days=300),
                expires_on=today + timedelta(days=430),
                reference=f"DEMO-{kind.upper()}-{user.pk}",
            )
        record.result_count = 1
        record.detail = {"people": [PARTNER]}
