"""Destroy single expired reads, those that lie in no partition of their own, and certify what was destroyed.

Reads in partitions go by plans (``plan``, ``execute``), each approved by itself. What is left for this nightly run is
little: strays, quarantined reads and photographs of which no read was made. It runs under a seven-day approval.

Order of locks, shared with the holds: the reads first. A read locked by a hold being placed is skipped and waits for
the next night; a hold placed on a read being destroyed finds it gone. Held reads are looked up after the lock, in a
statement of its own, so that it sees what was committed before.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q

from audit import asker, gate, ledger, policy
from audit.abilities import Ability
from audit.actions import Action, ActorKind
from audit.asker import Asker
from audit.ids import uuid7
from audit.policy import Profile
from audit.refusals import Refusal, Refused
from detections.models import (
    FileRemoval,
    HeldRead,
    Hit,
    HitRepeat,
    OutboxEvent,
    PlateCorrection,
    PossibleMatch,
    PurgeApproval,
    PurgeCertificate,
    QuarantinedRead,
)
from detections.retention import certificates, id_files, photos, store
from detections.retention.terms import Terms, terms_of
from detections.rules import retention as rules

BATCH = 5_000
COUNT_CAP = 100_000
PURPOSE = "retention"

# Straight from the stray partition: a read in another one is not this run's business.
_BATCH = """
    SELECT id, captured_at FROM detections_detection_stray
    WHERE captured_at < %s AND (captured_at, id) > (%s, %s)
    ORDER BY captured_at, id LIMIT %s FOR UPDATE SKIP LOCKED
