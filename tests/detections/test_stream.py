"""The live line: that there is something, never what; heard in time, by those who may, while they may."""

import http.client
import json
import socket
import threading
import time
import urllib.parse
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm

from detections import stream
from detections.hits import outbox, steps, watching
from detections.models import OutboxEvent
from hotlists.access import Granted
from tests import make
from tests.detections import road


class Listener:
    """A desk that reads its stream over HTTP in a thread of its own; keeps (event, data, id) with the time of each."""

    def __init__(self, address, client, last=None):
        cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
        headers = {"Cookie": cookies} | ({"Last-Event-ID": str(last)} if last is not None else {})
        parts = urllib.parse.urlsplit(address)
        self.line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=30)
        self.line.request("GET", f"{parts.path}?{parts.query}", headers=headers)
        self.sock = self.line.sock  # the response takes it over
        self.response = self.line.getresponse()
        self.raw, self.events, self.ended = b"", [], threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        fields = {}
        try:
            for line in self.response:
                self.raw += line
                name, _, value = line.decode().strip().partition(": ")
                if name:
                    fields[name] = value
                else:
                    if "event" in fields:
                        self.events.append((fields["event"], fields.get("data"), fields.get("id"), time.monotonic()))
                    fields = {}
        except (OSError, ValueError, AttributeError):
            pass
        self.ended.set()

    def names(self):
        return [event[0] for event in self.events if event[0] != "ping"]

    def wait_for(self, name, seconds=8.0):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if name in [event[0] for event in self.events]:
                return True
            time.sleep(0.02)
        return False

    def close(self):
        """Hang up as a browser does that leaves the page."""
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.thread.join(5)
        self.response.close()
        self.line.close()


@pytest.fixture
def quick(monkeypatch):
    """Seconds for minutes."""
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.5)
    monkeypatch.setattr(stream, "LOOK_SECONDS", 1)


@pytest.fixture
def listen(live_server, signed_in, quick):
    """``listen(user, after=…)``: an open desk; all are closed, and the listener is over, when the test ends."""
    opened = []

    def open_desk(user, *, after="", last=None):
        client = signed_in(user)
        address = live_server.url + reverse("detections:hit_stream") + (f"?after={after}" if after != "" else "")
        opened.append(Listener(address, client, last))
        assert opened[-1].wait_for("ping")
        return opened[-1]

    yield open_desk
    for listener in opened:
        listener.close()
    until = time.monotonic() + 10
    while time.monotonic() < until and (len(stream.feed) or stream.feed._listens):
        time.sleep(0.05)
    assert (len(stream.feed), stream.feed._listens) == (0, False)


def test_a_new_hit_is_heard_within_a_second_and_without_a_plate(listen, transactional_db):
    desk = listen(make.user("dispatcher", "dispatcher"))
    started = time.monotonic()
    hit = road.hit()
    outbox.announce(hit, outbox.NEW, at=road.NOON)
    assert desk.wait_for("hit")
    assert desk.events[-1][3] - started < 2
    assert json.loads(desk.events[-1][1]) == {"id": OutboxEvent.objects.get().pk}
    assert b"0DEM" not in desk.raw
    assert b"CAM-" not in desk.raw


def test_a_step_at_one_desk_refreshes_the_other(listen, transactional_db):
    first, second = make.user("first", "dispatcher"), make.user("second", "dispatcher")
    hit = road.hit()
    desk = listen(second, after=stream.newest_id())
    steps.take_hit(hit_id=hit.pk, by=make.by(first), at=timezone.now())
    assert desk.wait_for("refresh")
    assert "hit" not in desk.names()


def test_a_special_lists_hit_is_heard_by_those_granted_it(listen, transactional_db):
    granted, other = make.user("granted", "dispatcher"), make.user("other", "dispatcher")
    special = make.hot_list("Narcotics", kind="special")
    assign_perm("hotlists.see_hits", granted, special)
    hit = road.hit(hot_plate=make.hot_plate(hot_list=special))
    hears, does_not = listen(granted), listen(other)
    outbox.announce(hit, outbox.NEW, at=road.NOON)
    assert hears.wait_for("hit")
    time.sleep(0.5)
    assert does_not.names() == []


def test_what_was_missed_is_told_on_the_next_line(listen, transactional_db):
    hit = road.hit()
    before = outbox.announce(hit, outbox.NEW, at=road.NOON).pk
    newest = outbox.announce(hit, outbox.CHANGED, at=road.NOON).pk
    person = make.user("dispatcher", "dispatcher")
    assert listen(person, last=before).wait_for("refresh")
    assert listen(person, after=before).wait_for("refresh")
    nothing_missed = listen(person, after=before, last=newest)
    time.sleep(0.5)
    assert nothing_missed.names() == []


