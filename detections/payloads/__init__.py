"""What plate cameras and their software send: each vendor's form turned into `IncomingRead`. Pure.

Every parser takes a decoded JSON value (see `load`) and returns a list, empty for messages that carry no
plate (heartbeats, a vehicle whose plate was not seen). A form that cannot be trusted raises `PayloadError`
and nothing else, whatever was sent.
"""

from detections.payloads.fields import PayloadError, load
from detections.payloads.frigate import parse_frigate
from detections.payloads.incoming import IncomingRead
from detections.payloads.plate_recognizer import parse_plate_recognizer
from detections.payloads.rekor import parse_rekor

__all__ = ["IncomingRead", "PayloadError", "load", "parse_frigate", "parse_plate_recognizer", "parse_rekor"]
