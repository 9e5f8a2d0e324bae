"""Looking at purges: what is planned, what one plan would destroy, what a certificate says. Counts only, no plates."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.core.files import File

from audit import ledger, policy
from audit.actions import Action
from audit.asker import Asker
from audit.models import LedgerEntry
from audit.policy import Profile
from audit.refusals import Refusal
from cameras.models import Camera
from detections.models import Hold, PurgeApproval, PurgeCertificate, PurgePlan
from detections.retention import certificates
from detections.retention.execute import approvals_of, refuse_plan
from detections.retention.prove import admit
from detections.retention.purge import PURPOSE, approvals_at, refuse_purge, singles_due
from detections.retention.terms import Terms, terms_of
from detections.rules import retention as rules

LEVELS = 5


@dataclass(frozen=True, slots=True)
class Overview:
    """Live plans by time with the approvals they lack, certificates newest first, and what a run would meet."""

    profile: Profile
    terms: Terms
    plans: list[tuple[PurgePlan, list[str]]]
    certificates: list[PurgeCertificate]
    approvals: list[PurgeApproval]
    wanted: list[str]
    missing: list[str]
    single: int
    refusal: Refusal | None
    blocked: Refusal | None
    protected_from: datetime
    may_approve: bool
    record_index: int | None


@dataclass(frozen=True, slots=True)
class Cell:
    """Reads of a camera on a day, and how dark to paint it: 0 (none) to ``LEVELS``."""

    count: int
    level: int


@dataclass(frozen=True, slots=True)
class PlanShown:
    """A plan with the people, cameras and holds behind its numbers.

    ``days`` are all days of the range; ``rows`` one per camera: its code, its total, a cell per day. ``refusal`` is
    what carrying it out now would meet.
    """

    plan: PurgePlan
    terms: Terms
    days: list[date]
    rows: list[tuple[str, int, list[Cell]]]
    by_day: list[tuple[date, int]]
    holds: list[tuple[Hold, int]]
    approvals: list[PurgeApproval]
    wanted: list[str]
    missing: list[str]
    refusal: Refusal | None
    last_try: LedgerEntry | None
    protected_from: datetime
    protected: bool
    may_approve: bool
    record_index: int | None


@dataclass(frozen=True, slots=True)
class CertificateShown:
    """A certificate, whether its signature is whole, its ledger record, and the holds it names that there still are."""

    certificate: PurgeCertificate
    authentic: bool
    ledger_record: int | None
    approvals: list[PurgeApproval]
    record_index: int | None


def overview(*, by: Asker, at: datetime) -> Overview:
    """The page of purges, for the custodian and the auditor. Raises Refused."""
    with ledger.act(Action.PURGE_LIST, by=by, at=at, purpose=PURPOSE) as record:
        may_approve = admit(by, at)
        profile = policy.in_force(at)
        terms = terms_of(profile, at)
        live = PurgePlan.objects.filter(status__in=["making", "ready"]).defer("counts", "kept", "chunks")
        plans = list(live.prefetch_related("approvals").order_by("first"))
        listed = list(PurgeCertificate.objects.defer("chunks", "statement").order_by("-run_at")[:60])
        given = approvals_at(at)
        refusal = refuse_purge(profile, at)
        single = singles_due(terms, at)
        record.result_count = len(plans) + len(listed)
    wanted = rules.wanted_approvals(profile)
    blocked = rules.refuse_conflict(policy.undetermined(profile, "purge"), profile) or rules.refuse_no_ceiling(
        terms.ceiling, profile
    )
    return Overview(
        profile=profile,
        terms=terms,
        plans=[(plan, _missing(plan, wanted, at)) for plan in plans],
        certificates=listed,
        approvals=given,
        wanted=wanted,
        missing=[kind for kind in wanted if kind not in {approval.kind for approval in given}],
        single=single,
        refusal=refusal,
        blocked=blocked,
        protected_from=terms.floor_before(at),
        may_approve=may_approve,
        record_index=record.index,
    )


def count_to_approve(at: datetime) -> int:
    """How many ready plans still lack an approval. No plate data."""
    wanted = rules.wanted_approvals(policy.in_force(at))
    ready = PurgePlan.objects.filter(status=PurgePlan.Status.READY).only("pk").prefetch_related("approvals")
    return sum(bool(_missing(plan, wanted, at)) for plan in ready)


def _missing(plan: PurgePlan, wanted: list[str], at: datetime) -> list[str]:
    """The approvals that the plan still lacks; they were fetched with it."""
    kinds = {one.kind for one in plan.approvals.all() if one.approved_at <= at < one.valid_until}
    return [kind for kind in wanted if kind not in kinds]


def open_plan(*, by: Asker, at: datetime, plan_id: UUID) -> PlanShown:
    """One plan. Raises Refused, and PurgePlan.DoesNotExist."""
    with ledger.act(Action.PURGE_VIEW, by=by, at=at, purpose=PURPOSE, subject=("purge plan", plan_id, "")) as record:
        may_approve = admit(by, at)
        profile = policy.in_force(at)
        plan = PurgePlan.objects.select_related("asked_by").get(pk=plan_id)
        days = _days(plan)
        rows = _rows(plan, days)
        counted = {UUID(hold): count for hold, count in plan.holds.items()}
        holds = [(hold, counted[hold.pk]) for hold in Hold.objects.filter(pk__in=counted).order_by("placed_at")]
        given = approvals_of(plan, at)
        record.result_count = plan.reads
    tried = LedgerEntry.objects.filter(action=Action.PURGE_RUN, subject_id=str(plan.pk)).order_by("-index").first()
    wanted = rules.wanted_approvals(profile)
    kinds = {approval.kind for approval in given}
    terms = terms_of(profile, at)
    return PlanShown(
        plan=plan,
        terms=terms,
        days=days,
        rows=rows,
        by_day=[(day, sum(row[2][place].count for row in rows)) for place, day in enumerate(days)],
        holds=holds,
        approvals=given,
        wanted=wanted,
        missing=[kind for kind in wanted if kind not in kinds],
        refusal=refuse_plan(plan, given, profile, at),
        last_try=tried,
        protected_from=terms.floor_before(at),
        protected=plan.upto > terms.floor_before(at),
        may_approve=may_approve,
        record_index=record.index,
    )


def open_certificate(*, by: Asker, at: datetime, certificate_id: UUID) -> CertificateShown:
    """One certificate. Raises Refused, and PurgeCertificate.DoesNotExist."""
    subject = ("purge", certificate_id, "")
    with ledger.act(Action.PURGE_VIEW, by=by, at=at, purpose=PURPOSE, subject=subject) as record:
        admit(by, at)
        found = PurgeCertificate.objects.select_related("plan", "files").get(pk=certificate_id)
        given = approvals_of(found.plan, found.run_at) if found.plan else []
        record.result_count = found.reads_destroyed
    return CertificateShown(
        certificate=found,
        authentic=certificates.is_authentic(found),
        ledger_record=certificates.record_of(found),
        approvals=given,
        record_index=record.index,
    )


def open_paper(*, by: Asker, at: datetime, approval_id: int) -> File:
    """The PDF attached to an approval. Raises Refused, and PurgeApproval.DoesNotExist where there is none."""
    subject = ("purge approval", approval_id, "")
    with ledger.act(Action.PURGE_VIEW, by=by, at=at, purpose=PURPOSE, subject=subject) as record:
        admit(by, at)
        approval = PurgeApproval.objects.exclude(paper="").get(pk=approval_id)
        record.result_count = 1
    return approval.paper.open("rb")


def may_ask(*, by: Asker, at: datetime) -> None:
    """The empty page of the question about one read. Raises Refused."""
    with ledger.act(Action.PURGE_VIEW, by=by, at=at, purpose=PURPOSE, subject=("proof", "", "")) as record:
        admit(by, at)
        record.result_count = 1


def _days(plan: PurgePlan) -> list[date]:
    """The days of the agency's calendar on which the plan's reads were captured, without gaps."""
    counted = [date.fromisoformat(day) for days in plan.counts.values() for day in days]
    if not counted:
        return []
    first, last = min(counted), max(counted)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _rows(plan: PurgePlan, days: list[date]) -> list[tuple[str, int, list[Cell]]]:
    codes = {str(number): code for number, code in Camera.objects.values_list("number", "code")}
    most = max((count for of_camera in plan.counts.values() for count in of_camera.values()), default=0)
    rows = []
    for number, of_camera in plan.counts.items():
        cells = [_cell(of_camera.get(day.isoformat(), 0), most) for day in days]
        rows.append((codes.get(number, number), sum(cell.count for cell in cells), cells))
    return sorted(rows)


def _cell(count: int, most: int) -> Cell:
    return Cell(count, -(-count * LEVELS // most) if count else 0)
