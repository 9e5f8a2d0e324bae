"""The law of the draw: once, from what nobody chose, all that was asked in the period and nothing else."""

from datetime import timedelta

import pytest

from audit.models import InspectedQuery, Inspection, LedgerEntry
from audit.refusals import Refused
from audit.review.draw import draw
from tests import make
from tests.audit.review import past
from tests.make import NOON

START, END = NOON - timedelta(days=30), NOON
LATER = NOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _papers(settings, tmp_path):
    settings.WORK_PAPERS = str(tmp_path)


def inspection(**told):
    values = {"kind": "queries", "rule": "calendar_quarter", "starts_at": START, "ends_at": END} | told
    return Inspection.objects.create(due_on=END.date() + timedelta(days=30), opened_at=END, **values)


def test_a_draw_holds_every_query_of_the_period(officer, administrator):
    past.search(officer, START - timedelta(seconds=1))
    inside = [past.search(officer, START + timedelta(days=n), f"0DEM{n:03}") for n in range(4)]
    refused = past.search(officer, START + timedelta(days=9), outcome="refused", rule_code="x.y", citation="z")
    past.record(officer, START + timedelta(days=10), "hit.list")
    past.record(None, START + timedelta(days=10))
    last = past.record(officer, END - timedelta(microseconds=1), "evidence.package", query={"plates": ["0DEM123"]})
    past.search(officer, END)
    past.checkpoint(LATER)
    drawn = draw(inspection().pk, by=make.by(administrator), at=LATER)
    assert drawn.frame_count == 6
    wanted = {entry.index for entry in [*inside, refused, last]}
    assert set(InspectedQuery.objects.values_list("ref", flat=True)) == wanted
    assert InspectedQuery.objects.get(ref=last.index).strata == ["export"]
    record = LedgerEntry.objects.get(action="inspection.draw")
    assert (record.outcome, record.result_count) == ("allowed", 6)


def test_nothing_is_drawn_twice(officer, administrator):
    past.search(officer, START)
    past.checkpoint(LATER)
    first = draw(inspection().pk, by=make.by(administrator), at=LATER)
    with pytest.raises(Refused) as refused:
        draw(first.pk, by=make.by(administrator), at=LATER)
    assert refused.value.refusal.code == "review.drawn"
