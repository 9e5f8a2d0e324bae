"""Safeguards and breaches are dated records with owner, paper, next review, and what the system can show (462.5)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from audit.models import Breach, LedgerEntry, Notice, Safeguard, SafeguardReview
from audit.refusals import Refused
from audit.safeguards import breaches, evidence, keeping, rules_safeguards
from audit.safeguards.breaches import Added
from audit.safeguards.keeping import SafeguardWanted
from tests import make
from tests.make import NOON

TODAY = date(2026, 6, 16)


def wanted(**changes):
    facts = {
        "code": "second-factor",
        "title": "Second factor for everyone",
        "kind": "technical",
        "clause": "462.5(1)",
        "owner": None,
        "owner_title": "IT manager",
        "paper": "IT standard 4, version 2",
        "paper_sha256": "",
        "evidence": "second_factor",
        "in_force_from": TODAY,
        "next_review_on": TODAY + timedelta(days=90),
    }
    return SafeguardWanted(**facts | changes)


def refused(call) -> str:
    with pytest.raises(Refused) as caught:
        call()
    newest = LedgerEntry.objects.order_by("-index").first()
    assert (newest.outcome, newest.rule_code) == ("refused", caught.value.refusal.code)
    return caught.value.refusal.code


def test_a_safeguard_is_entered_changed_and_ended_on_record(administrator):
    by = make.by(administrator)
    made = keeping.enter(wanted(), by=by, at=NOON)
    keeping.change(made.pk, wanted(owner_title="Chief of IT"), by=by, at=NOON)
    keeping.end(made.pk, "Replaced by a newer one", by=by, at=NOON)
    made.refresh_from_db()
    assert (made.owner_title, made.ended_on) == ("Chief of IT", TODAY)
    details = [entry.clear.detail for entry in LedgerEntry.objects.filter(action="safeguard.change").order_by("index")]
    assert '"owner_title": ["IT manager", "Chief of IT"]' in details[1]
    assert made.history.count() == 3


@pytest.mark.parametrize("kind", ["contract", "breach"])
def test_a_contract_needs_its_paper(administrator, kind):
    code = refused(lambda: keeping.enter(wanted(kind=kind, paper=" "), by=make.by(administrator), at=NOON))
    assert code == rules_safeguards.PAPER.code
    assert not Safeguard.objects.exists()


@pytest.mark.parametrize(("days", "good"), [(0, False), (1, True), (366, True), (367, False)])
def test_the_next_review_lies_ahead_and_within_a_year(administrator, days, good):
    def enter():
        return keeping.enter(wanted(next_review_on=TODAY + timedelta(days=days)), by=make.by(administrator), at=NOON)

    if good:
        assert enter().next_review_on == TODAY + timedelta(days=days)
    else:
        assert refused(enter) == rules_safeguards.REVIEW_DATE.code


def test_a_review_keeps_what_the_system_showed(administrator):
    by = make.by(administrator)
    made = keeping.enter(wanted(), by=by, at=NOON)
    keeping.review(made.pk, "Looked at all accounts", TODAY + timedelta(days=30), by=by, at=NOON)
    review = SafeguardReview.objects.get()
    assert review.shown["sound"] is True
    assert "second factor" in review.shown["words"]
    made.refresh_from_db()
    assert made.next_review_on == TODAY + timedelta(days=30)


def test_one_word_is_no_review_and_what_ended_is_not_reviewed(administrator):
    by = make.by(administrator)
    made = keeping.enter(wanted(), by=by, at=NOON)
    later = TODAY + timedelta(days=30)
    assert refused(lambda: keeping.review(made.pk, "ok", later, by=by, at=NOON)) == rules_safeguards.WORDS.code
    keeping.end(made.pk, "No longer in use", by=by, at=NOON)
    ended = rules_safeguards.ENDED.code
    assert refused(lambda: keeping.review(made.pk, "Looked at it again", later, by=by, at=NOON)) == ended
    assert refused(lambda: keeping.change(made.pk, wanted(), by=by, at=NOON)) == ended
    assert refused(lambda: keeping.end(made.pk, "Ended once more", by=by, at=NOON)) == ended


def test_an_overdue_review_is_counted_from_the_agencys_day(administrator):
    keeping.enter(wanted(), by=make.by(administrator), at=NOON)
    due = TODAY + timedelta(days=90)
    evening = datetime(due.year, due.month, due.day, 23, 0, tzinfo=UTC)  # still that day in Sacramento
    assert keeping.count_overdue(evening) == 0
    assert keeping.count_overdue(evening + timedelta(days=1)) == 1


@pytest.mark.parametrize("code", evidence.EVIDENCE)
def test_every_kind_of_evidence_answers_in_a_sentence(db, code):
    shown = evidence.show(code, NOON)
    assert shown.words.endswith(".")
    assert isinstance(shown.sound, bool)


def test_a_paper_only_safeguard_shows_nothing(db):
    assert evidence.show("", NOON) is None


@pytest.mark.parametrize("who", ["officer", "detective", "dispatcher", "clerk", "outsider"])
def test_others_do_not_read_how_the_department_guards_itself(request, who):
    by = make.by(request.getfixturevalue(who))
    assert refused(lambda: keeping.list_safeguards(by=by, at=NOON)) == "access.role"
    assert refused(lambda: breaches.list_breaches(by=by, at=NOON)) == "access.role"


def test_an_auditor_reads_and_changes_nothing(auditor):
    by = make.by(auditor)
    page = keeping.list_safeguards(by=by, at=NOON)
    assert not page.may_keep
    assert refused(lambda: keeping.enter(wanted(), by=by, at=NOON)) == "access.role"


def test_a_breach_tells_the_others_who_keep_safeguards_and_runs_a_clock(administrator):
    other = make.user("sysadmin", "system_administrator", trained=False)
    by = make.by(administrator)
    made = breaches.record_breach(discovered_at=NOON, what="A laptop was taken from a car", by=by, at=NOON)
    notice = Notice.objects.get()
    assert (notice.recipient, notice.urgent) == (other, True)
    row, _ = breaches.see_breach(breach_id=made.pk, by=by, at=NOON + timedelta(minutes=60))
    assert not row.late
    row, _ = breaches.see_breach(breach_id=made.pk, by=by, at=NOON + timedelta(minutes=60, microseconds=1))
    assert row.late


def test_a_breach_is_closed_only_with_report_number_and_notice(administrator):
    by, later = make.by(administrator), NOON + timedelta(hours=5)
    made = breaches.record_breach(discovered_at=NOON, what="A laptop was taken from a car", by=by, at=NOON)
    words = "The laptop was found unopened"

    def close():
        return breaches.close(made.pk, words, by=by, at=later)

    assert refused(close) == rules_safeguards.BREACH_CLOSE.code
    breaches.add(made.pk, Added(NOON + timedelta(minutes=20), "Department of Justice", 3), by=by, at=later)
    assert refused(close) == rules_safeguards.BREACH_CLOSE.code
    breaches.add(made.pk, Added(people_told_at=NOON + timedelta(hours=4)), by=by, at=later)
    assert close().closed_at == later
    assert refused(close) == rules_safeguards.BREACH_CLOSE.code
    assert breaches.count_open() == 0


@pytest.mark.parametrize("minutes", [-1, 10_000])
def test_a_breach_is_not_reported_before_its_discovery_nor_in_the_future(administrator, minutes):
    by = make.by(administrator)
    made = breaches.record_breach(discovered_at=NOON, what="A laptop was taken from a car", by=by, at=NOON)
    when = Added(reported_at=NOON + timedelta(minutes=minutes), reported_to="DOJ")
    assert refused(lambda: breaches.add(made.pk, when, by=by, at=NOON + timedelta(hours=1))) == "breach.order"
    assert Breach.objects.get().reported_at is None


def test_the_pages_work_as_forms(signed_in, administrator):
    client = signed_in(administrator)
    posted = {
        "title": "Vendor contract", "code": "vendor", "kind": "contract", "clause": "462.5", "owner_title": "Chief",
        "paper": "", "in_force_from": "2026-01-01", "next_review_on": "2020-01-01",
    }  # fmt: skip
    answer = client.post("/safeguards/new/", posted)
    assert answer.status_code == 403
    assert "needs its document" in answer.content.decode()
    assert 'value="Vendor contract"' in answer.content.decode(), "nothing typed is lost"
    from django.utils import timezone

    posted |= {"paper": "Contract 17 of 2026", "next_review_on": str(timezone.localdate() + timedelta(days=30))}
    answer = client.post("/safeguards/new/", posted, follow=True)
    assert answer.redirect_chain
    made = Safeguard.objects.get()
    page = client.post(f"/safeguards/{made.pk}/review/", {"review-words": "", "review-next_review_on": "x"})
    assert page.status_code == 400
    assert client.get("/safeguards/").status_code == 200
    assert client.get("/safeguards/breaches/").status_code == 200
