"""Checkpoints leave: to a witness that is up, and visibly not to one that is down or has seen another history."""

import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connections

from audit.log import checkpoints, keys, notes, published, tasks, witnesses
from audit.models import Checkpoint, CheckpointCopy, LedgerEntry
from tests.audit.log.test_make_checkpoints import cut, rewrite
from tests.make import NOON

pytestmark = pytest.mark.django_db(transaction=True)


def send(at=NOON):
    return witnesses.send(witnesses.configured()[0], at)


def test_a_witness_takes_each_checkpoint_and_its_line_is_kept(grow, witness):
    for number in (3, 1, 9):
        grow(number)
        made = checkpoints.make(NOON)
        copy = send()
        assert (copy.fault, copy.checkpoint) == ("", made)
        line = notes.signature_line(copy.cosignature.rstrip("\n"))
        assert notes.cosigned(notes.parse(made.note).text, line, witness.public) is not None
        assert send() is None
    assert checkpoints.exposure(NOON).uncovered == 0


def test_with_the_witness_down_the_window_grows_and_nothing_else_stops(grow, witness, monkeypatch):
    grow(2)
    checkpoints.make(NOON)
    send()
    witness.kill()
    grow(1)
    made = checkpoints.make(NOON + timedelta(seconds=30))
    assert "does not answer" in send().fault
    assert send() is None, "one row for a fault, not one for each try"
    written = LedgerEntry.objects.get(index=2).recorded_at
    soon, later = (checkpoints.exposure(written + timedelta(seconds=wait)) for wait in (40, 100))
    assert (soon.uncovered, soon.window) == (1, timedelta(seconds=40))
    assert later.window == timedelta(seconds=100)
    place = published.places()[0]
    assert place.fault.checkpoint == made
    witness.start()
    monkeypatch.setattr(
        witnesses, "configured", lambda: [witnesses.Witness("records-room", witness.url, witness.public)]
    )
    assert send().fault == ""
    assert checkpoints.exposure(NOON).uncovered == 0


def test_the_round_of_the_clock_makes_one_and_hands_it_out(grow, witness, alarmed, monkeypatch):
    sent = []
    monkeypatch.setattr(tasks.send_checkpoint, "apply_async", lambda kwargs, **_: sent.append(kwargs["name"]))
    grow(1)
    tasks.checkpoint_log()
    assert (Checkpoint.objects.count(), sent, alarmed) == (1, ["records-room"], [])
    tasks.send_checkpoint(name="records-room")
    assert checkpoints.exposure(NOON).uncovered == 0


def test_the_nightly_check_alarms_for_a_checkpoint_that_does_not_stand(grow, kept, alarmed):
    grow(3)
    checkpoints.make(NOON)
    tasks.check_checkpoints()
    assert alarmed == []
    rewrite(1)
    tasks.check_checkpoints()
    assert {code for code, _ in alarmed} == {"log.checkpoint_mismatch"}


def test_what_the_clock_cannot_sign_it_says_and_the_next_round_still_hands_out(grow, alarmed, settings):
    grow(1)
    settings.LOG_KEY_FILE = "/nowhere/key.pem"
    tasks.checkpoint_log()
    assert [code for code, _ in alarmed] == ["log.no_checkpoint"]


def test_an_older_database_is_refused_by_the_witness_and_an_alarm_is_raised(grow, witness, alarmed):
    """The database was set back, and nothing beside it remembers: the witness does."""
    grow(5)
    checkpoints.make(NOON)
    send()
    grow(5)
    checkpoints.make(NOON)
    send()
    cut(5)
    grow(2)
    checkpoints.make(NOON)
    assert "seen 10 records" in send().fault
    grow(20)
    checkpoints.make(NOON)
    assert "422" in send().fault
    assert [code for code, _ in alarmed] == ["log.witness_disagrees"] * 2
    assert checkpoints.exposure(NOON).uncovered > 0


def test_a_fork_of_the_witnesss_own_size_is_refused(grow, witness, alarmed):
    grow(5)
    checkpoints.make(NOON)
    send()
    cut(0)
    grow(5)
    checkpoints.make(NOON)
    assert "another log of 5 records" in send().fault
    assert alarmed[0][0] == "log.witness_disagrees"


