"""The law of the ledger: all or nothing, recorded either way, in order without gaps, verifiable from the first."""

import json
import threading

import pytest
from django.db import connection, transaction
from django.db.utils import Error as DatabaseError
from django.db.utils import IntegrityError

from audit import asker, ledger, merkle, rules, verify
from audit.actions import Action, Outcome
from audit.models import Division, LedgerDetail, LedgerEntry
from audit.refusals import Refused
from tests import make
from tests.make import NOON

CLOCKWORK = asker.system("test")


def look(**facts):
    defaults = {"by": CLOCKWORK, "at": NOON, "purpose": "locate"}
    return ledger.act(Action.SEARCH_RUN, **(defaults | facts))


def test_a_success_and_its_record_are_one(db):
    with look(reason="stolen car on Elm", case_number="26-123456", query={"plate": "0DEM123"}) as record:
        Division.objects.create(name="Patrol")
        record.result_count = 3
    entry = LedgerEntry.objects.get()
    assert Division.objects.count() == 1
    assert (entry.index, entry.outcome, entry.result_count) == (0, Outcome.ALLOWED, 3)
    assert record.index == 0
    assert entry.clear.query_elements == {"plate": "0DEM123"}
    assert (entry.clear.reason, entry.clear.case_number) == ("stolen car on Elm", "26-123456")
    assert entry.profile == "sacpd_525_08@2024-06-13"


def test_an_empty_look_is_a_look(db):
    with look() as record:
        record.result_count = 0
    assert LedgerEntry.objects.get().outcome == Outcome.EMPTY


def test_a_refusal_undoes_the_act_and_is_recorded_with_its_clause(db):
    with pytest.raises(Refused) as caught, look():
        Division.objects.create(name="Patrol")
        raise Refused(rules.NO_PURPOSE.refuse("No purpose was given."))
    entry = LedgerEntry.objects.get()
    assert Division.objects.count() == 0
    assert (entry.outcome, entry.rule_code) == (Outcome.REFUSED, "query.purpose_missing")
    assert entry.citation == "Civil Code, § 1798.90.52(a)(4)"
    assert caught.value.record_index == entry.index == 0


def test_a_bug_undoes_the_act_and_is_recorded_as_failed(db):
    with pytest.raises(ZeroDivisionError), look():
        Division.objects.create(name="Patrol")
        raise ZeroDivisionError
    entry = LedgerEntry.objects.get()
    assert Division.objects.count() == 0
    assert entry.outcome == Outcome.FAILED
    assert json.loads(entry.clear.detail) == {"error": "ZeroDivisionError"}


def test_no_record_means_no_act_and_no_answer(db, monkeypatch):
    with connection.cursor() as cursor:
        cursor.execute("ALTER FUNCTION audit_ledger_head RENAME TO audit_ledger_head_away")
    answered = False
    with pytest.raises(ledger.LedgerUnavailable), transaction.atomic():
        # the savepoint stands for the connection's own rollback
        facts = ledger._Facts(Action.SEARCH_RUN, CLOCKWORK, NOON, "locate", "", "", 0.0)
        ledger._append(facts, ledger.Record(), Outcome.ALLOWED)
        answered = True
    assert not answered
    assert LedgerEntry.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_ledger_that_cannot_be_written_undoes_the_act():
    with connection.cursor() as cursor:
        cursor.execute("ALTER FUNCTION audit_ledger_head RENAME TO audit_ledger_head_away")
    try:
        with pytest.raises(ledger.LedgerUnavailable), look():
            Division.objects.create(name="Patrol")
        assert Division.objects.count() == 0
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER FUNCTION audit_ledger_head_away RENAME TO audit_ledger_head")


@pytest.mark.django_db(transaction=True)
def test_acts_do_not_nest_and_do_not_run_inside_a_transaction():
    with pytest.raises(RuntimeError, match="inside another act"), look(), look():
        pass
    assert LedgerEntry.objects.get().outcome == Outcome.FAILED
    with pytest.raises(RuntimeError, match="open transaction"), transaction.atomic(), look():
        pass


def test_an_act_needs_a_purpose(db):
    with pytest.raises(ValueError, match="purpose"), look(purpose=""):
        pass


def test_every_act_of_every_kind_can_be_written(db):
    for action in Action:
        ledger.note(action, by=CLOCKWORK, at=NOON, purpose="system")
    assert verify.verify().size == len(Action)


