"""Whom the roster tells: those who hold an ability now."""

from datetime import datetime

from audit.abilities import ABILITIES, Ability, roles_of
from audit.models import RoleGrant, User


def holders(ability: Ability, at: datetime) -> list[User]:
    """The department's active people whose roles give the ability now. A few queries for each of the few."""
    roles = [role for role, abilities in ABILITIES.items() if ability in abilities]
    grants = RoleGrant.objects.at(at).filter(role__in=roles).values("user")
    people = User.objects.filter(pk__in=grants, is_active=True, organisation="").order_by("pk")
    return [one for one in people if any(role in roles for role in roles_of(one, at))]
