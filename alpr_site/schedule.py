"""The clockwork: which task runs when. Seeded after every migrate; administrators may then change times in admin.

Every task is safe to run twice, late or never: expiry and retention are arithmetic, not jobs. Beat reckons in UTC.
"""

import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Job:
    """A periodic task: either every ``seconds``, or daily at ``hour:minute`` UTC."""

    name: str
    task: str
    seconds: int = 0
    hour: int = 0
    minute: int = 0


JOBS = (
    Job("Pulse of beat and worker", "alpr_site.tasks.pulse", seconds=30),
    Job("Look for alarms of the store", "alpr_site.tasks.raise_alarms", seconds=600),
    Job("Pick up files of hot lists", "hotlists.lists.tasks.pick_up", seconds=30),
    Job("Look for hot lists that are out of date", "hotlists.lists.tasks.raise_stale", seconds=300),
    Job("Record the end of hot plates", "hotlists.tasks.expire_hot_plates", seconds=60),
    Job("Tell people that their hot plates end soon", "hotlists.tasks.warn_of_ends", seconds=30),
    Job("Escalate hits that wait too long", "detections.tasks.escalate_hits", seconds=30),
    Job("Hand waiting photographs to the reader again", "detections.tasks.requeue_photos", seconds=60),
    Job("Go on with files of reads whose worker is gone", "detections.tasks.requeue_uploads", seconds=60),
    Job("Go on with files of hot lists whose worker is gone", "hotlists.tasks.requeue_imports", seconds=60),
    Job("Go on with audit exports whose worker is gone", "audit.elsewhere.tasks.requeue_exports", seconds=60),
    Job("Destroy the rows of superseded hot lists", "hotlists.tasks.drop_superseded_lists", seconds=3600),
    Job("Keep the partitions of reads ahead", "detections.tasks.keep_store", seconds=3600),
    Job("Pack partitions of reads that grow no more", "detections.tasks.pack_store", hour=9, minute=30),
    Job("Keep evidence packages", "detections.evidence.tasks.keep_packages", seconds=900),
    Job("Keep exports of the ledger", "audit.log.export_tasks.keep_exports", seconds=900),
    Job("Remove unconfirmed registrations", "registry.tasks.remove_unconfirmed", seconds=3600),
    Job("Plan the purges of the next weeks", "detections.retention.tasks.plan_purges", hour=9, minute=15),
    Job("Purge reads past their ceiling", "detections.tasks.purge_expired", hour=10, minute=15),
    Job("Remove photographs without a record", "detections.tasks.clean_photos", hour=10, minute=45),
    Job("Remove files of reads that are done with", "detections.tasks.tidy_uploads", hour=10, minute=50),
    Job("Make a checkpoint of the ledger", "audit.log.tasks.checkpoint_log", seconds=30),
    Job("Hold the checkpoints against the ledger", "audit.log.tasks.check_checkpoints", hour=11, minute=20),
    Job("Count the months that have closed", "registry.publishing.tasks.count_months", hour=11, minute=30),
    Job("Open inspections and remind of them", "audit.review.tasks.open_and_remind", seconds=600),
    Job("Close accounts that are over, warn of what runs out", "audit.roster.tasks.keep_accounts", hour=8, minute=20),
    Job("Verify the ledger", "audit.tasks.verify_ledger", hour=11, minute=0),
)


def seed(**_: Any) -> None:
    """Create the missing schedules by name; what an administrator changed stays."""
    from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

    for job in JOBS:
        if PeriodicTask.objects.filter(name=job.name).exists():
            continue
        row = PeriodicTask(name=job.name, task=job.task, kwargs=json.dumps({}))
        if job.seconds:
            row.interval = IntervalSchedule.objects.get_or_create(every=job.seconds, period=IntervalSchedule.SECONDS)[0]
        else:
            when = {"minute": str(job.minute), "hour": str(job.hour), "timezone": "UTC"}
            row.crontab = CrontabSchedule.objects.get_or_create(**when)[0]
        row.save()
