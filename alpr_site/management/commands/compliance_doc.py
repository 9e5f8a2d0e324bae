"""``manage.py compliance_doc``: every clause of the orders and what stands behind it."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from alpr_site.compliance import document


class Command(BaseCommand):
    help = "Print what stands behind each clause of the orders, or write it to docs/compliance.md with --write."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="write docs/compliance.md")

    def handle(self, **options: Any) -> None:
        if options["write"]:
            (Path(settings.BASE_DIR) / "docs" / "compliance.md").write_text(document.text())
        else:
            self.stdout.write(document.text())
