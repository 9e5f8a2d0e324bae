"""The role that serves may add to what is kept for ever, and may change or delete none of it."""

from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from psycopg.errors import InsufficientPrivilege

from alpr_site.quickstart.servers import APP
from audit import ledger
from audit.actions import Action
from audit.asker import system
from audit.management.commands import grant_app_role
from detections.models import PlateCorrection, PurgeCertificate
from tests import make
from tests.make import NOON


@pytest.fixture
def granted(db):
    call_command("grant_app_role", role=APP, verbosity=0)


@contextmanager
def as_app():
    with connection.cursor() as cursor:
        cursor.execute(f'SET LOCAL ROLE "{APP}"')
        try:
            yield cursor
        finally:
            cursor.execute("RESET ROLE")


def may(cursor, statement: str) -> bool:
    try:
        with transaction.atomic():
            cursor.execute(statement)
    except ProgrammingError as error:
        if isinstance(error.__cause__, InsufficientPrivilege):
            return False
        raise
    return True


def histories():
    return [name for name in connection.introspection.table_names() if "_historical" in name]


def test_what_is_written_once_cannot_be_changed_or_deleted_by_the_role_that_serves(granted):
    with as_app() as cursor:
        for table in (*grant_app_role.APPEND_ONLY, *histories()):
            assert may(cursor, f"SELECT count(*) FROM {table}")  # noqa: S608 - names of our own
            assert not may(cursor, f"DELETE FROM {table}")  # noqa: S608
            assert not may(cursor, f"TRUNCATE {table}")
            cursor.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND column_name <> ALL(%s)",
                [table, grant_app_role.LATER.get(table, "").split()],
            )
            for (column,) in cursor.fetchall():
                assert not may(cursor, f'UPDATE {table} SET "{column}" = NULL'), f"{table}.{column}"  # noqa: S608


def test_a_correction_goes_with_its_read_and_never_changes_before(granted, detective):
    read = make.detection("0DEM123")
    PlateCorrection.objects.create(
        detection=read,
        plate_before="0DEM123",
        plate_after="0DEM128",
        corrected_by=detective,
        corrected_at=NOON,
        reason="The last sign is an 8",
    )
    with as_app() as cursor:
        assert not may(cursor, "UPDATE detections_platecorrection SET plate_after = plate_before")
        assert may(cursor, "DELETE FROM detections_platecorrection")


def test_a_certificate_takes_its_records_index_and_no_other_change(granted):
    made = PurgeCertificate.objects.create(
        run_at=NOON,
        period=NOON.date(),
        profile="sacpd_525_08@2024-06-13",
        ceiling="P2Y",
        cutoff=NOON,
        reads_destroyed=1,
        photos_destroyed=0,
        reads_held=0,
        root="0" * 64,
    )
    with as_app() as cursor:
        made.record_index = 7
        made.save(update_fields=["record_index"])
        assert not may(cursor, "UPDATE detections_purgecertificate SET reads_destroyed = 0")
    made.refresh_from_db()
    assert made.record_index == 7


def test_the_shape_of_the_tables_is_the_owners_business(granted):
    with as_app() as cursor:
        assert may(cursor, "SELECT count(*) FROM django_migrations")
        assert not may(cursor, "DELETE FROM django_migrations")
        assert not may(cursor, "INSERT INTO django_migrations (app, name, applied) VALUES ('audit', 'x', now())")


def test_no_temporary_table_stands_in_front_of_the_ledger(granted):
    """Even where the database lets everyone make temporary tables, the ledger's head is the ledger's."""
    first = ledger.note(Action.LEDGER_VERIFY, by=system("test"), at=NOON, purpose="system")
    with as_app() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("CREATE TEMPORARY TABLE audit_ledgerentry (index bigint, leaf_hash bytea, nodes bytea)")
        cursor.execute(f'GRANT SELECT ON pg_temp.audit_ledgerentry TO "{APP}"; SET LOCAL ROLE "{APP}"')
        cursor.execute("SET LOCAL search_path = pg_temp, public")
        cursor.execute("SELECT size FROM public.audit_ledger_head()")
        assert cursor.fetchone() == (first + 1,)


def test_a_connection_looks_names_up_in_public_before_temporary_tables(db):
    with connection.cursor() as cursor:
        cursor.execute("SHOW search_path")
        assert cursor.fetchone() == ("public,pg_temp",)


def test_the_role_gets_no_right_to_temporary_tables(granted):
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(datacl::text, '') FROM pg_database WHERE datname = current_database()")
        (rights,) = cursor.fetchone()
    assert f"{APP}=T" not in rights
    assert f"{APP}=Tc" not in rights


def test_rights_are_given_all_together_or_not_at_all(granted, monkeypatch):
    with connection.cursor() as cursor:
        cursor.execute("REVOKE SELECT ON audit_ledgerentry FROM " + APP)  # noqa: S608 - a name of our own
    monkeypatch.setattr(grant_app_role, "LATER", {"detections_purgecertificate": "no_such_column"})
    with pytest.raises(ProgrammingError):
        call_command("grant_app_role", role=APP, verbosity=0)
    with as_app() as cursor:
        assert not may(cursor, "SELECT count(*) FROM audit_ledgerentry")


def test_an_owner_is_no_serving_role(db):
    with pytest.raises(CommandError):
        call_command("grant_app_role", role="platekeeper_owner", verbosity=0)
    with pytest.raises(CommandError, match="no role"):
        call_command("grant_app_role", role="nobody_at_all", verbosity=0)


COPY = "SELECT {index}, version, at, {clock}, action, outcome, actor_kind, actor_id, username, organisation, address,"
REST = (
    " device_class, session, purpose, subject_type, subject_id, result_count, duration_us, rule_code, citation,"
    " profile, commitments, leaf_hash, nodes, root FROM audit_ledgerentry WHERE index = 0"
)


def test_the_role_that_serves_puts_no_record_beyond_the_end_or_on_another_day(granted):
    ledger.note(Action.LEDGER_VERIFY, by=system("test"), at=NOON, purpose="test")

    def planted(index: str, clock: str) -> str:
        columns = COPY.removeprefix("SELECT ").format(index="index", clock="recorded_at")
        names = columns + REST.partition(" FROM")[0]
        return f"INSERT INTO audit_ledgerentry ({names}) {COPY.format(index=index, clock=clock)}{REST}"  # noqa: S608

    with as_app() as cursor:
        assert not may(cursor, planted("1000000", "clock_timestamp()"))
        assert not may(cursor, planted("1", "clock_timestamp() - interval '1 day'"))
        assert not may(cursor, planted("1", "clock_timestamp() + interval '1 day'"))
        assert may(cursor, planted("1", "clock_timestamp()"))
