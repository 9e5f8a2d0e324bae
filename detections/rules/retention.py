"""When reads may be destroyed (C.1, 462.4). Pure."""

from collections.abc import Collection, Sequence

from audit.policy import Conflict, Profile
from audit.refusals import Citation, Refusal, Rule

CONFLICT = Rule(
    "retention.conflict",
    Citation("Government Code", "§ 34090.6", "Recordings are destroyed only after their period, with approval."),
    "File a signed determination of which text stands; nothing is destroyed until then.",
)
NO_CEILING = Rule(
    "retention.no_ceiling",
    Citation(
        "Civil Code",
        "§ 1798.90.51(b)(2)(G)",
        "The policy says how long ALPR information is kept and how its end is decided.",
    ),
    "Have the policy profile state how long reads are kept.",
)
APPROVAL_MISSING = Rule(
    "retention.approval_missing",
    Citation("Platekeeper default", "purge.approvals", "The custodian of records approves each purge."),
    "Ask the custodian of records to approve the next runs on the page “Purges”.",
)
RESOLUTION_MISSING = Rule(
    "retention.resolution_missing",
    Citation(
        "Government Code",
        "§ 34090.6",
        "Destruction needs the approval of the legislative body and the agency attorney.",
    ),
    "Name the resolution and the attorney's written consent.",
)

MINIMUM_WORDS = 3


def refuse_conflict(conflicts: Sequence[Conflict], profile: Profile) -> Refusal | None:
    """Refuse a purge while the agency's own texts contradict each other; the reason names them all."""
    if not conflicts:
        return None
    sides = conflicts[0].sides
    texts = " But: ".join(f"{side.citation}: {side.citation.text}" for side in sides)
    both = Citation("; ".join(str(side.citation) for side in sides), conflicts[0].topic, texts)
    return CONFLICT.refuse(
        "Two texts of this agency say different things about how long reads are kept, and nobody has decided.",
        cited=both,
        profile=profile.stamp,
    )


def refuse_no_ceiling(ceiling: str, profile: Profile) -> Refusal | None:
    """Refuse a purge under a policy that names no end."""
    if ceiling:
        return None
    return NO_CEILING.refuse("The policy in force does not say when reads are to be destroyed.", profile=profile.stamp)


def refuse_unapproved(given: Collection[str], profile: Profile) -> Refusal | None:
    """Refuse a purge without every approval the profile asks for; ``given`` are the kinds valid now."""
    wanted = profile.get("purge.approvals", [])
    missing = [kind.replace("_", " ") for kind in wanted if kind not in given]
    if not missing:
        return None
    return APPROVAL_MISSING.refuse(
        f"No approval is in force of: {', '.join(missing)}.",
        cited=profile["purge.approvals"].citation,
        profile=profile.stamp,
    )


def refuse_approval(kind: str, note: str, profile: Profile) -> Refusal | None:
    """Refuse to file the council's and attorney's approval without naming the paper it stands in."""
    if kind != "council_and_attorney" or len(note.split()) >= MINIMUM_WORDS:
        return None
    return RESOLUTION_MISSING.refuse("The resolution is not named.", profile=profile.stamp)
