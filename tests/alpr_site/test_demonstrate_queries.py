"""The demonstration's registers and queries: fed once, and an inspection of them has something to find."""

from datetime import timedelta

import pytest
from django.utils import timezone

from alpr_site.demo import people, queries, registers
from audit.models import InspectedQuery, LedgerEntry
from tests.audit.review.drawing import drawn

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_demonstration_has_queries_of_every_sort(settings, tmp_path, administrator):
    settings.WORK_PAPERS = str(tmp_path)
    at = timezone.now()
    people.create_people(at)
    people.activate_policy(at)
    assert registers.create_registers(at) > 30
    assert registers.create_registers(at) == 0
    asked = queries.create_queries(at)
    assert queries.create_queries(at) == 0
    assert LedgerEntry.objects.filter(action="search.run").count() == asked
    later = timezone.now() + timedelta(minutes=1)
    drawn(administrator, at=later, starts_at=at - timedelta(days=14), ends_at=later)
    found = {flag["code"] for row in InspectedQuery.objects.all() for flag in row.flags}
    assert found >= {
        "repeat_plate", "own_plate", "colleague_plate", "off_shift", "copied_reason", "case_closed",
        "case_of_others", "prohibited_words", "two_places",
    }  # fmt: skip
