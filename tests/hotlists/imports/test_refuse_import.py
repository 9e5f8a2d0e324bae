"""Every refusal of a hot list's file: what it says, and that the list stays as it was."""

import io
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage

from audit import asker
from audit.models import LedgerEntry, RoleGrant, User
from audit.refusals import Refused
from hotlists import rules_imports as rules
from hotlists.imports import hand_in, parse, run, store
from hotlists.imports.layout import Layout, LayoutError, all_layouts, parse_layout
from hotlists.models import HotList, HotListImport, HotListSource
from tests import make
from tests.hotlists.imports.importing import HEAD, clock, csv, handed_in, last_record, listed, row, taken
from tests.make import NOON


@pytest.fixture
def live(own_list: HotList, administrator: User) -> HotListImport:
    """Three entries that are live."""
    return taken(csv(1, 2, 3), own_list, administrator)


def refused(live: HotListImport, content: bytes, by: User, **facts) -> HotListImport:
    """The file as it was refused; nothing has changed."""
    done = taken(content, live.hot_list, by, at=NOON + timedelta(hours=1), **facts)
    live.refresh_from_db()
    live.hot_list.refresh_from_db()
    assert (done.status, live.status, live.hot_list.live_import_id) == ("refused", "live", live.pk)
    assert listed(live.pk) == ["0000001", "0000002", "0000003"]
    assert set(store.present()) == {live.pk}
    assert done.live_from is None
    assert not done.file
    assert done.verdict
    return done


def code_of(done: HotListImport) -> str:
    entry, _ = last_record("import.finish")
    assert (entry.subject_id, entry.outcome) == (str(done.pk), "refused")
    return entry.rule_code


BOM = b"\xef\xbb\xbf"
GOOD = csv(1, 2, 3)
WHOLE = [
    ("empty", b"", "is empty"),
    ("blank", b"\n\n\n", "is empty"),
    ("utf16", GOOD.decode().encode("utf-16"), "UTF-16"),
    ("utf16 without a mark", GOOD.decode().encode("utf-16-le"), "UTF-16"),
    ("CR only", GOOD.replace(b"\n", b"\r"), "CR alone"),
    ("NUL at the start", b"plate\0\n0DEM123\n", "NUL"),
    (
        "NUL far behind",
        GOOD + csv(*range(4_000))[len(HEAD) :] + b"0DEM\x00123,CA,,,,,\n",
        "Line 4,005 holds a NUL byte",
    ),
    ("wrong encoding", GOOD + "0DEM123,CA,VEHICLE,E1,Caf\xe9,Stolen,\n".encode("latin-1"), "Line 5 is not UTF-8"),
    ("wrong encoding far behind", GOOD + csv(*range(4_000))[len(HEAD) :] + b"\xff\n", "Line 4005 is not UTF-8"),
    ("no plate column", b"tree,state\n0DEM123,CA\n", "names no column for the plate"),
    ("no header", b"0DEM123,CA\n0DEM124,CA\n", "names no column for the plate"),
    ("a column twice", b"plate,state,plate\n0DEM123,CA,0DEM124\n", "is there twice"),
    ("100,000 columns", b"plate" + b",x" * 30_000 + b"\n", "30,001 columns"),
    ("too many columns to look at", b"plate" + b",x" * 100_000 + b"\n", "longer than 64 KB"),
    ("a quote that never closes", GOOD + b'0DEM124,CA,VEHICLE,E1,"White,Stolen,\n' * 1, "On line 5 a quote is opened"),
    ("a quote over everything", GOOD + b'"' + csv(*range(9_000)), "A cell on line 5 is longer than 128 KB"),
    ("a sheet", b"PK\x03\x04" + b"x" * 100, "a ZIP archive or a spreadsheet"),
    ("a quote in the header", b'"plate,state\n0DEM123,CA\n', "no sound CSV"),
]


@pytest.mark.parametrize(("content", "words"), [case[1:] for case in WHOLE], ids=[case[0] for case in WHOLE])
def test_a_file_that_is_none_is_refused_as_a_whole(live, administrator, content: bytes, words: str) -> None:
    done = refused(live, content, administrator)
    assert code_of(done) == rules.UNFIT.code
    assert words in done.verdict
    assert not done.rejections.exists()


