"""Whatever is asked, the engine finds what the plain filter over the same reads finds: no more, no less, in order."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS
from hypothesis import given, settings
from hypothesis import strategies as st

from detections.models import Plate
from detections.searching import engine, reference
from detections.searching.engine.spelling import plates_of
from detections.searching.engine.sql import cursor_on
from detections.searching.question import After, Kind, Question
from tests.detections.engine import questions
from tests.detections.engine.village import FIRST, LAST, Village, sorted_newest, village, ways

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def there(django_db_setup: None, django_db_blocker: Any) -> Iterator[Village]:
    with village(django_db_blocker) as made:
        yield made


@settings(max_examples=600, deadline=None)
@given(data=st.data())
def test_a_search_finds_what_the_filter_finds_page_by_page(there: Village, data: Any) -> None:
    question, bounds = data.draw(questions.of_reads(there)), data.draw(questions.bounds())
    limit, limits = data.draw(st.sampled_from((1, 3, 20, 1000))), data.draw(questions.limits)
    cap = data.draw(st.sampled_from((1, 10, 1000)))
    fit = [read for read in there.visible(bounds) if reference.fits(question, read, there.place(read))]
    with ways(pytest.MonkeyPatch, **limits):
        found = _first_pages(question, bounds, limit)
        assert found == sorted_newest(fit)[: len(found)]
        assert len(found) == len(fit) or len(found) == limit * PAGES
        assert engine.count(question, bounds, cap=cap) == min(len(fit), cap + 1)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_companions_are_those_of_the_plain_count(there: Village, data: Any) -> None:
    question, bounds = data.draw(questions.of_plates(there)), data.draw(questions.bounds())
    reads = there.visible(bounds)
    expected = reference.companions(question, reads, there.place)
    found = engine.companions(question, bounds, limit=1000)
    if bounds.held_case:  # a state is told of reads still kept only
        expected, found = ([replace(one, state="") for one in some] for some in (expected, found))
    assert found == expected
    assert engine.companions(question, bounds, limit=2)[0:2] == engine.companions(question, bounds, limit=1000)[0:2]
    for one in found[:2]:
        behind = engine.reads_of(question, bounds, one.plate, limit=1000)
        assert {read.plate for read in behind} == {one.plate}
        assert (behind[-1].captured_at, behind[0].captured_at) == (one.first, one.last)
        assert len(behind) <= one.reads
        if question.kind is Kind.CONVOY:
            assert len(behind) == one.reads
            assert {read.camera_id for read in behind} == set(one.places)
        else:
            fit = [r for r in reads if r.plate == one.plate and reference.fits(question, r, there.place(r))]
            assert [read.id for read in behind] == sorted_newest(fit)


@settings(max_examples=1200, deadline=None)
@given(data=st.data())
def test_the_dictionary_tells_the_plates_that_fit(there: Village, data: Any) -> None:
    told = data.draw(questions.spellings(there).filter(lambda told: told["plate"].strip("*")))
    question = Question(kind=Kind.PLATE, from_at=FIRST, to_at=LAST, **told)
    plates = {read.plate for read in there.reads}
    with cursor_on(DEFAULT_DB_ALIAS) as cursor:
        found = plates_of(cursor, question, most=3000, scan=True)
    assert found is not None
    assert len(found) == len(set(found))
    assert set(found) & plates == {plate for plate in plates if reference.spelled(question, plate)}


def test_the_dictionary_has_every_plate_of_the_village(there: Village) -> None:
    assert {read.plate for read in there.reads} <= set(Plate.objects.values_list("plate", flat=True))


PAGES = 6


def _first_pages(question: Question, bounds: Any, limit: int) -> list[Any]:
    """The ids of the first pages, each begun where the one before ended."""
    found: list[Any] = []
    after = None
    for _ in range(PAGES):
        page = engine.find(question, bounds, limit=limit, after=after)
        found += [read.id for read in page.reads]
        assert len(page.reads) <= limit
        if not page.more:
            break
        assert len(page.reads) == limit
        after = After(page.reads[-1].captured_at, page.reads[-1].id)
    return found
