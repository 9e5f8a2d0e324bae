"""Approving purges, and looking at what was and what would be destroyed. Counts only, no plate data."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from audit import gate, ledger
from audit.abilities import Ability, abilities_of
from audit.actions import Action
from audit.asker import Asker
from audit.policy import Profile
from audit.refusals import Refusal, Refused
from detections.models import Detection, HeldRead, PurgeApproval, PurgeCertificate
from detections.retention.purge import PURPOSE, approvals_at, refuse_purge
from detections.retention.terms import Terms, terms_of
from detections.rules import retention as rules

# One approval covers the runs of a week: long enough for a weekend, short enough to be looked at again.
VALID_FOR = timedelta(days=7)
COUNT_CAP = 100_000


@dataclass(frozen=True, slots=True)
class Overview:
    """Certificates, newest first, and what the next run would do now: why not (``refusal``), or how many reads.

    ``due`` counts reads past their ceiling and floor up to ``COUNT_CAP`` + 1, ``held`` those of them under a hold;
    both None where the policy names no ceiling.
    """

    profile: Profile
    terms: Terms
    certificates: list[PurgeCertificate]
    approvals: list[PurgeApproval]
    missing: list[str]
    refusal: Refusal | None
    cutoff: datetime | None
    due: int | None
    held: int | None
    may_approve: bool
    record_index: int | None


def approve(*, by: Asker, at: datetime, kind: str, note: str) -> PurgeApproval:
    """Approve the purges of the next seven days. Raises Refused; ValueError for a kind that there is not."""
    if kind not in PurgeApproval.Kind.values:
        raise ValueError(f"no such approval: {kind}")
    with ledger.act(Action.PURGE_APPROVE, by=by, at=at, purpose=PURPOSE, reason=note, query={"kind": kind}) as record:
        profile = gate.admit(by, Ability.APPROVE_PURGE, at=at)
        if refusal := rules.refuse_approval(kind, note, profile):
            raise Refused(refusal)
        approval = PurgeApproval(kind=kind, approved_by=by.user, approved_at=at, valid_until=at + VALID_FOR, note=note)
        approval.save(force_insert=True)
        record.about("purge approval", approval.pk)
    return approval


def overview(*, by: Asker, at: datetime) -> Overview:
    """The page of purges, for the custodian and the auditor. Raises Refused."""
    with ledger.act(Action.PURGE_LIST, by=by, at=at, purpose=PURPOSE) as record:
        may_approve = by.user is not None and Ability.APPROVE_PURGE in abilities_of(by.user, at)
        profile = gate.admit(by, Ability.APPROVE_PURGE if may_approve else Ability.READ_LEDGER, at=at)
        terms = terms_of(profile, at)
        cutoff = terms.destroyed_before(at) if terms.ceiling else None
        due, held = (_due(cutoff), _held(cutoff)) if cutoff else (None, None)
        certificates = list(PurgeCertificate.objects.order_by("-period")[:60])
        approvals = list(
            PurgeApproval.objects.filter(approved_at__lte=at, valid_until__gt=at).select_related("approved_by")
        )
        refusal = refuse_purge(profile, at)
        given = approvals_at(at)
        record.result_count = len(certificates)
    wanted = profile.get("purge.approvals", [])
    return Overview(
        profile=profile,
        terms=terms,
        certificates=certificates,
        approvals=approvals,
        missing=[kind for kind in wanted if kind not in given],
        refusal=refusal,
        cutoff=cutoff,
        due=due,
        held=held,
        may_approve=may_approve,
        record_index=record.index,
    )


def _due(cutoff: datetime) -> int:
    return Detection.objects.filter(captured_at__lt=cutoff)[: COUNT_CAP + 1].count()


def _held(cutoff: datetime) -> int:
    held = HeldRead.objects.filter(captured_at__lt=cutoff, hold__lifted_at=None)
    return held.values("detection").distinct().count()
