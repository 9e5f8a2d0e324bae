"""An inspection is signed when all is marked, approved by somebody else, and its report can be checked with openssl."""

import subprocess
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction

from audit import signing
from audit.models import Finding, LedgerEntry, Notice
from audit.refusals import Refused
from audit.review import marking, sign_off
from tests import make
from tests.audit.review import reviewing

pytestmark = pytest.mark.django_db
NOON = make.NOON
SUMMARY = "All queries looked at; one had no case"


@pytest.fixture
def reviewer():
    return make.user("reviewer", "auditor", trained=False)


@pytest.fixture
def captain():
    return reviewing.commander()


@pytest.fixture
def query(detective):
    make.assignment(detective, make.division())
    return reviewing.query(reviewing.inspection(), detective)


def gaps_are(monkeypatch, unmatched, weeks):
    from audit.elsewhere import gaps

    monkeypatch.setattr(gaps, "unmatched", lambda start, end: unmatched)
    monkeypatch.setattr(gaps, "missing_weeks", lambda start, end: weeks)


def marked(query, by, to="compliant", words=""):
    marking.mark(query_id=query.pk, to=to, words=words, by=make.by(by), at=NOON)


def signed(of, by, summary=SUMMARY, at=NOON):
    return sign_off.sign(inspection_id=of.pk, summary=summary, by=make.by(by), at=at)


def approved(of, by):
    return sign_off.approve(inspection_id=of.pk, by=make.by(by), at=NOON)


def code_of(call, *args, **kwargs):
    with pytest.raises(Refused) as caught:
        call(*args, **kwargs)
    return caught.value.refusal.code


def test_two_people_end_an_inspection_and_openssl_checks_the_report(query, reviewer, captain, tmp_path):
    marked(query, reviewer, "out", "No such case exists")
    signed(query.inspection, reviewer)
    assert Notice.objects.filter(recipient=captain, path=f"/inspections/{query.inspection_id}/").exists()
    done = approved(query.inspection, captain)
    assert (done.reviewer, done.approver) == (reviewer, captain)
    report = bytes(done.report)
    assert report.startswith(b"%PDF")
    (tmp_path / "report.pdf").write_bytes(report)
    (tmp_path / "report.sig").write_bytes(bytes(done.report_signature))
    (tmp_path / "public_key.pem").write_text(signing.public_key_pem())
    command = "openssl pkeyutl -verify -pubin -inkey public_key.pem -rawin -in report.pdf -sigfile report.sig"
    said = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert "Verified Successfully" in said.stdout
    (tmp_path / "report.pdf").write_bytes(report + b"\n")
    assert subprocess.run(command.split(), cwd=tmp_path, capture_output=True, timeout=60).returncode != 0


def test_nothing_is_signed_while_a_query_is_not_marked(query, reviewer):
    assert code_of(signed, query.inspection, reviewer) == "review.unmarked"


def test_nor_before_the_sample_is_drawn(reviewer):
    waiting = reviewing.inspection(drawn_at=None)
    assert code_of(signed, waiting, reviewer) == "review.state"


def test_a_signature_says_what_was_found(query, reviewer):
    marked(query, reviewer)
    assert code_of(signed, query.inspection, reviewer, "fine") == "review.words"


def test_it_is_signed_once(query, reviewer):
    marked(query, reviewer)
    signed(query.inspection, reviewer)
    assert code_of(signed, query.inspection, reviewer) == "review.state"


def test_who_signed_does_not_approve(query):
    both = make.user("both", "auditor", trained=False)
    marked(query, both)
    signed(query.inspection, both)
    assert code_of(approved, query.inspection, both) == "review.two_people"


def test_nor_under_another_account_of_theirs(query):
    one, other = (make.user(name, "auditor", trained=False, employee_number="E-9") for name in ("one", "other"))
    marked(query, one)
    signed(query.inspection, one)
    assert code_of(approved, query.inspection, other) == "review.two_people"


def test_the_database_keeps_it_to_two_people_too(query, reviewer):
    marked(query, reviewer)
    signed(query.inspection, reviewer)
    with pytest.raises(IntegrityError, match="inspection_two_people"), transaction.atomic():
        reviewing.run_sql("UPDATE audit_inspection SET approver_id = reviewer_id, approved_at = now()")


