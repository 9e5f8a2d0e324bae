"""Queries made in another system, as an import leaves them."""

import hashlib
from datetime import date, datetime
from typing import Any

from audit.models import QueryElsewhere, QueryImport, QuerySystem, User
from tests.make import NOON


def query(at: datetime, person: User | None = None, **told: Any) -> QueryElsewhere:
    """One query of LEARN; by default an account ``learn-7`` that is on nobody's name."""
    system = QuerySystem.objects.get_or_create(
        name="LEARN", defaults={"layout": "learn", "expected_from": date(2020, 1, 1)}
    )[0]
    handed = person or User.objects.first()
    source = QueryImport.objects.get_or_create(
        system=system,
        sha256="0" * 64,
        defaults={
            "file_name": "learn.csv",
            "byte_count": 1,
            "covers_from": date(2026, 5, 1),
            "covers_upto": date(2026, 7, 1),
            "state": "done",
            "handed_in_by": handed,
            "handed_in_at": NOON,
        },
    )[0]
    line = QueryElsewhere.objects.count() + 1
    values = {"plate": "0DEM123", "account": "learn-7", "reason": "stolen from the Elm Street garage"}
    values |= {"organisation": "Demonstration Police Department", "case_number": "26-123456"} | told
    digest = hashlib.sha256(str(line).encode()).hexdigest()
    return QueryElsewhere.objects.create(
        source=source, system=system, line=line, digest=digest, at=at, person=person, **values
    )
