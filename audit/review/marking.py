"""Marking queries under review: compliant, needs explanation, out of compliance; the latter two go to a commander."""

from datetime import datetime
from uuid import UUID

from audit import gate, ledger, notices
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.models import Finding, InspectedQuery, Inspection
from audit.people import same_person
from audit.policy import Profile
from audit.refusals import Refusal, Refused
from audit.review import findings, people, rules
from audit.review.independence import Independence

PURPOSE = "inspection"
Mark = InspectedQuery.Mark
KINDS = {Mark.OUT: Finding.Kind.QUERY, Mark.EXPLAIN: Finding.Kind.EXPLANATION}


def mark(*, query_id: UUID, to: str, words: str, by: Asker, at: datetime) -> InspectedQuery:
    """Mark one query; what is out of compliance or needs explanation is sent to a commander in the same act.

    A reviewer may change a mark of their own from "compliant" until the inspection is signed. Raises Refused,
    InspectedQuery.DoesNotExist, and ValueError for a mark that there is not.
    """
    if to not in KINDS and to != Mark.COMPLIANT:
        raise ValueError(f"no such mark: {to}")
    subject = ("inspected query", query_id, "")
    with ledger.act(Action.INSPECTION_MARK, by=by, at=at, purpose=PURPOSE, reason=words, subject=subject) as record:
        profile = gate.admit(by, Ability.REVIEW_QUERIES, at=at)
        query = _locked(query_id)
        record.detail = {"inspection": str(query.inspection_id), "mark": to, "was": query.mark}
        if refusal := _refusal(query, to, words, by, at, profile):
            raise Refused(refusal)
        query.mark, query.words, query.reviewer, query.marked_at = to, words.strip(), by.member, at
        query.save(update_fields=["mark", "words", "reviewer", "marked_at"])
        if to in KINDS:
            finding = findings.raise_about(query, KINDS[Mark(to)], by=by, at=at, profile=profile)
            record.detail |= {"finding": str(finding.pk), "commander": finding.commander_id}
            record.detail |= {"why_there": finding.routed_why}
    return query


def hand_over(*, inspection_id: UUID, by: Asker, at: datetime) -> int:
    """Tell the other reviewers of the queries that the asker may not mark; returns how many queries there are.

    Raises Refused, Inspection.DoesNotExist.
    """
    subject = ("inspection", inspection_id, "")
    with ledger.act(Action.INSPECTION_HAND_OVER, by=by, at=at, purpose=PURPOSE, subject=subject) as record:
        profile = gate.admit(by, Ability.REVIEW_QUERIES, at=at)
        inspection = Inspection.objects.get(pk=inspection_id)
        if refusal := rules.refuse_state(inspection.signed_at is None, "This inspection is signed.", profile):
            raise Refused(refusal)
        left = list(InspectedQuery.objects.filter(inspection=inspection, mark="").select_related("employee"))
        barred = Independence(by.member, at).bars(left)
        record.result_count = len(barred)
        if barred:
            others = [one for one in people.able(Ability.REVIEW_QUERIES, at) if not same_person(one, by.member)]
            count = "1 query" if len(barred) == 1 else f"{len(barred)} queries"
            notices.tell(
                others,
                key=f"inspection-{inspection.pk}-over-{by.member.pk}-{at:%Y%m%d}",
                words=f"{by.member.display_name} hands you {count} of an inspection to mark.",
                path=f"/inspections/{inspection.pk}/?show=open",
                at=at,
            )
    return len(barred)


def _locked(query_id: UUID) -> InspectedQuery:
    """The query with its inspection, both locked: nobody signs while a mark is made, and nobody marks twice."""
    key = InspectedQuery.objects.values_list("inspection_id", flat=True).get(pk=query_id)
    inspection = Inspection.objects.select_for_update(no_key=True).only("signed_at", "drawn_at").get(pk=key)
    query = (
        InspectedQuery.objects.select_for_update(of=("self",), no_key=True)
        .select_related("employee", "reviewer")
        .get(pk=query_id)
    )
    query.inspection = inspection
    return query


def _refusal(query: InspectedQuery, to: str, words: str, by: Asker, at: datetime, profile: Profile) -> Refusal | None:
    """What stands in the way of this mark; the gravest first."""
    other = query.reviewer.display_name if query.reviewer and query.reviewer != by.member else ""
    return (
        Independence(by.member, at).refuse(query, profile)
        or rules.refuse_state(query.inspection.signed_at is None, "This inspection is signed.", profile)
        or rules.refuse_marked(other, profile)
        or rules.refuse_settled(Finding.objects.filter(query=query).exists(), profile)
        or rules.refuse_words(to, words, profile)
    )
