"""``manage.py watch_ledger``: the watcher, a process of its own that raises and ends the alarms of the ledger."""

import signal
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from audit import watching


class Command(BaseCommand):
    help = "Every 15 s try to write to the ledger (rolled back), and raise an alarm when that fails. Ends on SIGTERM."
    requires_system_checks: list[str] = []  # it must come up where the database does not

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--every", type=float, default=15.0, help="seconds between two tries (default: %(default)s)"
        )
        parser.add_argument("--once", action="store_true", help="try once; exit with 1 if an alarm stands")

    def handle(self, **options: Any) -> None:
        if options["once"]:
            raise SystemExit(1 if watching.watch(timezone.now()) else 0)
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        while not stop.is_set():
            began = time.monotonic()
            watching.watch(timezone.now())
            stop.wait(max(0.0, options["every"] - (time.monotonic() - began)))
