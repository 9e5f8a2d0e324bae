"""The gate every look passes inside its act: role, machine, training, purpose, case. It raises ``Refused``."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from audit import policy, rules
from audit.abilities import Ability, abilities_of
from audit.actions import ActorKind
from audit.asker import Asker
from audit.devices.rules import refuse_device
from audit.models import Certificate, User
from audit.refusals import Refused

# Abilities that touch plate data need the certificates of A.3 / 462.3(d); the others do not.
TRAINED = frozenset(
    {
        Ability.SEARCH,
        Ability.VIEW_READS,
        Ability.TRANSCRIBE,
        Ability.ENTER_HOT_PLATE,
        Ability.VIEW_HOT_PLATES,
        Ability.MANAGE_HOT_LISTS,
        Ability.ASK_HOT_LISTS,
        Ability.APPROVE_SHARES,
        Ability.WATCH_HITS,
        Ability.WORK_HITS,
        Ability.VERIFY_HITS,
        Ability.EXPORT_EVIDENCE,
    }
)


def admit(by: Asker, ability: Ability, *, at: datetime) -> policy.Profile:
    """Let the asker through for this ability, or raise Refused. Returns the profile in force. 3 queries."""
    profile = policy.in_force(at)
    allowed = by.kind == ActorKind.PERSON and by.user is not None and ability in abilities_of(by.user, at)
    if refusal := rules.refuse_role(allowed, str(ability), profile):
        raise Refused(refusal)
    if refusal := refuse_device(by.device_class, str(ability), profile):
        raise Refused(refusal)
    if by.user is None or ability not in TRAINED:
        return profile
    if refusal := rules.refuse_untrained(training_of(by.user, at), profile):
        raise Refused(refusal)
    return profile


def check_purpose(purpose: str, reason: str, case_number: str, profile: policy.Profile) -> None:
    """Raise Refused unless purpose, words and case number satisfy the profile; the gravest first."""
    refusal = (
        rules.refuse_prohibited(reason, profile)
        or rules.refuse_purpose(purpose, reason, profile)
        or rules.refuse_case_number(case_number, profile)
    )
    if refusal:
        raise Refused(refusal)


def training_of(user: User, at: datetime) -> rules.Training:
    """Which certificates the person holds on the agency's calendar day of the instant. One query."""
    day = at.astimezone(ZoneInfo(settings.AGENCY["zone"])).date()
    kinds = set(
        Certificate.objects.filter(user=user, issued_on__lte=day, expires_on__gt=day).values_list("kind", flat=True)
    )
    return rules.Training(clets="clets" in kinds, alpr="alpr" in kinds)
