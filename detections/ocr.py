"""Reading plates from photographs: the interface, and this installation's reader.

A worker asks `default_reader()` once per photograph and gets the same object: the model is loaded once per
process.
"""

import functools

from detections.readers.easy import EasyOcrReader
from detections.readers.reading import Box, OcrUnavailable, PlateReader, Reading, WeightsError

__all__ = [
    "Box",
    "EasyOcrReader",
    "OcrUnavailable",
    "PlateReader",
    "Reading",
    "WeightsError",
    "default_reader",
]


@functools.cache
def default_reader() -> PlateReader:
    """The reader of this process; raises `OcrUnavailable` or `WeightsError`, and then tries again when next asked."""
    return EasyOcrReader()
