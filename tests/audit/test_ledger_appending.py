"""A record goes in one trip: the database builds the very leaf that Python would, under the policy in force."""

import json
import threading

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import appending, asker, leaf, ledger, merkle, verify
from audit.actions import Action
from audit.models import LedgerEntry, PolicyActivation
from audit.verify_row import rows_from
from tests.make import NOON

CLOCKWORK = asker.system("test")
TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1, max_size=60)


@given(name=TEXT, count=st.one_of(st.none(), st.integers(0, 2**62)), index=st.integers(0, 2**62))
def test_the_pieces_around_index_and_clock_make_the_canonical_leaf(name, count, index):
    fields = {"v": 1, "action": "search.run", "username": name, "purpose": name, "result_count": count, "query": "00"}
    before, between, after = leaf.around(fields)
    whole = fields | {"index": index, "recorded_at": "2026-11-21T23:09:27.000000Z"}
    assert f"{before}{index}{between}2026-11-21T23:09:27.000000Z{after}".encode() == leaf.canonical(whole)


@settings(max_examples=40, deadline=None)
@given(texts=st.lists(TEXT, min_size=6, max_size=6))
def test_whatever_is_written_down_the_log_verifies(django_db_blocker, texts):
    """Quotes, backslashes, control characters, decomposed accents: what PostgreSQL builds is what Python hashes."""
    username, reason, case_number, label, plate, subject = texts
    by = asker.Asker(CLOCKWORK.kind, username, subject, "local")
    with django_db_blocker.unblock(), transaction.atomic():
        facts = ledger._Facts(Action.SEARCH_RUN, by, NOON, "locate", reason, case_number, 0.0)
        record = ledger.Record(query={"plate": plate}, subject_type=subject, subject_id=username, subject_label=label)
        index = ledger._append(facts, record, ledger.Outcome.ALLOWED)
        row = next(iter(rows_from(index)))
        entry = LedgerEntry.objects.get(index=index)
        assert row.leaf() == entry.leaf()
        assert merkle.leaf_hash(row.leaf()) == bytes(entry.leaf_hash)
        assert row._clear_fault() is None
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_what_asks_the_database_nothing_is_recorded_in_one_trip():
    ledger.note(Action.DEMO_CREATE, by=CLOCKWORK, at=NOON, purpose="system")
    with CaptureQueriesContext(connection) as asked:
        ledger.note(Action.DEMO_CREATE, by=CLOCKWORK, at=NOON, purpose="system")
    told = [query["sql"] for query in asked.captured_queries if query["sql"] not in ("BEGIN", "COMMIT")]
    assert len(told) == 1
    assert "audit_ledger_append" in told[0]
    assert not connection.in_atomic_block
    assert connection.get_autocommit()
    assert LedgerEntry.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_policy_put_in_force_by_anyone_is_on_the_very_next_record():
    def stamp() -> str:
        index = ledger.note(Action.DEMO_CREATE, by=CLOCKWORK, at=NOON, purpose="system")
        return LedgerEntry.objects.get(index=index).profile

    def activate() -> None:
        PolicyActivation.objects.create(profile="egpd_462", version="2023-05-01", effective_from=NOON)
        connection.close()

    assert stamp().startswith("sacpd_525_08@")
    other = threading.Thread(target=activate, daemon=True)
    other.start()
    other.join(timeout=30)
    assert stamp().startswith("egpd_462@")
    assert appending._last_seen[2].startswith("egpd_462@")


@pytest.mark.django_db(transaction=True)
def test_sixteen_writers_leave_no_gap_and_every_root_is_right():
    faults: list[Exception] = []

    def write(me: int) -> None:
        try:
            for turn in range(12):
                with ledger.act(Action.SEARCH_RUN, by=CLOCKWORK, at=NOON, purpose="locate") as record:
                    if (me + turn) % 2:
                        LedgerEntry.objects.filter(index=0).exists()
                    record.result_count = turn
        except Exception as error:  # noqa: BLE001 - told to the test below
            faults.append(error)
        finally:
            connection.close()

    writers = [threading.Thread(target=write, args=(me,), daemon=True) for me in range(16)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=120)
    assert faults == []
    rows = LedgerEntry.objects.order_by("index").values_list("index", "leaf_hash", "root")
    tree = merkle.Range()
    for expected, (index, leaf_hash, root) in enumerate(rows):
        tree.append(bytes(leaf_hash))
        assert (index, bytes(root)) == (expected, tree.root())
    assert tree.size == 16 * 12
    assert verify.verify().sound


@pytest.mark.django_db(transaction=True)
def test_what_is_committed_with_an_act_is_there_with_its_record_or_not_at_all():
    from audit.models import Division

    with ledger.act(Action.USER_CHANGE, by=CLOCKWORK, at=NOON, purpose="administration") as record:
        Division.objects.create(name="Patrol")
        record.profile  # noqa: B018 - the policy asked for, as most acts do
    assert record.index == 0
    assert Division.objects.count() == LedgerEntry.objects.count() == 1
    assert not connection.in_atomic_block


@pytest.mark.django_db(transaction=True)
def test_a_record_is_made_durable_even_where_the_session_would_not_wait():
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        with transaction.atomic():
            cursor.execute("SELECT size FROM audit_ledger_head()")
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone() == ("on",)
    connection.close()


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["0DEM123", "Jane Roe", "x" * 61, "", "wife\n0DEM123"])
def test_what_is_typed_for_a_purpose_never_stands_in_the_clear(typed):
    index = ledger.note(Action.SEARCH_RUN, by=CLOCKWORK, at=NOON, purpose=typed or "0", reason="A look at a plate")
    entry = LedgerEntry.objects.get(index=index)
    assert entry.purpose == ledger.UNKNOWN_PURPOSE
    assert entry.clear.values()[-1]
    assert (typed or "0")[:4] in entry.clear.detail
    assert verify.verify().sound


@pytest.mark.parametrize(("changes", "waits"), [(False, "off"), (True, "on")])
def test_only_a_record_alone_may_be_seen_before_it_is_on_disk(transactional_db, changes, waits):
    """What an act changed is durable before the log's lock goes; a look's record is before its answer does."""
    from audit.models import Division

    promised = appending._CALL.format(flush_follows="true")
    values = [json.dumps({}), "", "", "", json.dumps({})]
    facts = ledger._Facts(Action.SEARCH_RUN, CLOCKWORK, NOON, "locate", "", "", 0.0)
    fields = ledger._fields(facts, ledger.Record(), ledger.Outcome.ALLOWED, None)
    prepared = appending.Prepared(NOON, fields, values, leaf.fresh_salts())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = on")
        if changes:
            Division.objects.create(name="Patrol")
        assert appending._call(prepared, "p@1", None, promised)[0] == 0
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == (waits,)


@pytest.mark.django_db(transaction=True)
def test_a_record_that_fails_leaves_the_connection_fit_for_the_next():
    by = asker.Asker(CLOCKWORK.kind, "test", "", "local")  # an organisation is asked for by the table itself
    with pytest.raises(ledger.LedgerUnavailable):
        ledger.note(Action.DEMO_CREATE, by=by, at=NOON, purpose="system")
    assert connection.connection.info.transaction_status.name == "IDLE"
    assert ledger.note(Action.DEMO_CREATE, by=CLOCKWORK, at=NOON, purpose="system") == 0
