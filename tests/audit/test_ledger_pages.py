"""The auditor's pages: open to auditors only, recorded as looks themselves, and true about what was verified."""

import pytest
from django.db import connection

from audit import asker, ledger, verify
from audit.actions import Action, Outcome
from audit.models import LedgerEntry
from tests.make import NOON


@pytest.fixture
def three_records(db):
    for number in range(3):
        facts = {"reason": "stolen from Elm Street", "query": {"plate": f"0DEM00{number}"}}
        ledger.note(Action.SEARCH_RUN, by=asker.system("test"), at=NOON, purpose="locate", **facts)


def test_an_auditor_sees_the_ledger_and_is_on_it(three_records, auditor, signed_in):
    answer = signed_in(auditor).get("/ledger/")
    assert answer.status_code == 200
    assert "stolen from Elm Street" in answer.content.decode()
    last = LedgerEntry.objects.latest("index")
    assert (last.action, last.outcome, last.username, last.result_count) == ("ledger.list", "allowed", "auditor", 3)


@pytest.mark.parametrize("path", ["/ledger/", "/ledger/1/"])
@pytest.mark.parametrize("who", ["detective", "administrator", "outsider", "dispatcher", "clerk"])
def test_nobody_else_sees_it_and_the_refusal_is_recorded(three_records, request, signed_in, who, path):
    answer = signed_in(request.getfixturevalue(who)).get(path)
    assert answer.status_code == 403
    assert "stolen from Elm" not in answer.content.decode()
    last = LedgerEntry.objects.latest("index")
    assert (last.outcome, last.rule_code, last.username) == (Outcome.REFUSED, "access.role", who)


def test_the_public_is_sent_to_sign_in(db, client):
    assert client.get("/ledger/")["Location"].startswith("/accounts/login/")


def test_filters_narrow_and_stand_on_the_record(three_records, auditor, signed_in):
    answer = signed_in(auditor).get("/ledger/", {"outcome": "refused"})
    assert "No record fits" in answer.content.decode()
    last = LedgerEntry.objects.latest("index")
    assert last.outcome == Outcome.EMPTY
    assert last.clear.query_elements == {"outcome": "refused"}


def test_a_wrong_filter_is_named(three_records, auditor, signed_in):
    answer = signed_in(auditor).get("/ledger/", {"first_day": "2026-06-20", "last_day": "2026-06-01"})
    assert answer.status_code == 400
    assert "The last day comes before the first." in answer.content.decode()


def test_a_record_says_up_to_where_the_log_is_verified(three_records, auditor, signed_in):
    body = signed_in(auditor).get("/ledger/2/").content.decode()
    assert "Verified up to record 2" in body
    assert "0DEM002" in body


def test_a_tampered_log_says_so(three_records, auditor, signed_in):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE audit_ledgerentry DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_ledgerentry SET purpose = 'other' WHERE index = 1")
    body = signed_in(auditor).get("/ledger/2/").content.decode()
    assert "The log does not verify." in body
    assert "record 1" in body


def test_later_looks_build_on_the_last_verification(three_records):
    verify.verify_and_record(by_name="test", at=NOON)
    root = bytes(LedgerEntry.objects.get(index=2).root).hex()
    assert verify.last_base(4) == verify.Base(3, root, LedgerEntry.objects.get(index=3).recorded_at)
    assert verify.verify(upto=4, since=verify.last_base(4)).size == 4


def test_a_record_that_is_not_there_is_404(three_records, auditor, signed_in):
    assert signed_in(auditor).get("/ledger/999/").status_code == 404


def test_the_policy_page_shows_every_value_with_its_clause(detective, signed_in):
    body = signed_in(detective).get("/policy/").content.decode()
    assert "retention.alpr.ceiling" in body
    assert "SPD General Order 525.08, C.1" in body


def tamper_with(index: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE audit_ledgerentry DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_ledgerentry SET purpose = 'other' WHERE index = %s", [index])


def test_a_record_is_computed_anew_even_right_after_a_full_verification(three_records, auditor, signed_in):
    verify.verify_and_record(by_name="test", at=NOON)
    tamper_with(2)
    body = signed_in(auditor).get("/ledger/2/").content.decode()
    assert "The log does not verify." in body


def test_what_an_earlier_check_covered_is_said_to_be_its_word(three_records, auditor, signed_in):
    verify.verify_and_record(by_name="test", at=NOON)
    body = signed_in(auditor).get("/ledger/3/").content.decode()
    assert "records 0 to 2 by the full check of" in body
    assert "nothing from record 0 to this one" not in body
