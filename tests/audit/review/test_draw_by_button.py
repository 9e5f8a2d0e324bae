"""A small period is drawn while one waits; a large one by the workers, and a refusal is on record either way."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import Inspection, LedgerEntry
from audit.review import drawing, tasks
from tests import make
from tests.audit.review import past, reviewing

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer():
    return make.user("reviewer", "auditor", trained=False)


@pytest.fixture
def waiting(papers, detective):
    now = timezone.now()
    for number in range(3):
        reviewing.search_record(detective, at=now, plate=f"0DEM12{number}")
    made = reviewing.inspection(
        starts_at=now - timedelta(days=1), ends_at=timezone.now(), drawn_at=None, seed="", frame_count=None
    )
    past.checkpoint(timezone.now())
    return made


@pytest.fixture
def sent(monkeypatch):
    """What was handed to the workers; every period counts as large."""
    handed = []
    monkeypatch.setattr(drawing, "AT_ONCE", 0)
    monkeypatch.setattr(drawing.current_app, "send_task", lambda name, **values: handed.append((name, values)))
    return handed


def test_a_small_period_is_drawn_at_once(waiting, reviewer, signed_in):
    answer = signed_in(reviewer).post(f"/inspections/{waiting.pk}/draw/")
    assert answer["Location"] == f"/inspections/{waiting.pk}/"
    waiting.refresh_from_db()
    assert waiting.drawn_by == reviewer


def test_a_large_one_is_drawn_by_the_workers_while_the_page_waits(waiting, reviewer, signed_in, sent):
    client, path = signed_in(reviewer), f"/inspections/{waiting.pk}/"
    answer = client.post(f"{path}draw/")
    assert answer["Location"] == f"{path}?drawing=1"
    assert f"{path}drawing/" in client.get(answer["Location"]).content.decode()
    assert "being drawn" in client.get(f"{path}drawing/").content.decode()
    [(name, values)] = sent
    assert name == drawing.TASK == tasks.draw_sample.name
    tasks.draw_sample(**values["kwargs"])
    assert Inspection.objects.get().drawn_by == reviewer
    assert client.get(f"{path}drawing/")["HX-Redirect"] == path


def test_who_may_not_draw_hands_nothing_to_the_workers(waiting, officer, signed_in, sent):
    assert signed_in(officer).post(f"/inspections/{waiting.pk}/draw/").status_code == 403
    assert sent == []
    assert LedgerEntry.objects.get(action="inspection.draw").outcome == "refused"
