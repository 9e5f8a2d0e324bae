"""Rows become reads by the layout alone, and a fault costs its own row and no other."""

import io
import tracemalloc
from datetime import UTC, datetime
from itertools import chain, repeat
from zoneinfo import ZoneInfo

import pytest

from detections.ingest.parsing import FieldError
from detections.ingest.reads import BadRead, NewRead
from detections.uploads import times
from detections.uploads.head import Unfit, look
from detections.uploads.layout import LayoutError, all_layouts, parse_layout
from detections.uploads.lines import LONGEST, Lines
from detections.uploads.parse import rows

PACIFIC = ZoneInfo("America/Los_Angeles")
HEAD = b"plate,captured_at,camera\n"
ROW = b"0DEM123,2026-06-16T12:00:00-07:00,CAM-01\n"


def read_all(content: bytes, layout: str = "generic_csv"):
    file, chosen = io.BytesIO(content), all_layouts()[layout]
    return [row for row in rows(file, chosen, look(file, chosen)) if row is not None]


def faults(content: bytes, layout: str = "generic_csv") -> dict[int, str]:
    return {row.number: row.read.reason for row in read_all(content, layout) if isinstance(row.read, BadRead)}


@pytest.mark.parametrize("name", ["generic_csv", "cdms", "learn", "json_lines"])
def test_every_layout_that_comes_with_the_product_is_sound(name):
    layout = all_layouts()[name]
    assert layout.title
    assert {"plate", "captured_at"} <= layout.columns.keys()


def test_a_cdms_export_is_read_with_its_local_times_per_cents_and_joined_columns():
    content = (
        b"Plate,Date,TIME,Camera Name,Plate State,Confidence,Colour,Make,Model,Notes,Whatever\r\n"
        b"0dem-123,06/16/2026,12:00:00,CAM-01,California,92.5,White,Toyota,Camry,,x\r\n"
    )
    (row,) = read_all(content, "cdms")
    assert isinstance(row.read, NewRead)
    assert (row.camera, row.read.plate, row.read.plate_read, row.read.state) == ("CAM-01", "0DEM123", "0dem-123", "CA")
    assert row.read.captured_at == datetime(2026, 6, 16, 19, 0, tzinfo=UTC)
    assert (row.read.confidence, row.read.vehicle) == (0.925, "White Toyota Camry")


def test_a_learn_export_is_read_with_its_twelve_hour_clock_in_utc():
    content = (
        b'"Detection ID","License Plate","State","Detection Date/Time","Camera Name","Latitude","Longitude"\n'
        b'"77","0DEM123","CA","6/16/2026 07:00:00 PM","CAM-01","38.58","-121.49"\n'
        b'"78","0DEM124","CA","6/16/2026 12:00:00 AM","CAM-01","0","0"\n'
    )
    first, second = (row.read for row in read_all(content, "learn"))
    assert (first.client_key, first.captured_at) == ("learn:77", datetime(2026, 6, 16, 19, 0, tzinfo=UTC))
    assert (first.latitude, first.longitude) == (38.58, -121.49)
    assert (second.captured_at, second.latitude) == (datetime(2026, 6, 16, tzinfo=UTC), None)


def test_a_byte_order_mark_is_no_part_of_the_first_name():
    assert len(read_all(b"\xef\xbb\xbf" + HEAD + ROW)) == 1


def test_rows_with_too_few_or_too_many_columns_are_named_by_line_and_the_others_are_kept():
    content = HEAD + ROW + b"0DEM124,2026-06-16T12:00:00Z\n" + ROW + b"a,b,c,d\n"
    assert faults(content) == {
        3: "The line has 2 columns, and the first line has 3.",
        5: "The line has 4 columns, and the first line has 3.",
    }
    assert len(read_all(content)) == 4


def test_a_file_that_breaks_off_says_so_at_its_last_line():
    assert faults(HEAD + ROW + b"0DEM124,2026-0")[3].endswith("The file breaks off here.")


def test_line_ends_may_be_mixed_and_empty_lines_are_no_rows():
    content = HEAD + ROW.replace(b"\n", b"\r\n") + b"\n\r\n" + ROW
    assert [row.number for row in read_all(content)] == [2, 5]


def test_a_carriage_return_inside_a_row_costs_that_row():
    assert "no sound CSV" in faults(HEAD + ROW.replace(b",CAM", b"\r,CAM") + ROW)[2]


def test_a_nul_in_a_field_costs_its_row():
    late = HEAD + ROW * 4000 + ROW.replace(b"DEM", b"D\0M")
    assert list(faults(late)) == [4002]


