"""Partitions of imported lists: made for an import that is read, gone with it, and never a live one."""

import os
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from alpr_site.quickstart.servers import APP
from hotlists.imports import store
from hotlists.imports.store import ListedRow
from hotlists.imports.swap import NotInOrder, swap
from hotlists.models import HotListImport, HotPlate
from tests.hotlists.imports.importing import an_import, listed
from tests.make import NOON


@pytest.fixture
def number(own_list) -> int:
    return an_import(own_list).pk


def test_rows_are_read_once_the_partition_is_sealed(number):
    store.open(number)
    assert store.copy_rows(number, [ListedRow(2, "0DEM123"), ListedRow(3, "0DEM124", "CA")]) == 2
    assert listed(number) == []
    store.seal(number)
    assert listed(number) == ["0DEM123", "0DEM124"]
    store.seal(number)  # again: nothing
    assert store.present() == {number: True}


def test_opening_again_forgets_what_a_dead_try_left(number):
    store.open(number)
    store.copy_rows(number, [ListedRow(2, "0DEM123")])
    store.open(number)
    store.seal(number)
    assert listed(number) == []
    store.open(number)  # sealed and not live: a try that died before its swap
    assert store.present() == {number: False}


def test_only_an_import_that_is_being_read_gets_a_partition(number):
    HotListImport.objects.filter(pk=number).update(status="refused")
    for ask in (store.open, store.seal):
        for which in (number, 999_999):
            with pytest.raises(DatabaseError, match="is not being read"), transaction.atomic():
                ask(which)


def test_live_rows_are_never_dropped(own_list):
    first, second = an_import(own_list), an_import(own_list)
    for one in (first, second):
        store.open(one.pk)
        store.copy_rows(one.pk, [ListedRow(2, "0DEM123")])
        store.seal(one.pk)
    swap(first, NOON)
    with pytest.raises(DatabaseError, match="are live"), transaction.atomic():
        store.drop(first.pk)
    swap(second, NOON)
    assert store.drop(first.pk)
    assert not store.drop(first.pk)
    assert listed(second.pk) == ["0DEM123"]
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, first.live_until, second.status) == ("superseded", second.live_from, "live")
    assert second.live_from > NOON  # no two lists from one instant on
    with pytest.raises(NotInOrder):
        swap(first, NOON)


def test_hot_plates_of_rows_that_left_the_list_end_with_the_swap(own_list):
    first, second = an_import(own_list), an_import(own_list)
    rows = [ListedRow(2, "0DEM123", file_type="VEHICLE"), ListedRow(3, "0DEM124", file_type="VEHICLE")]
    for one, held in ((first, rows), (second, rows[:1])):
        store.open(one.pk)
        store.copy_rows(one.pk, held)
        store.seal(one.pk)
    swap(first, NOON)
    stays, goes = (_materialised(first, row) for row in rows)
    assert swap(second, NOON) == 1
    stays.refresh_from_db()
    goes.refresh_from_db()
    second.refresh_from_db()
    assert (stays.expires_at, goes.expires_at) == (None, second.live_from)
    assert goes.history.latest().history_change_reason == "Left the list"


def test_the_serving_role_fills_a_partition_and_changes_no_sealed_row(transactional_db, own_list):
    call_command("grant_app_role", role=APP, verbosity=0)
    number = an_import(own_list).pk
    url = urlunsplit(urlsplit(os.environ["DATABASE_APP_URL"])._replace(path=f"/{connection.settings_dict['NAME']}"))
    with psycopg.connect(url, autocommit=True) as app:
        assert app.execute("SELECT hotlists_open_listed(%s)", [number]).fetchone() == ("opened",)
        row = "2\t0DEM123\t\tother\t\t\t\t\tWanted\t\\N\n"
        with app.cursor() as cursor, cursor.copy(store.copy_statement(number)) as copy:
            copy.write(row)
        assert app.execute("SELECT hotlists_seal_listed(%s)", [number]).fetchone() == ("sealed",)
        assert app.execute("SELECT count(*) FROM hotlists_listedplate").fetchone() == (1,)  # and reads it
        for table in ("hotlists_listedplate", f"hotlists_listedplate_{number}"):
            for statement in ("DELETE FROM {}", "UPDATE {} SET plate = '0DEM999'", "DROP TABLE {}", "TRUNCATE {}"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    app.execute(statement.format(table))
            with pytest.raises(psycopg.errors.InsufficientPrivilege), app.cursor() as cursor:
                cursor.execute(f"INSERT INTO {table} SELECT * FROM hotlists_listedplate")  # noqa: S608
        call_command("grant_app_role", role=APP, verbosity=0)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(f"DELETE FROM hotlists_listedplate_{number}")  # noqa: S608
        assert app.execute("SELECT hotlists_drop_listed(%s)", [number]).fetchone() == ("dropped",)


def _materialised(import_: HotListImport, row: ListedRow) -> HotPlate:
    return HotPlate.objects.create(
        hot_list=import_.hot_list, plate=row.plate, category="other", reason=row.reason, imported_from=import_,
        listed_digest=f"00000000-0000-0000-0000-{row.line:012d}", effective_from=import_.live_from, expires_at=None,
        max_ttl_applies=False, file_type=row.file_type, profile="sacpd_525_08@2024-06-13",
    )  # fmt: skip
