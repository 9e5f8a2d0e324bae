"""Carry an approved plan out: the partition goes, what is held stays, a certificate says so; all in one transaction.

Whatever can be done beforehand is done before the store is locked: dependents deleted, the remains copied into a small
table, the certificate signed. The swap comes last (migration 0012). It waits 40 ms at most while everyone else waits
behind it, gives up and tries again; and it proves under the lock that every read that must stay is among the remains.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from audit import asker, gate, ledger, policy
from audit.abilities import Ability
from audit.actions import Action, ActorKind
from audit.asker import Asker
from audit.ids import uuid7
from audit.policy import Profile
from audit.refusals import Refusal, Refused
from detections.models import FileRemoval, PurgeApproval, PurgeCertificate, PurgePlan, QuarantinedRead, ReadRef
from detections.retention import certificates, id_files, store
from detections.retention.id_files import IdList
from detections.retention.kept import Kept, kept_in
from detections.retention.plan import PURPOSE, terms_now
from detections.retention.terms import RUN_EVERY, terms_of
from detections.rules import retention as rules

# Seconds of tries before a purge says "busy"; and how often a hold may come in between.
PATIENCE = 60.0
MOST_CHANGES = 20


def carry_out(*, plan_id: UUID, at: datetime, by: Asker | None = None) -> PurgeCertificate:
    """Destroy what the plan lists, but for what must stay by now; the signed certificate.

    A second run returns the first one's certificate. Raises Refused (not approved, not due, stale, busy),
    PurgePlan.DoesNotExist and audit.signing.SigningUnavailable; nothing is destroyed then.
    """
    by = by or asker.system("nightly purge")
    subject = ("purge plan", plan_id, "")
    with ledger.act(Action.PURGE_RUN, by=by, at=at, purpose=PURPOSE, subject=subject) as record:
        if by.kind != ActorKind.SYSTEM:
            gate.admit(by, Ability.APPROVE_PURGE, at=at)
        profile = record.profile or policy.in_force(at)
        if not store.claim():
            raise Refused(rules.refuse_busy(1, profile))
        plan = PurgePlan.objects.select_for_update(of=("self",)).get(pk=plan_id)
        if plan.status == PurgePlan.Status.DONE:
            record.about("purge", plan.certificate.pk)
            record.result_count = 0
            return plan.certificate
        given = approvals_of(plan, at)
        if refusal := refuse_plan(plan, given, profile, at):
            raise Refused(refusal)
        certificate = _carry_out(plan, given, profile, at)
        record.about("purge", certificate.pk)
        record.result_count = certificate.reads_destroyed
        record.detail = {
            "plan": str(plan.pk),
            "root": certificate.root,
            "held": certificate.reads_held,
            "photos": certificate.photos_destroyed,
            "key": certificate.key_id,
        }
    certificate.record_index = (
        record.index
    )  # written down by the clean-up: a commit of its own is not worth waiting for
    return certificate


def refuse_run(*, plan_id: UUID, at: datetime, by: Asker) -> None:
    """Say on record why this person may not carry the plan out now. Raises Refused, PurgePlan.DoesNotExist."""
    subject = ("purge plan", plan_id, "")
    with ledger.act(Action.PURGE_RUN, by=by, at=at, purpose=PURPOSE, subject=subject) as record:
        profile = gate.admit(by, Ability.APPROVE_PURGE, at=at)
        plan = PurgePlan.objects.get(pk=plan_id)
        if refusal := refuse_plan(plan, approvals_of(plan, at), profile, at):
            raise Refused(refusal)
        record.result_count = 0


def carry_out_due(*, at: datetime) -> tuple[int, int]:
    """Carry out the plans that are due and approved: how many were, and how many were refused.

    A plan without its approvals is left alone until they are there, without a record each night.
    """
    profile = policy.in_force(at)
    wanted = set(rules.wanted_approvals(profile))
    ready = PurgePlan.objects.filter(status=PurgePlan.Status.READY, due_at__lte=at + RUN_EVERY).order_by("first")
    done = refused = 0
    for plan in list(ready):
        if wanted - {approval.kind for approval in approvals_of(plan, at)}:
            continue
        try:
            carry_out(plan_id=plan.pk, at=at)
            done += 1
        except Refused:  # recorded by the act itself with its clause; the next plan goes on
            refused += 1
    return done, refused


def approvals_of(plan: PurgePlan, at: datetime) -> list[PurgeApproval]:
    """The approvals of this plan in force at the instant."""
    given = plan.approvals.filter(approved_at__lte=at, valid_until__gt=at)
    return list(given.select_related("approved_by").order_by("approved_at", "pk"))


def refuse_plan(plan: PurgePlan, given: Collection[PurgeApproval], profile: Profile, at: datetime) -> Refusal | None:
    """Why the plan may not be carried out now, with these approvals; the gravest first."""
    terms = terms_of(profile, at)
    return (
        rules.refuse_conflict(policy.undetermined(profile, "purge"), profile)
        or rules.refuse_no_ceiling(terms.ceiling, profile)
        or rules.refuse_plan_state(plan.status, PurgePlan.Status.READY, profile)
        or rules.refuse_stale((plan.profile, plan.floor, plan.ceiling), terms_now(profile, terms), profile)
        or rules.refuse_early(
            plan.upto, terms.floor_before(at), plan.first, terms.ceiling_before(at + RUN_EVERY), profile
        )
        or rules.refuse_unapproved({approval.kind for approval in given}, profile)
    )


def _carry_out(plan: PurgePlan, given: list[PurgeApproval], profile: Profile, at: datetime) -> PurgeCertificate:
    for _ in range(MOST_CHANGES):
        try:
            with transaction.atomic():
                return _try(plan, given, profile, at)
        except store.Changed:  # a hold came in between: all is put back, and the next try sees it
            continue
        except store.Busy as busy:
            raise Refused(rules.refuse_busy(busy.tries, profile)) from busy
    raise Refused(rules.refuse_busy(MOST_CHANGES, profile))


def _try(plan: PurgePlan, given: list[PurgeApproval], profile: Profile, at: datetime) -> PurgeCertificate:
    terms = terms_of(profile, at)
    kept = kept_in(plan.first, plan.upto)
    planned = {ReadRef.from_list(parts) for parts in plan.kept}
    stays = kept.refs | planned  # what the plan left stays, even if its hold was lifted since
    certificate = PurgeCertificate(
        id=uuid7(),
        plan=plan,
        run_at=at,
        period=certificates.day_of(at),
        profile=profile.stamp,
        ceiling=terms.ceiling,
        cutoff=terms.floor_before(at),
        earliest=plan.earliest,
        latest=plan.latest,
        reads_held=len(kept.held),
        reads_with_open_hits=len(kept.waiting - kept.held),
    )
    pictures = store.make_remains(plan.partition, stays)
    counts, listed = _destroy_dependents(plan, stays, pictures, certificate.pk)
    certificate.photos_destroyed, certificate.hits_destroyed = counts["photos"], counts["hits"]
    plan.status = PurgePlan.Status.DONE
    plan.save(update_fields=["status"])
    certificates.certify(
        certificate,
        profile=profile,
        terms=terms,
        ids=_ids(plan, certificate, kept, planned),
        approvals=given,
        counts=counts,
        holds=kept.holds,
    )
    FileRemoval.objects.create(certificate=certificate, listed=listed)
    store.swap(plan.partition, remains=bool(stays), cutoff=certificate.cutoff, patience=PATIENCE)
    return certificate


def _ids(plan: PurgePlan, certificate: PurgeCertificate, kept: Kept, planned: Collection[ReadRef]) -> IdList:
    """The plan's list; a new one where reads on it have come under a hold or a hit since."""
    since = frozenset(ref.id.bytes for ref in (kept.held | kept.waiting) if ref not in planned)
    if not since:
        return IdList(plan.ids_file, plan.reads, plan.ids_sha256, bytes(plan.chunks), plan.root)
    return id_files.store(str(certificate.pk), id_files.without(plan.ids_file, plan.ids_sha256, since))


