"""The pages of inspections and findings: who may open which, what each leaves on record, and what each step says."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import Finding, InspectedQuery, Inspection, LedgerEntry
from audit.review import marking
from tests import make
from tests.audit.review import reviewing

pytestmark = pytest.mark.django_db
PLATE = "0DEM123"
WRONG = "The case was closed a year before"
FLAG = {"code": "repeat_plate", "words": "7 queries for this plate in 30 days."}


@pytest.fixture
def reviewer():
    return make.user("reviewer", "auditor", trained=False)


@pytest.fixture
def captain():
    return reviewing.commander()


@pytest.fixture
def inspection():
    return reviewing.inspection(
        settings_used={"strata": {"none": {"frame": 40, "drawn": 1}}, "registers": {"cases": 0}}
    )


@pytest.fixture
def query(detective, inspection):
    make.assignment(detective, make.division())
    return reviewing.query(inspection, detective, flags=[FLAG])


def last():
    return LedgerEntry.objects.order_by("-index").first()


def test_the_list_opens_what_is_due_and_says_what_is_overdue(signed_in, reviewer, captain, query):
    answer = signed_in(reviewer).get("/inspections/")
    text = answer.content.decode()
    late = (timezone.localdate() - query.inspection.due_on).days
    assert f"overdue {late} days" in text
    assert captain.display_name in text
    assert "D.2.b(2)" in text
    assert last().action == "inspection.list"


def test_an_inspection_shows_marks_strata_seed_flags_and_what_was_not_on_file(signed_in, reviewer, query):
    answer = signed_in(reviewer).get(f"/inspections/{query.inspection_id}/")
    text = answer.content.decode()
    for words in (
        "0 of 1",
        query.inspection.seed,
        "7 queries for this plate",
        "Nothing was on file of: cases",
        "Drawn",
    ):
        assert words in text
    assert PLATE not in text
    assert (last().action, last().subject_id) == ("inspection.view", str(query.inspection_id))


def test_a_query_shows_what_was_asked_and_returned_with_its_flags(signed_in, reviewer, query, detective):
    answer = signed_in(reviewer).get(f"/inspections/queries/{query.pk}/")
    text = answer.content.decode()
    for words in (PLATE, "Stolen from the Elm Street garage", "26-123456", "7 queries for this plate", "record 0"):
        assert words in text
    assert PLATE not in answer.request["PATH_INFO"]
    assert (last().action, last().outcome, last().subject_id) == ("inspected_query.view", "allowed", str(query.pk))


def test_ones_own_query_is_not_opened(signed_in, query, detective):
    make.RoleGrant.objects.create(user=detective, role="auditor", starts_at=make.LONG_AGO)
    client = signed_in(detective)
    listed = client.get(f"/inspections/{query.inspection_id}/").content.decode()
    assert "yours: another reviewer looks at it" in listed
    assert "7 queries for this plate" not in listed
    answer = client.get(f"/inspections/queries/{query.pk}/")
    assert answer.status_code == 403
    assert "review.own_query" in answer.content.decode()
    assert PLATE not in answer.content.decode()


def test_of_those_they_supervise_a_reviewer_sees_who_marks_it(signed_in, reviewer, query, detective):
    reviewing.supervises(reviewer, detective)
    client = signed_in(reviewer)
    assert "for another reviewer" in client.get(f"/inspections/{query.inspection_id}/").content.decode()
    text = client.get(f"/inspections/queries/{query.pk}/").content.decode()
    assert "another reviewer marks it" in text
    assert 'value="compliant"' not in text
    answer = client.post(f"/inspections/queries/{query.pk}/mark/", {"mark": "compliant"})
    assert answer.status_code == 403
    assert "review.supervised" in answer.content.decode()


def test_a_mark_leads_to_the_next_query(signed_in, reviewer, query, captain):
    after = reviewing.query(query.inspection, query.employee, at=query.at + timedelta(hours=1))
    client = signed_in(reviewer)
    posted = {"mark": "out", "words": WRONG, "next": str(after.pk), "show": "open"}
    answer = client.post(f"/inspections/queries/{query.pk}/mark/", posted)
    assert answer["Location"] == f"/inspections/queries/{after.pk}/?show=open"
    assert f"Sent to {captain.display_name}" in client.get(answer["Location"]).content.decode()
    assert Finding.objects.get().commander == captain


def test_a_mark_without_words_comes_back_as_it_was(signed_in, reviewer, query):
    answer = signed_in(reviewer).post(f"/inspections/queries/{query.pk}/mark/", {"mark": "out", "words": "no"})
    assert answer.status_code == 403
    assert "review.words" in answer.content.decode()
    assert InspectedQuery.objects.get().mark == ""
    assert signed_in(reviewer).post(f"/inspections/queries/{query.pk}/mark/", {"mark": "x"}).status_code == 422


def test_signed_and_approved_by_page_and_the_papers_are_fetched(signed_in, reviewer, captain, query):
    first, second = signed_in(reviewer), signed_in(captain)
    path = f"/inspections/{query.inspection_id}/"
    first.post(f"/inspections/queries/{query.pk}/mark/", {"mark": "compliant", "words": ""})
    assert first.post(f"{path}sign/", {"summary": "All in order this quarter"}).status_code == 302
    assert second.post(f"{path}approve/").status_code == 302
    report = second.get(f"{path}papers/report.pdf")
    assert report["Content-Type"] == "application/pdf"
    assert report.content.startswith(b"%PDF")
    assert last().action == "inspection.fetch"
    assert len(second.get(f"{path}papers/report.sig").content) == 64
    assert second.get(f"{path}papers/other.txt").status_code == 404


def test_a_paper_that_is_not_made_yet_is_refused(signed_in, reviewer, query):
    answer = signed_in(reviewer).get(f"/inspections/{query.inspection_id}/papers/report.pdf")
    assert answer.status_code == 403
    assert "review.state" in answer.content.decode()


def test_the_week_shows_its_figures_and_is_signed(signed_in, reviewer, captain):
    week = reviewing.week()
    start = timezone.now() - timedelta(days=2)
    Inspection.objects.update(starts_at=start, ends_at=start + timedelta(days=1, hours=23))
    client = signed_in(reviewer)
    text = client.get(f"/inspections/{week.pk}/").content.decode()
    for words in ("Refusals", "Sign-ins that failed", "The log itself", "By hour", "Days without a verification run"):
        assert words in text
    posted = {"summary": "Nothing odd; one alarm was a test"}
    assert client.post(f"/inspections/{week.pk}/sign/", posted).status_code == 302
    assert signed_in(captain).post(f"/inspections/{week.pk}/approve/").status_code == 302
    assert Inspection.objects.get().report_sha256


def test_a_commander_answers_their_own_findings_and_sees_no_other(signed_in, reviewer, captain, query):
    marking.mark(query_id=query.pk, to="out", words=WRONG, by=make.by(reviewer), at=timezone.now())
    finding = Finding.objects.get()
    other = make.user("other", "commander", trained=False)
    refused = signed_in(other).get(f"/findings/{finding.pk}/")
    assert refused.status_code == 403
    assert "finding.not_yours" in refused.content.decode()
    assert PLATE not in refused.content.decode()
    assert "detective" not in signed_in(other).get("/findings/").content.decode().split("<main")[1]
    client = signed_in(captain)
    listed = client.get("/findings/").content.decode()
    assert "832.7" in listed
    assert str(finding.pk) in listed
    text = client.get(f"/findings/{finding.pk}/").content.decode()
    assert PLATE in text
    assert last().action == "finding.view"
    posted = {"measure": "trained", "answer": "Spoke with the detective and trained them"}
    assert client.post(f"/findings/{finding.pk}/answer/", {"measure": "x", "answer": ""}).status_code == 422
    assert client.post(f"/findings/{finding.pk}/answer/", posted).status_code == 302
    assert client.post(f"/findings/{finding.pk}/answer/", posted).status_code == 403
    closer = signed_in(reviewer)
    assert "Trained again" in closer.get(f"/findings/{finding.pk}/").content.decode()
    assert closer.post(f"/findings/{finding.pk}/close/", {"closing": "Training is on file now"}).status_code == 302
    finding.refresh_from_db()
    assert finding.closed_at


def test_a_reviewer_sends_a_finding_on_by_page(signed_in, reviewer, captain, query):
    marking.mark(query_id=query.pk, to="out", words=WRONG, by=make.by(reviewer), at=timezone.now())
    finding, other = Finding.objects.get(), reviewing.commander("patrol", of="Patrol")
    client = signed_in(reviewer)
    posted = {"to": other.pk, "why": "The captain is on leave"}
    assert client.post(f"/findings/{finding.pk}/send-on/", posted).status_code == 302
    assert client.post(f"/findings/{finding.pk}/send-on/", {"to": "1", "why": "x"}).status_code == 422
    finding.refresh_from_db()
    assert finding.commander == other


def test_who_has_no_part_in_reviews_sees_none_of_it(signed_in, officer, query, reviewer):
    marking.mark(query_id=query.pk, to="out", words=WRONG, by=make.by(reviewer), at=timezone.now())
    client, finding = signed_in(officer), Finding.objects.get()
    paths = [
        "/inspections/",
        f"/inspections/{query.inspection_id}/",
        f"/inspections/queries/{query.pk}/",
        f"/inspections/{query.inspection_id}/papers/frame.csv.gz",
        "/findings/",
        f"/findings/{finding.pk}/",
    ]
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 403, path
        assert PLATE not in answer.content.decode()
        assert (last().outcome, last().rule_code) == ("refused", "access.role")


def test_what_is_not_there_is_not_found(signed_in, reviewer):
    client, nobody = signed_in(reviewer), "00000000-0000-0000-0000-000000000007"
    for path in (f"/inspections/{nobody}/", f"/inspections/queries/{nobody}/", f"/findings/{nobody}/"):
        assert client.get(path).status_code == 404
    for path in (f"/inspections/{nobody}/draw/", f"/inspections/{nobody}/sign/", f"/findings/{nobody}/answer/"):
        assert client.post(path, {"summary": "x"}).status_code == 404


def test_no_part_of_the_list_tells_what_ones_own_query_was_flagged_or_marked_as(inspection, detective, signed_in):
    mine = make.user("self.reviewer", "auditor", trained=False, employee_number="E-17")
    second = make.user("self.again", "detective", employee_number="e-17")
    for employee in (mine, second, detective):
        reviewing.query(inspection, employee, flags=[FLAG])
    client = signed_in(mine)

    def listed(part: str) -> int:
        return client.get(f"/inspections/{inspection.pk}/?{part}").context["opened"].count

    assert (listed("show=all"), listed("show=flagged"), listed("flag=repeat_plate"), listed("show=open")) == (
        3,
        1,
        1,
        1,
    )
