"""The plates of members and their households: kept as keyed digests alone, so that the register is no list of cars."""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from django.conf import settings

from audit import plates
from audit.models import MemberPlate, User

Relation = MemberPlate.Relation
COLLEAGUE = "colleague"


def digest_of(plate: str) -> str:
    """The digest of a plate in its written form."""
    return hmac.digest(key(), plate.encode(), "sha256").hex()


def key() -> bytes:
    """The key of the digests, derived from the secret that is set for them, else from the site's own."""
    return _derived(settings.MEMBER_PLATE_SECRET or settings.SECRET_KEY)


def whose(plate: str, user: User) -> str | None:
    """What the plate is to the person: ``own``, ``household``, ``colleague``; None where it is nobody's on file.

    ``plate`` as typed; what is no whole plate is nobody's. One query.
    """
    try:
        written = plates.normalise(plate)
    except plates.PlateError:
        return None
    found = MemberPlate.objects.filter(digest=digest_of(written), ended_at=None)
    return relation_to(
        str(user.pk), [(str(owner), relation) for owner, relation in found.values_list("user", "relation")]
    )


def relation_to(who: str, owners: list[tuple[str, str]]) -> str | None:
    """The closest relation of a person to a plate with these owners (id, relation). Pure."""
    relations = {relation for owner, relation in owners if owner == who}
    for closest in (Relation.OWN, Relation.HOUSEHOLD):
        if closest in relations:
            return closest.value
    return COLLEAGUE if owners else None


def all_digests() -> Mapping[bytes, list[tuple[str, str]]]:
    """Every digest on file -> its owners (id as text, relation). One query."""
    found: dict[bytes, list[tuple[str, str]]] = defaultdict(list)
    rows = MemberPlate.objects.filter(ended_at=None).values_list("digest", "user_id", "relation")
    for digest, owner, relation in rows:
        found[bytes.fromhex(digest)].append((str(owner), relation))
    return dict(found)


@lru_cache(maxsize=4)
def _derived(secret: str) -> bytes:
    return hashlib.sha256(b"platekeeper plates of members\n" + secret.encode()).digest()
