"""What a change of policy takes away: safeguards that would be gone or weaker, each in a sentence. Pure.

Nothing in a profile turns the ledger or the gate off; but a list made shorter, a number moved or a rule left out can
take most of their work from them, and reads like any other difference. The second person is told which ones do.
"""

from collections.abc import Iterator
from typing import Any, Final

from audit.policies.difference import show
from audit.policies.document import Profile, duration

# What makes a rule weaker: entries taken out of a list or put into it, a greater or smaller number or length of time,
# a yes or a no.
OUT, IN, GREATER, SMALLER, LONGER, SHORTER, YES, NO, OTHER = (
    "out", "in", "greater", "smaller", "longer", "shorter", "yes", "no", "other",
)  # fmt: skip
WEAKER: Final = {
    "train.gate": OUT,
    "query.requires": OUT,
    "administrator.needs": OUT,
    "access.allowed": IN,
    "access.idle_close": LONGER,
    "access.review_every": LONGER,
    "accesslog.retention": OTHER,
    "field.phone.allows": IN,
    "field.vehicle.allows": IN,
    "hit.human_verified": NO,
    "hit.sole_basis_allowed": YES,
    "hit.call_required": NO,
    "hit.not_practicable": YES,
    "hit.verification": OUT,
    "hit.verifier": IN,
    "hotlist.refused_types": OUT,
    "hotplate.requires": OUT,
    "hotplate.max_ttl": LONGER,
    "hotplate.look_back": LONGER,
    "search.wide.days": GREATER,
    "search.wide.hours": GREATER,
    "search.wide.area_km2": GREATER,
    "search.wide.known_characters": SMALLER,
    "search.wide.approved_for": LONGER,
    "retention.alpr.floor": SHORTER,
    "retention.alpr.ceiling": LONGER,
    "purge.approvals": OUT,
    "hold.triggers": OUT,
    "share.recipient_classes": IN,
    "share.steps": OUT,
    "special_list.audience": IN,
    "special_list.share_most": LONGER,
    "audit.queries": OTHER,
    "audit.devices": OTHER,
    "audit.log_review": OTHER,
    "audit.escalate_to": OTHER,
    "review.sample.percent": SMALLER,
    "review.sample.least": SMALLER,
    "review.repeat.times": GREATER,
    "review.repeat.days": SMALLER,
    "review.copied.times": GREATER,
    "review.volume.times": GREATER,
    "review.volume.least": GREATER,
    "review.two_places.within": SHORTER,
    "review.answer_within": LONGER,
    "publish.suppress_below": SMALLER,
}


def weakened(before: Profile, after: Profile) -> list[str]:
    """Every safeguard of ``before`` that ``after`` leaves out or holds less strictly, in the order of ``before``."""
    return [*_rules(before, after), *_uses(before, after), *_purposes(before, after), *_conflicts(before, after)]


def _rules(before: Profile, after: Profile) -> Iterator[str]:
    for key, way in WEAKER.items():
        was = before.get(key)
        if was is None:
            continue
        if key not in after.values:
            yield f"{key} is left out: what it limits ({show(was)}) has no limit of the agency's any more."
            continue
        if words := _weaker(way, was, after.get(key)):
            yield f"{key}: {words}."


def _weaker(way: str, was: Any, now: Any) -> str:
    if was == now:
        return ""
    if way in (OUT, IN):
        return _listed(way, was, now)
    if way in (GREATER, SMALLER, LONGER, SHORTER):
        old, new = _size(was), _size(now)
        if old is not None and new is not None and (old <= new) is (way in (SMALLER, SHORTER)):
            return ""
        return f"{show(was)} becomes {show(now)}"
    if way in (YES, NO):
        return f"{show(was)} becomes {show(now)}" if now is (way == YES) else ""
    return f"{show(was)} becomes {show(now)}"


def _listed(way: str, was: Any, now: Any) -> str:
    old, new = (list(one) if isinstance(one, list | tuple) else [one] for one in (was, now))
    if way == OUT:
        gone = [str(one) for one in old if one not in new]
        return f"no longer {', '.join(gone)}" if gone else ""
    more = [str(one) for one in new if one not in old]
    return f"also {', '.join(more)}" if more else ""


def _size(value: Any) -> float | None:
    """A number, or a length of time in seconds; None for what is neither (such as "indefinite")."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        return duration(value).total_seconds()
    except (TypeError, ValueError):
        return None


def _uses(before: Profile, after: Profile) -> Iterator[str]:
    now = {one.code: one for one in after.prohibitions}
    for one in before.prohibitions:
        if one.code not in now:
            yield f"Prohibited use “{one.label}” is left out: searches for it are refused no more."
        elif gone := [word for word in one.words if word not in now[one.code].words]:
            yield f"Prohibited use “{one.label}” is screened no more for {', '.join(gone)}."


def _purposes(before: Profile, after: Profile) -> Iterator[str]:
    for one in after.purposes:
        was = before.purpose(one.code)
        if was is None:
            yield f"Purpose “{one.label}” is new: searches may be made for it."
        elif was.review and not one.review:
            yield f"Purpose “{one.label}” needs no second person's review any more."


def _conflicts(before: Profile, after: Profile) -> Iterator[str]:
    now = {one.name: set(one.blocks) for one in after.conflicts}
    for one in before.conflicts:
        if free := [block for block in one.blocks if block not in now.get(one.name, set())]:
            yield f"Contradiction “{one.topic}” no longer holds back {', '.join(free)}."
