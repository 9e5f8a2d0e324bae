"""``manage.py export_ledger FOLDER``: an export of the ledger as a folder, for a machine without the pages."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit import asker, signing
from audit.leaf import SENSITIVE
from audit.log.export import Wanted, record_command
from audit.log.export_build import write_folder
from audit.log.export_source import NoCheckpoint
from audit.log.rules_export import PURPOSES
from audit.refusals import Refused


class Command(BaseCommand):
    help = "Writes an export of the ledger that platekeeper_verify.py checks. The export is recorded first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that is not there yet")
        parser.add_argument("--purpose", choices=sorted(PURPOSES), default="own_check")
        parser.add_argument("--reason", required=True, help="who wants it and why, in words")
        parser.add_argument("--first", type=int, help="first record (default 0)")
        parser.add_argument("--last", type=int, help="last record (default: the record of this export)")
        parser.add_argument("--withhold", default="", help=f"fields of {', '.join(SENSITIVE)}, comma between")

    def handle(self, **options: Any) -> None:
        folder: Path = options["folder"]
        if folder.exists():
            raise CommandError(f"{folder} is there already.")
        withheld = [name.strip() for name in options["withhold"].split(",") if name.strip()]
        if unknown := set(withheld) - set(SENSITIVE):
            raise CommandError(f"There is no such field: {', '.join(sorted(unknown))}.")
        at = timezone.now()
        wanted = Wanted(
            options["purpose"],
            options["reason"],
            first_index=options["first"],
            last_index=options["last"],
            withheld_fields=withheld,
        )
        try:
            export = record_command(by=asker.system("export_ledger"), at=at, wanted=wanted)
            written = write_folder(folder, export, at=at)
        except Refused as refused:
            raise CommandError(f"{refused.refusal.reason} {refused.refusal.next_step}") from refused
        except (NoCheckpoint, signing.SigningUnavailable, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{written.records:,} records in {folder}; the export is record {export.record_index}.")
        self.stdout.write(f"Check it: python3 {folder}/platekeeper_verify.py {folder}")
