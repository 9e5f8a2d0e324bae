"""The clockwork in administration: for those who manage policy, each change with its record."""

import json

import pytest
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from audit.models import LedgerEntry
from tests import make


@pytest.fixture
def task(db):
    every = IntervalSchedule.objects.create(every=90, period="seconds")
    return PeriodicTask.objects.create(name="Purge now and then", task="detections.tasks.purge_expired", interval=every)


@pytest.fixture
def boss(signed_in, db):
    return signed_in(make.user("boss", "system_administrator", trained=False, is_staff=True))


def newest_detail():
    return json.loads(LedgerEntry.objects.order_by("-index").first().clear.detail)


def test_a_changed_interval_is_recorded_with_old_and_new(boss, task):
    page = f"/admin/django_celery_beat/intervalschedule/{task.interval_id}/change/"
    inline = "periodictask_set"
    forms = {f"{inline}-TOTAL_FORMS": 0, f"{inline}-INITIAL_FORMS": 0}
    assert boss.post(page, {"every": 91, "period": "seconds"} | forms).status_code == 302
    assert newest_detail()["values"] == {"every": [90, 91]}


def test_tasks_switched_off_together_are_recorded_by_name(boss, task):
    data = {"action": "disable_tasks", "_selected_action": [task.pk]}
    assert boss.post("/admin/django_celery_beat/periodictask/", data).status_code == 302
    task.refresh_from_db()
    assert not task.enabled
    assert newest_detail() == {"change": "disable_tasks", "tasks": ["Purge now and then"]}


def test_a_deleted_task_is_recorded_with_what_it_was(boss, task):
    assert boss.post(f"/admin/django_celery_beat/periodictask/{task.pk}/delete/", {"post": "yes"}).status_code == 302
    assert newest_detail()["values"]["task"] == ["detections.tasks.purge_expired", None]


@pytest.mark.parametrize("kind", ["periodictask", "intervalschedule", "crontabschedule"])
def test_the_clock_is_closed_to_others_even_superusers(signed_in, administrator, kind):
    root = make.user("root", "training_sergeant", is_staff=True, is_superuser=True)
    for person in (administrator, root):
        assert signed_in(person).get(f"/admin/django_celery_beat/{kind}/").status_code == 403
