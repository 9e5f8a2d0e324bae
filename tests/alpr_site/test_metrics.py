"""/metrics: figures of the ledger for this machine or whoever holds the token, and no plate and no name in them."""

import re

import pytest
from django.utils import timezone

from audit import alarms, asker, ledger
from audit.actions import Action
from tests import make

LINE = re.compile(r'^(# (HELP|TYPE) platekeeper_\w+ .+|platekeeper_\w+(\{code="[a-z_.]+"\})? -?[0-9.e+]+)$')


@pytest.fixture(autouse=True)
def alarm_file(settings, tmp_path):
    settings.ALARM_FILE = str(tmp_path / "alarms.jsonl")


def test_the_figures_are_well_formed_and_hold_no_plate_and_no_name(transactional_db, client, detective):
    with ledger.act(
        Action.SEARCH_RUN, by=make.by(detective), at=timezone.now(), purpose="locate", query={"plate": "0MET123"}
    ) as record:
        record.result_count = 1
    ledger.note(Action.LEDGER_VERIFY, by=asker.system("test"), at=timezone.now(), purpose="ledger verification")
    alarms.raise_alarm(alarms.CHECKPOINTS_LATE, "No outside place has taken a checkpoint.", at=timezone.now())
    answer = client.get("/metrics", headers={"host": "anything.example"})
    text = answer.content.decode()
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert [line for line in text.splitlines() if not LINE.match(line)] == []
    for name in ("ledger_size 2", "ledger_exposure_seconds", "ledger_verification_age_seconds", "database_up 1"):
        assert f"platekeeper_{name}" in text
    assert 'platekeeper_alarm_seconds{code="ledger.checkpoints_late"}' in text
    assert "0MET123" not in text
    assert detective.username not in text


def test_only_this_machine_may_read_them_without_a_token(transactional_db, client, settings):
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.7").status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403
    settings.METRICS_TOKEN = "a-long-secret"
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer a-long-secreT"}).status_code == 403
    answer = client.get("/metrics", headers={"Authorization": "Bearer a-long-secret"}, REMOTE_ADDR="192.0.2.7")
    assert answer.status_code == 200


def test_an_alarm_that_stands_is_told_by_readyz(transactional_db, client):
    alarms.raise_alarm(alarms.LEDGER_UNWRITABLE, "The ledger cannot be written.", at=timezone.now())
    assert any(told.startswith("ledger.unwritable since ") for told in client.get("/readyz").json()["alarms"])
