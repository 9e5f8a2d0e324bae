"""Rules of the road from a hit to a stop (A.9, D.3.e to D.6, I.1, 462.3(f)). Pure: facts in, refusal or nothing."""

import re
from collections.abc import Collection, Mapping

from audit.policy import Profile
from audit.refusals import Citation, Refusal, Rule
from audit.rules import ORDER
from detections.models import Hit
from detections.rules.hit_details import refuse_not_practicable

Status, Check, Result, Disposition = Hit.Status, Hit.Check, Hit.Result, Hit.Disposition

_LEAD = Citation(ORDER, "A.9", "A hit is a notice of a read on the hot list, and requires verification.")

TAKEN = Rule(
    "hit.taken",
    Citation(ORDER, "D.6", "Hits are dispatched in order; each one is in one pair of hands."),
    "Ask its owner to give it back, or take the next one.",
)
CLOSED = Rule("hit.closed", _LEAD, "Nothing is left to do here. If it was closed wrongly, tell an ALPR administrator.")
STEP_ORDER = Rule("hit.step_order", _LEAD, "Do the earlier step first; the page marks it as current.")
PICTURE_UNSEEN = Rule(
    "hit.picture_unseen", _LEAD, "Open the picture and compare it with the plate, then enter what you saw."
)
VERIFIER = Rule(
    "hit.verifier",
    Citation(
        ORDER,
        "D.5.b",
        "Employees on a mobile computer do not confirm a plate themselves; the dispatcher conducts the verification.",
    ),
    "Notify the dispatcher, who takes the hit and runs CLETS and NCIC.",
)
VERIFICATION_INCOMPLETE = Rule(
    "hit.verification_incomplete",
    Citation(ORDER, "D.6.a(2)", "The dispatcher verifies the plate by CLETS and NCIC query."),
    "Run the missing query and enter its result class; no text of the answer.",
)
REJECTED = Rule("hit.not_confirmed", _LEAD, "Close it as a misread or as an entry no longer current.")
CALL_DETAILS = Rule(
    "hit.call_details",
    Citation(ORDER, "D.6.a", "The dispatcher enters a call for service, the vehicle and its direction of travel."),
    "Fill in what is missing; “unknown” is an answer where nobody saw it.",
)
CALL_MISSING = Rule(
    "hit.call_missing",
    Citation(ORDER, "D.6.a(1)", "Dispatchers notified of a hit enter a call for service."),
    "Enter the call for service, and its number in the broadcast step.",
)
UNVERIFIED = Rule(
    "hit.unverified",
    _LEAD,
    "Have the hit verified first. If nobody is to act on it, check it by eye and close it as information only.",
)
INFORMATIONAL = Rule(
    "hit.informational",
    Citation(ORDER, "I.1", "Special hot list hits are informational only and never the basis of a stop."),
    "Close it as information only. A stop made for other reasons belongs in its own report.",
)
INDEPENDENT_BASIS = Rule(
    "hit.independent_basis",
    Citation(
        ORDER,
        "D.4",
        "A hit is never the sole basis of a stop; independent reasonable suspicion or probable cause is required.",
    ),
    "Write what the officer saw or knew apart from the hit, in a sentence.",
)
RECOVERY_CALL = Rule(
    "hit.recovery_call",
    Citation(ORDER, "D.3.e", "An unoccupied stolen vehicle gets a stolen vehicle recovery call for service."),
    "Generate the recovery call and enter its number.",
)
OUTCOME = Rule("hit.outcome", _LEAD, "Choose the outcome that fits the steps on record.")

# A detective is a sworn officer too; 462.3(f) says "the officer".
_ROLES_OF_VERIFIER = {"officer": frozenset({"officer", "detective"}), "dispatcher": frozenset({"dispatcher"})}
# Words that only repeat the hit, or the law's own phrase: a basis made of these alone is no basis beyond the hit.
_HIT_PHRASES = (
    "a an the and or of on in at by to for from with was is it its this that came back as per via be been has had we i "
    "alpr lpr anpr tas hit hits hot hotlist list plate plates license licence stolen vehicle car wanted alert reader "
    "camera match matched confirmed verified clets ncic dispatch dispatcher system stop stopped basis independent "
    "reasonable suspicion probable cause rs pc yes no none na n/a ok see above report case"
)
_HIT_WORDS = frozenset(_HIT_PHRASES.split())
_LEAST_WORDS = 3


def verifier_roles(profile: Profile) -> frozenset[str]:
    """The roles that may verify under the profile's ``hit.verifier``."""
    return frozenset().union(*(_ROLES_OF_VERIFIER[name] for name in profile["hit.verifier"].value))


def refuse_take(hit: Hit, taker_id: int, profile: Profile, *, steps_in: bool) -> Refusal | None:
    """Refuse a hit that another has; ``steps_in``: the taker may verify and the owner may not (D.5.b)."""
    if hit.status == Status.CLOSED:
        return refuse_closed(hit, profile)
    if hit.taken_by_id in (None, taker_id) or steps_in:
        return None
    return TAKEN.refuse(f"{hit.taken_by} has this hit.", profile=profile.stamp)


