"""``manage.py log_freeze``: at the year's end, close the log's name and go on under the next."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit import asker
from audit.log import changes, checkpoints, keys, witnesses
from audit.signing import SigningUnavailable


class Command(BaseCommand):
    help = (
        "Close the log's name with a last checkpoint, whose newest record names its size, its root and the next name; "
        "the same tree goes on under the next name. Run it at the year's end, once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--next", default="", help="the next name (default: the log's name with the current year)")

    def handle(self, **options: Any) -> None:
        at = timezone.now()
        name = options["next"] or keys.year_name(at)
        try:
            last, opened = changes.freeze(name, by=asker.system("log_freeze"), at=at)
        except (changes.CannotChange, checkpoints.WillNotSign, SigningUnavailable) as error:
            raise CommandError(str(error)) from error
        for witness in witnesses.configured():
            witnesses.send(witness, timezone.now())
        self.stdout.write(f"{last.origin} ends with {last.size} records; {opened.origin} goes on. Keep this:\n")
        self.stdout.write(last.note, ending="")
