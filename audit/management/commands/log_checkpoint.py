"""``manage.py log_checkpoint``: sign the ledger's head now and hand it to the witnesses."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from audit import asker, ledger
from audit.actions import Action
from audit.log import checkpoints, witnesses


class Command(BaseCommand):
    help = (
        "Sign the ledger's head as it is now, keep it, hand it to every witness, and print it. That it was asked "
        "for is a record of the ledger. Exit status 1 when nothing could be signed or a witness did not take it."
    )

    def handle(self, **options: Any) -> None:
        at = timezone.now()
        by = asker.system("log_checkpoint")
        ledger.note(Action.LOG_CHECKPOINT, by=by, at=at, purpose="ledger verification")
        try:
            made = checkpoints.make(at, by=by.name) or checkpoints.latest()
        except checkpoints.WillNotSign as error:
            raise CommandError(str(error)) from error
        if made is None:
            raise CommandError("There is no checkpoint.")
        self.stdout.write(made.note, ending="")
        answers = [(witness, witnesses.send(witness, timezone.now())) for witness in witnesses.configured()]
        for witness, copy in answers:
            if copy is not None and not copy.fault:
                self.stdout.write(copy.cosignature, ending="")
            elif copy is not None:
                self.stderr.write(self.style.WARNING(f"{witness.name}: {copy.fault}"))
        if any(copy is not None and copy.fault for _, copy in answers):
            raise SystemExit(1)
