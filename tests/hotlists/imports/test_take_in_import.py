"""An import becomes the whole list, or changes nothing and says why."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.storage import default_storage

from audit.models import User
from hotlists.imports import store
from hotlists.imports.layout import LayoutError, parse_layout
from hotlists.models import HotList, HotListImport
from tests.hotlists.imports.importing import HEAD, columns, csv, handed_in, last_record, listed, row, taken
from tests.make import NOON


def test_a_file_becomes_the_list(own_list: HotList, administrator: User) -> None:
    done = taken(csv(1, 2, 3), own_list, administrator)
    assert (done.status, done.rows, done.kept, done.rejected, done.verdict) == ("live", 3, 3, 0, "")
    own_list.refresh_from_db()
    assert own_list.live_import_id == done.pk
    assert done.live_from == done.ended_at
    assert (done.profile, done.done_bytes, done.stage) == ("sacpd_525_08@2024-06-13", done.size, "")
    assert columns(done.pk, "line", "plate", "state", "category", "file_type", "entry_number", "entered_on") == [
        (number + 1, f"0{number:06d}", "CA", "stolen_vehicle", "VEHICLE", f"E{number:07d}", date(2026, 6, 15))
        for number in (1, 2, 3)
    ]


def test_the_next_file_takes_the_place_of_the_first(own_list: HotList, administrator: User) -> None:
    first = taken(csv(1, 2), own_list, administrator)
    second = taken(csv(2, 3), own_list, administrator, at=NOON + timedelta(hours=1))
    first.refresh_from_db()
    assert (first.status, second.status) == ("superseded", "live")
    assert first.live_until == second.live_from
    assert listed(first.pk) == ["0000001", "0000002"]  # kept for reads that come late
    assert listed(second.pk) == ["0000002", "0000003"]


def test_the_file_goes_once_it_is_done_with_and_its_hash_stays(own_list: HotList, administrator: User) -> None:
    waiting = handed_in(csv(1), own_list, administrator)
    assert default_storage.exists(waiting.file.name)
    done = taken(csv(2), own_list, administrator)
    assert not done.file
    assert len(done.sha256) == 64
    assert default_storage.exists(waiting.file.name)


def test_files_that_the_policy_refuses_are_dropped_counted_and_on_record(
    own_list: HotList, administrator: User
) -> None:
    names = ["IMMIGRATION_VIOLATOR", "Immigration Violators", "immigration-violator file", "ICE"]
    content = csv(1, 2) + "".join(row(3 + n, name) for n, name in enumerate(names)).encode()
    done = taken(content, own_list, administrator)
    assert (done.rows, done.kept, done.dropped) == (6, 2, {"IMMIGRATION_VIOLATOR": 4})
    assert listed(done.pk) == ["0000001", "0000002"]
    entry, detail = last_record("import.finish")
    said = json.loads(detail.detail)
    assert (entry.outcome, entry.result_count, entry.subject_id) == ("allowed", 2, str(done.pk))
    assert said["dropped"] == {"IMMIGRATION_VIOLATOR": {"rows": 4, "by": "SPD General Order 525.08, C.5"}}
    assert (said["sha256"], said["profile"], said["rows"]) == (done.sha256, "sacpd_525_08@2024-06-13", 6)
    assert said["status"] == "live"


@pytest.mark.parametrize(
    "name",
    ["NCIC immigration violators (2026)", "Deported Felons", "ICE detainers", "iv", "N", "\u0406MMIGRATION VIOLATOR",
     "\u3000Immigration\u00a0Violator ", "FILE_IMMIGRATION", "Removal Orders"],
)  # fmt: skip
def test_the_refused_file_is_dropped_under_any_name(own_list: HotList, administrator: User, name: str) -> None:
    done = taken(csv(1) + row(2, name).encode(), own_list, administrator)
    assert (done.status, done.kept, sum(done.dropped.values())) == ("live", 1, 1)
    assert listed(done.pk) == ["0000001"]


@pytest.mark.parametrize("name", ["VICE", "Police list", "DEVICE", "SERVICE", "IVORY", "V"])
def test_names_that_only_look_like_it_are_kept(own_list: HotList, administrator: User, name: str) -> None:
    assert taken(csv(1, file_type=name), own_list, administrator).kept == 1


def test_a_row_that_says_so_itself_is_dropped_where_no_column_says_its_type(
    own_list: HotList, administrator: User
) -> None:
    content = (
        b"plate,state,record type,reason\n0DEM001,CA,x,Stolen in the night\n"
        b"0DEM002,CA,x,Immigration  violator file\n0DEM003,CA,x,ICE administrative note: ICE detainer\n"
        b"0DEM004,CA,x,Police device stolen\n"
    )
    done = taken(content, own_list, administrator)
    assert (done.kept, done.dropped) == (2, {"IMMIGRATION_VIOLATOR": 2})
    assert listed(done.pk) == ["0DEM001", "0DEM004"]


def test_two_columns_that_could_name_the_type_are_one_too_many(own_list: HotList, administrator: User) -> None:
    content = b"plate,file type,file\n0DEM001,VEHICLE,IMMIGRATION_VIOLATOR\n"
    done = taken(content, own_list, administrator)
    assert (done.status, done.kept) == ("refused", 0)
    assert "Two columns could say the file type" in done.verdict


def test_no_layout_gives_the_refused_file_another_name() -> None:
    content = {"columns": {"plate": ["plate"]}, "title": "x", "about": "y"}
    for code in ("IMMIGRATION_VIOLATOR", "ICE", "Deported felon"):
        with pytest.raises(LayoutError, match="IMMIGRATION_VIOLATOR"):
            parse_layout("own", content | {"file_types": {"VEHICLE": {"codes": [code]}}})


def test_a_source_drops_what_it_refuses_and_what_it_does_not_take(own_list: HotList, administrator: User) -> None:
    source = own_list.source
    content = csv(1) + (row(2, "GANG") + row(3, "WANTED") + row(4, "") + row(5, "IMMIGRATION_VIOLATOR")).encode()
    source.refused_types = ["GANG"]
    source.save()
    assert taken(content, own_list, administrator).dropped == {"GANG": 1, "IMMIGRATION_VIOLATOR": 1}
    source.refused_types, source.accepted_types = [], ["VEHICLES", "IMMIGRATION_VIOLATOR"]
    source.save()
    done = taken(content, own_list, administrator, expect_shrink=True)
    assert done.dropped == {"GANG": 1, "WANTED": 1, "(none)": 1, "IMMIGRATION_VIOLATOR": 1}
    assert listed(done.pk) == ["0000001"]
    said = json.loads(last_record("import.finish")[1].detail)["dropped"]
    assert said["WANTED"]["by"] == "The source's file types taken"
    assert said["IMMIGRATION_VIOLATOR"]["by"].endswith("C.5")


def test_criminal_justice_text_is_left_out_and_the_row_kept(own_list: HotList, administrator: User) -> None:
    content = HEAD + (
        "0DEM001,CA,VEHICLE,,White Toyota,DOB 01/02/1990 stolen in the night,\n"
        "0DEM002,CA,VEHICLE,,SSN 123-45-6789,Stolen in the night,\n"
        "0DEM003,CA,VEHICLE,,,Stolen in the night,\n"
    )
    done = taken(content.encode(), own_list, administrator)
    assert (done.kept, done.screened) == (3, 2)
    assert columns(done.pk, "vehicle", "reason") == [
        ("White Toyota", "Stolen vehicle"),
        ("", "Stolen in the night"),
        ("", "Stolen in the night"),
    ]


def test_a_stolen_vehicle_extract_of_fixed_width_is_taken(own_list: HotList, administrator: User) -> None:
    line = "{:<10}{:<2}{:<3}{:<15}{:<8}{:<4}{:<4}{:<3}{:<2}{:<7}{:<42}\r\n".format
    content = (
        line("0DEM001", "CA", "SVS", "1234567", "20260610", "2015", "HOND", "ACC", "4D", "WHI", "Taken from Elm St")
        + line("0DEM002", "CA", "SLR", "1234568", "00000000", "", "", "", "", "", "")
        + line("", "", "SVS", "1234569", "20260610", "2015", "FORD", "F15", "PK", "BLK", "VIN only")
    )
    done = taken(content.encode(), own_list, administrator, layout="svs_fixed")
    assert (done.status, done.rows, done.kept, done.dropped) == ("live", 3, 2, {"(no plate)": 1})
    assert columns(done.pk, "plate", "category", "system", "vehicle", "reason", "entered_on") == [
        ("0DEM001", "stolen_vehicle", "SVS", "2015 HOND ACC 4D WHI", "Taken from Elm St", date(2026, 6, 10)),
        ("0DEM002", "stolen_plate", "SVS", "", "Stolen or lost plate (SVS)", None),
    ]


def test_an_ncic_extract_is_taken_by_its_file_codes(own_list: HotList, administrator: User) -> None:
    content = (
        "NIC,FILE,LIC,LIS,DOE,VCO,VYR,VMA,VMO,OFF\n"
        "V123456789,V,0DEM001,CA,20260610,WHI,2015,HOND,ACC,Stolen vehicle\n"
        "W123456789,Wanted,0DEM002,ON,06/10/2026,,,,,Robbery\n"
        "N123456789,N,0DEM003,CA,,,,,,\n"
        "T123456789,Gang,,CA,,,,,,\n"
    )
    done = taken(content.encode(), own_list, administrator, layout="ncic_extract")
    assert done.dropped == {"IMMIGRATION_VIOLATOR": 1, "(no plate)": 1}
    assert columns(done.pk, "plate", "state", "file_type", "category", "system", "vehicle") == [
        ("0DEM001", "CA", "VEHICLE", "stolen_vehicle", "NCIC", "WHI 2015 HOND ACC"),
        ("0DEM002", "ON", "WANTED", "wanted_person", "NCIC", ""),
    ]
    unknown = taken(content.replace(",V,", ",QQ,").encode(), own_list, administrator, layout="ncic_extract")
    assert (unknown.status, unknown.rejections.get().column) == ("refused", "FILE")


def test_tabs_apart_are_taken_like_commas(own_list: HotList, administrator: User) -> None:
    done = taken(csv(1, 2).replace(b",", b"\t"), own_list, administrator, layout="generic_tsv")
    assert (done.status, listed(done.pk)) == ("live", ["0000001", "0000002"])


def test_an_installations_own_layout_is_taken(own_list: HotList, administrator: User, settings, tmp_path) -> None:
    settings.HOT_LIST_LAYOUTS = str(tmp_path)
    (tmp_path / "county.toml").write_text(
        'title = "County"\nabout = "Places"\nform = "csv"\ndelimiter = "|"\nheader = false\nencoding = "cp1252"\n'
        "[columns]\nplate = 2\nreason = { join = [1, 3] }\n"
    )
    (tmp_path / "broken.toml").write_text('title = "No columns"\nabout = "x"\n')
    done = taken("Caf\xe9|0dem-001|robbery\n".encode("cp1252"), own_list, administrator, layout="county")
    assert columns(done.pk, "line", "plate", "reason") == [(1, "0DEM001", "Caf\xe9 robbery")]


def test_bytes_counted_and_progress_seen(own_list: HotList, administrator: User, monkeypatch) -> None:
    from hotlists.imports import rows, run

    seen: list[tuple[int, int, str]] = []
    update = run._tell
    monkeypatch.setattr(run, "PROGRESS_S", 0)
    monkeypatch.setattr(run, "GATHERED", 1)
    monkeypatch.setattr(rows, "MOST_ROWS", 10)
    monkeypatch.setattr(rows, "BLOCK", 500)

    def note(job, tally, done, stage) -> None:
        update(job, tally, done, stage)
        found = HotListImport.objects.get(pk=job.import_.pk)
        seen.append((found.done_bytes, found.rows, found.stage))

    monkeypatch.setattr(run, "_tell", note)
    done = taken(csv(*range(100)), own_list, administrator)
    assert seen == sorted(seen, key=lambda one: one[:2])
    assert len({one[0] for one in seen}) > 5
    assert (seen[0][2], seen[-1][2], done.status, done.kept) == ("Reading rows", "Sorting the list", "live", 100)


def test_rows_of_superseded_lists_are_destroyed_after_two_days_on_record(
    own_list: HotList, administrator: User
) -> None:
    from hotlists.imports.tidy import drop_superseded

    first = taken(csv(1), own_list, administrator)
    second = taken(csv(2), own_list, administrator, at=NOON + timedelta(hours=1))
    first.refresh_from_db()
    assert first.live_until is not None
    over = first.live_until + store.KEPT
    assert drop_superseded(over - timedelta(microseconds=1)) == 0
    assert listed(first.pk) == ["0000001"]
    assert drop_superseded(over) == 1
    first.refresh_from_db()
    assert (first.dropped_at, listed(first.pk), listed(second.pk)) == (over, [], ["0000002"])
    entry, detail = last_record("import.drop")
    assert (entry.subject_id, entry.result_count) == (str(first.pk), 1)
    assert json.loads(detail.detail)["sha256"] == first.sha256
    assert drop_superseded(over) == 0


def test_the_sweep_removes_what_imports_left_behind(own_list: HotList, administrator: User) -> None:
    from django.core.files.base import ContentFile

    from hotlists.imports.tidy import drop_superseded

    waiting = handed_in(csv(1), own_list, administrator)
    store.open(waiting.pk)
    HotListImport.objects.filter(pk=waiting.pk).update(status="stopped")
    orphan = default_storage.save("hot-lists/orphan", ContentFile(b"x"))
    drop_superseded(datetime.now(tz=UTC) + timedelta(hours=3))
    assert store.present() == {}
    assert not default_storage.exists(waiting.file.name)
    assert not default_storage.exists(orphan)


@pytest.mark.parametrize("again", [True, False])
def test_the_same_file_again_is_a_fresh_import(own_list: HotList, administrator: User, again: bool) -> None:
    """A source that sends what it sent before says that nothing changed: the list is fresh, not a mistake."""
    first = taken(csv(1), own_list, administrator)
    second = taken(csv(1) if again else csv(2), own_list, administrator, at=NOON + timedelta(days=1))
    assert (second.status, second.live_from - first.live_from > timedelta(hours=23)) == ("live", True)