@pytest.mark.django_db(transaction=True)
def test_many_writers_leave_no_gap():
    def write():
        for _ in range(10):
            with look() as record:
                record.result_count = 1
        connection.close()

    writers = [threading.Thread(target=write) for _ in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert list(LedgerEntry.objects.order_by("index").values_list("index", flat=True)) == list(range(60))
    assert verify.verify() == verify.Verdict(60, bytes(LedgerEntry.objects.get(index=59).root), None)


@pytest.mark.parametrize("statement", ["UPDATE audit_ledgerentry SET purpose = 'x'", "DELETE FROM audit_ledgerdetail"])
def test_the_trigger_refuses_even_the_owner(db, statement):
    ledger.note(Action.DEMO_CREATE, by=CLOCKWORK, at=NOON, purpose="system")
    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("column", "value"),
    [("username", ""), ("organisation", ""), ("purpose", ""), ("address", ""), ("rule_code", "some.rule")],
)
def test_the_statutory_fields_cannot_be_empty(db, column, value):
    ledger.note(Action.DEMO_CREATE, by=CLOCKWORK, at=NOON, purpose="system")
    row = LedgerEntry.objects.get()
    setattr(row, column, value)
    row.index = 1
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def tamper(statement: str) -> verify.Verdict:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("audit_ledgerentry", "audit_ledgerdetail"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement)
    return verify.verify()


def five_records() -> None:
    for number in range(5):
        with look(query={"plate": f"0DEM{number:03}"}) as record:
            record.result_count = number


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("UPDATE audit_ledgerentry SET result_count = 99 WHERE index = 2", 2),
        ("UPDATE audit_ledgerentry SET recorded_at = recorded_at + interval '1 hour' WHERE index = 3", 3),
        ("UPDATE audit_ledgerdetail SET query = '{}' WHERE entry_id = 1", 1),
        ("DELETE FROM audit_ledgerdetail WHERE entry_id = 4", 4),
        (
            "DELETE FROM audit_ledgerdetail WHERE entry_id = 2; DELETE FROM audit_ledgerentry WHERE index = 2",
            2,
        ),
        ("UPDATE audit_ledgerentry SET root = leaf_hash WHERE index = 3", 3),
        ("UPDATE audit_ledgerentry SET nodes = leaf_hash WHERE index = 3", 3),
    ],
)
def test_verification_names_the_record_that_was_tampered_with(db, statement, index):
    five_records()
    verdict = tamper(statement)
    assert verdict.fault is not None
    assert verdict.fault.index == index


def test_a_withheld_value_does_not_break_the_proof(db):
    five_records()
    assert tamper("UPDATE audit_ledgerdetail SET query = NULL WHERE entry_id = 1").sound
    assert LedgerDetail.objects.get(entry_id=1).query is None


def test_text_the_database_cannot_hold_is_kept_as_near_as_can_be(db):
    with look(reason="nul \x00 and lone \ud800 surrogate", query={"plate": "\x00"}) as record:
        record.result_count = 0
    assert verify.verify().sound
    assert LedgerEntry.objects.get().clear.reason == "nul ␀ and lone ? surrogate"


def test_a_lost_index_is_never_given_twice_after_a_refusal(db):
    for _ in range(3):
        with pytest.raises(Refused), look():
            raise Refused(rules.NO_PURPOSE.refuse("No purpose was given."))
    assert list(LedgerEntry.objects.values_list("index", flat=True).order_by("index")) == [0, 1, 2]
    assert bytes(LedgerEntry.objects.get(index=2).root) == merkle.root_of(
        bytes(row.leaf_hash) for row in LedgerEntry.objects.order_by("index")
    )


def test_the_person_is_copied_as_they_were(db):
    member = make.user("copied", "detective")
    with look(by=make.by(member)) as record:
        record.result_count = 0
    member.username = "renamed"
    member.save()
    assert LedgerEntry.objects.get().username == "copied"
    assert verify.verify().sound


@pytest.mark.django_db(transaction=True)
def test_a_record_inside_a_foreign_transaction_lives_and_dies_with_it():
    facts = {"by": CLOCKWORK, "at": NOON, "purpose": "administration"}
    with pytest.raises(RuntimeError, match="no open transaction"):
        ledger.append_in_transaction(Action.ADMIN_CHANGE, **facts)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        ledger.append_in_transaction(Action.ADMIN_CHANGE, **facts)
        raise ZeroDivisionError
    assert LedgerEntry.objects.count() == 0
    with transaction.atomic():
        Division.objects.create(name="Patrol")
        ledger.append_in_transaction(Action.ADMIN_CHANGE, **facts, detail={"name": ["", "Patrol"]})
    assert json.loads(LedgerEntry.objects.get().clear.detail) == {"name": ["", "Patrol"]}
