"""``manage.py activate_policy``: the first policy of a fresh installation."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from audit import asker, policy
from audit.policies import activation
from audit.refusals import Refused


class Command(BaseCommand):
    help = (
        "Put one of the profiles that ship in force where none ever was, and record it. Every later change is proposed "
        "on the policy's page and approved by another person."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("profile", choices=[profile.id for profile in policy.shipped()])
        parser.add_argument("--note", default="The first policy of this installation")

    def handle(self, **options: Any) -> None:
        by, at = asker.system("activate_policy"), timezone.now()
        try:
            row = activation.put_first(profile_id=options["profile"], by=by, at=at, note=options["note"])
        except Refused as refused:
            raise CommandError(f"{refused.refusal.reason} {refused.refusal.next_step}") from refused
        self.stdout.write(f"{row.profile}@{row.version} is in force.")
