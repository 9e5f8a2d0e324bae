"""Destroy what is past its ceiling, keep what is held, and certify what was destroyed.

Order of locks, shared with ``holds.place_hold``: the reads first. A read locked by a hold being placed is skipped and
waits for the next night; a hold placed on a read being destroyed finds it gone. Held reads are looked up after the
lock, in a statement of its own, so that it sees what was committed before.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Q

from audit import asker, gate, ledger, merkle, policy
from audit.abilities import Ability
from audit.actions import Action, ActorKind
from audit.asker import Asker
from audit.policy import Profile
from audit.refusals import Refusal, Refused
from detections.models import (
    Detection,
    HeldRead,
    Hit,
    IngestKey,
    PlateCorrection,
    PurgeApproval,
    PurgeCertificate,
    QuarantinedRead,
)
from detections.retention import photos
from detections.retention.terms import terms_of
from detections.rules import retention as rules

BATCH = 5_000
PURPOSE = "retention"
_LOCK = 34090  # PostgreSQL advisory lock: one purge at a time

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Tally:
    """What the run did so far; ``tree`` is the Merkle tree over the ids destroyed, in order of (capture, id)."""

    tree: merkle.Range = field(default_factory=merkle.Range)
    earliest: datetime | None = None
    latest: datetime | None = None
    held: int = 0
    waiting: int = 0
    hits: int = 0

    def add(self, reads: list[Detection]) -> None:
        for read in reads:
            self.tree.append(read_leaf(read.pk))
        if reads:
            self.earliest = self.earliest or reads[0].captured_at
            self.latest = reads[-1].captured_at


def read_leaf(read_id: UUID) -> bytes:
    """A destroyed read's leaf hash in a certificate's tree: over the 16 bytes of its id."""
    return merkle.leaf_hash(read_id.bytes)


def purge_expired(*, at: datetime, by: Asker | None = None) -> PurgeCertificate:
    """Destroy the reads past ceiling and floor that nothing holds; the certificate of the day.

    A second run on one day returns the first one's certificate. Raises Refused while the texts contradict each other,
    where no ceiling is set, and without the approvals the profile asks for; nothing is destroyed then.
    """
    by = by or asker.system("nightly purge")
    day = at.astimezone(ZoneInfo(settings.AGENCY["zone"])).date()
    if earlier := PurgeCertificate.objects.filter(period=day).first():
        return earlier
    names: list[str] = []
    with ledger.act(Action.PURGE_RUN, by=by, at=at, purpose=PURPOSE) as record:
        profile = _admit(by, at)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if earlier := PurgeCertificate.objects.filter(period=day).first():
            record.about("purge", earlier.pk)
            record.result_count = 0
            return earlier
        terms = terms_of(profile, at)
        cutoff = terms.destroyed_before(at)
        tally = _destroy_reads(cutoff)
        quarantined = QuarantinedRead.objects.filter(received_at__lt=cutoff).delete()[0]
        photos_destroyed, names = photos.destroy_rows(cutoff)
        certificate = _certify(tally, at, day, profile, terms.ceiling, cutoff, photos_destroyed)
        record.about("purge", certificate.pk)
        record.result_count = tally.tree.size
        record.detail = {
            "cutoff": cutoff,
            "root": certificate.root,
            "held": tally.held,
            "photos": photos_destroyed,
            "quarantined": quarantined,
        }
    certificate.record_index = record.index
    certificate.save(update_fields=["record_index"])
    photos.remove_files(names)
    return certificate


def approvals_at(at: datetime) -> set[str]:
    """Kinds of approval in force at the instant: ``approved_at <= at < valid_until``."""
    given = PurgeApproval.objects.filter(approved_at__lte=at, valid_until__gt=at)
    return set(given.values_list("kind", flat=True))


def _admit(by: Asker, at: datetime) -> Profile:
    """The profile, if it lets a purge run now; raises Refused. A person needs the ability, the clockwork does not."""
    profile = policy.in_force(at) if by.kind == ActorKind.SYSTEM else gate.admit(by, Ability.APPROVE_PURGE, at=at)
    if refusal := refuse_purge(profile, at):
        raise Refused(refusal)
    return profile


def refuse_purge(profile: Profile, at: datetime) -> Refusal | None:
    """Why a purge may not run now: open contradiction, no ceiling, or an approval that is missing."""
    return (
        rules.refuse_conflict(policy.undetermined(profile, "purge"), profile)
        or rules.refuse_no_ceiling(terms_of(profile, at).ceiling, profile)
        or rules.refuse_unapproved(approvals_at(at), profile)
    )


def _destroy_reads(cutoff: datetime) -> _Tally:
    tally = _Tally()
    for batch in _batches(cutoff):
        ids = [read.pk for read in batch]
        held = set(HeldRead.objects.filter(detection__in=ids, hold__lifted_at=None).values_list("detection", flat=True))
        waiting = _with_open_hits(ids) - held
        doomed = [read for read in batch if read.pk not in held and read.pk not in waiting]
        tally.held += len(held)
        tally.waiting += len(waiting)
        tally.hits += _destroy(doomed)
        tally.add(doomed)
    return tally


def _batches(cutoff: datetime) -> Iterator[list[Detection]]:
    """Reads captured before the cutoff in order, locked; those locked by someone else are left for the next night."""
    after: Q = Q()
    while True:
        reads = Detection.objects.select_for_update(skip_locked=True, of=("self",)).filter(
            after, captured_at__lt=cutoff
        )
        batch = list(reads.only("id", "captured_at", "received_at").order_by("captured_at", "pk")[:BATCH])
        if not batch:
            return
        yield batch
        last = batch[-1]
        after = Q(captured_at__gte=last.captured_at) & (Q(captured_at__gt=last.captured_at) | Q(pk__gt=last.pk))


def _with_open_hits(ids: list[UUID]) -> set[UUID]:
    """Reads whose hit nobody has closed: the road from hit to stop is still being walked."""
    return set(
        Hit.objects.filter(detection__in=ids).exclude(status=Hit.Status.CLOSED).values_list("detection", flat=True)
    )


def _destroy(reads: list[Detection]) -> int:
    """Destroy reads with all that hangs on them; returns how many hits went. PROTECT stops what should not go."""
    if not reads:
        return 0
    ids = [read.pk for read in reads]
    HeldRead.objects.filter(detection__in=ids, hold__lifted_at__isnull=False).delete()
    PlateCorrection.objects.filter(detection__in=ids).delete()
    hits = Hit.objects.filter(detection__in=ids, status=Hit.Status.CLOSED).delete()[1].get("detections.Hit", 0)
    received = [read.received_at for read in reads]
    # The bounds let the time index on the keys do the work; there is none on read_id.
    IngestKey.objects.filter(received_at__range=(min(received), max(received)), read_id__in=ids).delete()
    Detection.objects.filter(pk__in=ids).delete()
    return hits


def _certify(
    tally: _Tally, at: datetime, day: date, profile: Profile, ceiling: str, cutoff: datetime, photos_destroyed: int
) -> PurgeCertificate:
    return PurgeCertificate.objects.create(
        run_at=at,
        period=day,
        profile=profile.stamp,
        ceiling=ceiling,
        cutoff=cutoff,
        earliest=tally.earliest,
        latest=tally.latest,
        reads_destroyed=tally.tree.size,
        photos_destroyed=photos_destroyed,
        reads_held=tally.held,
        hits_destroyed=tally.hits,
        reads_with_open_hits=tally.waiting,
        root=tally.tree.root().hex(),
    )