def _destroy_dependents(
    plan: PurgePlan, stays: Collection[ReadRef], pictures: list[UUID], removal: UUID
) -> tuple[dict[str, int], int]:
    """Destroy what hangs on the reads; how many of each, and how many files of photographs are to be removed.

    ``pictures`` are the photographs of the reads that stay.
    """
    values: dict[str, Any] = {
        "first": plan.first,
        "upto": plan.upto,
        "stays": [ref.id for ref in stays],
        "pictures": pictures,
        "removal": removal,
    }
    with connection.cursor() as cursor:
        cursor.execute(_UNDECIDED, values)
        cursor.execute(_DEPENDENTS, values)
        corrections, hits, pictures_gone, listed = cursor.fetchone()
    late = QuarantinedRead.objects.filter(received_at__gte=plan.first, received_at__lt=plan.upto)
    quarantined = late.delete()[1].get("detections.QuarantinedRead", 0)
    counts = {"corrections": corrections, "hits": hits, "photos": pictures_gone, "quarantined": quarantined}
    return counts, listed


# Whoever is deciding about one just now is waited for; the next statement then sees the event that comes of it.
_UNDECIDED = """
    SELECT count(*) FROM (
        SELECT FROM detections_possiblematch
        WHERE captured_at >= %(first)s AND captured_at < %(upto)s AND detection_id <> ALL(%(stays)s::uuid[])
        AND status = 'new' ORDER BY id FOR UPDATE) AS locked
"""
# One statement, and no objects: a hit's history would get a row for each, and a month has thousands.
_DEPENDENTS = """
WITH lifted AS (
    DELETE FROM detections_heldread
    WHERE captured_at >= %(first)s AND captured_at < %(upto)s AND detection_id <> ALL(%(stays)s::uuid[])
    AND (SELECT o.lifted_at FROM detections_hold o WHERE o.id = hold_id) IS NOT NULL
), corrections AS (
    DELETE FROM detections_platecorrection
    WHERE captured_at >= %(first)s AND captured_at < %(upto)s AND detection_id <> ALL(%(stays)s::uuid[]) RETURNING 1
), hits AS (
    DELETE FROM detections_hit WHERE status = 'closed'
    AND captured_at >= %(first)s AND captured_at < %(upto)s AND detection_id <> ALL(%(stays)s::uuid[]) RETURNING id
), possible AS (
    DELETE FROM detections_possiblematch
    WHERE captured_at >= %(first)s AND captured_at < %(upto)s AND detection_id <> ALL(%(stays)s::uuid[]) RETURNING id
), repeats AS (
    DELETE FROM detections_hitrepeat WHERE hit_id IN (SELECT id FROM hits)
    OR captured_at >= %(first)s AND captured_at < %(upto)s AND detection_id <> ALL(%(stays)s::uuid[])
), events AS (
    DELETE FROM detections_outboxevent
    WHERE hit_id IN (SELECT id FROM hits) OR possible_id IN (SELECT id FROM possible)
), gone AS (
    DELETE FROM detections_photo WHERE captured_at >= %(first)s AND captured_at < %(upto)s
    AND id <> ALL(%(pictures)s::uuid[]) RETURNING original, served
), listed AS (
    INSERT INTO detections_filetoremove (removal_id, name)
    SELECT %(removal)s, n.name FROM gone, LATERAL (VALUES (gone.original), (gone.served)) AS n (name)
    WHERE n.name <> '' RETURNING 1
) SELECT (SELECT count(*) FROM corrections), (SELECT count(*) FROM hits), (SELECT count(*) FROM gone),
         (SELECT count(*) FROM listed)
"""
