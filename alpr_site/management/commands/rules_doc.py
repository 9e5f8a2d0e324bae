"""``manage.py rules_doc``: the page of all rules."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from alpr_site import rules_doc


class Command(BaseCommand):
    help = "Print the page of all rules with their clauses and tests, or write it to docs/rules.md with --write."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="write docs/rules.md")

    def handle(self, **options: Any) -> None:
        if options["write"]:
            (Path(settings.BASE_DIR) / "docs" / "rules.md").write_text(rules_doc.page())
        else:
            self.stdout.write(rules_doc.page())
