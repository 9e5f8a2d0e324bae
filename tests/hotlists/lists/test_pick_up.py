"""A file laid into a source's folder is handed in once, when it stands still; never through a link."""

import os
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from audit import asker
from audit.ledger import LedgerUnavailable
from hotlists.imports import hand_in as engine
from hotlists.imports.run import take_in
from hotlists.lists import folder
from hotlists.models import HotList, HotListImport
from tests.hotlists.lists import supply

pytestmark = pytest.mark.django_db(transaction=True)
GOOD = b"plate,state\n0DEM123,CA\n"


@pytest.fixture(autouse=True)
def inbox(settings, tmp_path, monkeypatch) -> Path:
    """The source's folder; nobody queues what was handed in."""
    monkeypatch.setattr(engine, "enqueue", lambda import_id: True)
    settings.HOT_LIST_INBOX = str(tmp_path / "inbox")
    made = tmp_path / "inbox" / "svs"
    made.mkdir(parents=True)
    return made


@pytest.fixture
def stolen(transactional_db) -> HotList:
    return supply.hot_list(supply.source(code="svs"))


def later(seconds: float = 11):
    """A clock that far ahead: a file's own times cannot be set back."""
    return lambda: timezone.now() + timedelta(seconds=seconds)


def names(path: Path) -> list[str]:
    return sorted(one.name for one in path.iterdir()) if path.exists() else []


def test_a_file_that_stands_still_is_handed_in_and_moved_to_taken(stolen, inbox):
    (inbox / "list.csv").write_bytes(GOOD)
    assert folder.pick_up(clock=later(9)) == 0
    assert folder.pick_up(clock=later()) == 1
    of = HotListImport.objects.get()
    assert (of.hot_list, of.origin, of.name, of.layout) == (stolen, "folder", "list.csv", "generic_csv")
    assert names(inbox) == [".taking", "taken"]
    assert names(inbox / ".taking") == []
    assert names(inbox / "taken") == [f"{of.pk}-list.csv"]
    assert folder.pick_up(clock=later()) == 0


def test_a_file_whose_time_was_set_back_is_still_waited_for(stolen, inbox):
    (inbox / "list.csv").write_bytes(GOOD)
    os.utime(inbox / "list.csv", (0, 0))
    assert folder.pick_up(clock=timezone.now) == 0
    assert folder.pick_up(clock=later()) == 1


def test_hidden_and_unfinished_files_and_links_are_left_alone(stolen, inbox, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_bytes(GOOD)
    for name in (".list.csv", "list.csv.part", "list.TMP"):
        (inbox / name).write_bytes(GOOD)
    (inbox / "link.csv").symlink_to(secret)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "list.csv").write_bytes(GOOD)
    (inbox / str(stolen.pk)).symlink_to(elsewhere)
    os.mkfifo(inbox / "pipe.csv")
    before = names(inbox)
    assert folder.pick_up(clock=later()) == 0
    assert names(inbox) == before
    assert secret.read_bytes() == GOOD


def test_a_file_that_becomes_a_link_on_the_way_is_refused(stolen, inbox, tmp_path, monkeypatch):
    secret = tmp_path / "secret.csv"
    secret.write_bytes(GOOD)
    (inbox / "list.csv").write_bytes(GOOD)
    claim = folder._claim

    def swapped(home, path):
        path.unlink()
        path.symlink_to(secret)
        return claim(home, path)

    monkeypatch.setattr(folder, "_claim", swapped)
    assert folder.pick_up(clock=later()) == 0
    assert HotListImport.objects.count() == 0
    assert "no ordinary file" in (inbox / "refused" / names(inbox / "refused")[1]).read_text()


def test_the_folder_of_a_list_says_which(stolen, inbox):
    other = supply.hot_list(stolen.source, "Stolen plates")
    (inbox / "list.csv").write_bytes(GOOD)
    (inbox / str(other.pk)).mkdir()
    (inbox / str(other.pk) / "plates.csv").write_bytes(GOOD)
    assert folder.pick_up(clock=later()) == 1
    assert HotListImport.objects.get().hot_list == other
    refused = names(inbox / "refused")
    assert [name.partition("-")[2] for name in refused] == ["list.csv", "list.csv.why.txt"]
    assert "several lists" in (inbox / "refused" / refused[1]).read_text()


@pytest.mark.parametrize(
    ("changed", "why"),
    [({"layout": ""}, "which layout"), ({"layout": "gone"}, "no such layout")],
)
def test_what_cannot_be_handed_in_is_refused_with_a_note(stolen, inbox, changed, why):
    type(stolen.source).objects.update(**changed)
    (inbox / "list.csv").write_bytes(GOOD)
    assert folder.pick_up(clock=later()) == 0
    file, note = names(inbox / "refused")
    assert (inbox / "refused" / file).read_bytes() == GOOD
    assert why in (inbox / "refused" / note).read_text()


def test_too_large_a_file_and_a_list_of_another_source_are_refused(stolen, inbox, settings):
    settings.HOT_LIST_MOST_BYTES = 10
    (inbox / "list.csv").write_bytes(GOOD)
    other = supply.hot_list(supply.source("Another"), "Others")
    (inbox / str(other.pk)).mkdir()
    (inbox / str(other.pk) / "list.csv").write_bytes(b"plate\n")
    assert folder.pick_up(clock=later()) == 0
    words = "".join(one.read_text() for one in (inbox / "refused").glob("*.why.txt"))
    assert "larger than" in words
    assert f"no open list of number {other.pk}" in words
    assert HotListImport.objects.count() == 0


