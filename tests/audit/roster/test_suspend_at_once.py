"""C-07: one click ends a person's sessions within a second, the live desk with them; two places at once are told."""

import time

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from audit.models import LedgerEntry, Notice, User
from tests import make
from tests.audit.signing_in import accept_notice, code, enrol, give_code, give_password, sign_in_rules
from tests.detections.test_stream import announced, listen, quick

__all__ = ["listen", "quick", "sign_in_rules"]


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
def test_c07_a_streaming_desk_ends_and_gets_nothing_more(listen, signed_in):  # noqa: F811
    """A real server, a real open stream: what happens after the click is not told to it, and its line ends."""
    admin, person = make.user("admin1", "alpr_administrator"), make.user("det1", "detective")
    desk = listen(person)
    announced(plate="0DEM111")
    assert desk.wait_for("hit")
    began = time.monotonic()
    assert signed_in(admin).post(reverse("audit:roster_suspend", args=[person.pk])).status_code == 302
    assert time.monotonic() - began < 1
    announced(plate="0DEM222")
    assert desk.ended.wait(10)
    assert desk.names().count("hit") == 1


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
