"""An ordinary and a special hot list with live entries; those that reached their end are entered anew."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from guardian.shortcuts import assign_perm

from alpr_site.demo import CREATOR
from audit import asker, ledger
from audit.actions import Action
from audit.models import User
from hotlists.models import HotList, HotListSource, HotPlate
from hotlists.operations import Wanted, enter_hot_plate

ORDINARY, SPECIAL = "Hot plates", "Special: warehouse burglaries"
LIFE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry to be kept live; ``number`` is the case number's tail."""

    plate: str
    category: str
    reason: str
    vehicle: str
    number: str
    hot_list: str = ORDINARY
    system: str = ""
    not_listed_why: str = ""


ENTRIES = (
    Entry("0DEM123", "stolen_vehicle", "Taken from the Elm Street garage", "Red sedan", "100123", system="SVS"),
    Entry("0DEM777", "wanted_person", "Driver named in the robbery warrant", "Blue sedan", "100777", system="SFR"),
    Entry("0DEM404", "stolen_vehicle", "Taken at the fairground with its keys", "Grey sedan", "100404", system="SVS"),
    Entry("0DEM550", "stolen_plate", "Plate unscrewed in the station car park", "Plate only", "100550", system="SLR"),
    Entry("0DEM900", "other", "Seen near three warehouse burglaries", "Green sedan", "100900", hot_list=SPECIAL,
          not_listed_why="Neither stolen nor wanted: a pattern of visits"),
)  # fmt: skip


def create_lists(at: datetime) -> int:
    """Make the two lists, the special one open to the detective; returns how many were made."""
    if HotList.objects.filter(name__in=[ORDINARY, SPECIAL]).count() == 2:
        return 0
    with ledger.act(Action.DEMO_CREATE, by=CREATOR, at=at, purpose="system") as record:
        source, _ = HotListSource.objects.get_or_create(
            name="Own entries", defaults={"authority": "Demonstration Police Department"}
        )
        HotList.objects.get_or_create(name=ORDINARY, defaults={"source": source})
        detective = User.objects.get(username="demo-detective")
        special, _ = HotList.objects.get_or_create(
            name=SPECIAL,
            defaults={
                "source": source,
                "kind": HotList.Kind.SPECIAL,
                "why": "Vehicles seen near warehouses shortly before they were broken into",
                "case_number": f"{at:%y}-100900",
                "asked_by": detective,
                "asked_at": at - timedelta(days=31),
                "opened_by": User.objects.get(username="demo-administrator"),
                "opened_at": at - timedelta(days=30),
            },
        )
        assign_perm("hotlists.see_hits", detective, special)
        record.result_count = 2
    return 2


def enter_missing(at: datetime) -> int:
    """Enter the plates that are not live; returns how many."""
    lists = {row.name: row.pk for row in HotList.objects.filter(name__in=[ORDINARY, SPECIAL])}
    live = set(HotPlate.objects.active(at).filter(hot_list__in=lists.values()).values_list("plate", flat=True))
    missing = [entry for entry in ENTRIES if entry.plate not in live]
    by = asker.person(User.objects.get(username="demo-detective")) if missing else CREATOR
    for entry in missing:
        wanted = Wanted(
            hot_list_id=lists[entry.hot_list],
            plate=entry.plate,
            category=entry.category,
            reason=entry.reason,
            life=LIFE,
            state="CA",
            vehicle_description=entry.vehicle,
            case_number=f"{at:%y}-{entry.number}",
            system=entry.system,
            system_entry_number=f"DEMO{entry.number}" if entry.system else "",
            not_listed_why=entry.not_listed_why,
        )
        enter_hot_plate(wanted, by=by, at=at)
    return len(missing)