def test_a_witness_with_another_key_than_the_settings_say_is_not_believed(grow, witness, alarmed, settings):
    settings.WITNESSES = [(*witness.setting[:2], "A" * 43 + "=")]
    grow(1)
    checkpoints.make(NOON)
    assert "without a signature of its own key" in send().fault
    assert alarmed


def test_two_rounds_at_once_end_with_one_signature(grow, witness):
    grow(5)
    checkpoints.make(NOON)
    copies, start = [], threading.Barrier(3)

    def one_round() -> None:
        start.wait(timeout=20)
        copies.append(send())
        connections.close_all()

    threads = [threading.Thread(target=one_round, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(copies) == 3
    assert CheckpointCopy.objects.filter(place="witness: records-room").exclude(fault="").count() == 0
    lines = set(CheckpointCopy.objects.exclude(cosignature="").values_list("cosignature", flat=True))
    assert len(lines) == 1


def test_waits_are_measured_at_the_oldest_record_of_each_checkpoint(grow, witness):
    grow(3)
    checkpoints.make(NOON)
    send(LedgerEntry.objects.get(index=2).recorded_at)
    grow(2)
    checkpoints.make(NOON)
    oldest = LedgerEntry.objects.get(index=3).recorded_at
    send(oldest + timedelta(seconds=25))
    waits = published.windows(oldest + timedelta(seconds=30))
    assert [seconds for _, seconds in waits] == [25.0]
    hours = published.by_hour(oldest + timedelta(seconds=30))
    assert max(hour.longest for hour in hours) == 25.0
    assert len(hours) == 24


def test_the_years_end_is_a_record_and_the_same_tree_goes_on(grow, witness, kept):
    grow(4)
    out = StringIO()
    call_command("log_freeze", next="platekeeper.test/2031", stdout=out)
    record = LedgerEntry.objects.get(action="log.freeze")
    assert record.clear.query_elements["next_origin"] == "platekeeper.test/2031"
    assert record.clear.query_elements["size"] == 4
    last = Checkpoint.objects.exclude(origin="platekeeper.test/2031").get(size=5)
    opened = Checkpoint.objects.get(origin="platekeeper.test/2031", size=5)
    assert bytes(last.root) == bytes(opened.root)
    assert last.note in out.getvalue()
    assert CheckpointCopy.objects.get(checkpoint=opened, place="witness: records-room").fault == ""
    grow(2)
    assert checkpoints.make(NOON).origin == "platekeeper.test/2031"
    assert send().fault == ""
    told = keys.published()["origins"]
    assert [(row["origin"], row["since_size"]) for row in told] == [(last.origin, 0), (opened.origin, 5)]


def test_a_new_key_is_vouched_for_by_the_old_and_the_witness_takes_it(grow, witness, tmp_path, settings):
    from audit import signing

    settings.LOG_KEY_FILE = str(tmp_path / "key.pem")
    (tmp_path / "key.pem").write_bytes(_key_of_tests())
    (tmp_path / "key.pem").chmod(0o600)
    grow(3)
    checkpoints.make(NOON)
    assert send().fault == ""
    old = keys.published()["keys"][0]
    signing.create_key(tmp_path / "new.pem")
    call_command("log_rotate_key", new=tmp_path / "new.pem", stdout=StringIO())
    first, second = keys.published()["keys"]
    assert (first["key_id"], second["vouched_by"]) == (old["key_id"], old["key_id"])
    statement = second["statement"].encode()
    for key, signature in ((first, "old_signature"), (second, "new_signature")):
        public, signed = notes.decode64(key["public_key"]), notes.decode64(second[signature])
        assert notes.ed25519_fits(public, signed, statement)
        assert key["public_key"] in second["statement"]
    record = LedgerEntry.objects.get(action="log.rotate_key")
    assert (second["record"], second["since_size"]) == (record.index, record.index + 1)
    newest = checkpoints.latest()
    assert newest.key_id == second["key_id"]
    assert CheckpointCopy.objects.get(checkpoint=newest, place="witness: records-room").fault == ""
    assert not (tmp_path / "new.pem").exists()
    assert list(tmp_path.glob("key.pem.until-*"))


def _key_of_tests() -> bytes:
    from pathlib import Path

    from alpr_site.settings import test as settings_of_tests

    return Path(settings_of_tests.LOG_KEY_FILE).read_bytes()
