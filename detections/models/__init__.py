"""Models of what the cameras saw and what it matched."""

from detections.models.evidence import EvidencePackage
from detections.models.hits import Hit, HitRepeat, OutboxEvent, PossibleMatch
from detections.models.hold_steps import Booking, HoldReview
from detections.models.purges import (
    FileRemoval,
    FileToRemove,
    Latecomer,
    PlateSweep,
    PurgeApproval,
    PurgeCertificate,
    PurgePlan,
)
from detections.models.reads import Detection, IngestKey, Photo, Plate, PlateCorrection, QuarantinedRead
from detections.models.refs import ReadRef
from detections.models.retention import HeldRead, Hold
from detections.models.searches import Search, SearchApproval
from detections.models.uploads import QuarantineDecision, QuarantineOrigin, Upload, UploadCamera, UploadRejection

__all__ = [
    "Booking",
    "Detection",
    "EvidencePackage",
    "FileRemoval",
    "FileToRemove",
    "HeldRead",
    "Hit",
    "HitRepeat",
    "Hold",
    "HoldReview",
    "IngestKey",
    "Latecomer",
    "OutboxEvent",
    "Photo",
    "Plate",
    "PlateCorrection",
    "PossibleMatch",
    "PlateSweep",
    "PurgeApproval",
    "PurgeCertificate",
    "PurgePlan",
    "QuarantineDecision",
    "QuarantineOrigin",
    "QuarantinedRead",
    "ReadRef",
    "Search",
    "SearchApproval",
    "Upload",
    "UploadCamera",
    "UploadRejection",
]