def test_the_database_approves_nothing_unsigned(query, captain):
    with pytest.raises(IntegrityError, match="inspection_signed_before_approved"), transaction.atomic():
        reviewing.run_sql("UPDATE audit_inspection SET approver_id = %s, approved_at = now()", [captain.pk])


def test_who_marked_a_query_of_it_does_not_approve(query, reviewer):
    second = make.user("second", "auditor", trained=False)
    marked(query, second)
    signed(query.inspection, reviewer)
    assert code_of(approved, query.inspection, second) == "review.two_people"


def test_nor_one_whose_own_query_is_out_of_compliance(query, reviewer, captain):
    make.assignment(captain, make.division())
    reviewing.commander("other", of="Patrol")
    mine = reviewing.query(query.inspection, captain)
    marked(query, reviewer)
    marked(mine, reviewer, "out", "No such case exists")
    signed(query.inspection, reviewer)
    assert code_of(approved, query.inspection, captain) == "review.approver_found"


def test_what_is_not_signed_is_not_approved_and_nothing_twice(query, reviewer, captain):
    assert code_of(approved, query.inspection, captain) == "review.state"
    marked(query, reviewer)
    signed(query.inspection, reviewer)
    approved(query.inspection, captain)
    assert code_of(approved, query.inspection, captain) == "review.state"


def test_an_approver_may_give_it_back_with_words(query, reviewer, captain):
    marked(query, reviewer)
    signed(query.inspection, reviewer)
    back = {"inspection_id": query.inspection_id, "by": make.by(captain), "at": NOON}
    assert code_of(sign_off.give_back, words="no", **back) == "review.words"
    sign_off.give_back(words="Look at the off-shift ones again", **back)
    query.inspection.refresh_from_db()
    assert (query.inspection.reviewer, query.inspection.signed_at) == (None, None)
    assert Notice.objects.filter(recipient=reviewer, words__contains="came back").exists()
    signed(query.inspection, reviewer)


def test_unknown_users_and_missing_weeks_become_findings_at_the_signature(query, reviewer, captain, monkeypatch):
    from datetime import date

    weeks = [
        SimpleNamespace(system="LEARN", week=date(2026, 1, 5)),
        SimpleNamespace(system="LEARN", week=date(2026, 1, 12)),
    ]
    gaps_are(monkeypatch, [SimpleNamespace(system="LEARN", account="jdoe", count=12)], weeks)
    marked(query, reviewer)
    signed(query.inspection, reviewer)
    made = dict(Finding.objects.values_list("kind", "words"))
    assert "jdoe of LEARN made 12 queries and is nobody" in made["unmatched"]
    assert "2 weeks of the period, beginning Jan 5, 2026, Jan 12, 2026" in made["missing"]
    assert set(Finding.objects.values_list("commander", flat=True)) == {captain.pk}
    sign_off.give_back(inspection_id=query.inspection_id, words="Once more, please do", by=make.by(captain), at=NOON)
    signed(query.inspection, reviewer)
    assert Finding.objects.count() == 2


def test_the_weekly_review_of_the_log_needs_two_people_as_well(reviewer, captain):
    week = reviewing.week()
    reviewing.search_record(make.user("someone", "detective"), at=week.starts_at)
    signed(week, reviewer, "Two refusals looked into; nothing odd")
    assert code_of(approved, week, reviewer) == "review.two_people"
    done = approved(week, captain)
    assert bytes(done.report).startswith(b"%PDF")
    assert not Finding.objects.exists()


def test_without_a_key_nothing_is_approved(query, reviewer, captain, settings):
    marked(query, reviewer)
    signed(query.inspection, reviewer)
    settings.SIGNING_KEY_FILE = ""
    with pytest.raises(signing.SigningUnavailable):
        approved(query.inspection, captain)
    query.inspection.refresh_from_db()
    assert query.inspection.approved_at is None
    assert LedgerEntry.objects.get(action="inspection.approve").outcome == "failed"
