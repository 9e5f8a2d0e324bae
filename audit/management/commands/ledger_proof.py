"""``manage.py ledger_proof INDEX``: the proof that a record is in the ledger, as a file for anybody."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit import asker, ledger
from audit.actions import Action
from audit.log import asking
from audit.models import LedgerEntry
from audit.refusals import Refused


class Command(BaseCommand):
    help = (
        "Print the proof of a record (c2sp.org/tlog-proof): its sealed form, the hashes up to the root, and the signed "
        "checkpoint. It holds no clear values. The making of it is a record of the ledger."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("index", type=int, help="the record's number")

    def handle(self, **options: Any) -> None:
        at, index = timezone.now(), options["index"]
        try:
            entry = LedgerEntry.objects.get(pk=index)
        except LedgerEntry.DoesNotExist:
            raise CommandError(f"There is no record {index}.") from None
        record = ledger.note(
            Action.LEDGER_PROVE,
            by=asker.system("ledger_proof"),
            at=at,
            purpose=asking.PURPOSE,
            subject=("ledger record", index, ""),
            query={"index": index},
        )
        try:
            self.stdout.write(asking.make_proof(entry, at, record).file, ending="")
        except Refused as refused:
            raise CommandError(str(refused)) from refused
