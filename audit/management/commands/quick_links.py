"""Make and print one-time sign-in links for the demonstration department (quick start only)."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse
from django.utils import timezone

from audit import gate
from audit.abilities import abilities_of, roles_of
from audit.models import RoleGrant
from audit.signin import quick


class Command(BaseCommand):
    help = (
        "Make a fresh one-time sign-in link for each person of the demonstration department and print a line each: "
        "role, name and address, separated by tabs. A link works once, within 24 hours. Quick start only."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--base", default=settings.BASE_URL, help="where the site is served, such as http://127.0.0.1:8000"
        )

    def handle(self, *args: Any, base: str, **options: Any) -> None:
        if not settings.QUICK_LINKS_ENABLED:
            raise CommandError("One-time links exist in the quick start only (QUICK_LINKS_ENABLED is off).")
        people = quick.demo_people()
        if not people:
            raise CommandError("There is no demonstration department yet: no account begins with demo-.")
        at = timezone.now()
        for person in people:
            roles = ", ".join(str(RoleGrant.Role(role).label) for role in sorted(roles_of(person, at))) or "no role"
            if not gate.training_of(person, at).alpr and abilities_of(person, at) & gate.TRAINED:
                roles += ", not trained"
            address = base.rstrip("/") + reverse("quick_link", args=[quick.make(person, at=at)])
            self.stdout.write(f"{roles}\t{person.display_name}\t{address}")
