"""Verbs of safeguards: enter, change, end, review; and the looks at them."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from audit import gate, ledger
from audit.abilities import Ability, abilities_of
from audit.actions import Action
from audit.asker import Asker
from audit.models import Safeguard, SafeguardReview, User
from audit.refusals import Refusal, Refused
from audit.safeguards import rules_safeguards as rules
from audit.safeguards.evidence import Shown, show

PURPOSE = "safeguards"
# Who reads how the department guards itself: those who keep it, who audit it, who answer for it. No guest has these.
READERS = (Ability.MANAGE_SAFEGUARDS, Ability.READ_LEDGER, Ability.APPROVE_POLICY)


@dataclass(frozen=True, slots=True)
class SafeguardWanted:
    """What is said of a safeguard. ``evidence`` is a code of ``audit.safeguards.evidence`` or ""."""

    code: str
    title: str
    kind: str
    clause: str
    owner: User | None
    owner_title: str
    paper: str
    paper_sha256: str
    evidence: str
    in_force_from: date
    next_review_on: date


@dataclass(frozen=True, slots=True)
class Row:
    """A safeguard with what the system can show for it now."""

    safeguard: Safeguard
    shown: Shown | None
    overdue_days: int
    reviews: tuple[SafeguardReview, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """The safeguards in force, by kind; those that have ended; and whether the asker keeps them."""

    rows: list[Row]
    ended: list[Safeguard]
    may_keep: bool
    record_index: int

    @property
    def overdue(self) -> int:
        return sum(row.overdue_days > 0 for row in self.rows)


def today(at: datetime) -> date:
    """The agency's calendar day of the instant."""
    return at.astimezone(ZoneInfo(settings.AGENCY["zone"])).date()


def list_safeguards(*, by: Asker, at: datetime) -> Page:
    """All safeguards with their evidence at this moment. Raises Refused."""
    with ledger.act(Action.SAFEGUARD_LIST, by=by, at=at, purpose=PURPOSE) as record:
        _admit_reader(by, at)
        every = list(Safeguard.objects.select_related("owner"))
        rows = [_row(one, at) for one in every if one.ended_on is None]
        record.result_count = len(every)
    ended = [one for one in every if one.ended_on is not None]
    return Page(rows, ended, _may_keep(by, at), record.index or 0)


def see_safeguard(*, safeguard_id: UUID, by: Asker, at: datetime) -> tuple[Row, bool, int]:
    """One safeguard with its reviews; whether the asker keeps it; the record. Raises Refused, DoesNotExist."""
    subject = ("safeguard", safeguard_id, "")
    with ledger.act(Action.SAFEGUARD_VIEW, by=by, at=at, purpose=PURPOSE, subject=subject) as record:
        _admit_reader(by, at)
        found = Safeguard.objects.select_related("owner").get(pk=safeguard_id)
        row = _row(found, at, tuple(found.reviews.select_related("by")))
        record.result_count = 1
    return row, _may_keep(by, at), record.index or 0


def enter(wanted: SafeguardWanted, *, by: Asker, at: datetime) -> Safeguard:
    """Enter a safeguard. Raises Refused."""
    with ledger.act(Action.SAFEGUARD_CHANGE, by=by, at=at, purpose=PURPOSE) as record:
        gate.admit(by, Ability.MANAGE_SAFEGUARDS, at=at)
        _check(wanted, at)
        made = Safeguard(**_fields(wanted))
        made.save(force_insert=True)
        record.about("safeguard", made.pk, made.title)
        record.detail = {"entered": {name: str(value or "") for name, value in _fields(wanted).items()}}
    return made


def change(safeguard_id: UUID, wanted: SafeguardWanted, *, by: Asker, at: datetime) -> Safeguard:
    """Change what is said of a safeguard; the record keeps old and new. Raises Refused, Safeguard.DoesNotExist."""
    with ledger.act(
        Action.SAFEGUARD_CHANGE, by=by, at=at, purpose=PURPOSE, subject=("safeguard", safeguard_id, "")
    ) as record:
        gate.admit(by, Ability.MANAGE_SAFEGUARDS, at=at)
        found = Safeguard.objects.select_for_update(no_key=True).get(pk=safeguard_id)
        _raise(rules.refuse_ended(found.ended_on))
        _check(wanted, at)
        before = {name: getattr(found, name) for name in _fields(wanted)}
        changed = {name: value for name, value in _fields(wanted).items() if before[name] != value}
        for name, value in changed.items():
            setattr(found, name, value)
        found.save()
        record.subject_label = found.title
        record.detail = {name: [str(before[name] or ""), str(value or "")] for name, value in changed.items()}
    return found


