"""The quick reader, column by column, says what a plain one says, row by row."""

import csv
import io
from contextlib import suppress

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from audit.text_files import Unfit
from hotlists.imports import rows
from hotlists.imports.head import look
from hotlists.imports.layout import all_layouts
from hotlists.imports.parse import Parser
from hotlists.imports.screen import Screen
from tests.hotlists.imports import reference

SCREEN = Screen(frozenset({"IMMIGRATION_VIOLATOR"}), "C.5", frozenset({"GANG"}))
NAMES = ["Plate", "State", "Category", "File Type", "System", "NIC", "Color", "Make", "Reason", "Date"]

plates = st.one_of(
    st.from_regex(r"0[A-Z0-9]{2,7}", fullmatch=True),
    st.sampled_from(["0dem-123", " 0DEM 123 ", "0DEM.1", "", "NONE", "0DEM12345", "\uff10DEM123", "0DE\u041c123", "-",
                     "x" * 70]),
)  # fmt: skip
states = st.sampled_from(["CA", "ca", "", " NV", "California", "ON", "QQ", "us-or"])
categories = st.sampled_from(
    ["", "", "stolen_vehicle", "Wanted person", "OTHER", "nonsense", "Named suspect's vehicle"]
)
types = st.sampled_from(["VEHICLE", "VEHICLE", "Veh", "V", "", "GANG", "Gangs", "ICE", "Immigration Violators", "??",
                         "Our own list", "y" * 41])  # fmt: skip
systems = st.sampled_from(["", "SVS", "ncic ", "FBI"])
numbers = st.one_of(
    st.from_regex(r"[A-Z][0-9]{3,9}", fullmatch=True), st.sampled_from(["", " v12-3 ", "a b", "1" * 31, "\u00e9"])
)
texts = st.one_of(
    st.sampled_from(["", "White", "Toyota  Camry", "Stolen in the night", "DOB 01/02/1990", "=cmd()", "@x",
                     "-5 dollars", "- blue", "+1", "a\\b", "tab\there", "two\nlines", "bell\x07", "Caf\u00e9",
                     "warrant no 1234", "n" * 201, 'say "no"', "a,b", " padded ", "\u2028", "x\r\ny", "SSN",
                     "123-45-6789"]),
    st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12),
)  # fmt: skip
dates = st.sampled_from(["", "2026-06-10", "06/10/2026", "20260610", "2026-13-01", "1800-01-01", "soon"])
entries = st.tuples(plates, states, categories, types, systems, numbers, texts, texts, texts, dates)
good = st.tuples(
    st.from_regex(r"0[A-Z0-9]{2,7}", fullmatch=True), st.sampled_from(["CA", "nv", ""]), st.just(""),
    st.sampled_from(["VEHICLE", "WANTED", "GANG", "ICE"]), st.just(""), st.from_regex(r"[A-Z][0-9]{3}", fullmatch=True),
    st.sampled_from(["White", " Red", ""]), st.sampled_from(["Ford", "a\\b", "DOB 01/02/1990"]),
    texts.filter(lambda text: text.strip()[:1] not in "=@+-"),
    st.sampled_from(["2026-06-10", ""]),
)  # fmt: skip


def _csv(table: list[tuple[str, ...]], quoting: int, end: str) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=quoting, lineterminator=end)
    writer.writerow(NAMES)
    writer.writerows(table)
    return out.getvalue().encode()


def _quick(content: bytes, layout: str) -> tuple[list[tuple[str, ...]], Parser]:
    file, found = io.BytesIO(content), all_layouts()[layout]
    parser = Parser(file, found, look(file, found), SCREEN)
    payload = b"".join(parser.payloads()).decode()
    lines = [line.split("\t") for line in payload.split("\n")[:-1]]
    assert all(len(line) == 10 for line in lines)
    return [tuple(cell.replace("\\\\", "\\") for cell in line) for line in lines], parser


def _agree(content: bytes, layout: str) -> None:
    entries_, dropped, screened, bad = reference.read(content, all_layouts()[layout], SCREEN)
    quick, parser = _quick(content, layout)
    head = look(io.BytesIO(content), all_layouts()[layout])
    said = {(one.line, one.column) for one in parser.tally.bad}
    assert said == {(line, head.name_of(role)) for line, role in bad}
    assert (parser.tally.dropped, parser.tally.screened) == (dropped, screened)
    if not bad:
        assert quick == entries_
        assert parser.tally.kept == len(entries_)


several = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


@several
@given(
    st.lists(st.one_of(entries, good), max_size=12),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([60, 300, 10_000]),
)
@example([("0DEM1", "CA", "", "VEHICLE", "", "E1", "White", "Ford", "two\nlines", "")] * 3, csv.QUOTE_MINIMAL, "\n", 60)
def test_files_with_bad_rows_are_judged_alike(table, quoting, end, block) -> None:
    _with(block, 3, _csv(table, quoting, end), "generic_csv")


@several
@given(st.lists(good, max_size=30), st.sampled_from(["\n", "\r\n"]), st.sampled_from([40, 500, 10_000]))
def test_sound_files_become_the_same_rows(table, end, block) -> None:
    _with(block, 4, _csv(table, csv.QUOTE_MINIMAL, end), "generic_csv")


@several
@given(
    st.lists(
        st.one_of(
            st.tuples(plates.filter(lambda p: "\n" not in p), states, types, numbers, dates, texts, texts).map(
                lambda cells: "".join(
                    cell.replace("\n", " ")[:width].ljust(width)
                    for cell, width in zip(cells, (10, 2, 3, 15, 8, 20, 42), strict=True)
                )
            ),
            st.text(alphabet="AB 0\r", max_size=110),
        ),
        max_size=12,
    ),
    st.sampled_from(["\n", "\r\n"]),
)
def test_fixed_widths_become_the_same_rows(lines, end) -> None:
    text = end.join(["0DEM123".ljust(100), *lines])
    _with(300, 5, "".join(one if one.isascii() and one != "\0" else "?" for one in text).encode(), "svs_fixed")


@several
@given(st.binary(max_size=60), st.sampled_from([50, 10_000]))
def test_no_bytes_at_all_end_in_anything_but_a_verdict(junk, block) -> None:
    content = b"Plate,Reason\n0DEM123,Stolen in the night\n" + junk
    before = rows.BLOCK
    try:
        rows.BLOCK = block
        with suppress(Unfit):
            _quick(content, "generic_csv")
    finally:
        rows.BLOCK = before


def _with(block: int, most: int, content: bytes, layout: str) -> None:
    kept = rows.BLOCK, rows.MOST_ROWS
    try:
        rows.BLOCK, rows.MOST_ROWS = block, most
        _agree(content, layout)
    finally:
        rows.BLOCK, rows.MOST_ROWS = kept
