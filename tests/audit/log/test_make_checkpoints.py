"""Checkpoints: made once, signed, kept outside, and never against one signed before."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections

from audit.log import checkpoints, kept_file, keys, notes, proofs, standing
from audit.models import Checkpoint, CheckpointCopy, LedgerEntry, LogKey, LogOrigin
from tests.make import NOON

pytestmark = pytest.mark.django_db


def test_a_checkpoint_signs_size_and_root(grow):
    size = grow(5)
    made = checkpoints.make(NOON)
    head = notes.head_of(notes.verify(made.note, keys.known("platekeeper.test/2026")))
    assert head == notes.Head("platekeeper.test/2026", size, bytes(LedgerEntry.objects.get(index=4).root))
    assert (made.size, bytes(made.root), made.made_at) == (head.size, head.root, NOON)
    assert LogOrigin.objects.get().origin == head.origin
    assert LogKey.objects.get().key_id == made.key_id


def test_making_one_writes_no_record_and_an_unchanged_log_gets_no_second(grow):
    grow(3)
    assert checkpoints.make(NOON)
    assert checkpoints.make(NOON) is None
    assert (LedgerEntry.objects.count(), Checkpoint.objects.count()) == (3, 1)


def test_an_empty_log_has_no_checkpoint(db):
    assert checkpoints.make(NOON) is None


def test_it_is_on_the_public_page_and_in_the_file(grow, kept):
    for _ in range(3):
        grow(2)
        made = checkpoints.make(NOON)
    assert [str(note) for note in kept_file.every(kept)] == [row.note for row in Checkpoint.objects.order_by("pk")]
    assert {copy.place: copy.fault for copy in made.copies.all()} == {"public page": "", "file": ""}
    assert kept.stat().st_mode & 0o007 == 0


def test_a_file_that_cannot_be_written_is_said_and_stops_nothing(grow, settings, tmp_path):
    settings.CHECKPOINT_FILE = str(tmp_path / "gone" / "checkpoints.txt")
    grow(1)
    made = checkpoints.make(NOON)
    assert "could not be written" in made.copies.get(place="file").fault


def test_a_torn_line_in_the_file_is_passed_over_and_the_next_note_is_whole(grow, kept):
    grow(1)
    first = checkpoints.make(NOON)
    with kept.open("a") as file:
        file.write("platekeeper.test/2026\n99\nAA")
    grow(1)
    second = checkpoints.make(NOON)
    assert [str(note) for note in kept_file.every(kept)] == [first.note, second.note]


def rewrite(index: int) -> None:
    """What a superuser does: change a record and make the log after it fit again."""
    from audit import merkle

    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_ledgerentry DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_ledgerentry SET purpose = 'forged' WHERE index = %s", [index])
        tree = merkle.Range()
        for entry in LedgerEntry.objects.order_by("index"):
            leaf_hash = merkle.leaf_hash(entry.leaf())
            nodes = tree.append(leaf_hash)
            cursor.execute(
                "UPDATE audit_ledgerentry SET leaf_hash = %s, nodes = %s, root = %s WHERE index = %s",
                [leaf_hash, nodes, tree.root(), entry.index],
            )
        cursor.execute("ALTER TABLE audit_ledgerentry ENABLE TRIGGER USER")


def cut(size: int) -> None:
    """The database as an older backup has it: records and checkpoints from a size on are not there."""
    with connection.cursor() as cursor:
        for table in ("audit_ledgerentry", "audit_ledgerdetail", "audit_checkpoint", "audit_checkpointcopy"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM audit_ledgerdetail WHERE entry_id >= %s", [size])
        cursor.execute("DELETE FROM audit_ledgerentry WHERE index >= %s", [size])
        cursor.execute(
            "DELETE FROM audit_checkpointcopy c USING audit_checkpoint k WHERE k.id = c.checkpoint_id AND k.size > %s",
            [size],
        )
        cursor.execute("DELETE FROM audit_checkpoint WHERE size > %s", [size])
        for table in ("audit_ledgerentry", "audit_ledgerdetail", "audit_checkpoint", "audit_checkpointcopy"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.mark.django_db(transaction=True)
def test_a_rewritten_log_is_not_signed_and_an_alarm_is_raised(grow, alarmed):
    grow(5)
    checkpoints.make(NOON)
    rewrite(2)
    grow(3)
    with pytest.raises(checkpoints.WillNotSign, match="no longer the same"):
        checkpoints.make(NOON)
    assert [code for code, _ in alarmed] == ["log.contradiction"]
    assert Checkpoint.objects.count() == 1
    assert standing.mismatches() == [
        "the checkpoint of platekeeper.test/2026 over 5 records is not what the log gives there"
    ]


@pytest.mark.django_db(transaction=True)
def test_a_database_set_back_is_found_out_by_the_file_outside(grow, kept, alarmed):
    grow(5)
    checkpoints.make(NOON)
    grow(5)
    checkpoints.make(NOON)
    cut(5)
    with pytest.raises(checkpoints.WillNotSign, match="records are gone"):
        checkpoints.make(NOON)
    grow(9)
    with pytest.raises(checkpoints.WillNotSign, match="no longer the same"):
        checkpoints.make(NOON)
    assert any("the file outside" in words for words in standing.mismatches())
    assert len(alarmed) == 2


@pytest.mark.django_db(transaction=True)
def test_a_root_that_its_tree_does_not_give_is_not_signed(grow, alarmed):
    grow(4)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_ledgerentry DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_ledgerentry SET root = sha256('x') WHERE index = 3")
        cursor.execute("ALTER TABLE audit_ledgerentry ENABLE TRIGGER USER")
    with pytest.raises(checkpoints.WillNotSign, match="record 3"):
        checkpoints.make(NOON)
    assert alarmed[0][0] == "log.nodes"


def test_another_key_in_the_file_signs_nothing(grow, alarmed, settings, tmp_path):
    from audit import signing

    grow(1)
    checkpoints.make(NOON)
    settings.LOG_KEY_FILE = str(signing.create_key(tmp_path / "other.pem"))
    grow(1)
    with pytest.raises(checkpoints.WillNotSign, match="log_rotate_key"):
        checkpoints.make(NOON)
    settings.LOG_KEY_FILE = str(tmp_path / "none.pem")
    with pytest.raises(checkpoints.WillNotSign):
        checkpoints.make(NOON)
    assert len(alarmed) == 2


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_make_one_checkpoint(grow):
    grow(3)
    start, made, errors = threading.Barrier(4), [], []

    def beat() -> None:
        try:
            start.wait(timeout=20)
            made.append(checkpoints.make(NOON))
        except Exception as error:  # noqa: BLE001 - told below
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=beat, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert errors == []
    assert len([one for one in made if one]) == Checkpoint.objects.count() == 1
    assert LogKey.objects.count() == LogOrigin.objects.count() == 1


def test_every_two_checkpoints_are_beginning_and_continuation(grow):
    made = []
    for number in (1, 3, 4, 6):
        grow(number)
        made.append(checkpoints.make(NOON))
    for number, old in enumerate(made):
        for new in made[number:]:
            proof = proofs.consistency(old.size, new.size)
            assert proofs.verify_consistency(old.size, bytes(old.root), new.size, bytes(new.root), proof)


def test_exposure_is_what_no_witness_has(grow, settings):
    settings.WITNESSES = [("room", "http://127.0.0.1:9", "A" * 43 + "=")]
    grow(4)
    made = checkpoints.make(NOON)
    bare = checkpoints.exposure(NOON + timedelta(days=365))
    assert (bare.size_covered, bare.head_size, bare.age, bare.uncovered) == (0, 4, None, 4)
    assert bare.window > timedelta(0)
    CheckpointCopy.objects.create(checkpoint=made, place="witness: room", at=NOON, cosignature="x")
    covered = checkpoints.exposure(NOON + timedelta(seconds=20))
    assert (covered.uncovered, covered.age, covered.window) == (0, timedelta(seconds=20), timedelta())
    grow(1)
    assert checkpoints.exposure(NOON).uncovered == 1
    assert checkpoints.covering(3)[0] == made
    assert checkpoints.covering(4) is None


def test_sound_checkpoints_all_stand(grow, kept):
    for _ in range(3):
        grow(2)
        checkpoints.make(NOON)
    assert standing.mismatches() == []