def refuse_not_owner(hit: Hit, by_id: int, profile: Profile) -> Refusal | None:
    """Refuse a step on a hit that is closed, not taken, or in other hands."""
    if hit.status == Status.CLOSED:
        return refuse_closed(hit, profile)
    if hit.taken_by_id == by_id:
        return None
    if hit.taken_by_id is None:
        return STEP_ORDER.refuse("Nobody has taken this hit yet.", next_step="Take it first.", profile=profile.stamp)
    return TAKEN.refuse(f"{hit.taken_by} has this hit.", profile=profile.stamp)


def refuse_closed(hit: Hit, profile: Profile) -> Refusal:
    return CLOSED.refuse(f"This hit was closed: {hit.get_disposition_display().lower()}.", profile=profile.stamp)


def refuse_check(hit: Hit, result: str, profile: Profile, *, has_picture: bool, seen: bool) -> Refusal | None:
    """Refuse a check by eye after verification, or by someone who has not looked at the picture."""
    if hit.verified_at is not None:
        return STEP_ORDER.refuse(
            "This hit has been verified; the check by eye came before.",
            next_step="Go on with the current step.",
            profile=profile.stamp,
        )
    if (result == Check.NO_PICTURE) == has_picture:
        words = "There is a picture to compare." if has_picture else "There is no picture with this read."
        better = "" if has_picture else "Choose “there is no picture to compare”."
        return PICTURE_UNSEEN.refuse(words, next_step=better, profile=profile.stamp)
    if has_picture and not seen:
        return PICTURE_UNSEEN.refuse("You have not opened the picture of this hit.", profile=profile.stamp)
    return None


def refuse_verifier(roles: Collection[str], profile: Profile) -> Refusal | None:
    """Refuse verification by anyone but the roles the profile names."""
    if verifier_roles(profile) & set(roles):
        return None
    named = profile["hit.verifier"]
    return VERIFIER.refuse(
        f"Only the {' or '.join(named.value)} may verify a hit.",
        cited=named.citation,
        next_step="" if named.value == ["dispatcher"] else f"Ask an {' or a '.join(named.value)} to take the hit.",
        profile=profile.stamp,
    )


def refuse_verification(
    hit: Hit, results: Mapping[str, str], profile: Profile, *, not_practicable: str = ""
) -> Refusal | None:
    """Refuse a verification out of order, repeated, or without every result the profile asks for.

    ``not_practicable`` is why no query could be run, which 462.3(f) allows and 525.08 does not.
    """
    if hit.verified_at is not None:
        return STEP_ORDER.refuse(
            f"{hit.verified_by} has verified this hit already.", next_step="Go on.", profile=profile.stamp
        )
    if hit.status == Status.REJECTED:
        return REJECTED.refuse("The check by eye found another plate or state.", profile=profile.stamp)
    if hit.status != Status.CHECKED:
        return STEP_ORDER.refuse("Nobody has compared the picture with the plate yet.", profile=profile.stamp)
    if not_practicable.strip():
        return refuse_not_practicable(not_practicable, results, profile)
    asked = profile["hit.verification"]
    missing = [system.upper() for system in asked.value if not results.get(system)]
    if missing:
        return VERIFICATION_INCOMPLETE.refuse(
            f"The {' and '.join(missing)} result is missing.", cited=asked.citation, profile=profile.stamp
        )
    return None


def confirms(results: Mapping[str, str]) -> bool:
    """Whether the results confirm the entry: one system says so, and none says it was cleared."""
    given = set(results.values())
    return Result.CONFIRMED in given and Result.NOT_CURRENT not in given


def refuse_broadcast(hit: Hit, details: Mapping[str, str], profile: Profile) -> Refusal | None:
    """Refuse to broadcast what is for information only (I.1), what was not confirmed, what lacks a detail of D.6.a."""
    if hit.informational:
        cited = _cited(profile, "special_list.basis")
        return INFORMATIONAL.refuse("This hit is on a special hot list.", cited=cited, profile=profile.stamp)
    if hit.status == Status.REJECTED:
        return REJECTED.refuse("This hit was not confirmed.", profile=profile.stamp)
    missing = [name for name, value in details.items() if not value.strip()]
    if missing:
        return CALL_DETAILS.refuse(f"Missing: {', '.join(missing)}.", profile=profile.stamp)
    return None


def refuse_disposition(
    hit: Hit, disposition: str, *, basis: str, recovery_call: str, stolen: bool, profile: Profile
) -> Refusal | None:
    """Refuse an outcome that the steps on record do not carry, in the order a person would mend them."""
    return (
        _refuse_action(hit, disposition, profile)
        or _refuse_contradiction(hit, disposition, profile)
        or _refuse_without_call(hit, profile)
        or (refuse_basis(basis, profile) if disposition == Disposition.STOP else None)
        or _refuse_recovery(disposition, recovery_call, profile, stolen=stolen)
    )


