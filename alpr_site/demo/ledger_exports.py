"""Two exports of the ledger, as an oversight body and a newspaper asked for them."""

from datetime import datetime

from audit import asker
from audit.abilities import Ability, abilities_of
from audit.log.export import Wanted, ask_export
from audit.log.export_build import build_export
from audit.models import LedgerExport, User

ASKED = (
    Wanted("oversight", "The county's auditor checks our ledger every quarter", "Office of the County Auditor"),
    Wanted(
        "records_request",
        "A newspaper asked how often we search and why",
        "The Valley Courier",
        withheld_fields=("query", "case_number", "subject_label", "detail"),
        hidden_acts=("session.",),
    ),
)


def create_ledger_exports(at: datetime) -> int:
    """Make the demonstration's exports; how many. None where there are some, or nobody who may ask for them."""
    if LedgerExport.objects.exists():
        return 0
    people = User.objects.filter(is_active=True).order_by("pk")
    auditor = next((person for person in people if Ability.READ_LEDGER in abilities_of(person, at)), None)
    if auditor is None:
        return 0
    for wanted in ASKED:
        export = ask_export(by=asker.person(auditor), at=at, wanted=wanted)
        build_export(export_id=export.pk, at=at)
    return len(ASKED)
