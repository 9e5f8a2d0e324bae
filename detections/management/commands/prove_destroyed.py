"""``manage.py prove_destroyed``: was this read destroyed, and when? The answer with its proof, as JSON."""

import json
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit import asker
from detections.retention.prove import prove_destroyed


class Command(BaseCommand):
    help = (
        "Looks a read's id up on all certificates of purges, on record. Prints the proof (RFC 9162 inclusion path) with"
        " the signed certificate; ends with status 1 where no certificate lists the id."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("read", type=UUID, help="the id of the read")

    def handle(self, **options: Any) -> None:
        answer = prove_destroyed(read_id=options["read"], by=asker.system("prove_destroyed"), at=timezone.now())
        self.stdout.write(json.dumps(answer.as_json(), indent=1))
        if answer.damaged:
            self.stderr.write(f"The lists of {len(answer.damaged)} certificates are missing or damaged.")
        if answer.proof is None:
            raise CommandError("Not destroyed by us: no certificate lists this id.", returncode=1)
        if not answer.proved:
            raise CommandError("A certificate lists this id, but its root or signature does not fit.", returncode=2)
