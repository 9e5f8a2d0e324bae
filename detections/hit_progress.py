"""The road of a hit as a page shows it: what is done, by whom and when, how long it took, and what comes now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from audit.models import User
from detections.models import Hit

Status = Hit.Status


@dataclass(frozen=True, slots=True)
class Milestone:
    """One step: ``state`` is done, current, refused or next; ``took`` says how long after the one before it."""

    name: str
    state: str
    by: User | None
    at: datetime | None
    took: str
    words: str


def progress_of(hit: Hit) -> list[Milestone]:
    """The steps in the order of the house; the first one not done is the current one. No query if people are loaded."""
    facts = [
        ("Matched", None, hit.created_at, ""),
        ("Taken", hit.taken_by, hit.taken_at, ""),
        ("Checked by eye", hit.checked_by, hit.checked_at, hit.get_check_result_display()),
        ("CLETS and NCIC", hit.verified_by, hit.verified_at, _results(hit)),
        ("Broadcast", hit.broadcast_by, hit.broadcast_at, hit.call_number),
        ("Outcome", hit.closed_by, hit.closed_at, hit.get_disposition_display()),
    ]
    ended = hit.status in (Status.REJECTED, Status.CLOSED)
    shown, before, found_current = [], hit.created_at, False
    for name, by, at, words in facts:
        if at is not None:
            state = "refused" if _failed(hit, name) else "done"
            took, before = _after(at, before, hit.created_at), at
        elif ended and name != "Outcome":
            state, took = "next", ""
        else:
            state, took = ("next" if found_current else "current"), ""
            found_current = True
        shown.append(Milestone(name, state, by, at, took, words))
    return shown


def open_steps(hit: Hit, *, mine: bool) -> tuple[str, list[str]]:
    """The step that comes now ("" where none does), and the others that may be taken, by their names in the address."""
    if hit.status == Status.CLOSED:
        return "", []
    order = ["take"] if not mine else []
    if hit.verified_at is None:
        order.append("check")
    if hit.verified_at is None and hit.status != Status.REJECTED:
        order.append("verify")
    if hit.status != Status.REJECTED and not hit.informational:
        order.append("broadcast")
    order.append("close")
    if mine:
        order.append("release")
    done = {"check": bool(hit.check_result), "broadcast": hit.broadcast_at is not None}
    current = next(name for name in order if not done.get(name))
    return current, [name for name in order if name != current]


def duration_words(span: timedelta) -> str:
    """A length of time as people say it: 40 s, 3 min 5 s, 5 min, 2 h 10 min, 3 days."""
    seconds = max(round(span.total_seconds()), 0)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 600 and seconds % 60:
        return f"{seconds // 60} min {seconds % 60} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 48 * 3600:
        return f"{seconds // 3600} h {seconds % 3600 // 60} min"
    return f"{seconds // 86400} days"


def _after(at: datetime, before: datetime, start: datetime) -> str:
    """How long after the step before it; after the hit, where the steps were done in another order."""
    if at == start:
        return ""
    return f"{duration_words(at - before)} later" if at >= before else f"{duration_words(at - start)} after the hit"


def _failed(hit: Hit, name: str) -> bool:
    misread = hit.check_result in (Hit.Check.MISREAD, Hit.Check.WRONG_STATE)
    if name == "Checked by eye":
        return misread
    if hit.not_practicable:
        return False
    confirmed = Hit.Result.CONFIRMED in (hit.clets_result, hit.ncic_result)
    cleared = Hit.Result.NOT_CURRENT in (hit.clets_result, hit.ncic_result)
    return name == "CLETS and NCIC" and (not confirmed or cleared)


def _results(hit: Hit) -> str:
    if hit.not_practicable:
        return "not practicable, not run"
    given = [("CLETS", hit.get_clets_result_display()), ("NCIC", hit.get_ncic_result_display())]
    return ", ".join(f"{system}: {words.split(':')[0].lower()}" for system, words in given if words)
