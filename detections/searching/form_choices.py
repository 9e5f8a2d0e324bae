"""What the search form offers to choose from."""

from collections.abc import Iterable

from django.utils.html import format_html

from audit.policy import Profile
from cameras.models import Camera
from detections.searching.question import Match

# What one comes with, in plain words; the kind of question and how the plate is compared follow from it.
WAYS = {
    "plate": "I know the plate",
    "part": "I know part of the plate",
    "canvass": "What was near a scene?",
    "scenes": "Which plates were at several scenes?",
    "convoy": "What travelled with a plate?",
}
EXACT_WAYS = [
    (Match.EXACT.value, "Exactly as typed"),
    (Match.LOOKALIKE.value, "Look-alikes too: 0 O Q D, 1 I L, 8 B, 5 S, 2 Z, 6 G"),
    (Match.EDIT1.value, "One character different, missing or extra too"),
]


def group_choices(readers: Iterable[Camera]) -> Iterable[tuple[str, str]]:
    """The owner classes and kinds that there are readers of, as ``attribute:value``."""
    for name, labels in (("owner_class", Camera.OwnerClass), ("kind", Camera.Kind)):
        there = {getattr(camera, name) for camera in readers}
        for value, label in labels.choices:
            if value in there:
                yield f"{name}:{value}", f"All: {label}"


def purpose_choices(profile: Profile) -> list[tuple[str, str]]:
    """Each purpose with the clause that allows it."""
    return [
        (
            purpose.code,
            format_html(
                '{}<span class="usa-radio__label-description">{}, {}</span>',
                purpose.label,
                purpose.citation.instrument,
                purpose.citation.section,
            ),
        )
        for purpose in profile.purposes
    ]
