"""Promise A-2 for reviews: where the record cannot be written, no query or finding is shown and nothing is marked."""

import pytest
from django.db import connection
from django.utils import timezone

from audit.models import Finding, InspectedQuery
from audit.review import marking
from tests import make
from tests.audit.review import reviewing

pytestmark = pytest.mark.django_db(transaction=True)
PLATE = "0DEM123"


@pytest.fixture
def reviewer():
    return make.user("reviewer", "auditor", trained=False)


@pytest.fixture
def things(detective, reviewer):
    make.assignment(detective, make.division())
    reviewing.commander()
    query = reviewing.query(reviewing.inspection(), detective)
    other = reviewing.query(query.inspection, detective)
    marking.mark(query_id=other.pk, to="out", words="No such case exists", by=make.by(reviewer), at=timezone.now())
    return {"inspection": query.inspection_id, "query": query.pk, "finding": Finding.objects.get().pk}


@pytest.fixture
def no_ledger(things):
    with connection.cursor() as cursor:
        cursor.execute("ALTER FUNCTION audit_ledger_head() RENAME TO audit_ledger_head_away")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER FUNCTION audit_ledger_head_away() RENAME TO audit_ledger_head")


LOOKS = ["/inspections/", "/inspections/{inspection}/", "/inspections/queries/{query}/", "/findings/"]
LOOKS += ["/findings/{finding}/"]


def test_no_page_of_a_review_is_shown_without_its_record(things, no_ledger, reviewer, signed_in):
    client = signed_in(reviewer)
    for path in LOOKS:
        answer = client.get(path.format(**things))
        assert answer.status_code == 503, path
        assert PLATE not in answer.content.decode()


def test_nothing_is_marked_without_its_record(things, no_ledger, reviewer, signed_in):
    path = f"/inspections/queries/{things['query']}/mark/"
    assert signed_in(reviewer).post(path, {"mark": "compliant"}).status_code == 503
    assert InspectedQuery.objects.get(pk=things["query"]).mark == ""
