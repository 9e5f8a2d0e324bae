"""Models of what the cameras saw and what it matched."""

from detections.models.hits import Hit, OutboxEvent
from detections.models.reads import Detection, IngestKey, Photo, Plate, PlateCorrection, QuarantinedRead, ReadRef
from detections.models.retention import HeldRead, Hold, PurgeApproval, PurgeCertificate
from detections.models.searches import Search

__all__ = [
    "Detection",
    "HeldRead",
    "Hit",
    "Hold",
    "IngestKey",
    "OutboxEvent",
    "Photo",
    "Plate",
    "PlateCorrection",
    "PurgeApproval",
    "PurgeCertificate",
    "QuarantinedRead",
    "ReadRef",
    "Search",
]