"""
_DUE = "SELECT count(*) FROM (SELECT FROM detections_detection_stray WHERE captured_at < %s LIMIT %s) AS due"
_LONG_AGO, _FIRST = datetime(1970, 1, 1).astimezone(), UUID(int=0)


@dataclass(slots=True)
class _Tally:
    """What the run did so far."""

    ids: list[bytes] = field(default_factory=list)
    earliest: datetime | None = None
    latest: datetime | None = None
    holds: Counter[UUID] = field(default_factory=Counter)
    held: int = 0
    waiting: int = 0
    hits: int = 0
    corrections: int = 0


def purge_expired(*, at: datetime, by: Asker | None = None) -> PurgeCertificate:
    """Destroy the stray reads past ceiling and floor that nothing holds; the certificate of the day.

    A second run on one day returns the first one's certificate. Raises Refused while the texts contradict each other,
    where no ceiling is set, and without the approvals the profile asks for; nothing is destroyed then.
    """
    by = by or asker.system("nightly purge")
    if earlier := _of_the_day(at):
        return earlier
    with ledger.act(Action.PURGE_RUN, by=by, at=at, purpose=PURPOSE) as record:
        profile = _admit(by, at)
        if not store.claim():
            raise Refused(rules.refuse_busy(1, profile))
        if earlier := _of_the_day(at):
            record.about("purge", earlier.pk)
            record.result_count = 0
            return earlier
        certificate, counts = _run(profile, terms_of(profile, at), at)
        record.about("purge", certificate.pk)
        record.result_count = certificate.reads_destroyed
        record.detail = {
            "cutoff": certificate.cutoff,
            "root": certificate.root,
            "held": certificate.reads_held,
        } | counts
    certificate.record_index = record.index
    return certificate


def approvals_at(at: datetime) -> list[PurgeApproval]:
    """The seven-day approvals in force at the instant: ``approved_at <= at < valid_until``."""
    given = PurgeApproval.objects.filter(plan=None, approved_at__lte=at, valid_until__gt=at)
    return list(given.select_related("approved_by").order_by("approved_at", "pk"))


def refuse_purge(profile: Profile, at: datetime) -> Refusal | None:
    """Why a purge may not run now: open contradiction, no ceiling, or an approval that is missing."""
    return (
        rules.refuse_conflict(policy.undetermined(profile, "purge"), profile)
        or rules.refuse_no_ceiling(terms_of(profile, at).ceiling, profile)
        or rules.refuse_unapproved({approval.kind for approval in approvals_at(at)}, profile)
    )


def singles_due(terms: Terms, at: datetime) -> int:
    """How many stray reads are past ceiling and floor, up to ``COUNT_CAP`` + 1; held ones among them. One query."""
    if not terms.ceiling:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [terms.destroyed_before(at), COUNT_CAP + 1])
        return cursor.fetchone()[0]


def _of_the_day(at: datetime) -> PurgeCertificate | None:
    return PurgeCertificate.objects.filter(plan=None, period=certificates.day_of(at)).first()


def _admit(by: Asker, at: datetime) -> Profile:
    """The profile, if it lets a purge run now; raises Refused. A person needs the ability, the clockwork does not."""
    profile = policy.in_force(at) if by.kind == ActorKind.SYSTEM else gate.admit(by, Ability.APPROVE_PURGE, at=at)
    if refusal := refuse_purge(profile, at):
        raise Refused(refusal)
    return profile


def _run(profile: Profile, terms: Terms, at: datetime) -> tuple[PurgeCertificate, dict[str, int]]:
    cutoff = terms.destroyed_before(at)
    certificate = PurgeCertificate(
        id=uuid7(),
        run_at=at,
        period=certificates.day_of(at),
        profile=profile.stamp,
        ceiling=terms.ceiling,
        cutoff=cutoff,
    )
    tally = _destroy_reads(cutoff)
    quarantined = QuarantinedRead.objects.filter(received_at__lt=cutoff).delete()[1]
    photos_destroyed, listed = photos.destroy_orphan_rows(cutoff, certificate.pk)
    certificate.earliest, certificate.latest = tally.earliest, tally.latest
    certificate.photos_destroyed, certificate.hits_destroyed = photos_destroyed, tally.hits
    certificate.reads_held, certificate.reads_with_open_hits = tally.held, tally.waiting
    counts = {
        "photos": photos_destroyed,
        "hits": tally.hits,
        "corrections": tally.corrections,
        "quarantined": quarantined.get("detections.QuarantinedRead", 0),
    }
    _certify(certificate, tally, profile=profile, terms=terms, counts=counts, at=at)
    FileRemoval.objects.create(certificate=certificate, listed=listed)
    return certificate, counts


def _certify(
    certificate: PurgeCertificate,
    tally: _Tally,
    *,
    profile: Profile,
    terms: Terms,
    counts: dict[str, int],
    at: datetime,
) -> None:
    certificates.certify(
        certificate,
        profile=profile,
        terms=terms,
        ids=id_files.store(str(certificate.pk), [b"".join(sorted(tally.ids))]),
        approvals=approvals_at(at),
        counts=counts,
        holds=dict(tally.holds),
    )


def _destroy_reads(cutoff: datetime) -> _Tally:
    tally = _Tally()
    for batch in _batches(cutoff):
        ids = [pk for pk, _ in batch]
        held = HeldRead.objects.filter(detection_id__in=ids, hold__lifted_at=None)
        by_hold = list(held.values_list("detection_id", "hold_id"))
        tally.holds.update(hold for _, hold in by_hold)
        stays = {read for read, _ in by_hold}
        waiting = _waiting(ids) - stays
        tally.held += len(stays)
        tally.waiting += len(waiting)
        _destroy([row for row in batch if row[0] not in stays | waiting], tally)
    return tally


def _batches(cutoff: datetime) -> Iterator[list[tuple[UUID, datetime]]]:
    """Stray reads captured before the cutoff in order, locked; those locked by someone else wait for the next night."""
    last, after = _FIRST, _LONG_AGO
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_BATCH, [cutoff, after, last, BATCH])
            batch = cursor.fetchall()
        if not batch:
            return
        yield batch
        last, after = batch[-1]


def _waiting(ids: list[UUID]) -> set[UUID]:
    """Reads whose hit nobody has closed, the road from hit to stop still being walked; and those counted to one."""
    hits = Hit.objects.filter(detection_id__in=ids).exclude(status=Hit.Status.CLOSED)
    repeats = HitRepeat.objects.filter(detection_id__in=ids).exclude(hit__status=Hit.Status.CLOSED)
    return {read for found in (hits, repeats) for read in found.values_list("detection_id", flat=True)}


def _destroy(reads: list[tuple[UUID, datetime]], tally: _Tally) -> None:
    """Destroy reads with all that hangs on them."""
    if not reads:
        return
    ids = [pk for pk, _ in reads]
    # Whoever is deciding about one just now is waited for, and the events that come of it are then deleted too.
    list(PossibleMatch.objects.filter(detection_id__in=ids).select_for_update().order_by("pk").values_list("pk"))
    HeldRead.objects.filter(detection_id__in=ids, hold__lifted_at__isnull=False).delete()
    tally.corrections += PlateCorrection.objects.filter(detection_id__in=ids).delete()[0]
    OutboxEvent.objects.filter(Q(hit__detection_id__in=ids) | Q(possible__detection_id__in=ids)).delete()
    HitRepeat.objects.filter(detection_id__in=ids).delete()
    PossibleMatch.objects.filter(detection_id__in=ids).delete()
    tally.hits += Hit.objects.filter(detection_id__in=ids).delete()[1].get("detections.Hit", 0)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM detections_detection_stray WHERE id = ANY(%s) AND captured_at BETWEEN %s AND %s",
                       [ids, reads[0][1], reads[-1][1]])  # fmt: skip
    tally.ids += [pk.bytes for pk in ids]
    tally.earliest = tally.earliest or reads[0][1]
    tally.latest = reads[-1][1]
