"""The law of the draw: once, from what nobody chose, all that was asked in the period and nothing else."""

import gzip
import hashlib
import json
from datetime import timedelta
from uuid import uuid4

import pytest

from audit import asker
from audit.models import InspectedQuery, LedgerEntry, QueryImport
from audit.refusals import Refused
from audit.review import draw_seed, frame, frame_file, sizes
from audit.review.draw import InspectionNotFound, draw
from tests import make
from tests.audit.review import elsewhere, past
from tests.audit.review.drawing import END, LATER, START, drawn, flags_of, inspection

pytestmark = pytest.mark.usefixtures("papers")


def strata_of(entry):
    return InspectedQuery.objects.get(ref=entry.pk).strata


def test_a_draw_holds_every_query_of_the_period(officer, administrator):
    past.search(officer, START - timedelta(seconds=1))
    inside = [past.search(officer, START + timedelta(days=n), f"0DEM{n:03}") for n in range(4)]
    refused = past.search(officer, START + timedelta(days=9), outcome="refused", rule_code="x.y", citation="z")
    failed = past.search(officer, START + timedelta(days=9, hours=1), "0DEM777", outcome="failed")
    past.record(officer, START + timedelta(days=10), "hit.list")
    past.record(officer, START + timedelta(days=10), "search.page")
    past.record(None, START + timedelta(days=10))
    last = past.record(officer, END - timedelta(microseconds=1), "evidence.package", query={"plates": ["0DEM123"]})
    past.search(officer, END)
    done = drawn(administrator)
    wanted = {entry.index for entry in [*inside, refused, failed, last]}
    assert set(InspectedQuery.objects.values_list("ref", flat=True)) == wanted
    assert (done.frame_count, done.log_size) == (7, 12)
    record = LedgerEntry.objects.get(action="inspection.draw")
    assert (record.outcome, record.result_count) == ("allowed", 7)


def test_a_query_stands_in_every_stratum_that_fits_it(officer, administrator):
    made = {
        "none": past.search(officer, START, "0DEM001"),
        "no_case": past.search(officer, START + timedelta(days=1), "0DEM002", case_number=""),
        "outside_agency": past.search(officer, START + timedelta(days=2), "0DEM003", organisation="Neighbour PD"),
        "wide_area": past.record(officer, START + timedelta(days=3), query={"kind": "canvass", "area": "within 5 m"}),
        "export": past.record(officer, START + timedelta(days=4), "evidence.fetch"),
    }
    often = [past.search(officer, START + timedelta(days=5 + n), "0DEM9OO") for n in range(2)]
    third = past.search(officer, START + timedelta(days=8), "0dem-900")
    approved = past.record(
        officer, START + timedelta(days=9), query={"kind": "plate", "approval": "0b"}, case_number=""
    )
    drawn(administrator)
    assert {name: strata_of(entry) for name, entry in made.items()} == {name: [name] for name in made}
    assert [strata_of(entry) for entry in often] == [["none"], ["none"]]
    assert strata_of(third) == ["repeat_plate"], "look-alikes and dashes do not hide it"
    assert strata_of(approved) == ["no_case", "wide_area"]


def test_queries_made_elsewhere_are_drawn_with_ours(officer, administrator):
    ours = [past.search(officer, START + timedelta(days=n), "0DEM9") for n in range(2)]
    theirs = elsewhere.query(START + timedelta(days=3), officer, plate="0DEM-9")
    unknown = elsewhere.query(START + timedelta(days=3), None, plate="", kind="Area export", case_number="")
    elsewhere.query(END, officer)
    done = drawn(administrator)
    assert done.frame_count == 4
    rows = {(row.source, row.ref): row for row in InspectedQuery.objects.all()}
    assert rows["elsewhere", theirs.pk].strata == ["repeat_plate"]
    assert rows["elsewhere", theirs.pk].employee == officer
    assert rows["elsewhere", unknown.pk].strata == ["no_case", "wide_area", "export"]
    assert (rows["elsewhere", unknown.pk].employee, rows["elsewhere", unknown.pk].employee_name) == (None, "learn-7")
    assert all(("ledger", entry.index) in rows for entry in ours)


def test_nothing_is_drawn_twice(officer, administrator):
    past.search(officer, START)
    first = drawn(administrator)
    with pytest.raises(Refused) as refused:
        draw(first.pk, by=make.by(administrator), at=LATER)
    assert refused.value.refusal.code == "review.drawn"


def test_an_open_period_is_not_drawn(officer, administrator):
    past.search(officer, START)
    past.checkpoint(END)
    with pytest.raises(Refused) as refused:
        draw(inspection().pk, by=make.by(administrator), at=END - timedelta(seconds=1))
    assert refused.value.refusal.code == "review.not_closed"


def test_nothing_is_drawn_without_a_checkpoint_of_the_whole_period(officer, administrator, monkeypatch):
    monkeypatch.setattr("audit.review.draw.ask_for_checkpoint", lambda at: None)
    past.search(officer, START)
    past.checkpoint(END - timedelta(seconds=1))
    one = inspection()
    with pytest.raises(Refused) as refused:
        draw(one.pk, by=make.by(administrator), at=LATER)
    assert refused.value.refusal.code == "review.no_checkpoint"
    assert not InspectedQuery.objects.exists()


def test_a_weekly_review_has_no_sample(administrator):
    with pytest.raises(Refused) as refused:
        draw(inspection(kind="log").pk, by=make.by(administrator), at=LATER)
    assert refused.value.refusal.code == "review.no_sample"