def test_bytes_that_are_no_utf8_cost_their_row():
    late = HEAD + ROW * 4000 + b"\xff\xfe,2026-06-16T12:00:00Z,CAM-01\n" + ROW
    assert faults(late) == {4002: "The line is not UTF-8 text."}


def test_a_quoted_cell_over_several_lines_is_one_row_and_lines_keep_their_numbers():
    head = b"plate,captured_at,camera,vehicle\n"
    two = b'0DEM123,2026-06-16T12:00:00Z,CAM-01,"a\nb"\n'
    content = head + two + b"bad\n"
    first, second = read_all(content)
    assert (first.number, first.read.reason) == (2, "has a control character or half a character in it.")
    assert second.number == 4
    assert content[first.offset : first.offset + first.length] == two


def test_a_quote_that_is_never_closed_costs_its_own_line_only():
    content = HEAD + b'0DEM123,"2026-06-16T12:00:00Z,CAM-01\n' + ROW * 300
    assert faults(content) == {2: "The line has a quote that is never closed."}
    assert len(read_all(content)) == 301


def test_a_row_knows_where_its_bytes_lie_and_reading_goes_on_from_there():
    content = HEAD + ROW * 3
    file, layout = io.BytesIO(content), all_layouts()["generic_csv"]
    head = look(file, layout)
    source = rows(file, layout, head)
    first = next(iter(source))
    assert content[first.offset : first.offset + first.length] == ROW
    rest = list(rows(file, layout, head, offset=source.offset, number=source.number))
    assert [row.number for row in rest] == [3, 4]


