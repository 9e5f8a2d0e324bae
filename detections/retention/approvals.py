"""Approving purges: one plan at a time, or the single expired reads of the next seven days (C.1, 462.4)."""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from django.core.files.base import ContentFile

from audit import gate, ledger
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.policy import Profile
from audit.refusals import Refused
from detections.models import PurgeApproval, PurgePlan
from detections.retention.purge import PURPOSE
from detections.rules import retention as rules

# For single reads: long enough for a weekend, short enough to be looked at again.
VALID_FOR = timedelta(days=7)
# For a plan: as long as it may wait for its day and for the council, and no longer.
PLAN_VALID_FOR = timedelta(days=90)
LARGEST_PAPER = 10 * 1024 * 1024


def approve(
    *,
    by: Asker,
    at: datetime,
    kind: str,
    note: str,
    consent: str = "",
    paper: bytes = b"",
    plan_id: UUID | None = None,
) -> PurgeApproval:
    """Approve one plan, or without one the single expired reads of the next seven days.

    ``paper`` is a PDF, kept with its SHA-256. Raises Refused, PurgePlan.DoesNotExist, and ValueError for a kind that
    there is not.
    """
    if kind not in PurgeApproval.Kind.values:
        raise ValueError(f"no such approval: {kind}")
    query = {"kind": kind, "plan": str(plan_id or "")}
    with ledger.act(Action.PURGE_APPROVE, by=by, at=at, purpose=PURPOSE, reason=note, query=query) as record:
        profile = gate.admit(by, Ability.APPROVE_PURGE, at=at)
        plan = _plan(plan_id, profile) if plan_id else None
        if refusal := rules.refuse_approval(kind, note, consent, profile) or rules.refuse_paper(
            paper, LARGEST_PAPER, profile
        ):
            raise Refused(refusal)
        approval = PurgeApproval(
            plan=plan,
            kind=kind,
            approved_by=by.user,
            approved_at=at,
            valid_until=at + (PLAN_VALID_FOR if plan else VALID_FOR),
            note=note,
            consent=consent,
            paper_sha256=hashlib.sha256(paper).hexdigest() if paper else "",
        )
        if paper:
            approval.paper.save("paper.pdf", ContentFile(paper), save=False)
        approval.save(force_insert=True)
        record.about("purge approval", approval.pk)
        record.detail = {"root": plan.root, "reads": plan.reads} if plan else {}
    return approval


def _plan(plan_id: UUID, profile: Profile) -> PurgePlan:
    plan = PurgePlan.objects.select_for_update(of=("self",)).get(pk=plan_id)
    if refusal := rules.refuse_plan_state(plan.status, PurgePlan.Status.READY, profile):
        raise Refused(refusal)
    return plan
