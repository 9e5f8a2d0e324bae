"""Reads chosen on a page, carried by a form to another door: signed references, in which no plate stands.

A choice says which read is meant, and which search showed it. Who may see it is asked by the door that takes it.
"""

from collections.abc import Iterable
from uuid import UUID

from django.core import signing
from django.core.exceptions import BadRequest

from detections.models import ReadRef

MOST_CHOSEN = 1_000
_SALT = "platekeeper.read-choice.v1"


def choose(ref: ReadRef, search_id: UUID | None = None) -> str:
    """The value of a ``read`` input that stands for this read, as this search showed it."""
    shown_by = [str(search_id)] if search_id else []
    return signing.dumps([*ref.as_list(), *shown_by], salt=_SALT)


def chosen(values: Iterable[str], *, search_id: UUID | None = None) -> list[ReadRef]:
    """The reads behind the posted values, each once, in their order; with ``search_id`` only those that it showed.

    Raises BadRequest for a value that ``choose`` did not make, or made for another search, and for more than 1,000.
    """
    refs: dict[ReadRef, None] = {}
    for value in values:
        if len(refs) >= MOST_CHOSEN:
            raise BadRequest(f"more than {MOST_CHOSEN:,} reads were chosen")
        try:
            parts = signing.loads(value, salt=_SALT)
            ref = ReadRef.from_list(parts[:3])
        except (signing.BadSignature, TypeError, ValueError) as error:
            raise BadRequest("a chosen read is not one of this site's") from error
        if search_id and parts[3:] != [str(search_id)]:
            raise BadRequest("a chosen read was shown by another search")
        refs[ref] = None
    return list(refs)
