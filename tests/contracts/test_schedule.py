"""The clockwork is seeded by migrating, names tasks that exist, and leaves an administrator's changes alone."""

import pytest
from django_celery_beat.models import PeriodicTask

from alpr_site import celery_app, schedule


def test_every_job_is_seeded_and_names_a_task(db):
    celery_app.autodiscover_tasks(force=True)
    rows = {row.name: row for row in PeriodicTask.objects.all()}
    for job in schedule.JOBS:
        assert rows[job.name].task == job.task
        assert job.task in celery_app.tasks


def test_seeding_again_keeps_what_an_administrator_changed(db):
    PeriodicTask.objects.filter(name="Verify the ledger").update(enabled=False)
    schedule.seed()
    assert PeriodicTask.objects.filter(name="Verify the ledger", enabled=False).count() == 1


@pytest.mark.parametrize("job", [job for job in schedule.JOBS if job.seconds == 0], ids=lambda job: job.name)
def test_nightly_work_runs_at_night_in_california(job):
    assert 8 <= job.hour <= 12
