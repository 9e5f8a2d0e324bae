"""What the pages of the policy show: the time line, the versions, a proposal with its differences. No plate data."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit import people, policy
from audit.models import ActivationProposal, PolicyActivation, ProfileVersion, User
from audit.policies.difference import Change, compare
from audit.policies.document import sha256_of
from audit.policies.weakening import weakened


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of the time line: what is in force from ``start`` to ``end`` (None: no end is known)."""

    stamp: str
    start: datetime
    end: datetime | None
    state: str
    activation: PolicyActivation

    @property
    def words(self) -> str:
        return {"past": "was in force", "now": "in force now", "next": "comes next", "never": "never came in force"}[
            self.state
        ]


@dataclass(frozen=True, slots=True)
class Version:
    """A version there is: kept in the database, shipped with the product, or both."""

    stamp: str
    title: str
    agency: str
    kept: ProfileVersion | None
    ships: bool
    changed_since: bool = False


def timeline(at: datetime) -> list[Period]:
    """All activations, newest first, each with its time in force; one that another took the place of says so."""
    rows = list(
        PolicyActivation.objects.select_related(
            "activated_by", "proposal", "proposal__proposed_by", "proposal__decided_by"
        ).order_by("effective_from", "id")
    )
    periods = []
    for number, row in enumerate(rows):
        end = rows[number + 1].effective_from if number + 1 < len(rows) else None
        if end == row.effective_from:
            state = "never"
        elif row.effective_from > at:
            state = "next"
        else:
            state = "now" if end is None or end > at else "past"
        periods.append(Period(f"{row.profile}@{row.version}", row.effective_from, end, state, row))
    return periods[::-1]


def versions() -> list[Version]:
    """Every version there is, by profile, the newest prepared first. One query."""
    rows = ProfileVersion.objects.select_related("prepared_by").order_by("profile", "-prepared_at")
    kept = {f"{row.profile}@{row.version}": row for row in rows}
    ships = {one.stamp: one for one in policy.shipped()}
    found = []
    for stamp in [*kept, *(stamp for stamp in ships if stamp not in kept)]:
        row, profile = kept.get(stamp), policy.of_stamp(stamp)
        changed = row is not None and stamp in ships and ships[stamp].sha256 != row.sha256
        found.append(Version(stamp, profile.title, profile.agency, row, stamp in ships, changed))
    return sorted(found, key=lambda one: one.stamp.partition("@")[0])


def unknown_activations(at: datetime) -> list[str]:
    """Stamps put in force whose text is neither kept nor shipped: the shipped text of that profile is used instead."""
    known = {one.stamp for one in versions()}
    stamps = {period.stamp for period in timeline(at) if period.state != "never"}
    return sorted(stamps - known)


def waiting() -> list[ActivationProposal]:
    """Proposals nobody has decided, oldest first."""
    undecided = ActivationProposal.objects.filter(decision=ActivationProposal.Decision.WAITING)
    return list(undecided.select_related("proposed_by").order_by("proposed_at"))


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal as its decider sees it: what would be in force then without it, and what would change."""

    row: ActivationProposal
    profile: policy.Profile
    instead_of: policy.Profile
    changes: list[Change]
    weakened: list[str]
    own: bool
    too_late: bool

    @property
    def open(self) -> bool:
        return self.row.decision == ActivationProposal.Decision.WAITING


def proposed(proposal_id: UUID, *, user: User, at: datetime) -> Proposed:
    """Raises ActivationProposal.DoesNotExist.

    A decided proposal is compared with what was in force the moment before its own effect.
    """
    row = ActivationProposal.objects.select_related("proposed_by", "decided_by").get(pk=proposal_id)
    profile = policy.of_stamp(f"{row.profile}@{row.version}")
    before = _without(row)
    return Proposed(
        row,
        profile,
        before,
        compare(before, profile),
        weakened(before, profile),
        people.same_person(user, row.proposed_by),
        row.effective_from <= at,
    )


def _without(row: ActivationProposal) -> policy.Profile:
    """What is in force at the proposal's instant if the proposal itself does not count."""
    own = PolicyActivation.objects.filter(proposal=row).first()
    if own is None:
        return policy.in_force(row.effective_from)
    earlier = PolicyActivation.objects.filter(effective_from__lte=row.effective_from, pk__lt=own.pk)
    last = earlier.order_by("-effective_from", "-id").first()
    stamp = f"{last.profile}@{last.version}" if last else ""
    try:
        return policy.of_stamp(stamp)
    except policy.UnknownStamp:
        return policy.load(last.profile) if last else policy.in_force(row.proposed_at)


def text_matches(version: ProfileVersion) -> bool:
    """Whether the kept text still is the one that was saved."""
    return sha256_of(version.text) == version.sha256
