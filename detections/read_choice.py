"""Reads chosen on a page, carried by a form to another door: signed references, in which no plate stands.

A choice says which read is meant and nothing about who may see it: the door that takes it asks that itself.
"""

from collections.abc import Iterable

from django.core import signing
from django.core.exceptions import BadRequest

from detections.models import ReadRef

MOST_CHOSEN = 1_000
_SALT = "platekeeper.read-choice.v1"


def choose(ref: ReadRef) -> str:
    """The value of a ``read`` input that stands for this read."""
    return signing.dumps(ref.as_list(), salt=_SALT)


def chosen(values: Iterable[str]) -> list[ReadRef]:
    """The reads behind the posted values, each once, in their order.

    Raises BadRequest for a value that ``choose`` did not make, and for more than 1,000 of them.
    """
    refs: dict[ReadRef, None] = {}
    for value in values:
        if len(refs) >= MOST_CHOSEN:
            raise BadRequest(f"more than {MOST_CHOSEN:,} reads were chosen")
        try:
            refs[ReadRef.from_list(signing.loads(value, salt=_SALT))] = None
        except (signing.BadSignature, ValueError) as error:
            raise BadRequest("a chosen read is not one of this site's") from error
    return list(refs)
