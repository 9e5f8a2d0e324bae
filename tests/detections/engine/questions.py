"""Questions about the village, drawn at random: patterns of plates that are there, areas, windows that end on reads."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from detections.searching.question import (
    Area,
    Bounds,
    Circle,
    Kind,
    Match,
    Polygon,
    Question,
    QuestionError,
    Scene,
)
from tests.detections.engine.village import CASE, CENTRE, FIRST, LAST, LETTERS, OTHER_CASE, Village

Draw = Any

instants = st.builds(
    lambda minutes, offset: FIRST + timedelta(minutes=minutes, microseconds=offset),
    st.integers(0, 40 * 24 * 60),
    st.sampled_from((0, 0, -1, 1)),
)


def windows(there: Village) -> st.SearchStrategy[tuple[datetime, datetime]]:
    """Long and short ones, that begin or end on the very instant of a read, too."""
    times = sorted({read.captured_at for read in there.reads})
    on_reads = st.integers(0, len(times) - 1).map(lambda number: times[number])  # sampled_from would write them all out
    edges = st.one_of(st.just(FIRST), st.just(LAST), instants, on_reads)
    return st.tuples(edges, edges).map(sorted).filter(lambda pair: pair[0] < pair[1]).map(tuple)  # type: ignore[return-value]


def _plates(there: Village) -> st.SearchStrategy[str]:
    plates = sorted({read.plate for read in there.reads})
    return st.integers(0, len(plates) - 1).map(lambda number: plates[number])


@st.composite
def spellings(draw: Draw, there: Village) -> dict[str, Any]:
    """A plate, often one that is there, whole or with places unknown."""
    plates = _plates(there)
    plate = draw(st.one_of(plates, plates, st.text(LETTERS, min_size=1, max_size=8)))
    match = draw(st.sampled_from([*Match, Match.PATTERN, Match.PATTERN]))
    if match is Match.EDIT1:
        place = draw(st.integers(0, len(plate) - 1))
        plate = (plate[:place] + draw(st.sampled_from(["", "A", "0"])) + plate[place + 1 :]) or "A"
    if match is not Match.PATTERN:
        return {"plate": plate, "match": match}
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(plate) - 1))
        length = draw(st.integers(0, 3))
        plate = plate[:place] + (draw(st.sampled_from("?*")) + plate[place + max(1, length) :])
    containing = draw(st.one_of(st.just(""), st.text(LETTERS, max_size=3)))
    if not plate.strip("*") and not containing:
        plate = "0*"
    return {"plate": plate, "match": match, "folded": draw(st.booleans()), "containing": containing}


def _spots() -> st.SearchStrategy[tuple[float, float]]:
    near = st.integers(-1, 6).map(lambda steps: steps / 1000)
    return st.tuples(near.map(lambda one: CENTRE[0] + one), near.map(lambda one: CENTRE[1] + 1.1 * one))


def areas() -> st.SearchStrategy[Area]:
    circles = st.builds(lambda spot, metres: Circle(*spot, metres), _spots(), st.sampled_from((1, 90, 250, 400, 5000)))
    polygons = st.lists(_spots(), min_size=3, max_size=6, unique=True).map(_polygon).filter(bool)
    return st.one_of(circles, polygons)


def _polygon(corners: list[tuple[float, float]]) -> Polygon | None:
    try:
        return Polygon(tuple(corners))
    except QuestionError:
        return None


@st.composite
def of_reads(draw: Draw, there: Village) -> Question:
    """A question that is answered by reads."""
    kind = draw(st.sampled_from((Kind.PLATE, Kind.PLATE, Kind.CANVASS)))
    from_at, to_at = draw(windows(there))
    told = draw(spellings(there)) if kind is Kind.PLATE or draw(st.booleans()) else {}
    area = draw(areas()) if kind is Kind.CANVASS or draw(st.integers(0, 3)) == 0 else None
    return Question(
        kind=kind, from_at=from_at, to_at=to_at, area=area, state=draw(_states), cameras=draw(_cameras(there)), **told
    )


@st.composite
def of_plates(draw: Draw, there: Village) -> Question:
    """A question that is answered by plates."""
    from_at, to_at = draw(windows(there))
    if draw(st.booleans()):
        scenes = draw(
            st.lists(
                st.builds(lambda area, window: Scene(area, *window), areas(), windows(there)), min_size=2, max_size=4
            )
        )
        told = draw(spellings(there)) if draw(st.integers(0, 4)) == 0 else {}
        return Question(
            kind=Kind.SCENES,
            from_at=from_at,
            to_at=to_at,
            scenes=tuple(scenes),
            at_least=draw(st.integers(2, len(scenes))),
            state=draw(_states),
            cameras=draw(_cameras(there)),
            **told,
        )
    return Question(
        kind=Kind.CONVOY,
        from_at=from_at,
        to_at=to_at,
        plate=draw(_plates(there)),
        match=draw(st.sampled_from((Match.EXACT, Match.LOOKALIKE))),
        within_s=draw(st.sampled_from((1, 45, 60, 130, 3600))),
        cameras_together=draw(st.integers(1, 3)),
        area=draw(st.one_of(st.none(), areas())),
        state=draw(_states),
        cameras=draw(_cameras(there)),
    )


def bounds() -> st.SearchStrategy[Bounds]:
    """Nothing past its ceiling, or all up to some instant, but for what a case holds."""
    return st.one_of(st.just(Bounds(None)), st.builds(Bounds, instants, st.sampled_from(("", CASE, CASE, "26-999999"))))


limits = st.fixed_dictionaries(
    {
        "reads_a_day": st.sampled_from((1.0, 20.0, 5000.0)),
        "FEW_READS": st.sampled_from((0, 20_000)),
        "MOST_PLATES": st.sampled_from((0, 3, 3000)),
        "MOST_PLATES_SCANNED": st.sampled_from((0, 3000)),
        "MOST_SPANS": st.sampled_from((0, 150)),
        "WALKED_READS": st.sampled_from((50, 1_500_000)),
    }
)

_states = st.sampled_from(("", "", "", "CA", "NV", "OR"))


def _cameras(there: Village) -> st.SearchStrategy[frozenset[int]]:
    return st.one_of(
        st.just(frozenset()), st.just(frozenset()), st.frozensets(st.sampled_from(there.cameras), max_size=4)
    )


__all__ = ["OTHER_CASE", "bounds", "limits", "of_plates", "of_reads", "spellings"]
