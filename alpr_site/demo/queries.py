"""What the demonstration's people asked, good and bad, for inspections to draw from and to flag.

The ledger's own clock cannot be set back, so all of it was asked at once; the inspections of the demonstration say so.
"""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from audit import asker, policy
from audit.asker import Asker
from audit.models import User
from audit.refusals import Refused
from detections.models import Search
from detections.searching.asked import Asked
from detections.searching.run import run_search

PERIOD = timedelta(days=14)
FROM_A_CAR, ELSEWHERE = "10.20.0.14", "10.44.9.2"


@dataclass(frozen=True, slots=True)
class Query:
    """Who asked for which plate, why, under which case (its tail), how often and from where."""

    who: str
    plate: str
    reason: str
    case: str
    times: int = 1
    address: str = FROM_A_CAR


QUERIES = (
    Query("demo-detective", "0DEM123", "Taken from the Elm Street garage, where was it last", "100123", 2),
    Query("demo-detective", "0DEM404", "Taken at the fairground with its keys", "100404"),
    Query("demo-detective", "0DEM777", "Driver named in the robbery warrant", "100777", 2),
    Query("demo-officer", "0DEM777", "Driver named in the robbery warrant, seen on my beat", "100777"),
    Query("demo-detective", "0DEM900", "Seen near three warehouse burglaries", "100900"),
    Query("demo-detective", "0DEM550", "Plate unscrewed in the station car park", ""),
    *(
        Query("demo-detective", f"0DEM70{n}", f"Witness {n} of the hit and run on Levee Road", "100321")
        for n in range(4)
    ),
    *(Query("demo-officer", f"0DEM71{n}", "Suspicious vehicle near the school", "100555") for n in range(7)),
    Query("demo-officer", "0DEM321", "Follow-up on a suspicious vehicle", "", 8),
    Query("demo-officer", "0DEM600", "Burglary on Second Avenue, red pick-up", "100666"),
    Query("demo-officer", "0DEM601", "Burglary on Third Avenue, red pick-up", "100404"),
    Query("demo-officer", "0DEM602", "Burglary on Fourth Avenue, red pick-up", "199999"),
    Query("demo-detective", "0DEM828", "Parked by the loading dock of the burglary", "100900"),
    Query("demo-officer", "0DEM808", "Stolen from the car park at night", "100555"),
    Query("demo-officer", "0DEM321", "A favor for my ex who wants to know", ""),
    Query("demo-officer", "0DEM603", "Robbery of the corner shop, white van", "100555", 1, ELSEWHERE),
)


def create_queries(at: datetime) -> int:
    """Ask all of it by the search's own verb; some is refused, and that is on record. Returns how many were asked."""
    people = {name: User.objects.get(username=name) for name in {query.who for query in QUERIES}}
    if Search.objects.filter(asked_by=people["demo-officer"]).exists():
        return 0
    code = next(one.code for one in policy.in_force(at).purposes if not one.review)
    asked = 0
    for query in QUERIES:
        by = asker.person(people[query.who], address=query.address, device_class="desk", session="demo0001")
        for _ in range(query.times):
            _ask(query, by, code, at)
            asked += 1
    return asked


def _ask(query: Query, by: Asker, purpose: str, at: datetime) -> None:
    asked = Asked(
        purpose=purpose,
        reason=query.reason,
        case_number=f"{at:%y}-{query.case}" if query.case else "",
        attested=True,
        plate=query.plate,
        from_at=at - PERIOD,
    )
    if not query.case and "case_number" in policy.in_force(at)["query.requires"].value:
        asked = replace(asked, case_number=f"{at:%y}-100123")
    with suppress(Refused):  # the refusal is on the ledger, which is what it is here for
        run_search(by=by, at=at, asked=asked)
