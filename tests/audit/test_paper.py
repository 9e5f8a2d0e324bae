"""A paper is the same bytes for the same data, readable by a screen reader, and never runs what it shows."""

import datetime as dt
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from audit import paper

AT = dt.datetime(2026, 3, 4, 20, 5, 6, tzinfo=dt.UTC)
TEMPLATE = """#import "base.typ": *
#show: sheet.with(title: "Trial sheet", agency: data.agency, identifier: "number 1")
#facts((("Plate", mono(data.plate)), ("Words", data.words)))
#listing(("Name", "Hash"), (("a", code(data.hash)),))
#if "picture" in data [#image(data.picture, alt: "A vehicle from behind")]
"""


@pytest.fixture
def trial(tmp_path, monkeypatch):
    """``trial(words, **more) -> bytes``: a small paper of a template that stands beside the real base."""
    (tmp_path / "base.typ").write_bytes((paper.templates() / "base.typ").read_bytes())
    (tmp_path / "trial.typ").write_text(TEMPLATE)
    monkeypatch.setattr(paper, "templates", lambda: tmp_path)

    def make(
        words: str = "plain", *, at: dt.datetime = AT, files: dict[str, bytes] | None = None, **more: str
    ) -> bytes:
        data = {"agency": "Demo PD", "plate": "0DEM123", "words": words, "hash": "0f" * 32} | more
        return paper.pdf("trial.typ", data, at=at, files=files)

    return make


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, "JPEG")
    return out.getvalue()


def test_the_same_input_gives_the_same_bytes(trial):
    first = trial(files={"p.jpg": jpeg()}, picture="p.jpg")
    assert first == trial(files={"p.jpg": jpeg()}, picture="p.jpg")
    assert first != trial("other", files={"p.jpg": jpeg()}, picture="p.jpg")


def test_a_paper_is_tagged_titled_and_says_its_language(trial):
    made = trial()
    root = PdfReader(io.BytesIO(made)).root_object
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - pypdf's own boolean
    assert root["/Lang"] == "en-US"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert "/StructTreeRoot" in root
    assert b"pdfuaid:part" in made


def test_a_paper_bears_the_date_it_is_given(trial):
    assert b"2026-03-04T20:05:06" in trial()


def test_nothing_in_the_data_is_run(trial):
    words = '#eval("1+1") $x^2$ *bold* #read("/etc/passwd") <script>alert(1)</script> \\ " @ref'
    assert words in text_of(trial(words))


def test_a_character_no_font_shows_is_named(trial):
    shown = text_of(trial("Ana \u674e \U0001f697 end"))
    assert "Ana [U+674E] [U+1F697] end" in shown


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\x07", "\x00", "\ue000", "\u2066"])
def test_a_character_that_hides_or_turns_the_text_is_named(trial, hidden):
    assert f"a[U+{ord(hidden):04X}]b" in text_of(trial(f"a{hidden}b"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
def test_any_text_makes_a_paper(trial, words):
    assert trial(words).startswith(b"%PDF-")


def test_latin_greek_and_cyrillic_names_are_shown_as_they_are(trial):
    assert "Núñez Łukasz Đặng Ωμέγα Ольга" in text_of(trial("Núñez Łukasz Đặng Ωμέγα Ольга"))


def test_a_picture_that_is_none_makes_no_paper(trial):
    with pytest.raises(paper.PaperError):
        trial(files={"p.jpg": b"no picture"}, picture="p.jpg")
    with pytest.raises(paper.PaperError):
        trial(picture="missing.jpg")


@pytest.mark.parametrize("name", ["../p.jpg", "/tmp/p.jpg", "base.typ", "p.svg", ".jpg", "a b.jpg"])
def test_a_picture_has_a_plain_name(trial, name):
    with pytest.raises(ValueError, match="plain name"):
        trial(files={name: jpeg()})


def test_a_paper_sees_no_file_beside_its_own(trial, tmp_path, monkeypatch):
    (tmp_path / "trial.typ").write_text('#set document(title: "x")\n#read("/etc/hostname")')
    with pytest.raises(paper.PaperError):
        trial()


def test_nothing_is_left_in_the_temporary_folder(trial, tmp_path, monkeypatch):
    place = tmp_path / "scratch"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    trial(files={"p.jpg": jpeg()}, picture="p.jpg")
    assert list(Path(place).iterdir()) == []