def test_a_byte_order_mark_is_taken(own_list, administrator) -> None:
    assert listed(taken(BOM + GOOD, own_list, administrator).pk) == ["0000001", "0000002", "0000003"]


ROWS = [
    ("short", "0DEM123,CA\n", "", "has 2 columns where the file has 7."),
    ("long", "0DEM123,CA,VEHICLE,E1,White,Stolen,,,,\n", "", "has 10 columns where the file has 7."),
    ("no plate", ",CA,VEHICLE,E1,White,Stolen,\n", "plate", "The plate is empty. Type its letters and digits."),
    ("a foreign letter", "0DE\u041c123,CA,VEHICLE,E1,White,Stolen,\n", "plate", "Cyrillic"),
    ("too long a plate", "0DEM12345,CA,VEHICLE,E1,White,Stolen,\n", "plate", "at most 8"),
    ("no state", "0DEM123,QQ,VEHICLE,E1,White,Stolen,\n", "state", "is no US state"),
    ("a formula", "0DEM123,CA,VEHICLE,E1,=cmd()|' /C calc'!A0,Stolen,\n", "vehicle", "spreadsheet formula"),
    ("a formula with a sign", "0DEM123,CA,VEHICLE,E1,White,-2+3+cmd|' /C calc'!A0,\n", "reason", "spreadsheet formula"),
    ("a control character", "0DEM123,CA,VEHICLE,E1,White,Sto\x08len,\n", "reason", "control character"),
    ("no date", "0DEM123,CA,VEHICLE,E1,White,Stolen,2026-02-30\n", "entered_on", "is no date"),
    ("no number", "0DEM123,CA,VEHICLE,E 1!,White,Stolen,\n", "entry_number", "is no entry number"),
    ("too long a text", f"0DEM123,CA,VEHICLE,E1,{'x' * 201},Stolen,\n", "vehicle", "longer than 200"),
    ("a stray quote", '0DEM123,CA,VEHICLE,E1,"White"x,Stolen,\n', "", "quote in the wrong place"),
    ("a stray CR", "0DEM123,CA,VEHICLE,E1,White\rx,Stolen,\n", "", "carriage return"),
]


@pytest.mark.parametrize(("line", "column", "why"), [case[1:] for case in ROWS], ids=[case[0] for case in ROWS])
def test_a_bad_row_refuses_the_file_and_is_named(live, administrator, line: str, column: str, why: str) -> None:
    done = refused(live, GOOD + line.encode() + row(9).encode(), administrator)
    assert code_of(done) == rules.BAD_ROWS.code
    bad = done.rejections.get()
    assert (bad.line, bad.column) == (5, column)
    assert why in bad.reason
    assert (done.rejected, done.rows) == (1, 5)
    assert done.verdict.startswith("1 row is bad; the first, line 5")


def test_every_bad_row_is_named_by_the_line_it_begins_on(live, administrator) -> None:
    lines = ['0DEM1,CA,VEHICLE,,"White\ntwo lines",Stolen,\n', "!,CA,,,,,\n", "\n", "0DEM2,QQ,,,,,soon\n", row(7)]
    done = refused(live, GOOD + "".join(lines).encode(), administrator)
    assert list(done.rejections.order_by("line", "column").values_list("line", "column")) == [
        (7, "plate"), (9, "entered_on"), (9, "state"),
    ]  # fmt: skip
    assert done.verdict.startswith("2 rows are bad; the first, line 7, plate, says: \u201c!\u201d")


def test_a_fixed_width_line_that_is_too_short_is_named(live, administrator) -> None:
    good = "0DEM123".ljust(100)
    done = refused(live, f"{good}\n0DEM124\n{good}x\n".encode(), administrator, layout="svs_fixed")
    assert code_of(done) == rules.BAD_ROWS.code
    assert list(done.rejections.order_by("line").values_list("line", "reason")) == [
        (2, "has 7 characters where the layout needs 100."),
        (3, "has more than the 100 characters of the layout."),
    ]


