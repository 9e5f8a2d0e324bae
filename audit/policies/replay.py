"""A decision shown again: what the gate's own rules say to the facts of a ledger record, under a given profile.

Only what the record holds, and what is on file about the person for that day, is judged. Where a rule beyond the gate
had the last word (a hit's state, a hold), the record alone cannot show it again, and that is said.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from audit import gate, ledger, policy, rules
from audit.abilities import ABILITIES, NOT_FOR_GUESTS, Ability, Role
from audit.actions import Action, ActorKind, Outcome
from audit.asker import Asker
from audit.devices.rules import refuse_device
from audit.models import DivisionAssignment, LedgerEntry, RoleGrant, User
from audit.policies.gate_facts import ABILITY_OF, PURPOSE_JUDGED
from audit.refusals import Refusal

PURPOSE = "ledger review"
# The codes the gate itself refuses with; any other code comes from a rule behind it.
GATE_CODES = frozenset(
    {
        rules.ROLE.code,
        rules.UNTRAINED.code,
        rules.PROHIBITED.code,
        rules.NO_PURPOSE.code,
        rules.VAGUE_REASON.code,
        rules.CASE_MISSING.code,
        rules.CASE_FORM.code,
        "access.device",
    }
)
Answer = Literal["same", "different", "cannot"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the gate looks at. ``abilities`` are the person's of that instant, guests' limits taken off."""

    ability: Ability
    abilities: frozenset[Ability]
    device_class: str
    training: rules.Training
    judges_purpose: bool
    purpose: str
    reason: str
    case_number: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the replay came to, in words; ``refusal`` is what the gate says to it (None: it lets it through)."""

    answer: Answer
    words: str
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Replay:
    """A record with its decision shown again: under the profile then in force, and under the one in force now."""

    entry: LedgerEntry
    facts: Facts | None
    then: policy.Profile | None
    verdict: Verdict
    now: policy.Profile
    today: Verdict
    record_index: int


def judge(facts: Facts, profile: policy.Profile) -> Refusal | None:
    """The gate's answer, by the gate's own rules in the gate's own order. Pure."""
    refusal = rules.refuse_role(facts.ability in facts.abilities, str(facts.ability), profile) or refuse_device(
        facts.device_class, str(facts.ability), profile
    )
    if refusal is None and facts.ability in gate.TRAINED:
        refusal = rules.refuse_untrained(facts.training, profile)
    if refusal is None and facts.judges_purpose:
        refusal = (
            rules.refuse_prohibited(facts.reason, profile)
            or rules.refuse_purpose(facts.purpose, facts.reason, profile)
            or rules.refuse_case_number(facts.case_number, profile)
        )
    return refusal


def replay(*, index: int, by: Asker, at: datetime) -> Replay:
    """Show a record's decision again; the look is recorded. Raises Refused or LedgerEntry.DoesNotExist."""
    with ledger.act(
        Action.DECISION_REPLAY,
        by=by,
        at=at,
        purpose=PURPOSE,
        subject=("ledger record", index, ""),
        query={"index": index},
    ) as record:
        now = gate.admit(by, Ability.READ_LEDGER, at=at)
        entry = LedgerEntry.objects.select_related("clear", "actor").get(pk=index)
        then = _profile_of(entry)
        reason = why_not(entry) or ("" if then else f"No text of {entry.profile or 'its profile'} is known.")
        if reason or then is None:
            facts, verdict = None, Verdict("cannot", reason)
            today = verdict
        else:
            facts = facts_of(entry, then)
            verdict = compare(entry, judge(facts, then))
            today = under_today(entry, facts_of(entry, now), now)
        record.result_count = 1
        record.detail = {"then": entry.profile, "answer": verdict.answer, "now": now.stamp}
    return Replay(entry, facts, then, verdict, now, today, record.index or 0)


