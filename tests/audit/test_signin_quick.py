"""The quick start's links: one use, one day, one button, only where switched on, and the notice all the same."""

import importlib
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth import SESSION_KEY
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from audit.models import QuickLink, User
from audit.signin import quick, sessions, urls
from tests import make
from tests.audit.signing_in import accept_notice, records


@pytest.fixture
def demo(db) -> User:
    return make.user("demo-detective", "detective", first_name="Dana", last_name="Reyes", badge="2001")


def address(person, *, at=None):
    return reverse("quick_link", args=[quick.make(person, at=at or timezone.now())])


def test_one_click_signs_in_and_the_notice_comes_first(client, demo):
    link = address(demo)
    assert "Dana Reyes" in client.get(link).content.decode()
    assert client.post(link).url == reverse("home")
    assert client.get(reverse("audit:policy")).url.startswith(reverse("notice"))
    assert accept_notice(client).url == reverse("home")
    assert client.get(reverse("audit:policy")).status_code == 200
    (entry,) = records("session.quick_link")
    assert (entry.username, entry.outcome) == ("demo-detective", "allowed")
    assert sessions.last_sign_in(demo) is not None


def test_looking_at_a_link_uses_nothing_up(client, demo):
    link = address(demo)
    for _ in range(3):
        assert client.get(link).status_code == 200
    assert SESSION_KEY not in client.session
    assert QuickLink.objects.get().used_at is None


def test_a_used_link_says_so_and_what_to_do(client, demo):
    link = address(demo)
    client.post(link)
    client.logout()
    for answer in (client.get(link), client.post(link)):
        assert answer.status_code == 410
        assert "quick_links" in answer.content.decode()
    assert SESSION_KEY not in client.session


@pytest.mark.parametrize(
    ("age", "open_still"),
    [(timedelta(hours=23, minutes=59), True), (timedelta(hours=24), False), (timedelta(hours=25), False)],
)
def test_a_link_lives_a_day(client, demo, age, open_still):
    link = address(demo, at=timezone.now() - age)
    assert (client.post(link).status_code == 302) == open_still
    assert (SESSION_KEY in client.session) == open_still


def test_a_link_of_a_suspended_person_opens_nothing(client, demo):
    link = address(demo)
    User.objects.filter(pk=demo.pk).update(is_active=False)
    assert client.post(link).status_code == 410
    assert SESSION_KEY not in client.session


def test_only_the_hash_is_stored(demo):
    token = quick.make(demo, at=timezone.now())
    assert len(token) >= 43
    assert token not in str(list(QuickLink.objects.values()))


def test_a_second_persons_link_changes_who_is_signed_in(client, demo):
    client.post(address(demo))
    other = make.user("demo-auditor", "auditor")
    key = client.session.session_key
    client.post(address(other))
    assert client.session[SESSION_KEY] == str(other.pk)
    assert client.session.session_key != key
    assert not sessions.has_notice(client.session)
    assert [entry.username for entry in records("session.sign_out")] == ["demo-detective"]


def test_an_invented_link_is_not_found(client, db):
    assert client.get(reverse("quick_link", args=["invented"])).status_code == 404


def test_links_do_not_exist_where_they_are_off(client, demo, settings):
    link = address(demo)
    settings.QUICK_LINKS_ENABLED = False
    assert client.get(link).status_code == 404
    assert client.post(link).status_code == 404
    assert "quick_link" not in {pattern.name for pattern in importlib.reload(urls).urlpatterns}
    settings.QUICK_LINKS_ENABLED = True
    assert "quick_link" in {pattern.name for pattern in importlib.reload(urls).urlpatterns}


def test_the_command_prints_a_line_for_each_demo_person(client, demo):
    make.user("demo-nobody")
    make.user("real-detective", "detective")
    out = StringIO()
    call_command("quick_links", base="http://127.0.0.1:8123/", stdout=out)
    lines = [line.split("\t") for line in out.getvalue().splitlines()]
    assert [line[:2] for line in lines] == [["Detective", "Dana Reyes #2001"], ["no role", "demo-nobody"]]
    assert lines[0][2].startswith("http://127.0.0.1:8123/quick/")
    assert client.post(lines[0][2].removeprefix("http://127.0.0.1:8123")).status_code == 302


def test_the_command_refuses_outside_the_quick_start(demo, settings):
    settings.QUICK_LINKS_ENABLED = False
    with pytest.raises(CommandError, match="quick start only"):
        call_command("quick_links")


def test_the_command_says_when_there_is_no_demo(db):
    with pytest.raises(CommandError, match="no demonstration department"):
        call_command("quick_links")
