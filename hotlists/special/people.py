"""Who may do what about special lists: those who manage them, those who may see them, the commanders who decide."""

from datetime import datetime

from audit import criminal_justice_text, gate, people
from audit.abilities import ABILITIES, Ability, Role, abilities_of, roles_of
from audit.asker import Asker
from audit.models import Division, DivisionAssignment, DivisionCommand, RoleGrant, User
from audit.policy import Profile
from audit.refusals import Refusal, Refused
from hotlists.rules_special import Standing, refuse_guest


def admit(by: Asker, *abilities: Ability, at: datetime) -> Profile:
    """Let one of the department through for the first of the abilities they have. Raises Refused for the first where
    they have none, and for anybody of another agency, whatever their roles (I.2.a)."""
    held = abilities_of(by.user, at) if by.user is not None else frozenset()
    profile = gate.admit(by, next((one for one in abilities if one in held), abilities[0]), at=at)
    require(refuse_guest(bool(by.member.organisation), profile))
    return profile


def may(user: User, ability: Ability, at: datetime) -> bool:
    """Whether the person's roles include the ability at the instant."""
    return ability in abilities_of(user, at)


def holders(ability: Ability, at: datetime) -> list[User]:
    """The department's people who have the ability at the instant."""
    roles = [role for role, held in ABILITIES.items() if ability in held]
    able = RoleGrant.objects.at(at).filter(role__in=roles).values("user")
    return [one for one in User.objects.filter(pk__in=able, organisation="") if may(one, ability, at)]


def standing_of(user: User, profile: Profile, at: datetime) -> Standing:
    """What decides whether the person is authorized personnel: agency, account, role and training."""
    training = gate.training_of(user, at)
    sees = abilities_of(user, at) & {Ability.VIEW_HOT_PLATES, Ability.WATCH_HITS}
    return Standing(
        own=not user.organisation,
        active=user.is_active,
        has_role=bool(sees),
        trained=all(getattr(training, kind) for kind in profile["train.gate"].value),
    )


def divisions_concerned(asked_by: User, at: datetime) -> list[Division]:
    """The divisions whose commander decides about a share: those of the one who asked, and the RTIC.

    I.2.b says "division commander" without saying whose. The asker's answers for the use (D.2.b(2)(a)); the RTIC's for
    what leaves the house (C.2.a).
    """
    own = DivisionAssignment.objects.at(at).filter(user=asked_by).values("division")
    return list(Division.objects.filter(pk__in=own) | Division.objects.filter(is_rtic=True))


def commands(user: User, asked_by: User, at: datetime) -> bool:
    """Whether the person commands a division that a share asked for by this one concerns."""
    held = DivisionCommand.objects.at(at).filter(commander=user, division__in=divisions_concerned(asked_by, at))
    return Role.COMMANDER in roles_of(user, at) and held.exists()


def commanders_for(asked_by: User, at: datetime) -> list[User]:
    """Those who may decide about a share asked for by this person; never the same person under another account."""
    held = DivisionCommand.objects.at(at).filter(division__in=divisions_concerned(asked_by, at))
    found = User.objects.filter(pk__in=held.values("commander"), organisation="")
    return [one for one in found if Role.COMMANDER in roles_of(one, at) and not people.same_person(one, asked_by)]


def rtic_commanders(at: datetime) -> list[User]:
    """Who commands the Real-Time Information Center at the instant."""
    held = DivisionCommand.objects.at(at).filter(division__is_rtic=True)
    return list(User.objects.filter(pk__in=held.values("commander"), is_active=True))


def kept(words: str) -> str:
    """The words as the ledger may keep them: a reason that holds criminal-justice text is not kept there either."""
    kind = criminal_justice_text.found_in(words)
    return f"[left out: {kind}]" if kind else words


def require(refusal: Refusal | None) -> None:
    """Raise the refusal where there is one."""
    if refusal:
        raise Refused(refusal)
