"""Reading plates from photographs: which text is a plate, which weights are loaded, and what EasyOCR reads today."""

import csv
import importlib.util
import os
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from audit.plates import ALPHABET
from detections import images, ocr
from detections.ocr import OcrUnavailable, PlateReader, WeightsError
from detections.readers import easy, lines
from detections.readers.formats import fit
from detections.readers.lines import Seen
from tests.fakes import FakePlateReader, reading

PHOTOGRAPHS = Path(__file__).resolve().parents[3] / "shared" / "data" / "plates"
# Read exactly right when this was written; public benchmark pictures, known by file so that no plate stands here.
READ_RIGHT = ["us4.jpg", "us2.jpg", "car5.jpg", "wts-lg-000056.jpg"]

boxes = st.tuples(st.integers(0, 900), st.integers(0, 600), st.integers(1, 300), st.integers(1, 90))
sightings = st.builds(Seen, box=boxes, text=st.text(max_size=14), confidence=st.floats(0, 1))


@pytest.mark.parametrize(
    ("seen", "plate", "exchanged"),
    [
        ("SABCI23", "5ABC123", 2),
        ("5ABC123", "5ABC123", 0),
        ("8P629B3", "8P62983", 1),
        ("ABC1Z34", "ABC1234", 1),
        ("ABI23C", None, None),
        ("2014061", None, None),
        ("SAVINGS", None, None),
        ("0DEM", None, None),
        ("", None, None),
    ],
)
def test_look_alikes_are_exchanged_only_where_a_plates_shape_asks_for_it(seen, plate, exchanged):
    assert fit(seen) == ((plate, exchanged) if plate else None)


@given(st.text(alphabet=sorted(ALPHABET), max_size=9))
def test_a_fitted_plate_keeps_its_length_and_every_character_that_has_no_look_alike(seen):
    fitted = fit(seen)
    if fitted is not None:
        assert len(fitted.plate) == len(seen)
        assert sum(a != b for a, b in zip(fitted.plate, seen, strict=True)) == fitted.exchanged
        assert all(a == b for a, b in zip(fitted.plate, seen, strict=True) if b in "CEFHJKMNPRUVWXY39")


def test_the_plate_is_chosen_before_the_date_stamp_and_the_shop_sign():
    street = [
        Seen((10, 10, 200, 30), "2014-06-17", 1.0),
        Seen((220, 10, 120, 30), "08:42.14", 1.0),
        Seen((400, 100, 200, 50), "SAVINGS", 1.0),
        Seen((500, 400, 80, 24), "0DE-M12", 0.4),
    ]
    assert [found.plate for found in lines.rank(street)] == ["0DEM12", "SAVINGS"]


def test_halves_of_a_plate_are_joined_and_lines_above_are_not():
    left, right, above = (100, 100, 60, 30), (170, 102, 70, 28), (100, 40, 60, 30)
    joined = lines.with_neighbours([left, right, above])
    assert joined == [left, right, above, (100, 100, 140, 30)]


def test_readings_of_one_spot_vote_and_the_losers_are_candidates():
    spot = (100, 100, 140, 40)
    votes = [Seen(spot, "0DEM12", 0.5), Seen(spot, "0DEM12", 0.7), Seen(spot, "0DBM12", 0.8)]
    [found] = lines.rank(votes)
    assert (found.plate, found.text, found.confidence, found.box) == ("0DEM12", "0DEM12", 0.7, spot)
    assert found.candidates == (("0DEM12", 0.7), ("0DBM12", 0.8))


def test_what_was_seen_stays_among_the_candidates_when_look_alikes_were_exchanged():
    [found] = lines.rank([Seen((0, 0, 140, 40), "SABC123", 0.8)])
    assert (found.text, found.plate) == ("SABC123", "5ABC123")
    assert found.confidence < 0.8
    assert {plate for plate, _ in found.candidates} == {"5ABC123", "SABC123"}


def test_two_vehicles_are_two_readings():
    found = lines.rank([Seen((0, 0, 140, 40), "0DEM12", 0.9), Seen((600, 0, 140, 40), "0EXA45", 0.9)])
    assert {one.plate for one in found} == {"0DEM12", "0EXA45"}


@given(st.lists(sightings, max_size=12))
def test_whatever_was_seen_readings_are_plates_in_stored_form_with_their_candidates(seen):
    for found in lines.rank(seen):
        assert 1 <= len(found.plate) <= 8
        assert set(found.plate) <= ALPHABET
        assert 0 <= found.confidence <= 1
        assert found.candidates[0] == (found.plate, found.confidence)
        assert all(0 <= confidence <= 1 for _, confidence in found.candidates)


@given(boxes, st.floats(-0.3, 0.5), st.floats(-0.3, 0.5))
def test_a_crop_never_leaves_the_photograph(box, across, down):
    x, y, w, h = lines.grown(box, across, down, 640, 480)
    assert min(x, y, w, h) >= 0
    assert w == 0 or x + w <= 640
    assert h == 0 or y + h <= 480


def test_weights_that_were_changed_are_not_loaded(tmp_path, monkeypatch):
    for name in easy.WEIGHTS:
        (tmp_path / name).write_bytes(b"not the reviewed weights")
    with pytest.raises(WeightsError, match="craft_mlt_25k.pth are not the reviewed file; nothing was loaded"):
        easy.verify(tmp_path)