def test_row_after_row_bad_is_another_layout(live, administrator, monkeypatch) -> None:
    monkeypatch.setattr(parse, "MOST_BAD", 50)
    monkeypatch.setattr(run, "MOST_BAD", 50)
    done = refused(live, GOOD + b"!,CA,VEHICLE,E1,White,Stolen,\n" * 500, administrator)
    assert code_of(done) == rules.LAYOUT_DOES_NOT_FIT.code
    assert (done.rejected, done.rejections.count()) == (50, 50)


def test_no_list_is_emptied_by_accident(live, administrator) -> None:
    assert code_of(refused(live, HEAD.encode(), administrator)) == rules.EMPTY.code
    only_refused = csv(1, 2, 3, file_type="IMMIGRATION_VIOLATOR")
    done = refused(live, only_refused, administrator, expect_shrink=True)
    assert (code_of(done), done.dropped) == (rules.EMPTY.code, {"IMMIGRATION_VIOLATOR": 3})


def test_a_layout_may_say_that_an_empty_file_is_an_empty_list(live, administrator, settings, tmp_path) -> None:
    settings.HOT_LIST_LAYOUTS = str(tmp_path)
    (tmp_path / "own.toml").write_text(
        'title = "Own"\nabout = "Own"\nform = "csv"\nmay_be_empty = true\n[columns]\nplate = ["plate"]\n'
    )
    assert code_of(refused(live, b"plate\n", administrator, layout="own")) == rules.SHRINKS.code
    done = taken(b"plate\n", live.hot_list, administrator, layout="own", expect_shrink=True)
    assert (done.status, done.kept) == ("live", 0)


def test_a_list_that_shrinks_to_less_than_half_is_meant_or_refused(live, administrator) -> None:
    done = refused(live, csv(9), administrator)
    assert code_of(done) == rules.SHRINKS.code
    assert "3 entries now; the file has 1." in done.verdict
    done = taken(csv(9), live.hot_list, administrator, expect_shrink=True)
    assert (done.status, listed(done.pk)) == ("live", ["0000009"])


def test_an_older_file_never_takes_the_place_of_a_newer_one(own_list, administrator) -> None:
    older = handed_in(csv(1), own_list, administrator)
    newer = taken(csv(2), own_list, administrator)
    done = run.take_in(older.pk, clock(NOON))
    assert done is not None
    assert (done.status, code_of(done)) == ("refused", rules.OLDER_THAN_LIVE.code)
    newer.refresh_from_db()
    assert newer.status == "live"


def test_who_may_do_so_no_longer_hands_nothing_in(live, administrator) -> None:
    waiting = handed_in(csv(7, 8, 9), live.hot_list, administrator)
    RoleGrant.objects.filter(user=administrator).update(ends_at=NOON - timedelta(days=1))
    done = run.take_in(waiting.pk, clock(NOON))
    assert done is not None
    assert (done.status, code_of(done)) == ("refused", rules.SENDER_LOST_RIGHTS.code)


def test_a_file_that_breaks_its_reader_again_and_again_is_put_aside(live, administrator) -> None:
    waiting = handed_in(csv(7, 8, 9), live.hot_list, administrator)
    HotListImport.objects.filter(pk=waiting.pk).update(tries=run.MOST_TRIES)
    done = run.take_in(waiting.pk, clock(NOON))
    assert done is not None
    assert (done.status, code_of(done)) == ("refused", rules.BROKE_OFF.code)


def test_a_file_that_is_gone_or_whose_layout_is_gone_is_refused(live, administrator) -> None:
    waiting = handed_in(csv(7, 8, 9), live.hot_list, administrator)
    default_storage.delete(waiting.file.name)
    done = run.take_in(waiting.pk, clock(NOON))
    assert done is not None
    assert (code_of(done), "no longer in storage" in done.verdict) == (rules.UNFIT.code, True)
    waiting = handed_in(csv(7, 8, 9), live.hot_list, administrator)
    HotListImport.objects.filter(pk=waiting.pk).update(layout="gone")
    done = run.take_in(waiting.pk, clock(NOON))
    assert done is not None
    assert code_of(done) == rules.NO_LAYOUT.code


def stored() -> set[str]:
    try:
        return set(default_storage.listdir(hand_in.FOLDER)[1])
    except FileNotFoundError:
        return set()


