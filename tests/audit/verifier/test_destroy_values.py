"""Clear values go at the end of their time, by the owner and after a record; the log verifies all the same (A-11)."""

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from audit import asker, verify
from audit.log.export_destroy import destroy_values
from audit.models import LedgerDetail, LedgerEntry
from audit.refusals import Refused
from tests import make
from tests.audit.verifier.exporting import exported, records
from tests.audit.verifier.making import faults
from tests.audit.verifier.making import verify as look

pytestmark = pytest.mark.django_db(transaction=True)
WHY = "Sealed by the court in this case"


def destroy(first, last, *, fields=("query", "reason"), order="23F-0042", at=make.NOON):
    by = asker.system("test")
    return destroy_values(by=by, at=at, first=first, last=last, fields=fields, reason=WHY, order=order)


def test_destroyed_values_are_gone_and_the_log_verifies_everywhere(auditor, tmp_path):
    found = records(6)
    done = destroy(found[1], found[3])
    assert done.records == 3
    clear = LedgerDetail.objects.get(pk=found[2])
    assert (clear.query, clear.reason, clear.case_number) == (None, None, "26-123456")
    assert bytes(clear.salts)[:64] == bytes(64)
    assert bytes(clear.salts)[64:96] != bytes(32)
    assert verify.verify().sound
    _, folder = exported(auditor, tmp_path)
    code, verdict = look(folder)
    assert (code, faults(verdict)) == (0, "")
    assert verdict["destroyed"] == 6
    assert LedgerEntry.objects.get(index=done.record_index).action == "ledger.destroy_values"


def test_saying_it_again_destroys_nothing_more():
    found = records(2)
    assert destroy(found[0], found[1]).records == 2
    assert destroy(found[0], found[1]).records == 0


def test_what_the_policy_keeps_is_kept_without_a_courts_order():
    found = records(1)
    with pytest.raises(Refused) as refused:
        destroy(found[0], found[0], order="")
    assert refused.value.refusal.code == "ledger.values_kept"
    assert LedgerDetail.objects.get(pk=found[0]).query is not None


@pytest.mark.parametrize(
    "change",
    [
        "query = NULL",
        "query = 'another', salts = salts",
        "query = NULL, salts = overlay(salts PLACING decode(repeat('00', 32), 'hex') FROM 33)",
        "entry_id = entry_id + 1",
    ],
)
def test_the_trigger_lets_nothing_else_through_even_in_the_name_of_a_record(change):
    found = records(2)
    record = destroy(found[0], found[0]).record_index
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('audit.destroy_record', %s, true)", [str(record)])
        cursor.execute(f"UPDATE audit_ledgerdetail SET {change} WHERE entry_id = %s", [found[1]])  # noqa: S608 - written above


@pytest.mark.parametrize("named", ["", "0", "999999", "no number"])
def test_without_a_record_of_it_nothing_is_destroyed(named):
    found = records(1)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('audit.destroy_record', %s, true)", [named])
        zeros = "overlay(salts PLACING decode(repeat('00', 32), 'hex') FROM 1)"
        cursor.execute(f"UPDATE audit_ledgerdetail SET query = NULL, salts = {zeros} WHERE entry_id = %s", found)  # noqa: S608 - written above


def test_the_commands_say_what_they_did(tmp_path, capsys):
    found = records(2)
    call_command("destroy_ledger_values", found[0], found[1], fields="query", reason=WHY, order="23F-0042", by="R. Lee")
    call_command("export_ledger", tmp_path / "e", reason="A check of our own ledger")
    assert "2 records lost query" in capsys.readouterr().out
    assert look(tmp_path / "e")[0] == 0
    with pytest.raises(CommandError, match="there already"):
        call_command("export_ledger", tmp_path / "e", reason="A check of our own ledger")
    with pytest.raises(CommandError, match="without end"):
        call_command("destroy_ledger_values", found[0], found[1], fields="query", reason=WHY, by="R. Lee")
