"""A session ends by the server's clock: 30 minutes idle, 12 hours in all, at once for a suspended account."""

from datetime import timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit import ledger
from audit.models import User
from audit.signin import middleware, sessions
from tests import make
from tests.audit.signing_in import records

STARTED = make.NOON


class Clock:
    """The clock the doors read, set by hand."""

    def __init__(self) -> None:
        self.time = STARTED

    def now(self):
        return self.time


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(middleware.timezone, "now", made.now)
    return made


@pytest.fixture
def desk(detective, signed_in, clock) -> Client:
    """The detective's browser, signed in at noon by the clock."""
    return signed_in(detective)


def page(browser, **headers):
    return browser.get(reverse("audit:policy"), headers=headers)


@pytest.mark.parametrize(
    ("idle", "open_still"),
    [
        (timedelta(minutes=29, seconds=59), True),
        (timedelta(minutes=30), False),
        (timedelta(minutes=30, seconds=1), False),
    ],
)
def test_a_session_ends_after_thirty_idle_minutes(desk, clock, idle, open_still):
    clock.time = STARTED + idle
    assert (page(desk).status_code == 200) == open_still
    assert (SESSION_KEY in desk.session) == open_still


@pytest.mark.parametrize(
    ("age", "open_still"),
    [
        (timedelta(hours=11, minutes=59, seconds=59), True),
        (timedelta(hours=12), False),
        (timedelta(hours=12, seconds=1), False),
    ],
)
def test_a_session_ends_after_twelve_hours_however_busy(desk, clock, age, open_still):
    session = desk.session
    session[sessions.SEEN] = (STARTED + age - timedelta(seconds=5)).isoformat()
    session.save()
    clock.time = STARTED + age
    assert (page(desk).status_code == 200) == open_still


def test_work_keeps_a_session_alive(desk, clock):
    for _ in range(3):
        clock.time += timedelta(minutes=29)
        assert page(desk).status_code == 200


@pytest.mark.parametrize("headers", [{"x-background": "1"}])
def test_polling_keeps_no_session_alive(desk, clock, headers):
    clock.time += timedelta(minutes=20)
    assert page(desk, **headers).status_code == 200
    clock.time += timedelta(minutes=11)
    assert page(desk).status_code == 302


def test_the_stream_keeps_no_session_alive(desk, clock):
    clock.time += timedelta(minutes=20)
    desk.get("/hits/stream/none-here/")
    assert sessions.ends_at(desk.session) == clock.time + timedelta(minutes=30)
    clock.time += timedelta(minutes=20)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(middleware.settings, "SESSION_BACKGROUND_PATHS", (reverse("audit:policy"),), raising=False)
        assert page(desk).status_code == 200
    clock.time += timedelta(minutes=11)
    assert page(desk).status_code == 302


def test_last_use_is_written_at_most_once_a_minute(desk, clock):
    before = desk.session[sessions.SEEN]
    clock.time += timedelta(seconds=59)
    page(desk)
    assert desk.session[sessions.SEEN] == before
    clock.time += timedelta(seconds=1)
    page(desk)
    assert desk.session[sessions.SEEN] != before


def test_the_end_says_why_and_leads_back(desk, clock):
    clock.time += timedelta(minutes=31)
    answer = page(desk)
    assert answer.url == f"{reverse('account_login')}?next={reverse('audit:policy')}"
    assert answer["Clear-Site-Data"] == '"cache"'
    words = [str(message) for message in get_messages(answer.wsgi_request)]
    assert words == ["You were signed out after 30 minutes without activity."]
    assert words[0] in desk.get(answer.url).content.decode()


def test_the_end_is_on_the_ledger(desk, clock):
    key = desk.session.session_key
    clock.time += timedelta(minutes=31)
    page(desk)
    (entry,) = records("session.expire")
    assert (entry.username, entry.session) == ("detective", key[:8])
    assert "30 minutes" in entry.clear.reason
    assert records("session.sign_out") == []


def test_the_session_ends_even_when_the_ledger_is_down(desk, clock, monkeypatch):
    def down(*_, **__):
        raise ledger.LedgerUnavailable("down")

    monkeypatch.setattr("audit.ledger._append", down)
    clock.time += timedelta(minutes=31)
    assert page(desk).status_code == 503
    assert SESSION_KEY not in desk.session


def test_machines_get_401_in_json(desk, clock):
    clock.time += timedelta(minutes=31)
    answer = desk.get("/api/v1/schema/")
    assert (answer.status_code, answer.json()["code"]) == (401, "session.over")


def test_a_part_of_a_page_tells_the_browser_to_sign_in(desk, clock):
    clock.time += timedelta(minutes=31)
    answer = page(desk, hx_request="true")
    assert (answer.status_code, answer["HX-Redirect"]) == (401, reverse("account_login"))


def test_a_session_of_unknown_age_is_over(detective, client):
    client.force_login(detective)
    assert page(client).url.startswith(reverse("account_login"))
    assert SESSION_KEY not in client.session


def test_a_suspended_person_is_out_with_the_next_request(desk, detective):
    User.objects.filter(pk=detective.pk).update(is_active=False, suspended_at=timezone.now())
    answer = page(desk)
    assert answer.url.startswith(reverse("account_login"))
    assert SESSION_KEY not in desk.session
    (entry,) = records("session.expire")
    assert (entry.username, entry.clear.reason) == ("detective", middleware.CUT_OFF)


def test_a_changed_password_ends_the_other_sessions(desk, detective):
    detective.set_password("another long phrase for today")
    detective.save()
    assert page(desk).url.startswith(reverse("account_login"))
    assert len(records("session.expire")) == 1


def test_the_cookie_is_not_kept_and_not_readable_by_scripts(detective, signed_in, settings):
    assert settings.SESSION_EXPIRE_AT_BROWSER_CLOSE is True
    assert settings.SESSION_COOKIE_HTTPONLY is True
    assert signed_in(detective).session.get_expire_at_browser_close()
