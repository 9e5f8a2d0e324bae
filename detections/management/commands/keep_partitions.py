"""``manage.py keep_partitions``: partitions of reads for the next sixty days, and for reads that lie in none."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from detections import partitions


class Command(BaseCommand):
    help = (
        "Run after migrate and the rights of the serving role, and whenever the health page complains; the worker "
        "does the same every hour. Safe to run any number of times."
    )

    def handle(self, **options: Any) -> None:
        now = timezone.now()
        made = partitions.keep_ahead(at=now)
        if options["verbosity"]:
            self.stdout.write(f"{made} partitions made")
        for alarm in partitions.alarms(now):
            self.stderr.write(self.style.WARNING(alarm))