def test_nothing_is_kept_of_what_is_not_taken_over(own_list, special_list, administrator, detective, settings) -> None:
    before = stored()

    def code(content: bytes = GOOD, of: HotList = own_list, by=administrator, **facts) -> str:
        with pytest.raises(Refused) as caught:
            handed_in(content, of, by, **facts)
        entry, _ = last_record("import.start")
        assert (entry.outcome, entry.rule_code) == ("refused", caught.value.refusal.code)
        assert entry.index == caught.value.record_index
        return entry.rule_code

    assert code(by=detective) == "access.role"
    assert code(by=asker.public(address="192.0.2.1")) == rules.SENDER.code
    assert code(layout="no_such") == rules.NO_LAYOUT.code
    HotList.objects.filter(pk=special_list.pk).update(opened_at=None)
    assert code(of=special_list) == rules.LIST_NOT_OPEN.code
    settings.HOT_LIST_MOST_BYTES = 50
    assert code() == rules.TOO_LARGE.code
    assert not HotListImport.objects.exists()
    assert stored() == before


def test_a_list_that_was_closed_meanwhile_takes_no_file(special_list, administrator) -> None:
    waiting = handed_in(GOOD, special_list, administrator)
    HotList.objects.filter(pk=special_list.pk).update(closed_at=NOON, closed_by=administrator, closed_why="It is over")
    done = run.take_in(waiting.pk, clock(NOON + timedelta(hours=1)))
    assert done is not None
    assert code_of(done) == rules.LIST_NOT_OPEN.code


def test_a_device_and_the_folder_hand_files_in(own_list, administrator) -> None:
    for who in (asker.device("county", address="192.0.2.1"), asker.system("hot list folder")):
        done = taken(GOOD, own_list, who, at=NOON)
        assert (done.status, done.handed_in_by) == ("live", None)
    assert last_record("import.finish")[0].username == "import by upload"


def test_the_same_file_is_not_taken_twice_at_a_time(own_list, administrator) -> None:
    handed_in(GOOD, own_list, administrator)
    with pytest.raises(Refused) as caught:
        handed_in(GOOD, own_list, administrator)
    assert caught.value.refusal.code == rules.WAITING_ALREADY.code
    handed_in(GOOD, own_list, administrator, layout="generic_tsv")
    assert HotListImport.objects.count() == 2


def test_a_file_is_stopped_until_it_is_live_and_by_those_who_may(own_list, administrator, detective) -> None:
    waiting = handed_in(GOOD, own_list, administrator)
    with pytest.raises(Refused):
        hand_in.cancel(waiting.pk, make.by(detective), NOON)
    stopped = hand_in.cancel(waiting.pk, make.by(administrator), NOON)
    assert (stopped.status, bool(stopped.file)) == ("stopped", False)
    assert run.take_in(waiting.pk, clock()) is None
    with pytest.raises(Refused) as caught:
        hand_in.cancel(waiting.pk, make.by(administrator), NOON)
    assert caught.value.refusal.code == rules.ENDED.code
    done = taken(GOOD, own_list, administrator)
    with pytest.raises(Refused):
        hand_in.cancel(done.pk, make.by(administrator), NOON)
    assert LedgerEntry.objects.filter(action="import.cancel", outcome="refused").count() == 3


def test_a_file_that_is_stopped_while_it_is_read_changes_nothing(live, administrator, monkeypatch) -> None:
    waiting = handed_in(csv(7, 8, 9), live.hot_list, administrator)
    seal = store.seal

    def stop_first(number: int) -> None:
        seal(number)
        hand_in.cancel(waiting.pk, make.by(administrator), NOON)

    monkeypatch.setattr(store, "seal", stop_first)
    done = run.take_in(waiting.pk, clock())
    assert done is not None
    live.refresh_from_db()
    assert (done.status, live.status, set(store.present())) == ("stopped", "live", {live.pk})


