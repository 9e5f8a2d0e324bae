"""A version comes in force by two people, at its instant and not before, and history is never changed."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from audit import ledger, policy
from audit.actions import Action
from audit.models import ActivationProposal, LedgerEntry, Notice, PolicyActivation, ProfileVersion
from audit.policies import activation, looks, rules
from audit.refusals import Refused
from tests import make
from tests.audit.policies.changing import ELK_GROVE, SACRAMENTO, approved, approver, manager, prepared, proposed
from tests.make import NOON

MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)


def test_a_version_is_in_force_from_the_very_instant(db):
    by = manager()
    row = prepared(by)
    approved(proposed(by, str(row), NOON + DAY), approver())
    assert policy.in_force(NOON + DAY - MICROSECOND).stamp == SACRAMENTO
    assert policy.in_force(NOON + DAY).stamp == str(row)


@pytest.mark.parametrize(
    "instant",
    [
        datetime(2026, 11, 1, 8, 30, tzinfo=UTC),  # 1:30 for the first time, in daylight time
        datetime(2026, 11, 1, 9, 30, tzinfo=UTC),  # 1:30 for the second time
        datetime(2027, 3, 14, 10, 0, tzinfo=UTC),  # 2:00 is 3:00
    ],
)
def test_the_change_of_the_clocks_moves_no_instant(db, instant):
    by = manager()
    row = prepared(by)
    approved(proposed(by, str(row), instant), approver())
    assert policy.in_force(instant - MICROSECOND).stamp == SACRAMENTO
    assert policy.in_force(instant).stamp == str(row)


def test_an_act_across_the_change_is_recorded_under_what_it_was_judged_by(db):
    by = manager()
    row = prepared(by)
    approved(proposed(by, str(row), NOON + DAY), approver())
    with ledger.act(Action.LEDGER_LIST, by=make.by(by), at=NOON + DAY - MICROSECOND, purpose="test") as record:
        judged_by = record.profile
    assert judged_by.stamp == SACRAMENTO
    assert LedgerEntry.objects.get(pk=record.index).profile == SACRAMENTO
    with ledger.act(Action.LEDGER_LIST, by=make.by(by), at=NOON + DAY, purpose="test") as record:
        pass
    assert LedgerEntry.objects.get(pk=record.index).profile == str(row)


def test_what_is_in_force_is_one_query(db, django_assert_num_queries):
    by = manager()
    approved(proposed(by, str(prepared(by)), NOON + DAY), approver())
    policy.in_force(NOON + DAY)
    with django_assert_num_queries(1):
        policy.in_force(NOON + DAY)


def test_nobody_approves_their_own(db):
    by = manager()
    row = proposed(by, ELK_GROVE, NOON + DAY)
    second = make.user("second-account", "commander", trained=False, employee_number="E7")
    type(by).objects.filter(pk=by.pk).update(employee_number="e7")
    for one in (by, second):
        with pytest.raises(Refused) as caught:
            approved(row, one)
        assert caught.value.refusal.rule is rules.TWO_PEOPLE
    assert not PolicyActivation.objects.exists()


def test_another_who_manages_policy_may_decide_and_one_who_does_not_may_not(db):
    row = proposed(manager(), ELK_GROVE, NOON + DAY)
    with pytest.raises(Refused) as caught:
        approved(row, make.user("officer", "officer"))
    assert caught.value.refusal.code == "access.role"
    approved(row, manager("second"))
    assert policy.in_force(NOON + DAY).stamp == ELK_GROVE


def test_a_refusal_is_kept_with_its_words_and_changes_nothing(db):
    row = proposed(manager(), ELK_GROVE, NOON + DAY)
    by = approver()
    words = "The council has not voted"
    activation.decide(proposal_id=row.pk, approve=False, words=words, by=make.by(by), at=NOON)
    row.refresh_from_db()
    assert (row.decision, row.decision_words, row.decided_by) == ("refused", words, by)
    assert policy.in_force(NOON + DAY).stamp == SACRAMENTO
    with pytest.raises(Refused) as caught:
        approved(row, manager("third"))
    assert caught.value.refusal.rule is rules.DECIDED


def test_nothing_reaches_back(db):
    by = manager()
    for instant in (NOON - DAY, NOON, NOON + timedelta(seconds=59)):
        with pytest.raises(Refused) as caught:
            proposed(by, ELK_GROVE, instant)
        assert caught.value.refusal.rule is rules.PAST
    row = proposed(by, ELK_GROVE, NOON + timedelta(minutes=5))
    with pytest.raises(Refused) as caught:
        approved(row, approver(), at=NOON + timedelta(minutes=4, seconds=1))
    assert caught.value.refusal.rule is rules.PAST


def test_proposing_what_is_in_force_anyway_is_refused(db):
    with pytest.raises(Refused) as caught:
        proposed(manager(), SACRAMENTO, NOON + DAY)
    assert caught.value.refusal.rule is rules.IN_FORCE_ALREADY


def test_a_change_to_come_is_taken_back_by_another_at_its_instant(db):
    by, other = manager(), approver()
    approved(proposed(by, ELK_GROVE, NOON + DAY), other)
    back = proposed(by, SACRAMENTO, NOON + DAY, at=NOON + timedelta(hours=1))
    approved(back, other, at=NOON + timedelta(hours=2))
    assert policy.in_force(NOON + DAY).stamp == SACRAMENTO
    assert [(one.stamp, one.state) for one in looks.timeline(NOON)] == [(SACRAMENTO, "next"), (ELK_GROVE, "never")]


def test_the_approver_sees_what_changes_from_what_will_be_in_force_then(db):
    by, other = manager(), approver()
    approved(proposed(by, ELK_GROVE, NOON + DAY), other)
    row = proposed(by, str(prepared(by, stamp=ELK_GROVE, version="seed-003", hit__fold_within="PT20M")), NOON + 2 * DAY)
    shown = looks.proposed(row.pk, user=other, at=NOON)
    assert shown.instead_of.stamp == ELK_GROVE
    assert [change.name for change in shown.changes] == ["hit.fold_within"]
    approved(row, other)
    assert looks.proposed(row.pk, user=other, at=NOON).instead_of.stamp == ELK_GROVE


def test_the_text_that_ships_is_kept_when_it_is_put_in_force(db, monkeypatch):
    approved(proposed(manager(), ELK_GROVE, NOON + DAY), approver())
    kept = ProfileVersion.objects.get(profile="egpd_462")
    assert kept.prepared_by is None
    assert kept.text == (policy.FOLDER / "egpd_462.toml").read_text()
    assert policy.of_stamp(ELK_GROVE).sha256 == kept.sha256


def test_those_who_may_decide_are_told_and_then_the_one_who_asked(db):
    by, other = manager(), approver()
    row = proposed(by, ELK_GROVE, NOON + DAY)
    assert [one.recipient for one in Notice.objects.all()] == [other]
    approved(row, other)
    assert Notice.objects.filter(recipient=by).count() == 1


def test_the_first_policy_is_put_in_force_once(db):
    activation.put_first(profile_id="egpd_462", by=make.by(manager()), at=NOON, note="First of all")
    assert policy.in_force(NOON).stamp == ELK_GROVE
    with pytest.raises(Refused) as caught:
        activation.put_first(profile_id="egpd_462", by=make.by(manager("two")), at=NOON, note="And again")
    assert caught.value.refusal.rule is rules.NOT_FIRST


def test_a_stamp_nobody_knows_is_said_so(db):
    with pytest.raises(policy.UnknownStamp):
        policy.of_stamp("sacpd_525_08@1999")
    with pytest.raises(policy.UnknownStamp):
        proposed(manager(), "nobody@1", NOON + DAY)


@pytest.mark.django_db(transaction=True)
def test_of_two_approvals_at_once_one_counts():
    row = proposed(manager(), ELK_GROVE, NOON + DAY)
    deciders, barrier, answers = [approver("one"), approver("two")], threading.Barrier(2, timeout=20), []

    def decide(by):
        try:
            barrier.wait()
            answers.append(approved(row, by).decision)
        except Refused as error:
            answers.append(error.refusal.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=decide, args=(by,), daemon=True) for by in deciders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(answers) == ["approved", "policy.decided"]
    assert PolicyActivation.objects.count() == 1
    assert ActivationProposal.objects.get().decision == "approved"
    assert connection.vendor == "postgresql"


def test_the_command_puts_the_first_policy_in_force_and_no_second(db, capsys):
    call_command("activate_policy", "egpd_462")
    assert "egpd_462@seed-002 is in force" in capsys.readouterr().out
    with pytest.raises(CommandError, match="another person approves"):
        call_command("activate_policy", "sacpd_525_08")