def test_weights_that_are_missing_are_named(tmp_path):
    with pytest.raises(WeightsError, match=r"craft_mlt_25k\.pth cannot be opened"):
        easy.verify(tmp_path)


def test_the_weights_are_checked_before_the_engine_is_imported(tmp_path, monkeypatch):
    package = tmp_path / "altered_weights"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "models" / "craft_mlt_25k.pth").write_bytes(b"\x80\x04 a pickle that would run")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(easy, "WEIGHTS_PACKAGE", "altered_weights")
    monkeypatch.setattr(easy, "_module", lambda name: pytest.fail(f"{name} was imported"))
    with pytest.raises(WeightsError):
        easy.EasyOcrReader()


def test_without_the_weights_the_reader_is_unavailable(monkeypatch):
    monkeypatch.setattr(easy, "WEIGHTS_PACKAGE", "no_such_weights")
    with pytest.raises(OcrUnavailable, match="weights are not installed"):
        easy.EasyOcrReader()


def test_without_the_engine_the_reader_is_unavailable(tmp_path, monkeypatch):
    monkeypatch.setattr(easy, "verified_weights", lambda: tmp_path)
    monkeypatch.setitem(easy.importlib.sys.modules, "easyocr", None)
    with pytest.raises(OcrUnavailable, match="easyocr is missing"):
        easy.EasyOcrReader()


def test_a_failed_load_is_tried_again_and_a_good_one_is_kept(monkeypatch):
    ocr.default_reader.cache_clear()
    made = []

    def make():
        made.append(1)
        if len(made) == 1:
            raise OcrUnavailable("still installing")
        return FakePlateReader()

    monkeypatch.setattr(ocr, "EasyOcrReader", make)
    with pytest.raises(OcrUnavailable):
        ocr.default_reader()
    assert ocr.default_reader() is ocr.default_reader()
    assert len(made) == 2
    ocr.default_reader.cache_clear()


@pytest.mark.parametrize(("written", "threads"), [("1", 1), ("4", 4), ("0", 1), ("many", 2), ("", 2)])
def test_the_threads_are_set_by_the_environment(written, threads, monkeypatch):
    monkeypatch.setenv(easy.THREADS_VARIABLE, written)
    assert easy._threads() == threads


def test_the_fake_reader_is_a_plate_reader():
    fake = FakePlateReader([reading()], images.PhotoError("unreadable", "damaged"), [])
    photo = drawn_plate("0DEM123")
    assert isinstance(fake, PlateReader)
    assert fake.read(photo) == [reading()]
    with pytest.raises(images.PhotoError):
        fake.read(photo)
    assert fake.read(photo) == fake.read(photo) == []
    with pytest.raises(images.PhotoError):
        fake.read(b"no photograph")
    fake.close()
    assert fake.closed


@pytest.fixture(scope="module")
def real_reader():
    """EasyOCR itself. Where CI says the suite is complete, its absence is a failure and not a skip."""
    if importlib.util.find_spec("easyocr") is None:
        reason = "EasyOCR is not installed (make run installs it; make test does too)."
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    made = easy.EasyOcrReader()
    yield made
    made.close()


@pytest.mark.ocr
def test_easyocr_reads_a_drawn_plate(real_reader):
    readings = real_reader.read(drawn_plate("0DEM456"))
    assert readings
    assert readings[0].plate == "0DEM456"
    assert readings[0].confidence > 0.3
    x, y, w, h = readings[0].box
    assert x < 320 < x + w
    assert y < 240 < y + h


@pytest.mark.ocr
def test_easyocr_finds_no_plate_on_an_empty_street(real_reader):
    assert real_reader.read(as_jpeg(Image.new("RGB", (640, 480), "grey"))) == []


@pytest.mark.ocr
def test_easyocr_refuses_what_is_no_photograph(real_reader):
    with pytest.raises(images.PhotoError):
        real_reader.read(b"%PDF-1.7")


@pytest.mark.ocr
@pytest.mark.parametrize("file", READ_RIGHT)
def test_easyocr_still_reads_the_photographs_that_it_read_right(real_reader, file):
    if not PHOTOGRAPHS.exists():
        pytest.skip(f"The development photographs are not at {PHOTOGRAPHS}.")
    with (PHOTOGRAPHS / "truth.tsv").open(newline="") as table:
        [truth] = [row for row in csv.DictReader(table, delimiter="\t") if row["file"] == file]
    readings = real_reader.read((PHOTOGRAPHS / file).read_bytes())
    assert readings[0].plate == truth["plate"]
    assert overlap(readings[0].box, [int(truth[side]) for side in "xywh"])


def overlap(first, second):
    across = min(first[0] + first[2], second[0] + second[2]) - max(first[0], second[0])
    down = min(first[1] + first[3], second[1] + second[3]) - max(first[1], second[1])
    return across > 0 and down > 0


def drawn_plate(text):
    """A vehicle's back as a child would draw it: a grey street, a dark car, a white plate."""
    street = Image.new("RGB", (640, 480), "lightgrey")
    pen = ImageDraw.Draw(street)
    pen.rectangle((120, 120, 520, 400), fill="midnightblue")
    pen.rectangle((215, 205, 425, 275), fill="white", outline="black", width=3)
    pen.text((320, 240), text, fill="black", font=ImageFont.load_default(44), anchor="mm")
    return as_jpeg(street)


def as_jpeg(image):
    out = BytesIO()
    image.save(out, "JPEG", quality=92)
    return out.getvalue()
