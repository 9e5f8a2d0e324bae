"""``manage.py destroy_ledger_values``: destroy words of old records; the records and their proofs stay."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit import asker
from audit.leaf import SENSITIVE
from audit.log.export_destroy import NotTheOwner, destroy_values
from audit.refusals import Refused


class Command(BaseCommand):
    help = (
        "Run as the owner role (as migrate is). Destroys clear values and salts of the named fields in a stretch of "
        "ledger records, for good, after a record of it. The ledger still verifies."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("first", type=int, help="first record")
        parser.add_argument("last", type=int, help="last record")
        parser.add_argument("--fields", required=True, help=f"of {', '.join(SENSITIVE)}, comma between")
        parser.add_argument("--reason", required=True, help="why, in words")
        parser.add_argument("--order", default="", help="number of the court's order that seals them")
        parser.add_argument("--by", required=True, help="who does this")

    def handle(self, **options: Any) -> None:
        fields = [name.strip() for name in options["fields"].split(",") if name.strip()]
        try:
            done = destroy_values(
                by=asker.system(f"destroy_ledger_values ({options['by']})"),
                at=timezone.now(),
                first=options["first"],
                last=options["last"],
                fields=fields,
                reason=options["reason"],
                order=options["order"],
            )
        except (NotTheOwner, ValueError) as error:
            raise CommandError(str(error)) from error
        except Refused as refused:
            words = f"{refused.refusal.reason} ({refused.refusal.citation}) {refused.refusal.next_step}"
            raise CommandError(words) from refused
        self.stdout.write(f"{done.records:,} records lost {', '.join(fields)}; this is record {done.record_index}.")
