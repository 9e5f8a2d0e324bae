"""A chosen read is carried by a signed reference: no plate in it, and nothing that was not given out is taken."""

from uuid import uuid4

import pytest
from django.core import signing
from django.core.exceptions import BadRequest

from detections.models import ReadRef
from detections.read_choice import MOST_CHOSEN, choose, chosen
from tests.make import NOON

REF = ReadRef(uuid4(), 7, NOON)


def test_chosen_reads_come_back_once_and_in_order() -> None:
    other = ReadRef(uuid4(), 8, NOON)
    assert chosen([choose(other), choose(REF), choose(other)]) == [other, REF]
    assert chosen([]) == []


@pytest.mark.parametrize(
    "change", [lambda value: value[:-1], lambda value: "x" + value, lambda value: "", lambda _: "é"]
)
def test_a_value_that_was_altered_is_no_choice(change) -> None:
    with pytest.raises(BadRequest):
        chosen([choose(REF), change(choose(REF))])


def test_a_signed_text_of_another_kind_is_no_choice() -> None:
    for foreign in (
        signing.dumps(REF.as_list(), salt="another page"),
        signing.dumps([1, 2], salt="platekeeper.read-choice.v1"),
        signing.dumps("0DEM123", salt="platekeeper.read-choice.v1"),
    ):
        with pytest.raises(BadRequest):
            chosen([foreign])


def test_no_more_than_a_thousand_are_taken() -> None:
    with pytest.raises(BadRequest):
        chosen(choose(ReadRef(uuid4(), number, NOON)) for number in range(MOST_CHOSEN + 1))
