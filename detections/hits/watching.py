"""Opening the live line of the desk."""

from datetime import datetime

from audit import gate
from audit.abilities import Ability
from audit.asker import Asker
from detections.live.desks import Desk
from detections.live.line import Line
from hotlists.access import granted


def open_line(*, by: Asker, session_key: str | None, after: int, at: datetime) -> Line:
    """The line of one desk. Raises Refused, and TooManyDesks where this process has no place left.

    It shows nothing by itself: each card that it carries is on record first (``detections.live.telling``), and whether
    session and person may still hear is asked there again.
    """
    gate.admit(by, Ability.WATCH_HITS, at=at)
    return Line(Desk(session_key, by.member.pk, granted(by.member, at)), after=after, at=at)
