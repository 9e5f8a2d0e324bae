"""``manage.py log_rotate_key --new FILE``: change the log's key; the old key vouches for the new one."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit import asker
from audit.log import changes, checkpoints, keys, witnesses
from audit.signing import SigningUnavailable, create_key


class Command(BaseCommand):
    help = (
        "Change the log's key to the one in FILE (made if it is not there). Old and new key sign one statement, which "
        "is a record of the ledger and stands in /log/keys.json; then the new file takes the place of LOG_KEY_FILE, "
        "and the old one is kept beside it. Say it again after a crash: what is done is not done twice."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--new", required=True, type=Path, help="file of the new key (Ed25519, PEM)")

    def handle(self, **options: Any) -> None:
        at, place = timezone.now(), Path(settings.LOG_KEY_FILE)
        try:
            row = changes.rotate_key(create_key(options["new"]), place, by=asker.system("log_rotate_key"), at=at)
        except (changes.CannotChange, checkpoints.WillNotSign, SigningUnavailable) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(
                f"The change is on record, but the file could not be put in place ({error.strerror}): "
                f"put {options['new']} where LOG_KEY_FILE is, and say this again."
            ) from error
        for witness in witnesses.configured():
            witnesses.send(witness, timezone.now())
        self.stdout.write(f"The log's key is {keys.name_of(keys.public_of(row))} from {row.since_size} records on.")
