"""The demonstration has an inspection that is done, one under review, and a week of the log that is overdue."""

import pytest
from django.utils import timezone

from alpr_site.demo import elsewhere, inspections, people
from audit.models import Finding, InspectedQuery, Inspection, User
from audit.review import papers

pytestmark = pytest.mark.django_db


@pytest.fixture
def department(papers_folder):
    for step in (people.create_people, people.activate_policy, elsewhere.create_elsewhere):
        step(timezone.now())
    assert inspections.create_inspections(timezone.now()) == 4


@pytest.fixture
def papers_folder(settings, tmp_path):
    settings.WORK_PAPERS = str(tmp_path / "papers")
    settings.STATE_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "photos"


def test_it_shows_every_state_and_is_made_once(department, signed_in):
    done, running = Inspection.objects.filter(kind="queries").order_by("starts_at")
    assert papers.is_sound(done)
    assert done.reviewer != done.approver
    assert running.signed_at is None
    marks = list(InspectedQuery.objects.filter(inspection=running).values_list("mark", flat=True))
    assert "" in marks
    assert "compliant" in marks
    waiting = Finding.objects.filter(inspection=running, answered_at=None)
    assert {one.commander.username for one in waiting} == {"demo-commander"}
    assert Finding.objects.filter(inspection=done, closed_at__isnull=False).exists()
    assert inspections.create_inspections(timezone.now()) == 0


def test_its_pages_open_for_those_who_review_approve_and_answer(department, signed_in):
    auditor = signed_in(User.objects.get(username="demo-auditor"))
    commander = signed_in(User.objects.get(username="demo-commander"))
    assert "overdue" in auditor.get("/inspections/").content.decode()
    for one in Inspection.objects.all():
        assert auditor.get(f"/inspections/{one.pk}/").status_code == 200
        assert commander.get(f"/inspections/{one.pk}/").status_code == 200
    for query in InspectedQuery.objects.all()[:5]:
        assert auditor.get(f"/inspections/queries/{query.pk}/").status_code == 200
    for finding in Finding.objects.filter(commander__username="demo-commander"):
        assert commander.get(f"/findings/{finding.pk}/").status_code == 200
    done = Inspection.objects.exclude(approved_at=None).get()
    zipped = commander.get(f"/inspections/{done.pk}/papers/papers.zip")
    assert zipped.content.startswith(b"PK")
