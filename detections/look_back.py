"""Enter a hot plate and look back: was it seen already? One verb for the form, the API and administration.

The look back is a search of the person's own like any other: recorded, under the entry's purpose, reason and case, and
refused where they could not run it themselves. The entry stands whatever comes of it.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import DatabaseError

from audit import policy
from audit.asker import Asker
from audit.ledger import LedgerUnavailable
from audit.policy import Profile
from audit.refusals import Refused
from detections.models import Search
from detections.rules.look_back import purpose_of
from detections.searching.asked import Asked
from detections.searching.page import Sighting, open_page
from detections.searching.question import Kind, Match, QuestionError
from detections.searching.run import run_search
from detections.searching.time_limit import SearchTooSlow
from hotlists import operations
from hotlists.models import HotPlate
from hotlists.operations import Wanted

log = logging.getLogger(__name__)

LONGEST_REASON = 500
SLOW = "The look back took too long and was stopped. The entry stands; search for the plate yourself, over less time."
FAILED = "The look back could not be run. The entry stands; search for the plate yourself."


@dataclass(frozen=True, slots=True)
class LookBack:
    """What came of looking back over the reads since an instant: a search, else a refusal, else trouble in words."""

    since: datetime
    search: Search | None = None
    refused: Refused | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Entered:
    """A hot plate as entered, and the look back; None where the policy names none."""

    entry: HotPlate
    look_back: LookBack | None


def enter_hot_plate(wanted: Wanted, *, by: Asker, at: datetime, attested: bool = False) -> Entered:
    """Enter the plate in an act of its own, then look back as far as the policy says (``hotplate.look_back``).

    ``attested`` is the person's word that no protected class is the sole ground, without which nobody searches. Raises
    Refused where the entry is refused.
    """
    entry = operations.enter_hot_plate(wanted, by=by, at=at)
    profile = policy.in_force(at)
    reach = profile.get("hotplate.look_back")
    if reach is None:
        return Entered(entry, None)
    asked = asked_for(entry, policy.add_duration(at, reach, sign=-1), profile, attested=attested)
    return Entered(entry, _look_back(asked, by, at))


def asked_for(entry: HotPlate, since: datetime, profile: Profile, *, attested: bool) -> Asked:
    """The search of a look back: this very plate, or the places known of a partial one; nothing near it."""
    suffix = "" if entry.case_number else f" (XREF {entry.xref})"
    return Asked(
        purpose=purpose_of(entry.category, profile),
        reason=entry.reason[: LONGEST_REASON - len(suffix)] + suffix,
        case_number=entry.case_number,
        attested=attested,
        kind=Kind.PLATE,
        plate=entry.plate,
        match=Match.PATTERN if entry.partial else Match.EXACT,
        state=entry.state,
        from_at=since,
    )


def latest_sighting(*, search_id: UUID, by: Asker, at: datetime) -> Sighting | None:
    """The newest read that the look back found, as a recorded look at the first page of its search.

    Raises SearchNotFound, SearchTooSlow or Refused.
    """
    found = open_page(by=by, at=at, search_id=search_id)
    return found.sightings[0] if found.sightings else None


def _look_back(asked: Asked, by: Asker, at: datetime) -> LookBack:
    since = asked.from_at or at
    try:
        return LookBack(since, search=run_search(by=by, at=at, asked=asked))
    except Refused as refused:
        return LookBack(since, refused=refused)
    except SearchTooSlow:
        return LookBack(since, trouble=SLOW)
    except (DatabaseError, LedgerUnavailable, QuestionError) as error:
        # By its kind alone: the text of a database error can hold a plate.
        log.warning("a hot plate was entered and its look back failed: %s", type(error).__name__)
        return LookBack(since, trouble=FAILED)
