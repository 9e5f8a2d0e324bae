"""Where one read must be found and the next one not: edges of areas and times, places told or known, ends of pages."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import psycopg
import pytest
from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from cameras.models import Camera, Deployment, Site
from detections.models import Detection, Photo
from detections.searching import engine, reference
from detections.searching.engine.spelling import edits
from detections.searching.question import After, Area, Bounds, Circle, Kind, Match, Polygon, Question, Scene
from detections.searching.time_limit import SearchTooSlow, time_limit
from tests import make

pytestmark = pytest.mark.django_db
NOON = make.NOON
HOUR, ALL = timedelta(hours=1), Bounds(None)
HERE = (38.58, -121.49)
DEGREE_M = 111_195.08


def _ask(kind: Kind = Kind.PLATE, **parts: object) -> Question:
    told = {"from_at": NOON - HOUR, "to_at": NOON + HOUR} | parts
    return Question(kind=kind, **told)  # type: ignore[arg-type]


def _near(area: Area, **parts: object) -> list[Detection]:
    return engine.find(_ask(Kind.CANVASS, area=area, **parts), ALL, limit=50).reads


def _at(spot: tuple[float, float] | None) -> dict[str, float | None]:
    return {"latitude": spot[0] if spot else None, "longitude": spot[1] if spot else None}


def _move(camera: Camera, north: float, *, at: datetime) -> None:
    """The camera stands so many degrees further north from the instant on."""
    before = Deployment.objects.get(camera=camera, ends_at=None)
    before.ends_at = at
    before.save()
    site = Site.objects.create(name=f"{camera.code} north", latitude=HERE[0] + north, longitude=HERE[1])
    Deployment.objects.create(
        camera=camera, site=site, starts_at=at, purpose="Locating stolen vehicles", approved_by=before.approved_by
    )


@pytest.mark.parametrize(("metres", "found"), [(1111, 0), (1113, 1)])
def test_a_circle_ends_at_its_radius(metres: float, found: int) -> None:
    make.detection(**_at(None))
    centre = (HERE[0] + 0.01, HERE[1])
    assert 1111 < reference.metres(centre, HERE) < 1113
    assert len(_near(Circle(*centre, metres))) == found


def test_a_degree_north_is_a_sixtieth_of_a_quarter_and_so_on() -> None:
    assert reference.metres((38, -121), (39, -121)) == pytest.approx(DEGREE_M, abs=1)
    assert reference.metres((0, 179.5), (0, -179.5)) == pytest.approx(DEGREE_M, abs=1)
    assert reference.metres(HERE, HERE) == 0


def test_the_line_of_a_polygon_belongs_to_one_of_two_neighbours() -> None:
    car = make.camera("CAR", kind="vehicle", deployed=False)
    south, west = HERE
    for east in (0.0, 0.001, 0.002):
        make.detection(seen_by=car, **_at((south + 0.0005, west + east)))

    def square(start: float) -> Polygon:
        lon = round(west + start, 6)
        return Polygon(
            ((south, lon), (south, round(lon + 0.001, 6)), (south + 0.001, round(lon + 0.001, 6)), (south + 0.001, lon))
        )

    first, second = _near(square(0)), _near(square(0.001))
    assert [len(first), len(second)] == [1, 1]
    assert {read.id for read in first}.isdisjoint(read.id for read in second)


def test_a_fixed_camera_is_where_it_stood_whatever_its_read_says() -> None:
    camera = make.camera()
    astray = make.detection(seen_by=camera, **_at((40.0, -120.0)))
    assert _near(Circle(*HERE, 100)) == [astray]
    assert _near(Circle(40.0, -120.0, 100)) == []


def test_a_moving_camera_is_where_its_read_says_else_where_it_stood() -> None:
    car = make.camera("CAR", kind="vehicle")
    away, told = (HERE[0] + 0.05, HERE[1]), (HERE[0] + 0.02, HERE[1])
    silent = make.detection(seen_by=car, **_at(None))
    telling = make.detection(seen_by=car, **_at(told))
    assert _near(Circle(*HERE, 100)) == [silent]
    assert _near(Circle(*told, 100)) == [telling]
    assert _near(Circle(*away, 100)) == []


def test_a_camera_that_stood_nowhere_known_is_where_its_read_says() -> None:
    camera = make.camera(deployed=False)
    telling = make.detection(seen_by=camera, **_at(HERE))
    make.detection(seen_by=camera, **_at(None))
    assert _near(Circle(*HERE, 100)) == [telling]


def test_a_camera_that_was_moved_is_found_where_it_stood_at_the_time() -> None:
    camera = make.camera()
    before = make.detection(seen_by=camera, at=NOON - timedelta(microseconds=1), **_at(None))
    after = make.detection(seen_by=camera, at=NOON, **_at(None))
    _move(camera, 0.01, at=NOON)
    assert _near(Circle(*HERE, 100)) == [before]
    assert _near(Circle(HERE[0] + 0.01, HERE[1], 100)) == [after]


def test_a_window_has_its_first_instant_and_not_its_last() -> None:
    first = make.detection(at=NOON - HOUR)
    make.detection(at=NOON + HOUR)
    assert engine.find(_ask(plate="0DEM123"), ALL, limit=5).reads == [first]
    assert engine.count(_ask(plate="0DEM123"), ALL, cap=5) == 1


def test_a_read_is_seen_up_to_its_ceiling_and_no_instant_longer() -> None:
    make.detection(at=NOON - timedelta(microseconds=1))
    kept = make.detection(at=NOON)
    for plate, match in (("0DEM123", Match.EXACT), ("*D?M*", Match.PATTERN), ("0DEM124", Match.EDIT1)):
        assert engine.find(_ask(plate=plate, match=match), Bounds(NOON), limit=5).reads == [kept]
    assert _near(Circle(*HERE, 100)) != [kept]


def test_pages_have_no_gap_and_no_double_at_one_instant() -> None:
    cameras = [make.camera(f"CAM-{number}") for number in range(2)]
    reads = [make.detection(f"0DEM12{number % 3}", seen_by=cameras[number % 2], at=NOON) for number in range(11)]
    expected = sorted((read.id for read in reads), reverse=True)
    asked = [
        _ask(plate="0DEM12?", match=Match.PATTERN),
        _ask(plate="*2*", match=Match.PATTERN),
        _ask(Kind.CANVASS, area=Circle(*HERE, 100)),
        _ask(plate="0DEM12?", match=Match.PATTERN, cameras=frozenset(camera.number for camera in cameras)),
    ]
    for question in asked:
        found, after = [], None
        for _ in range(4):
            page = engine.find(question, ALL, limit=3, after=after)
            found += [read.id for read in page.reads]
            after = After(page.reads[-1].captured_at, page.reads[-1].id)
        assert found == expected
        assert not page.more
        assert engine.find(question, ALL, limit=3, after=after) == ([], False)


def test_a_page_brings_camera_and_photograph_along(django_assert_num_queries: object) -> None:
    camera = make.camera()
    photo = Photo.objects.create(
        camera=camera,
        captured_at=NOON,
        received_at=NOON,
        client_key="photo",
        sha256="0" * 64,
        size=1,
        width=640,
        height=480,
    )
    make.detection(seen_by=camera, photo=photo, confidence=0.9312, **_at((38.123456, -121.654321)))
    (read,) = engine.find(_ask(plate="0DEM123"), ALL, limit=5).reads
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert (read.camera, read.camera.code, read.photo) == (camera, "CAM-01", photo)
    assert read == Detection.objects.at(read.ref).get()
    assert (read.latitude, read.longitude, read.confidence) == (38.123456, -121.654321, 0.9312)
    with pytest.raises(TypeError):
        read.save()


def test_nothing_is_found_where_nothing_is() -> None:
    area = Circle(*HERE, 100)
    scenes = (Scene(area, NOON - HOUR, NOON), Scene(area, NOON, NOON + HOUR))
    for question in (
        _ask(plate="0DEM123"),
        _ask(plate="?D*", match=Match.PATTERN),
        _ask(Kind.CANVASS, area=area),
        _ask(plate="0DEM123", cameras=frozenset({99})),
    ):
        assert engine.find(question, Bounds(NOON, "26-123456"), limit=5) == ([], False)
        assert engine.count(question, Bounds(NOON, "26-123456"), cap=5) == 0
    for question in (_ask(Kind.SCENES, scenes=scenes), _ask(Kind.CONVOY, plate="0DEM123")):
        assert engine.companions(question, Bounds(NOON, "26-123456"), limit=5) == []
        assert engine.reads_of(question, ALL, "0DEM123", limit=5) == []


def test_a_bound_later_than_the_window_shows_nothing() -> None:
    make.detection()
    assert engine.find(_ask(plate="0DEM123"), Bounds(NOON + 2 * HOUR), limit=5) == ([], False)


def test_a_convoy_keeps_within_its_seconds_to_the_second() -> None:
    cameras = [make.camera(f"CAM-{number}") for number in range(2)]
    for number, camera in enumerate(cameras):
        at = NOON + timedelta(minutes=10 * number)
        make.detection("0DEM123", seen_by=camera, at=at)
        make.detection("0DEM777", seen_by=camera, at=at + timedelta(seconds=120))
        make.detection("0DEM888", seen_by=camera, at=at + timedelta(seconds=120, microseconds=1))
    found = engine.companions(_ask(Kind.CONVOY, plate="0DEM123", cameras_together=2), ALL, limit=5)
    assert [(one.plate, one.count, one.reads) for one in found] == [("0DEM777", 2, 2)]
    assert set(found[0].places) == {camera.number for camera in cameras}


def test_a_plate_is_one_edit_from_itself_and_from_each_of_its_edits() -> None:
    from audit.plates import distance_one

    near = edits("0DEM123")
    assert len(near) == len(set(near)) > 500
    assert all(one == "0DEM123" or distance_one(one, "0DEM123") for one in near)
    assert "" not in edits("0")
    assert max(map(len, edits("0DEM1234"))) == 8


@contextmanager
def _locked_reads() -> Iterator[None]:
    """Another session holds back reads, plates and cameras, so that any search waits."""
    with psycopg.connect(**connection.get_connection_params()) as other:
        other.execute("SET lock_timeout = '5s'")
        other.execute("LOCK TABLE detections_detection, detections_plate, cameras_camera")
        yield
        other.rollback()


@pytest.mark.parametrize(
    "asked",
    [
        _ask(plate="0DEM123"),
        _ask(plate="*D*M*", match=Match.PATTERN),
        _ask(Kind.CANVASS, area=Circle(*HERE, 100)),
        _ask(plate="0DEM123", match=Match.EDIT1, from_at=NOON - 2000 * HOUR),
    ],
)
def test_a_search_that_runs_too_long_is_stopped_and_says_so(asked: Question) -> None:
    with _locked_reads(), pytest.raises(SearchTooSlow), transaction.atomic(), time_limit(40):
        engine.find(asked, ALL, limit=5)


def test_a_statement_cancelled_elsewhere_leaves_the_engine_as_djangos_error() -> None:
    asked = _ask(Kind.CONVOY, plate="0DEM123")
    with _locked_reads(), pytest.raises(OperationalError) as stopped, transaction.atomic():
        canceller = threading.Timer(0.2, connection.connection.cancel_safe)
        canceller.start()
        engine.companions(asked, ALL, limit=5)
    canceller.join()
    assert isinstance(stopped.value.__cause__, QueryCanceled)