def test_without_valkey_the_desk_still_hears(listen, transactional_db, monkeypatch, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(stream, "LOOK_ALONE_SECONDS", 0.2)
    desk = listen(make.user("dispatcher", "dispatcher"))
    hit = road.hit()
    OutboxEvent.objects.create(hit=hit, topic=outbox.NEW, created_at=road.NOON)
    assert desk.wait_for("hit")


def test_an_event_that_commits_late_is_not_lost(transactional_db):
    hit = road.hit()
    first = outbox.announce(hit, outbox.NEW, at=road.NOON)
    OutboxEvent.objects.all().delete()
    marked = stream.Outbox()
    OutboxEvent.objects.create(pk=first.pk + 2, hit=hit, topic=outbox.NEW, created_at=road.NOON)
    assert [event.id for event in marked.fresh()] == [first.pk + 2]
    OutboxEvent.objects.create(pk=first.pk + 1, hit=hit, topic=outbox.NEW, created_at=road.NOON)
    assert [event.id for event in marked.fresh()] == [first.pk + 1]
    assert marked.fresh() == []


def test_a_thousand_events_at_once_are_all_given_out(transactional_db):
    hit, marked = road.hit(), stream.Outbox()
    OutboxEvent.objects.bulk_create(OutboxEvent(hit=hit, topic=outbox.NEW, created_at=road.NOON) for _ in range(1500))
    assert len(marked.fresh()) == 1500
    last = outbox.announce(hit, outbox.NEW, at=road.NOON)
    assert [event.id for event in marked.fresh()] == [last.pk]


@pytest.mark.parametrize("end", ["session", "suspension", "role"])
def test_the_line_ends_at_the_next_heartbeat_when_its_right_ends(end, listen, transactional_db):
    person = make.user("dispatcher", "dispatcher")
    desk = listen(person)
    if end == "session":
        Session.objects.all().delete()
    elif end == "suspension":
        person.is_active = False
        person.save()
    else:
        person.role_grants.update(ends_at=timezone.now())
    assert desk.ended.wait(5)


def test_the_line_ends_by_itself(listen, transactional_db, monkeypatch):
    monkeypatch.setattr(stream, "LASTS_SECONDS", 1)
    assert listen(make.user("dispatcher", "dispatcher")).ended.wait(5)


def test_the_line_ends_when_the_server_stops(listen, transactional_db, monkeypatch):
    desk = listen(make.user("dispatcher", "dispatcher"))
    monkeypatch.setattr(stream, "_alive", lambda: False)
    assert desk.ended.wait(3)


def test_one_desk_too_many_is_told_to_come_back(listen, transactional_db, monkeypatch, live_server, signed_in):
    monkeypatch.setattr(stream.feed, "most", 1)
    person = make.user("dispatcher", "dispatcher")
    listen(person)
    second = Listener(live_server.url + reverse("detections:hit_stream"), signed_in(person))
    assert (second.response.status, second.response.headers["Retry-After"]) == (503, "30")
    second.close()


def test_a_line_that_nobody_read_gives_its_place_back(db):
    feed = stream.Feed(most=1)
    feed._listens = True  # no thread in this test
    line = stream.Line(Granted(), after=0, allowed=lambda: True, joined=feed)
    with pytest.raises(stream.TooManyStreams):
        stream.Line(Granted(), after=0, allowed=lambda: True, joined=feed)
    line.close()
    assert len(feed) == 0


def test_events_that_come_together_are_one():
    plate = uuid4()
    events = [stream.Event(number, number == 7, 1, plate, special=False) for number in (4, 7, 6)]
    assert stream.as_bytes(events) == b'id: 7\nevent: hit\ndata: {"id": 7}\n\n'
    assert stream.as_bytes([]) == b""


@pytest.mark.parametrize(("seconds", "goes_on"), [(-1, True), (0, False)])
def test_an_idle_session_ends_the_line_to_the_second(seconds, goes_on, dispatcher, signed_in):
    session = signed_in(dispatcher).session
    idle = timedelta(seconds=django_settings.SESSION_IDLE_SECONDS + seconds)
    at = timezone.datetime.fromisoformat(session["pk_seen"]) + idle
    assert watching.may_go_on(session_key=session.session_key, user_id=dispatcher.pk, at=at) is goes_on


def test_another_persons_session_does_not_carry_the_line(dispatcher, officer, signed_in):
    session = signed_in(dispatcher).session
    now = timezone.now()
    assert not watching.may_go_on(session_key=session.session_key, user_id=officer.pk, at=now)
    assert not watching.may_go_on(session_key=None, user_id=officer.pk, at=now)
