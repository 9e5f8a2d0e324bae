"""``manage.py create_demo``: the demonstration department."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from alpr_site.demo import (
    agencies,
    elsewhere,
    hits,
    hot_plates,
    imports,
    inbox,
    inspections,
    ledger_exports,
    people,
    pictures,
    places,
    policies,
    possible,
    publication,
    queries,
    reads,
    registers,
    roster,
    safeguards,
    shares,
)

STEPS = (
    ("people", people.create_people),
    ("policy in force", people.activate_policy),
    ("cameras", places.create_cameras),
    ("device keys", places.issue_keys),
    ("hot lists", hot_plates.create_lists),
    ("live hot plates entered", hot_plates.enter_missing),
    ("files of imported lists", imports.import_lists),
    ("further hot plates, one of them partial", possible.enter_others),
    ("reads of the last two weeks", reads.create_reads),
    ("photographs", reads.create_pictured_reads),
    ("hits", hits.create_hits),
    ("hits worked to their end", possible.work_hits),
    ("possible matches", possible.create_possible),
    ("shares of a special list with other agencies", shares.share_special),
    ("wide searches to approve", inbox.ask_wide_search),
    ("reads held for a case", inbox.hold_reads),
    ("roster, requests for access and known machines", roster.create_roster),
    ("cases, duty hours and members' plates", registers.create_registers),
    ("queries to inspect", queries.create_queries),
    ("audit exports of other systems", elsewhere.create_elsewhere),
    ("inspections", inspections.create_inspections),
    ("safeguards", safeguards.create_safeguards),
    ("the next version of the policy", policies.create_policies),
    ("agencies that share", agencies.create_agencies),
    ("a publication of the transparency page", publication.create_publication),
    ("exports of the ledger", ledger_exports.create_ledger_exports),
    ("a photograph to try (demo-car.jpg in the state folder)", pictures.write_sample),
)


class Command(BaseCommand):
    help = (
        "Make the demonstration department: invented people, cameras, hot plates, two weeks of reads, a few hits, "
        "a hold, and a search to approve. "
        "What is there already is left alone, except that hot plates which reached their end are entered anew. "
        "The people have no passwords: sign in by the links of `make links`, or set one with "
        "`manage.py changepassword demo-detective`. Device keys go to demo-device-keys.json in the state folder."
    )

    def handle(self, **options: Any) -> None:
        if not getattr(settings, "DEMO", False):
            raise CommandError("The demonstration department is for the quick start only (DEMO is not set).")
        for title, step in STEPS:
            made = step(timezone.now())
            self.stdout.write(f"{title}: {made or 'there already'}")
