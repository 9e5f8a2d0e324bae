"""A question is checked when it is made, and comes back from storage as it was."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from detections.searching.question import Circle, Kind, Match, Polygon, Question, QuestionError, Scene
from tests.make import NOON

HOUR = timedelta(hours=1)
SQUARE = Polygon(((38.0, -121.0), (38.0, -121.1), (38.1, -121.1), (38.1, -121.0)))
WINDOW = {"from_at": NOON - HOUR, "to_at": NOON}
SCENES = (Scene(Circle(38.58, -121.49, 500), NOON - HOUR, NOON), Scene(SQUARE, NOON - HOUR, NOON))


@pytest.mark.parametrize(
    "parts",
    [
        {"kind": Kind.PLATE, "plate": "0DEM123"},
        {"kind": Kind.PLATE, "plate": "0?E*", "match": Match.PATTERN, "folded": True, "containing": "77"},
        {"kind": Kind.PLATE, "plate": "0DEM123", "match": Match.EDIT1, "state": "CA", "cameras": frozenset({3, 1})},
        {"kind": Kind.CANVASS, "area": SQUARE},
        {"kind": Kind.CANVASS, "area": Circle(38, -121, 500), "plate": "0*", "match": Match.PATTERN},
        {"kind": Kind.SCENES, "scenes": SCENES, "at_least": 2},
        {"kind": Kind.CONVOY, "plate": "0DEM123", "within_s": 60, "cameras_together": 4},
    ],
)
def test_a_question_survives_its_storage(parts: dict) -> None:
    question = Question(**WINDOW, **parts)
    assert Question.from_json(json.loads(json.dumps(question.as_json()))) == question


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"kind": Kind.PLATE}, "plate"),
        ({"kind": Kind.PLATE, "plate": "*", "match": Match.PATTERN}, "plate"),
        ({"kind": Kind.PLATE, "plate": "0D?"}, "plate"),
        ({"kind": Kind.PLATE, "plate": "0dem123"}, "plate"),
        ({"kind": Kind.PLATE, "plate": "0DEM12345"}, "plate"),
        ({"kind": Kind.PLATE, "plate": "?????????", "match": Match.PATTERN}, "plate"),
        ({"kind": Kind.PLATE, "plate": "0%", "match": Match.PATTERN}, "plate"),
        ({"kind": Kind.PLATE, "plate": "0DEM123", "folded": True}, "folded"),
        ({"kind": Kind.PLATE, "plate": "0DEM123", "state": "ca"}, "state"),
        ({"kind": Kind.CANVASS}, "area"),
        ({"kind": Kind.SCENES, "scenes": SCENES[:1]}, "scenes"),
        ({"kind": Kind.SCENES, "scenes": SCENES, "at_least": 3}, "at_least"),
        ({"kind": Kind.SCENES, "scenes": SCENES, "area": SQUARE}, "area"),
        ({"kind": Kind.CONVOY}, "plate"),
        ({"kind": Kind.CONVOY, "plate": "0D*", "match": Match.PATTERN}, "plate"),
        ({"kind": Kind.CONVOY, "plate": "0DEM123", "within_s": 0}, "within_s"),
        ({"kind": Kind.PLATE, "plate": "0DEM123", "to_at": NOON - HOUR}, "from_at"),
        ({"kind": Kind.PLATE, "plate": "0DEM123", "to_at": datetime(2026, 6, 17)}, "from_at"),  # noqa: DTZ001
    ],
)
def test_a_question_without_meaning_names_the_part_to_mend(parts: dict, field: str) -> None:
    with pytest.raises(QuestionError) as refused:
        Question(**(WINDOW | parts))
    assert refused.value.field == field
    assert refused.value.reason


@pytest.mark.parametrize(
    "corners",
    [
        ((0, 0), (1, 1)),
        ((0, 0), (1, 1), (0, 1), (1, 0)),  # crosses itself
        ((0, 0), (0, 2), (0, 1)),  # runs back along its own line
        ((0, 0), (0, 2), (1, 1), (0, 1)),  # touches itself
        ((0, 0), (0, 1), (1, 1), (0, 1)),
        ((0, 0), (0, 1), (91, 1)),
    ],
)
def test_a_drawn_area_is_bounded_by_one_simple_line(corners: tuple) -> None:
    with pytest.raises(QuestionError):
        Polygon(corners)


@pytest.mark.parametrize("metres", [0, -1, 100_001, float("nan"), float("inf")])
def test_a_radius_is_a_length(metres: float) -> None:
    with pytest.raises(QuestionError):
        Circle(38, -121, metres)


@pytest.mark.parametrize(
    "told", [{}, {"kind": "plate"}, {"kind": "spell"}, [], None, {"kind": "plate", "window": ["x", "y"], "plate": "0A"}]
)
def test_what_is_no_question_is_refused(told: object) -> None:
    with pytest.raises(QuestionError):
        Question.from_json(told)  # type: ignore[arg-type]


def test_unknown_places_are_not_known_characters() -> None:
    asked = Question(**WINDOW, kind=Kind.PLATE, plate="0?E*1", match=Match.PATTERN, containing="77")
    assert asked.known_characters() == 5
    assert Question(**WINDOW, kind=Kind.CANVASS, area=SQUARE).known_characters() == 0


def test_times_come_back_in_their_zone() -> None:
    asked = Question(kind=Kind.PLATE, plate="0DEM123", from_at=NOON - HOUR, to_at=NOON)
    assert Question.from_json(asked.as_json()).to_at.utcoffset() == datetime.now(tz=UTC).utcoffset()
