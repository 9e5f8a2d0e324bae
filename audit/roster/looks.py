"""Looks at the roster, each on record: everyone on a day, one person's time, the differences; and the yearly review."""

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime

from audit import ledger, policy
from audit.abilities import Ability, abilities_of
from audit.actions import Action
from audit.asker import Asker
from audit.devices.rules import refuse_device
from audit.models import RoleGrant, RosterReview, User
from audit.policy import Profile
from audit.roster import drift, holdings, rules, supervision, timeline
from audit.roster.requests import PURPOSE, known, require
from audit.spreadsheet import cell

PAGE = 100
COLUMNS = (
    "day", "user_name", "name", "badge", "classification", "organisation", "account", "kind", "employed", "roles",
    "divisions", "certificates", "supervisor",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """Which day of the roster, and whom of it."""

    day: date
    role: str = ""
    division_id: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class RosterPage:
    """One page of the roster of a day."""

    rows: list[holdings.Holding]
    total: int
    open_accounts: int
    number: int
    pages: int
    may_manage: bool


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One person's place: who they are now, their spans with the drawing, who is above, what differs."""

    person: User
    spans: list[timeline.Span]
    drawing: timeline.Drawing
    supervisor: User | None
    below: int
    differences: list[drift.Difference]
    may_manage: bool
    state: str


@dataclass(frozen=True, slots=True)
class DriftPage:
    """The differences, and when the roster was last gone through."""

    drift: drift.Drift
    reviews: list[RosterReview]
    due_on: date | None
    overdue: bool
    may_review: bool


def list_roster(asked: Asked, *, page: int = 1, by: Asker, at: datetime) -> RosterPage:
    """The roster of a day, by name; for those who keep or audit it. Raises Refused."""
    with ledger.act(
        Action.ROSTER_LIST, by=by, at=at, purpose=PURPOSE, query=_query(asked), subject=("roster", asked.day, "")
    ) as record:
        held = _admit(by, known(record.profile), at)
        found = _matching(asked, at)
        pages = max(1, -(-len(found) // PAGE))
        page = min(max(page, 1), pages)
        record.result_count = len(found)
        record.detail = {"page": page}
        shown = found[(page - 1) * PAGE : page * PAGE]
        open_accounts = sum(one.state == "open" for one in found)
        return RosterPage(shown, len(found), open_accounts, page, pages, Ability.MANAGE_PEOPLE in held)


def snapshot(asked: Asked, *, by: Asker, at: datetime) -> str:
    """The roster of a day as CSV, whole: its own record. Raises Refused."""
    with ledger.act(
        Action.ROSTER_LIST, by=by, at=at, purpose=PURPOSE, query=_query(asked), subject=("roster", asked.day, "")
    ) as record:
        _admit(by, known(record.profile), at)
        found = _matching(asked, at)
        record.result_count, record.detail = len(found), {"as": "csv"}
        return _csv(asked.day, found)


def open_person(user_id: int, *, by: Asker, at: datetime) -> PersonPage:
    """One person's time on the roster: for themselves, their supervisors, and those who keep or audit the roster.

    Raises Refused, or User.DoesNotExist.
    """
    with ledger.act(Action.ROSTER_VIEW, by=by, at=at, purpose=PURPOSE, subject=("user", user_id, "")) as record:
        profile = known(record.profile)
        held = _held(by, profile, at)
        below_me = user_id in supervision.supervised_by(by.member, at) if not held & _OPEN else True
        require(rules.refuse_roster(below_me or by.member.pk == user_id, profile))
        person = User.objects.get(pk=user_id)
        record.subject_label, record.result_count = person.username, 1
        spans = timeline.spans_of(person, at)
        return PersonPage(
            person=person,
            spans=spans,
            drawing=timeline.draw(spans, at),
            supervisor=supervision.supervisor_of(person, at),
            below=len(supervision.supervised_by(person, at)),
            differences=[one for one in drift.find(at).differences if one.user.pk == person.pk],
            may_manage=Ability.MANAGE_PEOPLE in held and by.member.pk != person.pk,
            state="ended" if person.has_run_out(at) else "open" if person.is_active else "closed",
        )


def open_drift(*, by: Asker, at: datetime) -> DriftPage:
    """Where roster and accounts differ now. Raises Refused."""
    with ledger.act(Action.ROSTER_LIST, by=by, at=at, purpose=PURPOSE, subject=("roster drift", "", "")) as record:
        profile = known(record.profile)
        held = _admit(by, profile, at)
        found = drift.find(at)
        record.result_count = len(found.differences)
        reviews = list(RosterReview.objects.select_related("by").order_by("-at")[:10])
        due = due_at(reviews[0].at if reviews else None, profile)
        day = holdings.today(due) if due else None
        return DriftPage(found, reviews, day, due is None or due <= at, Ability.MANAGE_PEOPLE in held)


def review(*, words: str, by: Asker, at: datetime) -> RosterReview:
    """Record that somebody went through accounts and rights, with the differences as they stand. Raises Refused."""
    with ledger.act(Action.ROSTER_REVIEW, by=by, at=at, purpose=PURPOSE, reason=words) as record:
        profile = known(record.profile)
        held = _held(by, profile, at)
        require(rules.refuse_roster(Ability.MANAGE_PEOPLE in held, profile))
        require(rules.refuse_wordless(words, profile))
        found = drift.find(at)
        made = RosterReview.objects.create(
            at=at,
            by=by.member,
            accounts=found.accounts,
            drift=[one.as_detail() for one in found.differences],
            words=words,
        )
        record.about("roster review", made.pk)
        record.result_count = found.accounts
        record.detail = {"differences": {kind: count for kind, _, count in found.figures if count}}
    return made


def review_overdue(at: datetime) -> bool:
    """Whether the yearly review of accounts and rights is due (AC-2(j)); also where there was none. Two queries."""
    last = RosterReview.objects.order_by("-at").values_list("at", flat=True).first()
    due = due_at(last, policy.in_force(at))
    return due is None or due <= at


def due_at(last: datetime | None, profile: Profile) -> datetime | None:
    """When the next review is due; None where there never was one."""
    return policy.add_duration(last, str(profile["access.review_every"].value)) if last else None


_OPEN = frozenset({Ability.MANAGE_PEOPLE, Ability.READ_LEDGER})


def _held(by: Asker, profile: Profile, at: datetime) -> frozenset[Ability]:
    """What of the roster's abilities the person has, on this machine."""
    held = abilities_of(by.member, at) & _OPEN
    return frozenset(ability for ability in held if refuse_device(by.device_class, str(ability), profile) is None)


def _admit(by: Asker, profile: Profile, at: datetime) -> frozenset[Ability]:
    held = _held(by, profile, at)
    if not held:
        for ability in sorted(abilities_of(by.member, at) & _OPEN):
            require(refuse_device(by.device_class, str(ability), profile))
    require(rules.refuse_roster(bool(held), profile))
    return held


def _query(asked: Asked) -> dict[str, str | int | None]:
    said: dict[str, str | int | None] = {"day": asked.day.isoformat(), "role": asked.role, "name": asked.name}
    return {name: value for name, value in (said | {"division": asked.division_id}).items() if value}


def _matching(asked: Asked, at: datetime) -> list[holdings.Holding]:
    wanted = asked.name.casefold().strip()
    return [
        one
        for one in holdings.roster_on(asked.day, at=at)
        if (not asked.role or asked.role in one.roles)
        and (asked.division_id is None or asked.division_id in one.division_ids)
        and (not wanted or wanted in f"{one.name} {one.username} {one.badge}".casefold())
    ]


def _csv(day: date, found: list[holdings.Holding]) -> str:
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    labels = dict(RoleGrant.Role.choices)
    for one in found:
        values = (
            day.isoformat(), one.username, one.name, one.badge, one.classification, one.organisation, one.state,
            one.account_kind, "yes" if one.employed else "no", "; ".join(str(labels[role]) for role in one.roles),
            "; ".join(one.divisions), "; ".join(one.certificates), one.supervisor,
        )  # fmt: skip
        rows.writerow([cell(value) for value in values])
    return text.getvalue()