def test_who_may_not_review_draws_nothing(officer, db):
    with pytest.raises(Refused) as refused:
        draw(inspection().pk, by=make.by(officer), at=LATER)
    assert refused.value.refusal.code == "access.role"
    with pytest.raises(InspectionNotFound):
        draw(uuid4(), by=asker.system("test"), at=LATER)


def test_the_seed_is_the_first_checkpoint_at_or_after_the_end(officer, administrator):
    past.search(officer, START)
    past.checkpoint(END - timedelta(seconds=1))
    past.search(officer, END + timedelta(seconds=1))
    first = past.checkpoint(END + timedelta(minutes=1))
    past.search(officer, END + timedelta(minutes=2))
    done = drawn(administrator)
    assert done.log_size == first.size == 2
    assert done.seed == hashlib.sha256(done.seed_source.encode()).hexdigest()
    assert done.seed_source.startswith(
        "platekeeper sample v1\norigin test.example/log\nperiod 2026-05-17T19:00:00.000000Z "
    )


def test_who_hands_in_an_export_cannot_know_the_seed(officer, administrator):
    past.search(officer, START)
    elsewhere.query(START, officer)
    QueryImport.objects.update(finished_at=END + timedelta(minutes=30))
    early = past.checkpoint(END + timedelta(minutes=1))
    past.record(None, END + timedelta(minutes=30), "elsewhere.finish")
    one = inspection()
    assert draw_seed.checkpoint_of(one, 1) is None
    late = past.checkpoint(END + timedelta(minutes=31))
    assert draw_seed.checkpoint_of(one, 1) == late != early


def test_the_frame_on_paper_is_the_one_that_was_drawn_from(officer, administrator, settings):
    entries = [past.search(officer, START + timedelta(days=n), f"0DEM{n:03}") for n in range(3)]
    done = drawn(administrator)
    packed = frame_file.folder() / done.frame_file
    plain = gzip.decompress(packed.read_bytes())
    assert hashlib.sha256(plain).hexdigest() == done.frame_sha256
    lines = plain.decode().splitlines()
    assert lines[0] == "source,ref,hash,strata"
    assert lines[1:] == [f"ledger,{e.index},{bytes(e.leaf_hash).hex()},none" for e in entries]
    assert packed.stat().st_mode & 0o077 == 0
    assert [path.name for path in frame_file.folder().iterdir() if path.name.startswith(".")] == []


def test_the_act_tells_the_log_what_was_drawn(officer, administrator):
    past.search(officer, START)
    done = drawn(administrator)
    told = json.loads(LedgerEntry.objects.get(action="inspection.draw").clear.detail)
    assert (told["seed"], told["frame_sha256"], told["sampled"]) == (done.seed, done.frame_sha256, 1)


def test_what_was_destroyed_is_drawn_and_flags_nothing(officer, administrator):
    entry = past.search(officer, START, "0DEM123", reason="curious about a girlfriend")
    past.change_clear("query = NULL, reason = NULL, case_number = NULL, detail = NULL")
    drawn(administrator)
    row = InspectedQuery.objects.get()
    assert (row.strata, row.flags) == (["none"], [])
    facts = frame.facts_of(row)
    assert (facts.reason, facts.case_number, facts.elements) == (None, None, None)
    assert (facts.record_index, facts.who) == (entry.index, "officer")
    assert frame.returned(row).detail == {}


def test_a_query_too_long_to_keep_whole_is_drawn(officer, administrator):
    cut = json.dumps({"plates": [f"0B{n:06}" for n in range(3000)]})[:20_000]
    entry = past.record(officer, START, "evidence.package", query={})
    past.change_clear("query = %s", cut)
    drawn(administrator)
    row = InspectedQuery.objects.get(ref=entry.index)
    assert frame.facts_of(row).elements == {"as recorded, cut": cut}


def test_what_came_back_says_which_pages_were_opened(officer, administrator):
    entry = past.search(officer, START, subject_type="search", subject_id="77", result_count=3, detail={"more": False})
    page = past.record(
        officer, START + timedelta(minutes=1), "search.page", subject_type="search", subject_id="77", result_count=2
    )
    past.record(officer, START + timedelta(minutes=1), "search.page", subject_type="search", subject_id="78")
    theirs = elsewhere.query(START, officer, result_count=9, purpose="locate", elements={"camera": "12"})
    drawn(administrator)
    back = frame.returned(InspectedQuery.objects.get(ref=entry.index, source="ledger"))
    assert (back.count, back.detail) == (3, {"more": False})
    assert [(look.record_index, look.count) for look in back.looks] == [(page.index, 2)]
    other = InspectedQuery.objects.get(ref=theirs.pk, source="elsewhere")
    assert frame.returned(other).count == 9
    assert frame.facts_of(other).elements == {"plate": "0DEM123", "camera": "12"}


def test_sizes_are_the_least_or_the_share_that_is_more():
    assert [sizes.size_of(n, least=10, percent=2) for n in (0, 7, 10, 500, 501, 1000)] == [0, 7, 10, 10, 11, 20]


def test_of_many_the_smallest_tickets_are_kept_however_they_come():
    numbers = [(sizes.ticket("seed", "none", "ledger", n), "ledger", n, 0) for n in range(5000)]
    few = sizes.Smallest(most=100)
    for number, source, ref, _ in numbers:
        few.offer(number, source, ref)
    assert few.chosen(least=10, percent=2) == sorted(numbers)[:100]


def test_flags_are_kept_with_their_words(officer, administrator):
    entry = past.search(officer, START, reason="curious about a girlfriend")
    drawn(administrator)
    assert flags_of(entry)["prohibited_words"].startswith("“girlfriend” points to a forbidden use: personal use (")
