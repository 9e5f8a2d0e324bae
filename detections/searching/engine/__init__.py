"""The search engine: a question and what may be seen at all go in, reads or plates come out (docs/adr/0007).

Plates are looked up in their dictionary first, reads then by plate, newest first, in windows that grow until the page
is full. What is too common for that is found by time and camera. ``searching.reference`` says what the answers are.

Every function needs an open transaction with a statement timeout, runs on the connection ``using``, and lets a
cancelled statement out as Django's ``OperationalError``.
"""

from detections.searching.engine.pages import Found, count, find
from detections.searching.engine.together import companions, reads_of
from detections.searching.question import After, Bounds, Companion

__all__ = ["After", "Bounds", "Companion", "Found", "companions", "count", "find", "reads_of"]
