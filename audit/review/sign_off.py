"""The end of an inspection: the reviewer signs, another person approves, and the signed report is kept with it."""

import hashlib
from datetime import datetime
from uuid import UUID

from audit import gate, ledger, notices, signing
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.models import InspectedQuery, Inspection, User
from audit.people import same_person
from audit.policy import Profile
from audit.refusals import Refusal, Refused
from audit.review import gaps, people, report, rules

PURPOSE = "inspection"
Mark = InspectedQuery.Mark


def sign(*, inspection_id: UUID, summary: str, by: Asker, at: datetime) -> Inspection:
    """Sign as the reviewer, once every query is marked. What other systems left out becomes findings in the same act.

    Raises Refused, Inspection.DoesNotExist.
    """
    subject = ("inspection", inspection_id, "")
    with ledger.act(Action.INSPECTION_SIGN, by=by, at=at, purpose=PURPOSE, reason=summary, subject=subject) as record:
        profile = gate.admit(by, Ability.REVIEW_QUERIES, at=at)
        inspection = _locked(inspection_id)
        if refusal := _refuse_sign(inspection, summary, at, profile):
            raise Refused(refusal)
        inspection.reviewer, inspection.signed_at, inspection.summary = by.member, at, summary.strip()
        inspection.save(update_fields=["reviewer", "signed_at", "summary"])
        made = gaps.raise_findings(inspection, by=by, at=at, profile=profile)
        record.detail = {"kind": inspection.kind, "findings_about_systems": len(made)}
        others = [one for one in people.able(Ability.APPROVE_INSPECTIONS, at) if not same_person(one, by.member)]
        notices.tell(
            others,
            key=f"inspection-{inspection.pk}-signed-{at:%Y%m%d%H%M%S}",
            words=f"{inspection.get_kind_display()}: signed, and waits for a second person to approve it.",
            path=f"/inspections/{inspection.pk}/",
            at=at,
        )
    return inspection


def approve(*, inspection_id: UUID, by: Asker, at: datetime) -> Inspection:
    """Approve as the second person; the report is made, signed with the agency's key and kept.

    Raises Refused, Inspection.DoesNotExist, audit.paper.PaperError, audit.signing.SigningUnavailable.
    """
    subject = ("inspection", inspection_id, "")
    with ledger.act(Action.INSPECTION_APPROVE, by=by, at=at, purpose=PURPOSE, subject=subject) as record:
        profile = gate.admit(by, Ability.APPROVE_INSPECTIONS, at=at)
        inspection = _locked(inspection_id)
        if refusal := refuse_approve(inspection, by.member, profile):
            raise Refused(refusal)
        inspection.approver, inspection.approved_at = by.member, at
        inspection.report = report.pdf(inspection, profile=profile, at=at)
        inspection.report_sha256 = hashlib.sha256(inspection.report).hexdigest()
        signature = signing.sign(inspection.report)
        inspection.report_signature, inspection.report_key_id = signature.value, signature.key_id
        inspection.save()
        record.detail = {"report_sha256": inspection.report_sha256, "key_id": signature.key_id}
    return inspection


def give_back(*, inspection_id: UUID, words: str, by: Asker, at: datetime) -> Inspection:
    """Give a signed inspection back to its reviewer with words. Raises Refused, Inspection.DoesNotExist."""
    subject = ("inspection", inspection_id, "")
    with ledger.act(Action.INSPECTION_RETURN, by=by, at=at, purpose=PURPOSE, reason=words, subject=subject) as record:
        profile = gate.admit(by, Ability.APPROVE_INSPECTIONS, at=at)
        inspection = _locked(inspection_id)
        refusal = refuse_approve(inspection, by.member, profile) or rules.refuse_summary(words, profile)
        if refusal:
            raise Refused(refusal)
        reviewer = inspection.reviewer
        record.detail = {"reviewer": reviewer.pk if reviewer else None, "summary": inspection.summary}
        inspection.reviewer = inspection.signed_at = None
        inspection.save(update_fields=["reviewer", "signed_at"])
        notices.tell(
            [reviewer] if reviewer else [],
            key=f"inspection-{inspection.pk}-back-{at:%Y%m%d%H%M%S}",
            words="An inspection that you signed came back to you.",
            path=f"/inspections/{inspection.pk}/",
            at=at,
        )
    return inspection


def refuse_approve(inspection: Inspection, user: User, profile: Profile) -> Refusal | None:
    """What stands in the way of this person's approval now."""
    reviewed = inspection.reviewer is not None and same_person(user, inspection.reviewer)
    mine = InspectedQuery.objects.filter(inspection=inspection).exclude(mark="")
    marked = sum(same_person(user, one.reviewer) for one in mine.select_related("reviewer") if one.reviewer)
    out = mine.filter(mark=Mark.OUT, employee__isnull=False).select_related("employee")
    found = sum(same_person(user, one.employee) for one in out if one.employee)
    return (
        rules.refuse_state(inspection.signed_at is not None, "This inspection is not signed yet.", profile)
        or rules.refuse_state(inspection.approved_at is None, "This inspection is approved already.", profile)
        or rules.refuse_same_hands(reviewed, marked, profile)
        or rules.refuse_found_approver(found, profile)
    )


def _refuse_sign(inspection: Inspection, summary: str, at: datetime, profile: Profile) -> Refusal | None:
    is_log = inspection.kind == Inspection.Kind.LOG
    left = 0 if is_log else InspectedQuery.objects.filter(inspection=inspection, mark="").count()
    return (
        rules.refuse_state(at >= inspection.ends_at, "Its period has not ended yet.", profile)
        or rules.refuse_state(is_log or inspection.drawn_at is not None, "Its sample is not drawn yet.", profile)
        or rules.refuse_state(inspection.signed_at is None, "This inspection is signed already.", profile)
        or rules.refuse_unmarked(left, profile)
        or rules.refuse_summary(summary, profile)
    )


def _locked(inspection_id: UUID) -> Inspection:
    rows = Inspection.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("reviewer", "approver", "drawn_by").get(pk=inspection_id)
