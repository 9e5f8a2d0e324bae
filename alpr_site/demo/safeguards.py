"""The demonstration department's safeguards: papers are invented, what the system shows is real."""

from datetime import datetime, timedelta

from audit import asker
from audit.models import Safeguard, User
from audit.safeguards.keeping import SafeguardWanted, enter, review, today

# code, title, kind, clause, owner's title, paper, evidence, days until the next review (below 0: overdue)
SAFEGUARDS = (
    (
        "access-log",
        "Record of every access",
        "technical",
        "462.5(1), Civil Code § 1798.90.52",
        "ALPR administrator",
        "",
        "access_log",
        60,
    ),
    ("append-only", "Access records cannot be changed", "technical", "462.5(1)", "IT manager", "", "append_only", 60),
    (
        "second-factor",
        "Second factor for everyone",
        "technical",
        "462.5(1), CJIS IA-2",
        "IT manager",
        "IT standard 4, version 2",
        "second_factor",
        85,
    ),
    (
        "sessions",
        "Sessions end",
        "technical",
        "CJIS AC-11, AC-12",
        "IT manager",
        "IT standard 4, version 2",
        "session_limits",
        85,
    ),
    (
        "transport",
        "Encrypted transport",
        "technical",
        "CJIS SC-8",
        "IT manager",
        "IT standard 7, version 1",
        "transport",
        20,
    ),
    (
        "retention",
        "Purges after the retention period",
        "procedural",
        "462.4, C.1",
        "Custodian of records",
        "Records schedule, row 41",
        "retention",
        40,
    ),
    (
        "refusals",
        "Uses that are not allowed are refused",
        "technical",
        "462.5(2)",
        "ALPR administrator",
        "",
        "refusals",
        70,
    ),
    (
        "training",
        "Training before access",
        "procedural",
        "462.3(d), 462.8",
        "Training sergeant",
        "Training bulletin 12",
        "",
        110,
    ),
    (
        "reader-contract",
        "Contract with the maker of the readers",
        "contract",
        "462.5, Civil Code § 1798.90.51(a)",
        "Purchasing",
        "Contract 2025-118, section 9 (data)",
        "",
        150,
    ),
    (
        "breach-policy",
        "Breach policy",
        "breach",
        "462.5 last paragraph, Civil Code § 1798.29",
        "Custodian of records",
        "Records Release and Maintenance Policy, version 3",
        "",
        -4,
    ),
)


def create_safeguards(at: datetime) -> int:
    """Enter the safeguards and put one review on file; how many were entered now."""
    if Safeguard.objects.exists():
        return 0
    by = asker.person(User.objects.get(username="demo-administrator"))
    start = at - timedelta(days=90)
    for code, title, kind, clause, owner_title, paper, evidence, days in SAFEGUARDS:
        wanted = SafeguardWanted(
            code=code, title=title, kind=kind, clause=clause, owner=None, owner_title=owner_title, paper=paper,
            paper_sha256="", evidence=evidence, in_force_from=today(start),
            next_review_on=today(at) + timedelta(days=days),
        )  # fmt: skip
        # An overdue one was entered when its review still lay ahead.
        made = enter(wanted, by=by, at=start if days < 0 else at)
        if code == "sessions":
            review(made.pk, "Tried both limits on a desk and on a phone", wanted.next_review_on, by=by, at=at)
    return len(SAFEGUARDS)
