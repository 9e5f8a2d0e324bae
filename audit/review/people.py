"""Who is told and asked in a review: everyone who has an ability now."""

from collections.abc import Iterable
from datetime import datetime

from audit import gate
from audit.abilities import ABILITIES, Ability, abilities_of
from audit.asker import Asker
from audit.models import RoleGrant, User
from audit.policy import Profile
from audit.refusals import Refused


def able(ability: Ability, at: datetime) -> list[User]:
    """Active people who have the ability at the instant, in the order of their accounts."""
    roles = [role for role, abilities in ABILITIES.items() if ability in abilities]
    held = RoleGrant.objects.at(at).filter(role__in=roles, user__is_active=True)
    people = User.objects.filter(pk__in=held.values("user")).order_by("pk")
    return [person for person in people if ability in abilities_of(person, at)]


def admit_any(by: Asker, wanted: Iterable[Ability], *, at: datetime) -> Profile:
    """Let in whoever has one of the abilities; else the refusal names the first. Raises Refused."""
    first, *others = wanted
    try:
        return gate.admit(by, first, at=at)
    except Refused:
        if by.user is None:
            raise
        held = abilities_of(by.user, at)
        for ability in others:
            if ability in held:
                return gate.admit(by, ability, at=at)
        raise
