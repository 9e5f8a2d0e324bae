"""An alarm leaves the process whatever is down, once a minute for each code, and stands until its all-clear."""

import json
import logging
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core import mail
from django.db import connection

from audit import alarms, asker, ledger, tasks, verify
from audit.actions import Action
from tests.make import NOON

CODE, WORDS = alarms.LEDGER_UNWRITABLE, "The ledger cannot be written (OperationalError)."


@pytest.fixture(autouse=True)
def alarm_file(settings, tmp_path):
    settings.ALARM_FILE = str(tmp_path / "alarms.jsonl")
    yield tmp_path / "alarms.jsonl"
    for thread in threading.enumerate():
        if thread.name == "alarm":
            thread.join(timeout=20)


def test_an_alarm_is_a_line_of_the_log_and_a_line_on_disk(alarm_file, caplog):
    with caplog.at_level(logging.CRITICAL):
        assert alarms.raise_alarm(CODE, WORDS, at=NOON)
    assert any(CODE in line.getMessage() and line.levelname == "CRITICAL" for line in caplog.records)
    assert json.loads(alarm_file.read_text())["words"] == WORDS
    assert [(alarm.code, alarm.since) for alarm in alarms.latest()] == [(CODE, NOON)]


def test_one_code_is_told_once_a_minute_and_others_are_not_kept_by_it(alarm_file):
    assert alarms.raise_alarm(CODE, WORDS, at=NOON)
    assert not alarms.raise_alarm(CODE, WORDS, at=NOON + timedelta(seconds=59))
    assert alarms.raise_alarm("other", "Something else.", at=NOON + timedelta(seconds=1))
    assert alarms.raise_alarm(CODE, WORDS, at=NOON + timedelta(seconds=60))
    assert len(alarm_file.read_text().splitlines()) == 3
    assert alarms.latest()[0].since == NOON


def test_many_at_once_tell_it_once(alarm_file):
    threads = [threading.Thread(target=alarms.raise_alarm, args=(CODE, WORDS), kwargs={"at": NOON}) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(alarm_file.read_text().splitlines()) == 1


def test_an_all_clear_ends_it_and_without_an_alarm_there_is_none(alarm_file):
    assert not alarms.all_clear(CODE, "It works.", at=NOON)
    alarms.raise_alarm(CODE, WORDS, at=NOON)
    assert alarms.all_clear(CODE, "It works.", at=NOON + timedelta(seconds=5))
    assert alarms.latest() == []
    assert alarms.raise_alarm(CODE, WORDS, at=NOON + timedelta(seconds=6))


def test_a_line_cut_off_by_a_crash_is_passed_over(alarm_file):
    alarm_file.write_text('{"code": "ledger.unwri\n[]\n')
    assert alarms.latest() == []
    assert alarms.raise_alarm(CODE, WORDS, at=NOON)
    assert len(alarms.latest()) == 1


def test_it_leaves_even_where_the_file_cannot_be_written(settings, tmp_path, caplog):
    settings.ALARM_FILE = str(tmp_path)
    with caplog.at_level(logging.CRITICAL):
        assert alarms.raise_alarm(CODE, WORDS, at=NOON)
    assert any(CODE in line.getMessage() for line in caplog.records)


def test_it_goes_by_mail_and_by_post_and_one_that_fails_keeps_no_other(settings, alarm_file):
    taken = []

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self):
            taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    ear = HTTPServer(("127.0.0.1", 0), Ear)
    threading.Thread(target=ear.handle_request, daemon=True).start()
    settings.ALARM_MAIL, settings.EMAIL_BACKEND = ["watch@example.org"], "gone.Backend"
    settings.ALARM_URL = f"http://127.0.0.1:{ear.server_port}/"
    alarms._send(alarms.Alarm(CODE, WORDS, NOON, NOON))
    ear.server_close()
    assert [told["code"] for told in taken] == [CODE]
    settings.EMAIL_BACKEND, settings.ALARM_URL = "django.core.mail.backends.locmem.EmailBackend", ""
    alarms._send(alarms.Alarm(CODE, WORDS, NOON, NOON))
    assert [sent.subject for sent in mail.outbox] == [f"Platekeeper alarm: {CODE}"]


@pytest.mark.django_db(transaction=True)
def test_a_log_that_does_not_verify_is_an_alarm_until_it_does(alarm_file):
    ledger.note(Action.DEMO_CREATE, by=asker.system("test"), at=NOON, purpose="system")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_ledgerentry DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_ledgerentry SET username = 'another' WHERE index = 0")
        tasks.verify_ledger()
        assert [(alarm.code, "record 0: a field" in alarm.words) for alarm in alarms.latest()] == [
            (alarms.LEDGER_UNSOUND, True)
        ]
        cursor.execute("UPDATE audit_ledgerentry SET username = 'test' WHERE index = 0")
        cursor.execute("ALTER TABLE audit_ledgerentry ENABLE TRIGGER USER")
    tasks.verify_ledger()
    assert alarms.latest() == []


@pytest.mark.django_db(transaction=True)
def test_the_alarm_of_an_unsound_log_leaves_even_where_no_record_can_be_written(alarm_file, monkeypatch):
    def refuse(*_, **__):
        raise ledger.LedgerUnavailable("DataError")

    found = verify.Verdict(0, b"\0" * 32, verify.Fault(0, "record 0 is missing; the next one found is 1"))
    monkeypatch.setattr(verify, "verify", lambda **_: found)
    monkeypatch.setattr(ledger, "note", refuse)
    with pytest.raises(ledger.LedgerUnavailable):
        tasks.verify_ledger()
    assert [alarm.code for alarm in alarms.latest()] == [alarms.LEDGER_UNSOUND]
