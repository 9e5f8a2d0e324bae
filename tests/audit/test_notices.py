"""Notices: once a person and key, urgent first, on the page whatever becomes of the mail, and never with a plate."""

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from audit import notices, tasks
from audit.models import LedgerEntry, Notice
from tests import make

WORDS = "A hit has waited longer than the policy allows."


def tell(*people, key="hit 7", **fields):
    values = {"words": WORDS, "path": "/hits/", "at": make.NOON} | fields
    return notices.tell(people, key=key, **values)


@pytest.fixture
def queued(monkeypatch):
    """What was handed to the workers."""
    sent = []
    monkeypatch.setattr(notices.current_app, "send_task", lambda name, kwargs, **_: sent.append((name, kwargs)))
    return sent


def test_each_is_told_once_however_often_it_is_said(officer, dispatcher):
    assert tell(officer, dispatcher, officer) == 2
    assert tell(officer, at=make.NOON + timedelta(hours=1)) == 0
    assert tell(officer, key="hit 8") == 1
    assert notices.unseen(officer) == 2
    assert notices.unseen(dispatcher) == 1


def test_the_database_itself_tells_once(officer):
    tell(officer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.create(recipient=officer, key="hit 7", at=make.NOON, words="x", path="/")


@pytest.mark.parametrize(
    "path", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", "hits/", ""]
)
def test_a_notice_leads_nowhere_but_to_a_page_of_ours(officer, path):
    with pytest.raises(ValueError, match="page of this site"):
        tell(officer, path=path)


def test_what_is_rolled_back_is_neither_told_nor_mailed(officer, queued, django_capture_on_commit_callbacks):
    officer.email = "officer@example.org"
    officer.save()
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(RuntimeError), transaction.atomic():
        tell(officer)
        raise RuntimeError
    assert notices.unseen(officer) == 0
    assert queued == []


def test_only_those_with_an_address_are_mailed_and_after_the_commit(
    officer, dispatcher, queued, django_capture_on_commit_callbacks
):
    officer.email = "officer@example.org"
    officer.save()
    with django_capture_on_commit_callbacks(execute=True):
        tell(officer, dispatcher, urgent=True)
        assert queued == []
    [(name, kwargs)] = queued
    assert name == tasks.mail_notices.name
    tasks.mail_notices(**kwargs)
    [letter] = mail.outbox
    assert letter.to == ["officer@example.org"]
    assert letter.subject == f"Urgent: {WORDS}"
    assert "http://127.0.0.1:8000/hits/" in letter.body


def test_a_notice_stands_on_the_page_where_the_broker_is_away(
    officer, monkeypatch, django_capture_on_commit_callbacks, caplog
):
    def away(*_, **__):
        raise OperationalError

    monkeypatch.setattr(notices.current_app, "send_task", away)
    officer.email = "officer@example.org"
    officer.save()
    with django_capture_on_commit_callbacks(execute=True):
        tell(officer)
    assert notices.unseen(officer) == 1
    assert "not queued for mail" in caplog.text


def test_a_mail_the_server_does_not_take_is_logged_and_tried_again(officer, monkeypatch, caplog):
    officer.email = "officer@example.org"
    officer.save()
    tell(officer)
    key = Notice.objects.get().pk
    tries = []

    def refuse(letter):
        tries.append(letter)
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr(notices.EmailMessage, "send", refuse)
    assert notices.send_mails([key]) == [key]
    assert "was not mailed: SMTPServerDisconnected" in caplog.text
    tasks.mail_notices.apply(kwargs={"notice_ids": [str(key)]})
    assert len(tries) == 1 + 1 + tasks.MAIL_TRIES
    assert "they stand on the page" in caplog.text
    assert notices.unseen(officer) == 1


def test_what_was_seen_meanwhile_and_who_was_switched_off_get_no_mail(officer, dispatcher):
    for person in (officer, dispatcher):
        person.email = f"{person.username}@example.org"
    dispatcher.is_active = False
    officer.save()
    dispatcher.save()
    tell(officer, dispatcher)
    notices.mark_seen(officer, make.NOON)
    assert notices.send_mails(list(Notice.objects.values_list("pk", flat=True))) == []
    assert mail.outbox == []


def test_urgent_ones_come_first_then_the_newest(officer):
    tell(officer, key="old and urgent", urgent=True)
    tell(officer, key="new", at=make.NOON + timedelta(minutes=2))
    tell(officer, key="newer", at=make.NOON + timedelta(minutes=3))
    fresh, past = notices.list_notices(officer, make.NOON + timedelta(hours=1))
    assert [notice.key for notice in fresh] == ["old and urgent", "newer", "new"]
    assert past == []


def test_the_page_shows_ones_own_and_marks_them(signed_in, officer, dispatcher):
    tell(officer, urgent=True, at=timezone.now())
    tell(dispatcher, words="For somebody else.", at=timezone.now())
    client = signed_in(officer)
    before = LedgerEntry.objects.count()
    page = client.get("/notices/").content.decode()
    assert WORDS in page
    assert "Urgent" in page
    assert "For somebody else" not in page
    assert LedgerEntry.objects.count() == before, "a notice shows no plate data"
    answer = client.post("/notices/seen/", {"up_to": timezone.now().isoformat()})
    assert answer.headers["Location"] == "/notices/"
    assert "Nothing new" in client.get("/notices/").content.decode()
    assert notices.unseen(dispatcher) == 1


def test_marking_all_spares_what_came_after_the_page_was_shown(signed_in, officer):
    shown = timezone.now()
    tell(officer, at=shown)
    tell(officer, key="later", at=shown + timedelta(seconds=1))
    signed_in(officer).post("/notices/seen/", {"up_to": shown.isoformat()})
    assert Notice.objects.get(recipient=officer, seen_at=None).key == "later"


@pytest.mark.parametrize("typed", ["", "yesterday", "2026-02-31T10:00:00Z", "2026-06-16T10:00:00"])
def test_marking_all_without_an_instant_marks_all(signed_in, officer, typed):
    tell(officer)
    assert signed_in(officer).post("/notices/seen/", {"up_to": typed}).status_code == 302
    assert notices.unseen(officer) == 0


def test_opening_one_marks_it_and_leads_on(signed_in, officer, dispatcher):
    tell(officer, dispatcher, path="/hot-plates/")
    mine, other = Notice.objects.get(recipient=officer), Notice.objects.get(recipient=dispatcher)
    client = signed_in(officer)
    assert client.post(f"/notices/{mine.pk}/open/").headers["Location"] == "/hot-plates/"
    assert client.post(f"/notices/{other.pk}/open/").status_code == 404
    mine.refresh_from_db()
    other.refresh_from_db()
    assert mine.seen_at is not None
    assert other.seen_at is None


def test_the_count_stands_in_the_header_of_every_page_and_refreshes_by_itself(signed_in, officer):
    client = signed_in(officer)
    assert "not seen" not in client.get("/").content.decode()
    tell(officer)
    page = client.get("/").content.decode()
    assert ">1 notice</a>" in page, "on a phone, where the menu is folded"
    assert 'hx-get="/notices/bell/"' in page
    assert '>1<span class="usa-sr-only"> not seen</span>' in page
    part = client.get("/notices/bell/", headers={"X-Background": "1"}).content.decode()
    assert "not seen" in part
    assert "<html" not in part


def test_the_count_asks_the_database_one_thing_beside_who_asks(signed_in, officer, django_assert_max_num_queries):
    client = signed_in(officer)
    with django_assert_max_num_queries(4):
        client.get("/notices/bell/", headers={"X-Background": "1"})


def test_looking_at_the_count_keeps_no_session_alive(signed_in, officer):
    client = signed_in(officer)
    session = client.session
    seen = (timezone.now() - timedelta(minutes=5)).isoformat()
    session["pk_seen"] = seen
    session.save()
    client.get("/notices/bell/", headers={"X-Background": "1"})
    assert client.session["pk_seen"] == seen
    client.get("/notices/")
    assert client.session["pk_seen"] != seen


def test_a_stranger_has_no_notices(client, db):
    assert client.get("/notices/").status_code == 302
    assert "/notices/bell/" not in client.get("/").content.decode()
