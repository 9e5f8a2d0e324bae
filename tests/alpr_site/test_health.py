"""/healthz says that the process is up; /readyz names every part and how it is."""

import json

import pytest
from django.utils import timezone

from alpr_site import health, tasks


@pytest.fixture
def no_pulse():
    client = health.broker()
    client.delete(health.WORKER_PULSE, health.BEAT_PULSE)
    yield
    client.delete(health.WORKER_PULSE, health.BEAT_PULSE)


def parts(client) -> dict[str, str]:
    return json.loads(client.get("/readyz").content)["parts"]


def test_healthz_needs_nothing(client):
    assert client.get("/healthz", headers={"host": "anything.example"}).content == b"ok\n"


def test_readyz_names_every_part_and_what_is_missing(transactional_db, client, no_pulse):
    answer = client.get("/readyz")
    assert answer.status_code == 503
    found = json.loads(answer.content)["parts"]
    assert set(found) == {"database", "broker", "worker", "beat", "ledger"}
    assert found["worker"] == found["beat"] == "failed: no pulse yet"
    assert found["database"] == found["broker"] == "ok"


def test_a_pulse_makes_worker_and_beat_ready(transactional_db, client, no_pulse):
    tasks.pulse()
    assert (parts(client)["worker"], parts(client)["beat"]) == ("ok", "ok")


def test_an_old_pulse_is_silence(transactional_db, client, no_pulse):
    old = timezone.now() - health.SILENCE * 2
    health.broker().set(health.BEAT_PULSE, old.isoformat())
    assert parts(client)["beat"].startswith("failed: silent for")


def test_a_role_that_may_change_the_ledger_is_not_ready(transactional_db, client):
    """The tests connect as the owner, who may: so this part must say so."""
    assert parts(client)["ledger"] == "failed: the serving role may change the ledger"


def test_a_broker_that_is_away_is_named(transactional_db, client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert parts(client)["broker"].startswith("failed: ")
