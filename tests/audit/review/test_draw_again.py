"""An outsider draws the sample again, in a process of its own with nothing but Python's standard library."""

import gzip
import hashlib
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as site

from audit.models import LedgerEntry
from audit.review import frame_file
from tests.audit.review import elsewhere, past
from tests.audit.review.drawing import START, drawn

SCRIPT = Path(site.BASE_DIR) / "audit" / "verifier" / "redraw_sample.py"


@pytest.fixture
def work(officer, administrator, papers, tmp_path):
    """The work papers of an inspection of 60 queries, ten of them drawn, and the leaves of the log."""
    for n in range(60):
        past.search(officer, START + timedelta(hours=n), f"0DEM{n:03}", reason=f"theft {n} on Elm Street")
        past.record(officer, START + timedelta(hours=n), "search.page")
    past.record(officer, START + timedelta(days=40), "search.run")
    elsewhere.query(START, officer)
    done = drawn(administrator)
    leaves = tmp_path / "leaves.jsonl"
    with open(leaves, "wb") as file:
        for entry in LedgerEntry.objects.filter(index__lt=done.log_size).order_by("index"):
            hidden = json.dumps({"index": entry.index, "leaf_hash": bytes(entry.leaf_hash).hex()}).encode()
            file.write((hidden if entry.index == 4 else entry.leaf()) + b"\n")
    return {
        "sample": frame_file.folder() / frame_file.name_of(done.pk, "sample.json"),
        "frame": frame_file.folder() / done.frame_file,
        "leaves": leaves,
    }


def redraw(work, *more):
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(work["sample"]), str(work["frame"]), *map(str, more)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def change(path, do):
    told = json.loads(path.read_text())
    do(told)
    path.write_text(json.dumps(told))


def test_the_same_sample_comes_out(work):
    code, said = redraw(work, "--leaves", work["leaves"])
    assert (code, said.splitlines()[-1]) == (0, "EQUAL: the sample was drawn as published.")
    assert "frame: 61 queries, as reported" in said
    assert "log: every query of the period stands in the frame, and no other" in said


def test_a_query_taken_out_of_the_sample_is_missed(work):
    change(work["sample"], lambda told: told["drawn"]["none"].pop(0))
    code, said = redraw(work)
    assert code == 1
    assert "stratum none: 1 were not drawn that should be" in said


def test_a_seed_that_is_not_its_texts_is_seen(work):
    change(work["sample"], lambda told: told.update(seed="0" * 64))
    assert redraw(work)[0] == 1


def test_a_frame_that_lost_a_query_is_seen(work):
    lines = gzip.decompress(work["frame"].read_bytes()).splitlines(keepends=True)
    work["frame"].write_bytes(gzip.compress(b"".join(lines[:-1])))
    code, said = redraw(work)
    assert (code, said.splitlines()[-1]) == (1, "DIFFERENT: the frame is not the one of the report")


def test_a_frame_that_never_held_a_query_is_seen_from_the_log(work):
    """The agency's own paper in order, with a query left out of all of it."""
    lines = gzip.decompress(work["frame"].read_bytes()).splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(b"ledger,20,")]
    assert len(kept) == len(lines) - 1
    work["frame"].write_bytes(gzip.compress(b"".join(kept)))
    sha = hashlib.sha256(b"".join(kept)).hexdigest()
    change(work["sample"], lambda told: told.update(frame_sha256=sha, frame_count=told["frame_count"] - 1))
    code, said = redraw(work, "--leaves", work["leaves"])
    assert (code, said.splitlines()[-1]) == (1, "DIFFERENT: record 20 is missing in the frame")


def test_a_note_that_is_another_checkpoint_is_seen(work, tmp_path):
    told = json.loads(work["sample"].read_text())
    _, origin, _, head, _ = told["seed_source"].split("\n")
    size, root = head.split()[1:]
    note = tmp_path / "note.txt"
    note.write_text(f"{origin.split(' ', 1)[1]}\n{size}\n{root}\n\n-- sig\n")
    assert redraw(work, "--checkpoint", note)[0] == 0
    note.write_text(f"{origin.split(' ', 1)[1]}\n{int(size) + 1}\n{root}\n\n-- sig\n")
    assert redraw(work, "--checkpoint", note)[0] == 1


@pytest.mark.parametrize("rubbish", [b"", b"{}", b"\x00\xff", b'{"format": "platekeeper sample v1"}'])
def test_rubbish_is_called_unreadable(work, rubbish):
    work["sample"].write_bytes(rubbish)
    code, said = redraw(work)
    assert code == 2
    assert said.startswith("UNREADABLE: ")