def test_without_a_record_the_file_goes_back_and_is_tried_again(stolen, inbox, monkeypatch):
    (inbox / "list.csv").write_bytes(GOOD)

    def away(**facts):
        raise LedgerUnavailable("OperationalError")

    with monkeypatch.context() as patched:
        patched.setattr(engine, "hand_in", away)
        assert folder.pick_up(clock=later()) == 0
    assert "list.csv" in names(inbox)
    assert folder.pick_up(clock=later(30)) == 1


def test_what_a_killed_worker_had_claimed_goes_back(stolen, inbox):
    lost = inbox / ".taking" / f"abc.{stolen.pk}"
    lost.mkdir(parents=True)
    (inbox / str(stolen.pk)).mkdir()
    (lost / "list.csv").write_bytes(GOOD)
    assert folder.pick_up(clock=later()) == 0
    assert folder.pick_up(clock=later(3700)) == 1
    assert HotListImport.objects.get().hot_list == stolen


def test_two_workers_at_once_take_it_once(stolen, inbox):
    for number in range(5):
        (inbox / f"{number}.csv").write_bytes(GOOD + f"0DEM20{number},CA\n".encode())
    start, taken = threading.Barrier(2), []

    def work():
        try:
            start.wait()
            taken.append(folder.pick_up(clock=later()))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(taken) == 5
    assert sorted(HotListImport.objects.values_list("name", flat=True)) == [f"{number}.csv" for number in range(5)]
    assert len(names(inbox / "taken")) == 5
    assert names(inbox / ".taking") == []


def test_what_the_worker_refuses_is_moved_with_its_verdict_and_bad_rows(stolen, inbox):
    (inbox / "list.csv").write_bytes(b"plate,state\n0DEM123,CA\n0DEM1234567,CA\n")
    folder.pick_up(clock=later())
    of = HotListImport.objects.get()
    take_in(of.pk, timezone.now)
    folder.pick_up(clock=later())
    assert names(inbox / "taken") == []
    assert names(inbox / "refused") == [f"{of.pk}-list.csv", f"{of.pk}-list.csv.why.txt"]
    words = (inbox / "refused" / f"{of.pk}-list.csv.why.txt").read_text()
    assert "1 row is bad" in words
    assert "line 3, plate:" in words
    assert "0DEM1234567" not in words


def test_copies_of_lists_are_not_kept_for_ever(stolen, inbox):
    (inbox / "list.csv").write_bytes(GOOD)
    folder.pick_up(clock=later())
    assert names(inbox / "taken")
    folder.pick_up(clock=later(8 * 24 * 3600))
    assert names(inbox / "taken") == []


def test_the_folder_acts_under_its_own_name(stolen, inbox):
    from audit.models import LedgerEntry

    (inbox / "list.csv").write_bytes(GOOD)
    folder.pick_up(clock=later())
    record = LedgerEntry.objects.get(action="import.start")
    assert (record.actor_kind, record.username) == (asker.system("x").kind, "folder svs")


@pytest.mark.parametrize("kind", [folder.TAKEN, folder.REFUSED, folder.TAKING])
def test_a_link_in_place_of_our_own_folders_moves_and_removes_nothing(stolen, inbox, tmp_path, kind):
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "own.folder").mkdir(parents=True)
    (elsewhere / "photo.jpg").write_bytes(b"evidence")
    (elsewhere / "own.folder" / "photo.jpg").write_bytes(b"evidence")
    (inbox / kind).symlink_to(elsewhere)
    (inbox / "list.csv").write_bytes(GOOD)
    assert folder.pick_up(clock=later(folder.KEPT.total_seconds() + 60)) == 0
    assert names(elsewhere) == ["own.folder", "photo.jpg"]
    assert names(elsewhere / "own.folder") == ["photo.jpg"]
    assert "list.csv" in names(inbox)


def test_a_link_among_the_files_being_taken_gives_nothing_back(stolen, inbox, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "photo.jpg").write_bytes(b"evidence")
    (inbox / ".taking").mkdir()
    (inbox / ".taking" / "0.").symlink_to(elsewhere)
    folder.pick_up(clock=later(2 * folder.ABANDONED.total_seconds()))
    assert names(elsewhere) == ["photo.jpg"]


def test_a_file_named_after_anothers_import_learns_nothing_of_it(stolen, inbox):
    other = HotListImport.objects.create(
        hot_list=supply.hot_list(supply.source("Another supplier"), "Others"), layout="generic_csv", origin="folder",
        handed_in_at=timezone.now(), name="theirs.csv", size=1, sha256="0" * 64, status="refused",
        verdict="Something about their file",
    )  # fmt: skip
    (inbox / "taken").mkdir()
    (inbox / "taken" / f"{other.pk}-x").write_bytes(b"")
    (inbox / "taken" / f"{'9' * 30}-x").write_bytes(b"")
    assert folder.pick_up(clock=later()) == 0
    assert names(inbox / "refused") == []


def test_files_beyond_what_may_wait_stay_where_they_lie(stolen, inbox, monkeypatch):
    monkeypatch.setattr(folder.handing, "MOST_OPEN", 1)
    (inbox / "one.csv").write_bytes(GOOD)
    (inbox / "two.csv").write_bytes(GOOD + b"0DEM124,CA\n")
    assert folder.pick_up(clock=later()) == 1
    assert "two.csv" in names(inbox)
    take_in(HotListImport.objects.get().pk, timezone.now)
    assert folder.pick_up(clock=later()) == 1