def why_not(entry: LedgerEntry) -> str:
    """Why a record's decision cannot be shown again at all; "" where it can."""
    if entry.actor_kind != ActorKind.PERSON or entry.actor is None:
        kind = entry.get_actor_kind_display().lower()
        return f"Who acted was no person of the department ({kind}): no gate stood there."
    if entry.action not in ABILITY_OF:
        return "What this act asks for does not follow from its record alone."
    clear = getattr(entry, "clear", None)
    if entry.action in PURPOSE_JUDGED and (clear is None or clear.reason is None or clear.case_number is None):
        return "Its words or case number were withheld or destroyed."
    return ""


def facts_of(entry: LedgerEntry, profile: policy.Profile) -> Facts:
    """The facts of a record that ``why_not`` does not speak against; roles and certificates as on file for its day."""
    user, clear = entry.actor, getattr(entry, "clear", None)
    if user is None:
        raise ValueError("only a person's act has such facts")
    return Facts(
        ability=ABILITY_OF[entry.action],
        abilities=abilities_then(user, entry.at, profile),
        device_class=entry.device_class,
        training=gate.training_of(user, entry.at),
        judges_purpose=entry.action in PURPOSE_JUDGED,
        purpose=entry.purpose,
        reason=(clear.reason if clear else None) or "",
        case_number=(clear.case_number if clear else None) or "",
    )


def abilities_then(user: User, at: datetime, profile: policy.Profile) -> frozenset[Ability]:
    """What the person's roles allowed at the instant, with the account and rank of that instant where they are kept."""
    kept = user.history.filter(history_date__lte=at).order_by("-history_date", "-history_id").first()
    then = kept or user.history.order_by("history_date", "history_id").first() or user
    if not then.is_active:
        return frozenset()
    held = set(RoleGrant.objects.at(at).filter(user=user).values_list("role", flat=True))
    needs = profile.get("administrator.needs")
    if Role.ALPR_ADMINISTRATOR in held and needs is not None:
        rtic = DivisionAssignment.objects.at(at).filter(user=user, division__is_rtic=True)
        if then.classification not in needs or ("rtic" in needs and not rtic.exists()):
            held.discard(Role.ALPR_ADMINISTRATOR)
    able: frozenset[Ability] = frozenset().union(*(ABILITIES[role] for role in held))
    return able - NOT_FOR_GUESTS if then.organisation else able


def compare(entry: LedgerEntry, refusal: Refusal | None) -> Verdict:
    """The gate's answer beside what is on record."""
    said = "by the facts on file " + (f"{refusal.code} refuses it" if refusal else "the gate lets it through")
    if entry.outcome == Outcome.FAILED:
        return Verdict("cannot", f"The act failed for a technical reason; {said}.", refusal)
    if entry.outcome != Outcome.REFUSED:
        if refusal is None:
            return Verdict("same", "Same decision: the gate lets it through.")
        return Verdict("different", f"On record it was allowed; {said}.", refusal)
    if refusal and refusal.code == entry.rule_code:
        return Verdict("same", f"Same decision: refused by {refusal.code}.", refusal)
    if refusal is None and entry.rule_code not in GATE_CODES:
        words = f"The gate lets it through, as it did; {entry.rule_code} looked at what is not on this record."
        return Verdict("cannot", words)
    return Verdict("different", f"On record {entry.rule_code} refused it; {said}.", refusal)


def under_today(entry: LedgerEntry, facts: Facts, now: policy.Profile) -> Verdict:
    """What the gate would say to the same facts under the profile in force now."""
    answer: Answer
    if refusal := judge(facts, now):
        answer = "same" if refusal.code == entry.rule_code else "different"
        return Verdict(answer, f"Today it would be refused by {refusal.code}.", refusal)
    if entry.outcome == Outcome.REFUSED and entry.rule_code not in GATE_CODES:
        return Verdict("cannot", f"Today the gate would let it through; {entry.rule_code} stands behind it.")
    answer = "same" if entry.outcome != Outcome.REFUSED else "different"
    return Verdict(answer, "Today the gate would let it through.")


def _profile_of(entry: LedgerEntry) -> policy.Profile | None:
    try:
        return policy.of_stamp(entry.profile)
    except policy.UnknownStamp:
        return None