def end(safeguard_id: UUID, words: str, *, by: Asker, at: datetime) -> Safeguard:
    """End a safeguard today; it stays on file. Raises Refused, Safeguard.DoesNotExist."""
    subject = ("safeguard", safeguard_id, "")
    with ledger.act(Action.SAFEGUARD_CHANGE, by=by, at=at, purpose=PURPOSE, reason=words, subject=subject) as record:
        gate.admit(by, Ability.MANAGE_SAFEGUARDS, at=at)
        found = Safeguard.objects.select_for_update(no_key=True).get(pk=safeguard_id)
        _raise(rules.refuse_ended(found.ended_on) or rules.refuse_words(words))
        found.ended_on = max(today(at), found.in_force_from)
        found.save(update_fields=["ended_on"])
        record.subject_label = found.title
        record.detail = {"ended_on": str(found.ended_on)}
    return found


def review(safeguard_id: UUID, words: str, next_review_on: date, *, by: Asker, at: datetime) -> SafeguardReview:
    """Put a review on file, with what the system shows at this moment. Raises Refused, Safeguard.DoesNotExist."""
    subject = ("safeguard", safeguard_id, "")
    with ledger.act(Action.SAFEGUARD_REVIEW, by=by, at=at, purpose=PURPOSE, reason=words, subject=subject) as record:
        gate.admit(by, Ability.MANAGE_SAFEGUARDS, at=at)
        found = Safeguard.objects.select_for_update(no_key=True).get(pk=safeguard_id)
        _raise(
            rules.refuse_ended(found.ended_on)
            or rules.refuse_words(words)
            or rules.refuse_review_date(next_review_on, today(at))
        )
        shown = show(found.evidence, at)
        facts = {"words": shown.words, "sound": shown.sound} if shown else {}
        made = SafeguardReview.objects.create(
            safeguard=found, at=at, by=by.member, words=words, shown=facts, next_review_on=next_review_on
        )
        found.next_review_on = next_review_on
        found.save(update_fields=["next_review_on"])
        record.subject_label = found.title
        record.detail = {"shown": facts, "next_review_on": str(next_review_on)}
    return made


def admit_keeper(by: Asker, at: datetime) -> None:
    """Let through who keeps safeguards, before a blank form is shown; a refusal is on record. Raises Refused."""
    try:
        gate.admit(by, Ability.MANAGE_SAFEGUARDS, at=at)
    except Refused:
        with ledger.act(Action.SAFEGUARD_CHANGE, by=by, at=at, purpose=PURPOSE):
            gate.admit(by, Ability.MANAGE_SAFEGUARDS, at=at)


def count_overdue(at: datetime) -> int:
    """How many safeguards wait for a review whose day has passed. One query."""
    return Safeguard.objects.filter(ended_on=None, next_review_on__lt=today(at)).count()


def _admit_reader(by: Asker, at: datetime) -> None:
    held = abilities_of(by.user, at) if by.user is not None else frozenset()
    gate.admit(by, next((one for one in READERS if one in held), READERS[0]), at=at)


def _row(safeguard: Safeguard, at: datetime, reviews: tuple[SafeguardReview, ...] = ()) -> Row:
    late = (today(at) - safeguard.next_review_on).days
    return Row(safeguard, show(safeguard.evidence, at), max(0, late), reviews)


def _fields(wanted: SafeguardWanted) -> dict[str, object]:
    return {name: getattr(wanted, name) for name in SafeguardWanted.__slots__}


def _check(wanted: SafeguardWanted, at: datetime) -> None:
    _raise(rules.refuse_paper(wanted.kind, wanted.paper) or rules.refuse_review_date(wanted.next_review_on, today(at)))


def _may_keep(by: Asker, at: datetime) -> bool:
    return by.user is not None and Ability.MANAGE_SAFEGUARDS in abilities_of(by.user, at)


def _raise(refusal: Refusal | None) -> None:
    if refusal:
        raise Refused(refusal)
