"""Which of the gate's questions each act answers: the ability it asks for, and whether purpose and case are judged."""

from audit.abilities import Ability
from audit.actions import Action

# The acts whose door asks for one ability and no other. Acts that are open to several are not here: which of them a
# person came in by is not on the record.
ABILITY_OF: dict[str, Ability] = {
    Action.SEARCH_RUN: Ability.SEARCH,
    Action.SEARCH_PAGE: Ability.SEARCH,
    Action.SEARCH_ASK: Ability.SEARCH,
    Action.READ_VIEW: Ability.VIEW_READS,
    Action.PHOTO_VIEW: Ability.VIEW_READS,
    Action.READ_CORRECT: Ability.TRANSCRIBE,
    Action.PHOTO_QUEUE: Ability.TRANSCRIBE,
    Action.PHOTO_TRANSCRIBE: Ability.TRANSCRIBE,
    Action.EVIDENCE_PACKAGE: Ability.EXPORT_EVIDENCE,
    Action.EVIDENCE_LIST: Ability.EXPORT_EVIDENCE,
    Action.EVIDENCE_VIEW: Ability.EXPORT_EVIDENCE,
    Action.EVIDENCE_FETCH: Ability.EXPORT_EVIDENCE,
    Action.HOT_PLATE_ENTER: Ability.ENTER_HOT_PLATE,
    Action.HIT_LIST: Ability.WATCH_HITS,
    Action.HIT_VIEW: Ability.WATCH_HITS,
    Action.POSSIBLE_LIST: Ability.WATCH_HITS,
    Action.POSSIBLE_VIEW: Ability.WATCH_HITS,
    Action.HIT_RATES: Ability.VIEW_HIT_RATES,
    Action.HIT_TAKE: Ability.WORK_HITS,
    Action.HIT_RELEASE: Ability.WORK_HITS,
    Action.HIT_CHECK: Ability.WORK_HITS,
    Action.HIT_VERIFY: Ability.WORK_HITS,
    Action.HIT_BROADCAST: Ability.WORK_HITS,
    Action.HIT_DISPOSE: Ability.WORK_HITS,
    Action.LEDGER_LIST: Ability.READ_LEDGER,
    Action.LEDGER_VIEW: Ability.READ_LEDGER,
    Action.DECISION_REPLAY: Ability.READ_LEDGER,
    Action.HOLD_PLACE: Ability.PLACE_HOLDS,
    Action.HOLD_LIST: Ability.PLACE_HOLDS,
    Action.HOLD_VIEW: Ability.PLACE_HOLDS,
    Action.UPLOAD_START: Ability.UPLOAD_READS,
    Action.UPLOAD_LIST: Ability.UPLOAD_READS,
    Action.POLICY_PREPARE: Ability.MANAGE_POLICY,
    Action.POLICY_PROPOSE: Ability.MANAGE_POLICY,
    Action.POLICY_DETERMINE: Ability.MANAGE_POLICY,
    Action.COMPLIANCE_VIEW: Ability.VIEW_POLICY,
}
# Acts whose door also judges purpose, words and case number.
PURPOSE_JUDGED = frozenset({Action.SEARCH_RUN, Action.SEARCH_ASK, Action.EVIDENCE_PACKAGE})