class Endless(io.RawIOBase):
    """A file of so many MB that exists nowhere."""

    def __init__(self, start: bytes, middle: bytes, megabytes: int, end: bytes) -> None:
        self._pieces = chain([start], repeat(middle * (1024 * 1024 // len(middle)), megabytes), [end])

    def seek(self, *_: int) -> int:
        return 0

    def read(self, _: int = -1) -> bytes:
        return next(self._pieces, b"")


def test_a_cell_of_a_hundred_megabytes_costs_its_row_and_hardly_any_memory():
    file = Endless(ROW, b"x", 100, b"\n" + ROW)
    tracemalloc.start()
    found = list(Lines(file, quoted=","))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [line.fault for line in found] == ["", f"is longer than {LONGEST // 1024} KB.", ""]
    assert (found[1].length, found[2].offset) == (100 * 1024 * 1024 + 1, 100 * 1024 * 1024 + 1 + len(ROW))
    assert peak < 8 * 1024 * 1024


BAD = {
    "empty": (b"", "The file is empty."),
    "only spaces": (b" \n\n ", "The file is empty."),
    "only a head": (HEAD, "The file names its columns and holds no row."),
    "utf-16": ("plate,captured_at\n".encode("utf-16"), "The file is UTF-16."),
    "utf-16 without a mark": (HEAD.decode().encode("utf-16-le"), "The file is UTF-16."),
    "nul": (HEAD + b"0DEM\x00123,,\n", "The file holds NUL bytes"),
    "cr only": (HEAD.replace(b"\n", b"\r") + ROW.replace(b"\n", b"\r"), "The lines end with CR alone."),
    "a zip": (b"PK\x03\x04" + bytes(100), "The file is a ZIP archive or a spreadsheet."),
    "gzip": (b"\x1f\x8b\x08" + bytes(100), "The file is compressed with gzip."),
    "windows text": (HEAD + "0DEM123,é,x\n".encode("cp1252"), "Line 2 is not UTF-8 text."),
    "the same column twice": (b"plate,plate,captured_at,camera\n" + ROW, "The column plate is there twice."),
    "no plate": (b"tag,captured_at,camera\n" + ROW, "The first line names no column for: plate"),
    "no head at all": (ROW * 2, "The first line names no column for: plate"),
    "an unknown column": (b"plate,captured_at,driver\n" + ROW, "The column driver is not in the layout."),
    "100,000 columns": (b"a," * 100_000 + b"b\n" + ROW, "The first line is too long"),
    "1,000 columns": (b"a," * 1_000 + b"b\n" + ROW, "The file has 1,001 columns"),
    "a broken head": (b'pla"te,"captured\n' + ROW, "The first line"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_none_gets_a_verdict_in_words(name):
    content, words = BAD[name]
    with pytest.raises(Unfit) as unfit:
        look(io.BytesIO(content), all_layouts()["generic_csv"])
    assert words in unfit.value.reason


@pytest.mark.parametrize("content", [b"plate\n", b"[1,2]\n", b"[" * 60_000 + b"\n", b'{"plate": \n', b"7\n"])
def test_a_file_that_is_no_json_lines_gets_a_verdict(content):
    with pytest.raises(Unfit):
        look(io.BytesIO(content), all_layouts()["json_lines"])


def test_json_rows_are_judged_one_by_one():
    good = b'{"plate": "0DEM123", "captured_at": "2026-06-16T12:00:00Z", "camera": "CAM-01"}\n'
    content = good + b'{"plate": NaN, "captured_at": "x"}\n' + b"[]\n" + b'{"plate": "A", "plate": "B"}\n' + good[:30]
    assert faults(content, "json_lines") == {
        2: "must be text.",
        3: "A row is an object.",
        4: "is given twice.",
        5: "The line is not valid JSON: the file breaks off here.",
    }


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("03/08/2026 01:59:59", datetime(2026, 3, 8, 9, 59, 59, tzinfo=UTC)),
        ("03/08/2026 03:00:00", datetime(2026, 3, 8, 10, 0, tzinfo=UTC)),
        ("3/8/2026  3:00:00", datetime(2026, 3, 8, 10, 0, tzinfo=UTC)),
        ("02/29/2028 00:00:00", datetime(2028, 2, 29, 8, 0, tzinfo=UTC)),
    ],
)
def test_local_times_are_instants(written, instant):
    assert times.reader("%m/%d/%Y %H:%M:%S", PACIFIC)(written) == instant


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("03/08/2026 02:30:00", times.NEVER),
        ("11/01/2026 01:30:00", times.TWICE),
        ("02/29/2026 00:00:00", "is not a date and time"),
        ("13/01/2026 00:00:00", "is not a date and time"),
        ("yesterday", "is not a date and time"),
        ("", "is not a date and time"),
        ("01/01/0001 00:00:00", "is not of our time."),
    ],
)
def test_a_local_time_that_no_instant_has_is_refused(written, why):
    with pytest.raises(FieldError, match=why.split(":")[0].replace("(", r"\(")):
        times.reader("%m/%d/%Y %H:%M:%S", PACIFIC)(written)


def test_a_time_must_state_its_zone_where_the_layout_gives_none():
    read = times.reader("iso", None)
    assert read("2026-06-16T12:00:00-07:00") == datetime(2026, 6, 16, 19, tzinfo=UTC)
    with pytest.raises(FieldError, match="states no time zone"):
        read("2026-06-16T12:00:00")


def test_seconds_and_milliseconds_since_1970_are_instants():
    assert times.reader("epoch s", None)("1781636400.5") == datetime(2026, 6, 16, 19, 0, 0, 500_000, tzinfo=UTC)
    assert times.reader("epoch ms", None)("1781636400500") == datetime(2026, 6, 16, 19, 0, 0, 500_000, tzinfo=UTC)
    with pytest.raises(FieldError):
        times.reader("epoch s", None)("1e9")


LEAST = {"title": "A", "about": "B", "columns": {"plate": ["p"], "captured_at": ["t"]}}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"form": "xml"}, "form"),
        ({"delimiter": "::"}, "delimiter"),
        ({"encoding": "utf-16"}, "encoding"),
        ({"colums": {}}, "unknown"),
        ({"columns": {"plate": ["p"]}}, "captured_at is missing"),
        ({"columns": {"plate": ["p"], "captured_at": ["t"], "driver": ["d"]}}, "no field of a read"),
        ({"columns": {"plate": {"join": ["p"]}, "captured_at": ["t"]}}, "cannot be joined"),
        ({"time": {"format": "%d %b %Y", "zone": "UTC"}}, "takes only"),
        ({"time": {"format": "%m/%d/%Y"}}, "must be named"),
        ({"time": {"format": "iso", "zone": "Mars/Olympus"}}, "time.zone"),
        ({"units": {"confidence": 0}}, "units.confidence"),
        ({"title": ""}, "title"),
    ],
)
def test_a_layout_that_cannot_be_meant_is_refused_by_its_key(change, words):
    with pytest.raises(LayoutError, match=words):
        parse_layout("x", LEAST | change, agency_zone="America/Los_Angeles")


def test_an_installations_own_layout_stands_beside_ours_and_a_broken_one_is_left_out(tmp_path, settings):
    settings.UPLOAD_LAYOUTS = tmp_path
    (tmp_path / "town.toml").write_text('title = "T"\nabout = "A"\n[columns]\nplate = ["p"]\ncaptured_at = ["t"]\n')
    (tmp_path / "broken.toml").write_text("title = ")
    assert {"town", "cdms"} <= all_layouts().keys()
    assert "broken" not in all_layouts()
