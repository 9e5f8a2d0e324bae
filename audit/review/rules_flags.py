"""When a sample may not be drawn. Pure: facts in, refusal or nothing out."""

from datetime import datetime

from audit.policy import Profile
from audit.refusals import Citation, Refusal, Rule

_PLAN = Citation(
    "State Auditor report 2019-118",
    "recommendation 25",
    "An audit plan covers risk areas, sampling, documentation and resolution; a sample that can be chosen is none.",
)
DRAWN = Rule("review.drawn", _PLAN, "Open the inspection: its sample stands and is never drawn again.")
NOT_CLOSED = Rule("review.not_closed", _PLAN, "Wait for the end of the period.")
NO_CHECKPOINT = Rule(
    "review.no_checkpoint",
    _PLAN,
    "Ask a system administrator to make a checkpoint of the log, then draw again.",
)
NO_SAMPLE = Rule("review.no_sample", _PLAN, "Open the week's review: all of it is looked at.")


def refuse_drawn(drawn: bool, profile: Profile) -> Refusal | None:
    """Refuse a second draw."""
    return DRAWN.refuse("This sample was drawn already.", profile=profile.stamp) if drawn else None


def refuse_open_period(ends_at: datetime, at: datetime, profile: Profile) -> Refusal | None:
    """Refuse to draw before the period is over."""
    if ends_at <= at:
        return None
    return NOT_CLOSED.refuse("The period is not over yet.", profile=profile.stamp)


def refuse_unsigned(found: bool, profile: Profile) -> Refusal | None:
    """Refuse to draw while no signed checkpoint covers the period: the seed comes from it."""
    if found:
        return None
    return NO_CHECKPOINT.refuse("No signed checkpoint of the log covers this period yet.", profile=profile.stamp)


def refuse_other_kind(of_queries: bool, profile: Profile) -> Refusal | None:
    """Refuse to draw where nothing is sampled."""
    return None if of_queries else NO_SAMPLE.refuse("This review has no sample.", profile=profile.stamp)
