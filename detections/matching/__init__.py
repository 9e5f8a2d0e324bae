"""Reads against hot plates: the very plate is a hit, a plate near it or one that fits a partial entry a possible match.

A batch of reads asks twice at most: ``probe`` which of its plates stand at or near any entry at all, which is nearly
none; and for those few ``pairs`` which entries. ``hits`` and ``possible`` write what is found, ``folding`` counts a car
that is seen again instead of telling it again. ``reference`` says the same rules in plain Python, and
tests/detections/test_matching.py and test_possible_matching.py assert that the two agree; change one, change the other.

The match is as of one statement's snapshot: an entry withdrawn or a list renewed in the same moment is matched as it
stood before or as it stands after, never in between.
"""

from detections.matching.match import Matched, match_detections
from detections.matching.probe import hot_among
from detections.matching.reference import matches
from detections.matching.topics import HIT_CHANGED, NEW_HIT, NEW_POSSIBLE, POSSIBLE_CHANGED

__all__ = [
    "HIT_CHANGED",
    "NEW_HIT",
    "NEW_POSSIBLE",
    "POSSIBLE_CHANGED",
    "Matched",
    "hot_among",
    "match_detections",
    "matches",
]
