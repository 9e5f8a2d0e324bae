"""C-07: one click ends a person's sessions within a second, the live desk with them; two places at once are told."""

import threading
import time

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import LedgerEntry, Notice, User
from detections.hits import desk as hit_desk  # noqa: F401 - the desk's verbs are loaded before threads start
from detections.live.feed import feed
from detections.live.line import keep_while
from detections.models import Hit
from tests import make
from tests.audit.signing_in import accept_notice, code, enrol, give_code, give_password, sign_in_rules

__all__ = ["sign_in_rules"]


def test_c07_the_next_request_of_every_session_is_refused_within_a_second(signed_in, administrator, detective):
    one, other = signed_in(detective), signed_in(detective)
    assert one.get(reverse("audit:notices")).status_code == other.get(reverse("audit:notices")).status_code == 200
    boss = signed_in(administrator)
    began = time.monotonic()
    answer = boss.post(reverse("audit:roster_suspend", args=[detective.pk]))
    refused = [browser.get(reverse("audit:notices")) for browser in (one, other)]
    took = time.monotonic() - began
    assert answer.status_code == 302
    assert [page.status_code for page in refused] == [302, 302]
    assert took < 1, f"{took:.2f} s"
    assert not Session.objects.filter(session_key__in=[one.cookies["sessionid"].value]).exists()
    entry = LedgerEntry.objects.filter(action="user.suspend").select_related("clear").get()
    assert (entry.subject_id, entry.clear.reason) == (str(detective.pk), "Suspended at once, from the roster")


def test_an_api_request_with_the_old_cookie_is_401(signed_in, administrator, detective):
    browser = signed_in(detective)
    assert browser.get("/api/v1/hits/").status_code == 200
    signed_in(administrator).post(reverse("audit:roster_suspend", args=[detective.pk]), {"reason": "Laptop stolen"})
    assert browser.get("/api/v1/hits/").status_code in (401, 403)


def test_who_may_not_suspend_is_refused_on_record(signed_in, officer, detective, administrator):
    assert signed_in(officer).post(reverse("audit:roster_suspend", args=[detective.pk])).status_code == 403
    own = signed_in(administrator).post(reverse("audit:roster_suspend", args=[administrator.pk]))
    assert own.status_code == 403
    assert User.objects.filter(is_active=False).count() == 0
    codes = LedgerEntry.objects.filter(action="user.suspend").values_list("rule_code", flat=True)
    assert set(codes) == {"access.role", "people.own_record"}


@pytest.mark.django_db(transaction=True)
def test_c07_a_streaming_desk_gets_nothing_more(signed_in):
    """A real open stream in a thread of its own: a hit after the suspension is not told to it."""
    admin, person = make.user("admin1", "alpr_administrator"), make.user("det1", "detective")
    browser = signed_in(person)
    answer = browser.get("/hits/stream/", headers={"Accept": "text/event-stream"})
    assert answer.status_code == 200
    heard: list[bytes] = []

    def listen():
        try:
            for piece in answer.streaming_content:
                heard.append(piece)
        finally:
            connection.close()

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        _hit(person, "0DEM111")
        assert _waited(lambda: b"event: hit" in b"".join(heard)), "the live desk never heard the first hit"
        told = len(b"".join(heard).split(b"event: hit"))
        signed_in(admin).post(reverse("audit:roster_suspend", args=[person.pk]))
        _hit(person, "0DEM222")
        time.sleep(3)
        assert len(b"".join(heard).split(b"event: hit")) == told
    finally:
        keep_while(lambda: False)
        listener.join(20)
        _waited(lambda: feed.is_idle)
        keep_while(lambda: True)


def _hit(by: User, plate: str) -> None:
    """A hit stored as matching stores one, and told to the live desks."""
    from detections.live import telling  # noqa: F401

    now = timezone.now()
    entry = make.hot_plate(plate, at=now, entered_by=by)
    read = make.detection(plate, at=now)
    Hit.objects.create(detection=read, hot_plate=entry, plate=plate, captured_at=read.captured_at, created_at=now)


def _waited(true, seconds: float = 15) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.1)
    return False


def test_a_second_sign_in_elsewhere_is_told_and_can_be_ended(client, detective, sign_in_rules):
    secret = enrol(detective)
    first, second = Client(REMOTE_ADDR="10.0.0.1"), Client(REMOTE_ADDR="10.0.0.2")
    give_password(first, "detective")
    give_code(first, code(secret, steps=-1))
    accept_notice(first)
    assert not Notice.objects.exists()
    give_password(second, "detective")
    give_code(second, code(secret))
    page = second.get(reverse("notice")).content.decode()
    assert "You are also signed in elsewhere" in page
    assert "10.0.0.1" in page
    notice = Notice.objects.get(recipient=detective)
    assert notice.urgent
    assert "10.0.0.1" in notice.words
    entry = LedgerEntry.objects.filter(action="session.sign_in").select_related("clear").latest("index")
    assert '"address": "10.0.0.1"' in entry.clear.detail
    second.post(reverse("notice"), {"end_others": "1"})
    assert UserSession.objects.filter(user=detective).count() == 1
    assert first.get(reverse("audit:notices")).status_code == 302
    assert second.get(reverse("audit:notices")).status_code == 200
