"""What may not be done from which kind of machine, and who enrols one. Pure: facts in, refusal or nothing out."""

from collections.abc import Collection
from datetime import datetime

from audit.policy import Profile
from audit.refusals import Citation, Refusal, Rule

ORDER = "SPD General Order 525.08"
CJIS = "CJIS Security Policy 5.9.5"

DEVICE = Rule(
    "access.device",
    Citation(ORDER, "J.1", "Mobile applications follow General Order 410.09; the profile names what each may do."),
    "Do it at a desk.",
)
CODE_OVER = Rule(
    "terminal.code_over",
    Citation(CJIS, "IA-3", "A machine is known by what only it was given, once."),
    "Ask an ALPR administrator for a fresh code, and type it here within ten minutes.",
)
TERMINAL_OVER = Rule(
    "terminal.retired",
    Citation(CJIS, "IA-3", "A machine that was taken off the list is not known any more."),
    "Add it again under a new name.",
)
EXEMPTION = Rule(
    "terminal.exemption",
    Citation(CJIS, "AC-11", "Only vehicles and dispatch consoles in a secure room are exempt from the 30-minute lock."),
    "Leave it without the exemption, or enter it as vehicle computer or dispatch console with the reason.",
)
NAME_TAKEN = Rule(
    "terminal.name_taken",
    Citation(CJIS, "CM-8", "Each machine is on the list once, so that a record names one machine."),
    "Choose another name, such as the machine's asset number.",
)
GUEST_ENROLS = Rule(
    "terminal.guest",
    Citation(CJIS, "AC-20", "Machines of others are not made known as the department's own."),
    "Let somebody of the department type the code.",
)

WORDS = {"phone": "phone", "vehicle": "vehicle computer", "desk": "desk", "dispatch": "dispatch console"}
_EXEMPT = frozenset({"vehicle", "dispatch"})


def allowed_on(device_class: str, profile: Profile) -> Collection[str] | None:
    """The words of the abilities that the profile leaves to the kind of machine; None: whatever the role allows."""
    allowed: Collection[str] | None = profile.get(f"field.{device_class}.allows")
    return allowed


def refuse_device(device_class: str, ability: str, profile: Profile) -> Refusal | None:
    """Refuse what the profile does not leave to this kind of machine."""
    allowed = allowed_on(device_class, profile)
    if allowed is None or ability in allowed:
        return None
    cited = profile[f"field.{device_class}.allows"].citation
    return DEVICE.refuse(f"On a {WORDS[device_class]} you cannot {ability}.", cited=cited, profile=profile.stamp)


def refuse_code(found: bool, ends_at: datetime | None, at: datetime, profile: Profile) -> Refusal | None:
    """Refuse a code nobody gave, one that was used, and one older than ten minutes (``at`` the end is too late)."""
    if found and ends_at is not None and at < ends_at:
        return None
    return CODE_OVER.refuse("This code is not valid, or not any more.", profile=profile.stamp)


def refuse_retired(retired_at: datetime | None, profile: Profile) -> Refusal | None:
    """Refuse to change a machine that was taken off the list."""
    if retired_at is None:
        return None
    return TERMINAL_OVER.refuse(f"This machine was retired on {retired_at:%B %-d, %Y}.", profile=profile.stamp)


def refuse_exemption(device_class: str, exempt: bool, why: str, profile: Profile) -> Refusal | None:
    """Refuse an exemption from the idle limit to any but vehicles and dispatch consoles, or without a reason."""
    if not exempt or (device_class in _EXEMPT and why.strip()):
        return None
    if device_class in _EXEMPT:
        return EXEMPTION.refuse("Nothing says why this machine is exempt.", profile=profile.stamp)
    return EXEMPTION.refuse(f"A {WORDS[device_class]} is not exempt from the idle limit.", profile=profile.stamp)


def refuse_name(taken: bool, profile: Profile) -> Refusal | None:
    """Refuse a second machine of one name, retired ones included."""
    return NAME_TAKEN.refuse("A machine of this name is on the list.", profile=profile.stamp) if taken else None


def refuse_guest(guest: bool, profile: Profile) -> Refusal | None:
    """Refuse enrolment to people of another agency."""
    return GUEST_ENROLS.refuse("You are here for another agency.", profile=profile.stamp) if guest else None
