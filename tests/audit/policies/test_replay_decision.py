"""A decision shown again is the one that was made: every refusal of the gate, and whatever it lets through."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit import gate, ledger, policy, rules
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import person, system
from audit.models import Certificate, LedgerDetail, LedgerEntry, PolicyActivation, RoleGrant
from audit.policies import replay
from audit.refusals import Refused
from tests import make
from tests.audit.policies.changing import ELK_GROVE, SACRAMENTO, approved, approver, manager, prepared, proposed
from tests.make import NOON

DAY = timedelta(days=1)
GOOD = {"purpose": "locate", "reason": "stolen from Elm Street last night", "case_number": "26-123456"}


def search(by, *, at=NOON, device_class="desk", **words):
    """The record of a search that the gate judged, refused or not."""
    asked, asker = GOOD | words, person(by, device_class=device_class)
    recorded = asked | {"purpose": asked["purpose"] or "none given"}
    try:
        with ledger.act(Action.SEARCH_RUN, by=asker, at=at, **recorded) as record:
            profile = gate.admit(asker, Ability.SEARCH, at=at)
            gate.check_purpose(asked["purpose"], asked["reason"], asked["case_number"], profile)
    except Refused as refused:
        return refused.record_index
    return record.index


@pytest.fixture
def reader(db):
    return make.user("reader", "auditor", trained=False)


def again(index, reader, *, at=NOON):
    return replay.replay(index=index, by=make.by(reader), at=at)


WORDS = [
    (rules.PROHIBITED, {"reason": "speeding ticket for my neighbor"}),
    (rules.NO_PURPOSE, {"purpose": ""}),
    (rules.VAGUE_REASON, {"reason": "police investigation work"}),
    (rules.CASE_FORM, {"case_number": "twelve"}),
]


@pytest.mark.parametrize(("rule", "words"), WORDS, ids=[rule.code for rule, _ in WORDS])
def test_a_refusal_for_its_words_is_shown_again(detective, reader, rule, words):
    shown = again(search(detective, **words), reader)
    assert shown.entry.rule_code == rule.code
    assert (shown.verdict.answer, shown.verdict.refusal.code) == ("same", rule.code)
    assert shown.verdict.refusal.citation == shown.today.refusal.citation


def test_a_refusal_for_want_of_a_case_number_is_shown_again(detective, reader):
    PolicyActivation.objects.create(profile="egpd_462", version="seed-002", effective_from=make.LONG_AGO)
    shown = again(search(detective, purpose="stolen_vehicle", case_number=""), reader)
    assert (shown.verdict.answer, shown.verdict.refusal.rule) == ("same", rules.CASE_MISSING)


def test_a_refusal_for_role_training_or_machine_is_shown_again(untrained, outsider, detective, reader):
    found = [again(search(who), reader).verdict for who in (outsider, untrained)]
    found.append(again(search(detective, device_class="phone"), reader).verdict)
    assert [(one.answer, one.refusal.code) for one in found] == [
        ("same", "access.role"),
        ("same", "access.training"),
        ("same", "access.device"),
    ]


def test_every_code_of_the_gate_is_one_that_is_shown_again(db):
    shown = {"access.role", "access.training", "access.device", "query.case_missing", *(rule.code for rule, _ in WORDS)}
    assert shown == replay.GATE_CODES


def test_what_was_allowed_is_shown_again_and_what_today_says_of_it(detective, reader):
    by = manager()
    approved(proposed(by, str(prepared(by)), NOON + DAY), approver())
    index = search(detective, case_number="")
    shown = again(index, reader, at=NOON + DAY)
    assert (shown.then.stamp, shown.now.stamp) == (SACRAMENTO, "sacpd_525_08@2026-07")
    assert (shown.verdict.answer, shown.verdict.refusal) == ("same", None)
    assert (shown.today.answer, shown.today.refusal.rule) == ("different", rules.CASE_MISSING)
    assert "query.case_missing" in shown.today.words


def test_the_look_is_recorded_and_only_for_who_reads_the_ledger(detective, reader):
    index = search(detective)
    shown = again(index, reader)
    entry = LedgerEntry.objects.get(pk=shown.record_index)
    assert (entry.action, entry.subject_id, entry.outcome) == ("decision.view", str(index), "allowed")
    with pytest.raises(Refused):
        again(index, detective)
    with pytest.raises(LedgerEntry.DoesNotExist):
        again(10**9, reader)


def test_what_is_on_file_differently_since_is_said_to_differ(detective, reader):
    index = search(detective)
    Certificate.objects.filter(user=detective, kind="alpr").update(expires_on=NOON.date() - DAY)
    shown = again(index, reader)
    assert (shown.verdict.answer, shown.verdict.refusal.code) == ("different", "access.training")


def test_a_role_ended_later_still_counts_for_its_day(detective, reader):
    index = search(detective)
    RoleGrant.objects.filter(user=detective).update(ends_at=NOON + DAY)
    assert again(index, reader, at=NOON + 2 * DAY).verdict.answer == "same"


def test_what_a_rule_behind_the_gate_refused_cannot_be_shown_again_whole(detective, reader):
    try:
        with ledger.act(Action.SEARCH_RUN, by=make.by(detective), at=NOON, **GOOD) as record:
            raise Refused(rules.NEEDS_REVIEW.refuse("Nobody documented it.", profile=record.profile.stamp))
    except Refused as refused:
        shown = again(refused.record_index, reader)
    assert shown.verdict.answer == "cannot"
    assert rules.NEEDS_REVIEW.code in shown.verdict.words


def test_the_clockwork_a_withheld_reason_and_an_act_of_many_roles_cannot_be_replayed(detective, reader):
    with ledger.act(Action.STORE_MAINTAIN, by=system("store"), at=NOON, purpose="system") as record:
        pass
    assert "no person" in again(record.index, reader).verdict.words
    with ledger.act(Action.ADMIN_VIEW, by=make.by(detective), at=NOON, purpose="administration") as record:
        pass
    assert "does not follow" in again(record.index, reader).verdict.words
    entry = LedgerEntry.objects.select_related("clear", "actor").get(pk=search(detective))
    entry.clear = LedgerDetail(entry=entry, reason=None, case_number="26-123456", salts=b"")
    assert "withheld" in replay.why_not(entry)


def test_a_record_of_a_version_nobody_has_cannot_be_replayed(detective, reader, monkeypatch):
    index = search(detective)
    monkeypatch.setattr(replay.policy, "of_stamp", _unknown)
    assert again(index, reader).verdict.words == f"No text of {SACRAMENTO} is known."


def _unknown(stamp):
    raise policy.UnknownStamp(stamp)


REASONS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["stolen from Elm Street", "case", "ice raid downtown today", "my ex again tonight", ""]),
)


@pytest.mark.django_db
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    profile=st.sampled_from(policy.shipped()),
    ability=st.sampled_from(sorted(Ability)),
    held=st.frozensets(st.sampled_from(sorted(Ability))),
    device_class=st.sampled_from(["", "desk", "dispatch", "vehicle", "phone"]),
    training=st.builds(rules.Training, clets=st.booleans(), alpr=st.booleans()),
    purpose=st.one_of(st.sampled_from(["locate", "canvass", "stolen_vehicle", "none given"]), st.text(max_size=10)),
    reason=REASONS,
    case_number=st.one_of(st.sampled_from(["", "26-123456", "2026-123"]), st.text(max_size=12)),
    judged=st.booleans(),
)
def test_the_replay_says_what_the_gate_says(
    detective, profile, ability, held, device_class, training, purpose, reason, case_number, judged
):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gate.policy, "in_force", lambda at: profile)
        patch.setattr(gate, "abilities_of", lambda user, at: held)
        patch.setattr(gate, "training_of", lambda user, at: training)
        try:
            gate.admit(person(detective, device_class=device_class), ability, at=NOON)
            if judged:
                gate.check_purpose(purpose, reason, case_number, profile)
            said = None
        except Refused as refused:
            said = refused.refusal
    facts = replay.Facts(ability, held, device_class, training, judged, purpose, reason, case_number)
    assert replay.judge(facts, profile) == said
    on_record = SimpleNamespace(outcome="refused" if said else "allowed", rule_code=said.code if said else "")
    assert replay.compare(on_record, replay.judge(facts, profile)).answer == "same"


def test_elk_groves_profile_is_replayed_by_its_own_stamp(detective, reader):
    PolicyActivation.objects.create(profile="egpd_462", version="seed-002", effective_from=NOON - DAY)
    index = search(detective, purpose="stolen_vehicle")
    assert again(index, reader).then.stamp == ELK_GROVE