def test_memory_stays_small_for_a_cell_of_a_hundred_megabytes(live, administrator, settings) -> None:
    import tracemalloc

    class Endless(io.RawIOBase):
        """A header, and a cell that does not end for 100 MB."""

        left = 100 * 1024 * 1024

        def readinto(self, buffer) -> int:
            count = min(len(buffer), self.left)
            buffer[:count] = b"x" * count
            self.left -= count
            return count

        def readable(self) -> bool:
            return True

    waiting = hand_in.hand_in(
        hot_list_id=live.hot_list_id, layout="generic_csv", name="big", by=make.by(administrator), at=NOON,
        origin="api", stream=io.BufferedReader(_after(HEAD.encode() + b"0DEM123,CA,VEHICLE,E1,", Endless())),
    )  # fmt: skip
    assert waiting.size > 100 * 1024 * 1024
    tracemalloc.start()
    done = run.take_in(waiting.pk, clock(NOON + timedelta(hours=1)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert done is not None
    assert (done.status, "longer than 64 KB" in done.verdict) == ("refused", True)
    assert peak < 30 * 1024 * 1024


def _after(first: bytes, then: io.RawIOBase) -> io.RawIOBase:
    class Joined(io.RawIOBase):
        head = io.BytesIO(first)

        def readinto(self, buffer) -> int:
            return self.head.readinto(buffer) or then.readinto(buffer)  # type: ignore[attr-defined]

        def readable(self) -> bool:
            return True

    return Joined()


BROKEN = [
    ({}, "columns.plate is missing"),
    ({"columns": {"plate": ["p"], "tree": ["t"]}}, "columns.tree is no field"),
    ({"columns": {"plate": {"join": ["a"]}}}, "columns.plate cannot be put together"),
    ({"columns": {"plate": ["p"]}, "delimiter": "x"}, "delimiter is one of"),
    ({"columns": {"plate": ["p"]}, "encoding": "utf-16"}, "encoding is one of"),
    ({"columns": {"plate": ["p"]}, "system": "CIA"}, "system is one of"),
    ({"columns": {"plate": ["p"]}, "category": "x"}, "category is one of"),
    ({"columns": {"plate": ["p"]}, "dates": {"formats": ["%H"]}}, "dates.formats"),
    ({"columns": {"plate": ["p"]}, "dates": {"formats": ["%Y"]}}, "year, month and day"),
    ({"columns": {"plate": ["p"]}, "file_types": {"A": {"codes": ["x"]}, "B": {"codes": ["x"]}}}, "there twice"),
    ({"columns": {"plate": ["p"]}, "file_types": {"a b": {}}}, "a name is capitals"),
    ({"columns": {"plate": ["p"]}, "also_states": ["Ontario"]}, "two capitals"),
    ({"columns": {"plate": ["p"]}, "nonsense": 1}, "does not know nonsense"),
    ({"columns": {"plate": 1}}, "columns.plate is a list of names"),
    ({"columns": {"plate": ["p"]}, "header": False}, "columns.plate is a place"),
    ({"form": "fixed", "columns": {"plate": [9, 1]}}, "first and last place"),
    ({"form": "fixed", "length": 5, "columns": {"plate": [1, 8]}}, "reaches over"),
]


@pytest.mark.parametrize(("content", "words"), BROKEN)
def test_a_broken_layout_names_its_key(content, words) -> None:
    with pytest.raises(LayoutError, match=words):
        parse_layout("own", {"title": "t", "about": "a", "form": "csv"} | content)


def test_every_shipped_layout_is_sound_and_drops_the_immigration_violators() -> None:
    from hotlists.imports.screen import Screen

    found = all_layouts()
    assert set(found) >= {"generic_csv", "generic_tsv", "svs_fixed", "ncic_extract"}
    ncic: Layout = found["ncic_extract"]
    wanted = {
        "VEHICLE", "LICENSE_PLATE", "WANTED", "PROTECTION_ORDER", "ERPO", "MISSING", "GANG", "THREAT_SCREENING",
        "SUPERVISED_RELEASE", "NSOR", "IMMIGRATION_VIOLATOR", "PROTECTIVE_INTEREST", "VIOLENT_PERSON",
    }  # fmt: skip
    assert {one.name for one in ncic.file_types.values()} == wanted
    screen = Screen(frozenset({"IMMIGRATION_VIOLATOR"}), "C.5")
    assert {name for name in wanted if screen.drops(name)} == {"IMMIGRATION_VIOLATOR"}
    assert HotListSource().accepted_types == []
