"""Which reads may be seen at all: arithmetic at query time, true even if no purge ever ran."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from audit.policy import Profile
from detections.models import Detection, HeldRead
from detections.models.reads import DetectionQuerySet
from detections.retention.terms import terms_of
from detections.searching.question import Bounds


def visible(at: datetime, profile: Profile, *, case_number: str = "") -> DetectionQuerySet:
    """Reads not past their ceiling at the instant; with a case number also those held as evidence in that case."""
    cutoff = terms_of(profile, at).seen_from(at)
    if cutoff is None:
        return Detection.objects.all()
    fresh = Q(captured_at__gte=cutoff)
    if not case_number:
        return Detection.objects.filter(fresh)
    held = HeldRead.objects.filter(
        captured_at=OuterRef("captured_at"),
        detection_id=OuterRef("id"),
        hold__case_number=case_number,
        hold__lifted_at=None,
    )
    return Detection.objects.filter(fresh | Exists(held))


def bounds_of(at: datetime, profile: Profile, *, case_number: str = "") -> Bounds:
    """The same for the search engine, which cuts in its own queries what may not be seen."""
    return Bounds(terms_of(profile, at).seen_from(at), case_number)
