"""A batch of reads inside an open act: keys claimed, reads stored or set aside, hot plates matched."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from audit.policy import Profile
from audit.refusals import Refusal
from cameras.models import Camera, Deployment
from detections.ingest import rules
from detections.ingest.ids import uuid7s
from detections.ingest.keys import Claim, claim, claim_of
from detections.ingest.reads import (
    REFUSED,
    Answer,
    BadRead,
    NewRead,
    conflict,
    refused,
)
from detections.ingest.rows import copy_reads
from detections.matching import hot_among, match_detections
from detections.models import Hit, HitRepeat, Photo, QuarantinedRead, ReadRef

Batch = Sequence[NewRead | BadRead]


def store_reads(
    reads: Batch, *, camera: Camera, at: datetime, profile: Profile, photo: Photo | None = None
) -> list[Answer]:
    """Record a batch and answer each read, in order. Runs inside an act; the number of statements is fixed.

    Raises django.db.DatabaseError, and then nothing of the batch is kept.
    """
    judged = _judge(reads, at, profile, photo.sha256 if photo else "")
    firsts: dict[bytes, Claim] = {}
    for one in judged:
        if isinstance(one, Claim):
            firsts.setdefault(one.key, one)
    standing = claim(camera, firsts.values(), at)
    fresh = [one for one in firsts.values() if one.key not in standing] if standing else list(firsts.values())
    recorded = [(one.id, one.read) for one in fresh if one.read and not one.reason]
    # In the order of the key, whose pages are then walked through once instead of jumped about in.
    recorded.sort(key=_plate)
    copy_reads(recorded, camera=camera, photo_id=photo.pk if photo else None)
    _set_aside(fresh, camera, at)
    hits = _hits(recorded, camera, standing.values(), at)
    settled = firsts | standing
    return [_answer(one, settled[one.key], hits) if isinstance(one, Claim) else one for one in judged]


def _plate(recorded: tuple[UUID, NewRead]) -> str:
    return recorded[1].plate


def tally(answers: Iterable[Answer]) -> dict[str, int]:
    """How many reads got which status, for the ledger."""
    return dict(Counter(answer.status for answer in answers))


def _judge(reads: Batch, at: datetime, profile: Profile, photo_sha256: str) -> list[Claim | Answer]:
    """What each read would be: a claim on its key, or the answer already."""
    cutoff = rules.ceiling_cutoff(at, profile)
    judged: list[Claim | Answer] = []
    for read, id_ in zip(reads, uuid7s(len(reads), at), strict=True):
        if isinstance(read, BadRead):
            judged.append(refused(read))
        elif refusal := rules.refuse_past_ceiling(read.captured_at, cutoff, profile):
            judged.append(_cited(read, refusal))
        else:
            why = rules.why_quarantined(read.captured_at, at)
            judged.append(claim_of(read, why, id_, photo_sha256))
    return judged


def _cited(read: NewRead, refusal: Refusal) -> Answer:
    more = {
        "field": "captured_at",
        "citation": str(refusal.citation),
        "clause": refusal.citation.text,
        "profile": refusal.profile,
        "next_step": refusal.next_step,
    }
    return Answer(read.client_key, None, REFUSED, refusal.reason, code=refusal.code, more=more)


def place_of(camera: Camera, captured_at: datetime) -> tuple[float | None, float | None]:
    """Where the camera stood at the instant, in decimal degrees; (None, None) where no deployment says so."""
    stood = Deployment.objects.at(captured_at).filter(camera=camera).order_by("starts_at").select_related("site")
    return next(((one.site.latitude, one.site.longitude) for one in stood), (None, None))


def _answer(one: Claim, stands: Claim, hits: dict[UUID, int]) -> Answer:
    """The answer that stands for the key: ours, the first of this batch's, or the one given before."""
    client_key = one.read.client_key if one.read else None
    answer = Answer(client_key, stands.id, stands.status, stands.reason, hits.get(stands.id, 0))
    if stands is one:
        return answer
    return answer.again() if stands.body == one.body else conflict(client_key or "")


def _set_aside(fresh: Iterable[Claim], camera: Camera, at: datetime) -> None:
    rows = [
        QuarantinedRead(
            id=one.id,
            camera=camera,
            claimed_at=one.read.captured_at,
            received_at=at,
            reason=one.reason,
            body=asdict(one.read) | {"captured_at": one.read.captured_at.isoformat()},
        )
        for one in fresh
        if one.read and one.reason
    ]
    if rows:
        QuarantinedRead.objects.bulk_create(rows)


def _hits(
    recorded: list[tuple[UUID, NewRead]], camera: Camera, standing: Iterable[Claim], at: datetime
) -> dict[UUID, int]:
    """Hits on ordinary lists by read, made or joined: now, and by replayed reads when they were new."""
    hot = hot_among(dict.fromkeys(read.plate for _, read in recorded), at=at)
    refs = [ReadRef(id_, camera.number, read.captured_at) for id_, read in recorded if read.plate in hot]
    made = match_detections(refs, at=at)
    counts = {id_: sum(not hit.informational for hit in hits) for id_, hits in made.items()}
    replayed = [one.id for one in standing]
    if replayed:
        counts |= _hits_before(replayed)
    return counts


def _hits_before(reads: list[UUID]) -> dict[UUID, int]:
    """How many hits on ordinary lists these reads have made or joined; those without any are left out."""
    made = Hit.objects.filter(detection_id__in=reads, informational=False).values_list("detection_id")
    joined = HitRepeat.objects.filter(detection_id__in=reads, hit__informational=False).values_list("detection_id")
    return dict(Counter(read for (read,) in made.union(joined, all=True)))