def _refuse_action(hit: Hit, disposition: str, profile: Profile) -> Refusal | None:
    """No outcome without a person who verified it by name, and no act on what was not confirmed (requirement 65)."""
    cited = _cited(profile, "hit.human_verified")
    decided = hit.status in (Status.VERIFIED, Status.REJECTED)
    if disposition == Disposition.NOT_LOCATED and not decided:
        return UNVERIFIED.refuse(
            "Nobody has verified this hit, so nobody was to look for the car.", cited=cited, profile=profile.stamp
        )
    if disposition == Disposition.INFORMATION and not (hit.check_result or decided):
        return UNVERIFIED.refuse(
            "No person has looked at this hit yet.",
            cited=cited,
            next_step="Enter the check by eye first.",
            profile=profile.stamp,
        )
    if disposition not in (Disposition.STOP, Disposition.RECOVERED):
        return None
    if hit.informational:
        return INFORMATIONAL.refuse(
            "This hit is on a special hot list.", cited=_cited(profile, "special_list.basis"), profile=profile.stamp
        )
    if hit.status == Status.REJECTED:
        return UNVERIFIED.refuse(
            "This hit was not confirmed, so no action can rest on it.",
            cited=cited,
            next_step=REJECTED.next_step,
            profile=profile.stamp,
        )
    if hit.status != Status.VERIFIED:
        return UNVERIFIED.refuse("Nobody has verified this hit.", cited=cited, profile=profile.stamp)
    return None


def _refuse_contradiction(hit: Hit, disposition: str, profile: Profile) -> Refusal | None:
    misread = hit.check_result in (Check.MISREAD, Check.WRONG_STATE)
    stale = hit.status == Status.REJECTED and not misread
    if disposition == Disposition.MISREAD and not misread:
        return OUTCOME.refuse("The check by eye did not find a misread.", profile=profile.stamp)
    if disposition == Disposition.STALE and not stale:
        return OUTCOME.refuse("No query found the entry gone or cleared.", profile=profile.stamp)
    if disposition == Disposition.NOT_LOCATED and hit.status == Status.REJECTED:
        return OUTCOME.refuse(
            "This hit was not confirmed, so there was nothing to locate.",
            next_step=REJECTED.next_step,
            profile=profile.stamp,
        )
    return None


def fitting_outcomes(hit: Hit) -> frozenset[str]:
    """The outcomes that the steps on record may carry; what each still needs is asked when it is entered."""
    if hit.status == Status.REJECTED:
        misread = hit.check_result in (Check.MISREAD, Check.WRONG_STATE)
        return frozenset({Disposition.MISREAD if misread else Disposition.STALE, Disposition.INFORMATION})
    if hit.status != Status.VERIFIED:
        return frozenset({Disposition.INFORMATION})
    acts = set() if hit.informational else {Disposition.STOP, Disposition.RECOVERED}
    return frozenset(acts | {Disposition.NOT_LOCATED, Disposition.INFORMATION})


def call_required(profile: Profile) -> bool:
    """Whether a verified hit needs its call for service: the profile says so, or only dispatchers verify (D.6.a)."""
    return bool(profile.get("hit.call_required", profile["hit.verifier"].value == ["dispatcher"]))


def _refuse_without_call(hit: Hit, profile: Profile) -> Refusal | None:
    if hit.informational:  # nothing is broadcast, so nothing is dispatched
        return None
    if hit.status == Status.VERIFIED and not hit.call_number and call_required(profile):
        cited = _cited(profile, "hit.call_required")
        return CALL_MISSING.refuse("No call for service number is on record.", cited=cited, profile=profile.stamp)
    return None


def refuse_basis(basis: str, profile: Profile) -> Refusal | None:
    """Refuse a stop whose basis is missing or only repeats the hit (D.4)."""
    if profile.get("hit.sole_basis_allowed", False):
        return None
    cited = _cited(profile, "hit.sole_basis_allowed")
    words = re.findall(r"[a-z0-9'/-]+", basis.lower())
    if not words:
        return INDEPENDENT_BASIS.refuse(
            "A stop was entered without its independent basis.", cited=cited, profile=profile.stamp
        )
    if len({word for word in words if word not in _HIT_WORDS}) < _LEAST_WORDS:
        return INDEPENDENT_BASIS.refuse(
            f"“{basis.strip()[:80]}” only repeats the hit.", cited=cited, profile=profile.stamp
        )
    return None


def _refuse_recovery(disposition: str, recovery_call: str, profile: Profile, *, stolen: bool) -> Refusal | None:
    if disposition == Disposition.RECOVERED and stolen and not recovery_call.strip():
        return RECOVERY_CALL.refuse("No recovery call number was given.", profile=profile.stamp)
    return None


def _cited(profile: Profile, key: str) -> Citation | None:
    """The profile's own clause where it has one."""
    return profile[key].citation if key in profile.values else None
