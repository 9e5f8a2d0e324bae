"""When reads may be destroyed (C.1, 462.4). Pure."""

from collections.abc import Collection, Sequence
from datetime import datetime

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
_PRODUCT = "Platekeeper default"
FLOOR = Rule(
    "purge.floor",
    Citation("Government Code", "§ 34090", "Records are kept for their minimum period before anyone destroys them."),
    "Wait until the last of these reads is past its floor; the nightly run goes on by itself then.",
)
NOT_DUE = Rule(
    "purge.not_due",
    Citation(_PRODUCT, "purge.due", "Reads are kept until the first of their partition reaches its ceiling."),
    "Wait: the nightly run carries the plan out when it is due.",
)
STALE = Rule(
    "purge.stale_plan",
    Citation(_PRODUCT, "purge.plan", "A plan is carried out under the policy it was made and approved under."),
    "Make a new plan and have it approved.",
)
NOT_READY = Rule(
    "purge.plan_state",
    Citation(_PRODUCT, "purge.plan", "Only a finished plan is approved, and each plan is carried out once."),
    "Open the list of purges and choose a plan that is ready.",
)
BUSY = Rule(
    "purge.busy",
    Citation(_PRODUCT, "purge.busy", "A purge gives way: it never keeps those who search or send reads waiting."),
    "Nothing was destroyed. Run it again later; the nightly run tries again by itself.",
)
PAPER = Rule(
    "purge.paper",
    Citation(_PRODUCT, "purge.paper", "An attached paper is a PDF, so that it can be read as it was signed."),
    "Attach a PDF of at most 10 MB, or name the paper in words.",
)

MINIMUM_WORDS = 3
COUNCIL = "council_and_attorney"


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


def wanted_approvals(profile: Profile) -> list[str]:
    """Whom the profile names for a purge, and council and attorney where § 34090.6 is its authority."""
    wanted = list(profile.get("purge.approvals", []))
    if COUNCIL not in wanted and any("34090.6" in text for text in profile.get("retention.authority", [])):
        wanted.append(COUNCIL)
    return wanted


def refuse_unapproved(given: Collection[str], profile: Profile) -> Refusal | None:
    """Refuse a purge without every approval the profile asks for; ``given`` are the kinds valid now."""
    missing = [kind.replace("_", " ") for kind in wanted_approvals(profile) if kind not in given]
    if not missing:
        return None
    return APPROVAL_MISSING.refuse(
        f"No approval is in force of: {', '.join(missing)}.",
        cited=profile["purge.approvals"].citation if "purge.approvals" in profile.values else None,
        profile=profile.stamp,
    )


def refuse_approval(kind: str, note: str, consent: str, profile: Profile) -> Refusal | None:
    """Refuse to file the council's and attorney's approval without naming the papers it stands in."""
    if kind != COUNCIL:
        return None
    if len(note.split()) < MINIMUM_WORDS:
        return RESOLUTION_MISSING.refuse("The resolution is not named.", profile=profile.stamp)
    if len(consent.split()) < MINIMUM_WORDS:
        return RESOLUTION_MISSING.refuse("The attorney's written consent is not named.", profile=profile.stamp)
    return None


def refuse_paper(paper: bytes, largest: int, profile: Profile) -> Refusal | None:
    """Refuse an attached paper that is no PDF or too large; none at all is fine."""
    if not paper or (paper.startswith(b"%PDF-") and len(paper) <= largest):
        return None
    return PAPER.refuse("The attached paper is no PDF, or too large.", profile=profile.stamp)


def refuse_plan_state(status: str, wanted: str, profile: Profile) -> Refusal | None:
    """Refuse to approve or carry out a plan that is not in the wanted state."""
    if status == wanted:
        return None
    words = {
        "making": "This plan is still being made.",
        "done": "This plan was carried out before.",
        "replaced": "A newer plan took this one's place.",
        "failed": "This plan could not be made.",
    }
    return NOT_READY.refuse(words.get(status, "This plan is not ready."), profile=profile.stamp)


def refuse_stale(made_under: tuple[str, str, str], now: tuple[str, str, str], profile: Profile) -> Refusal | None:
    """Refuse a plan made under other terms: (profile stamp, floor, ceiling) then and now."""
    if made_under == now:
        return None
    return STALE.refuse(f"The plan was made under {made_under[0]}; its terms are not in force now.", profile=now[0])


def refuse_early(
    upto: datetime, floor_before: datetime, first: datetime, ceiling_before: datetime, profile: Profile
) -> Refusal | None:
    """Refuse reads captured in ``[first, upto)`` of which one is not past its floor, or none nears its ceiling."""
    if upto > floor_before:
        value = profile.values.get("retention.alpr.floor")
        return FLOOR.refuse(
            "Some of these reads are younger than their floor.",
            cited=value.citation if value else None,
            profile=profile.stamp,
        )
    if first >= ceiling_before:
        return NOT_DUE.refuse("None of these reads has reached its ceiling yet.", profile=profile.stamp)
    return None


def refuse_busy(tries: int, profile: Profile) -> Refusal:
    """What a purge says that found no free moment: nothing was destroyed."""
    return BUSY.refuse(
        f"Others used the reads at each of {tries} tries, so nothing was destroyed.", profile=profile.stamp
    )
