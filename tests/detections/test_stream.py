"""The live line: cards after their record and never before; in time, to those who may, while they may."""

import http.client
import json
import socket
import threading
import time
import urllib.parse
import uuid
from contextlib import suppress
from datetime import timedelta

import pytest
import redis
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.db import OperationalError, transaction
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm, remove_perm

from audit import ledger
from audit.models import LedgerEntry
from detections.hits import outbox, steps
from detections.live import audience, events, line, telling, wake_ups
from detections.live import feed as feeds
from detections.live.desks import MOST_WAITING, Desk
from detections.live.feed import feed
from detections.models import Hit, OutboxEvent, PossibleMatch
from hotlists.models import HotListShare
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

    def told(self, name="hit"):
        """The data of the first event of that name."""
        return next(json.loads(data) for event, data, _, _ in self.events if event == name)

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
    monkeypatch.setattr(line, "HEARTBEAT_SECONDS", 0.5)
    monkeypatch.setattr(feeds, "REVIEW_SECONDS", 0.5)
    monkeypatch.setattr(audience, "RIGHTS_SECONDS", 0.2)
    monkeypatch.setattr(wake_ups, "LOOK_SECONDS", 0.5)


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
    while time.monotonic() < until and not feed.is_idle:
        time.sleep(0.05)
    assert feed.is_idle


def announced(topic=outbox.NEW, plate="0DEM123", **fields):
    """A new hit and its event."""
    hit = road.hit(plate, picture=False, **fields)
    outbox.announce(hit, topic, at=timezone.now())
    return hit


def records():
    return list(LedgerEntry.objects.filter(action="hit.tell").order_by("index"))


def test_a_new_hits_card_arrives_within_two_seconds_and_is_on_record_first(listen, transactional_db):
    desk = listen(make.user("dispatcher", "dispatcher"))
    started = time.monotonic()
    hit = announced()
    assert desk.wait_for("hit")
    assert desk.events[-1][3] - started < 2
    told, (record,) = desk.told(), records()
    assert [(card["id"], card["new"]) for card in told["cards"]] == [(str(hit.pk), True)]
    assert "0DEM123" in told["cards"][0]["html"]
    assert told["record"] == record.index
    assert (record.result_count, record.subject_id, record.username) == (1, str(hit.pk), "hit desk")
    assert json.loads(record.clear.detail) == {
        "told": [{"hits": [str(hit.pk)], "people": ["dispatcher"], "desks": 1}],
    }
    assert (told["counts"]["open"], told["counts"]["new"]) == (1, 1)


def test_one_record_names_every_person_at_the_desks(listen, transactional_db):
    first, second = make.user("first", "dispatcher"), make.user("second", "dispatcher")
    desks = [listen(first), listen(first), listen(second)]
    hit = announced()
    assert all(desk.wait_for("hit") for desk in desks)
    (record,) = records()
    assert json.loads(record.clear.detail)["told"] == [
        {"hits": [str(hit.pk)], "people": ["first", "second"], "desks": 3}
    ]


def test_without_a_record_no_card_leaves_only_the_word_to_look_again(listen, transactional_db, monkeypatch):
    def unwritable(*args, **kwargs):
        raise ledger.LedgerUnavailable("OperationalError")

    desk = listen(make.user("dispatcher", "dispatcher"))
    monkeypatch.setattr(telling.ledger, "_append", unwritable)
    announced()
    assert desk.wait_for("refresh")
    time.sleep(0.5)
    assert desk.names() == ["refresh"]
    assert desk.told("refresh") == {}
    assert b"0DEM" not in desk.raw
    assert b"CAM-" not in desk.raw


def test_the_card_is_not_on_the_wire_while_its_record_is_not_committed(transactional_db, monkeypatch):
    """Inside the act nothing has reached the desk's queue; after it, the card is there."""
    person, waiting = make.user("dispatcher", "dispatcher"), []
    desk = Desk("key", person.pk)
    monkeypatch.setattr(audience.Sessions, "holders", lambda self, keys, at: {"key": str(person.pk)})
    announced()
    render = telling.card_of
    monkeypatch.setattr(telling, "card_of", lambda *given: waiting.append(desk.wanted.empty()) or render(*given))
    telling.tell({desk: frozenset(events.events_after(0))}, audience.Audience(), timezone.now())
    assert waiting == [True]
    assert b"0DEM123" in desk.wanted.get_nowait()
    assert len(records()) == 1


def test_a_step_at_one_desk_changes_the_card_of_the_other(listen, transactional_db):
    first, second = (
        make.user("first", "dispatcher", first_name="Dana", last_name="Desk"),
        make.user("second", "dispatcher"),
    )
    hit = road.hit()
    desk = listen(second, after=events.newest_id())
    steps.take_hit(hit_id=hit.pk, by=make.by(first), at=timezone.now())
    assert desk.wait_for("change")
    assert "hit" not in desk.names()
    told = desk.told("change")
    assert 'data-status="taken"' in told["cards"][0]["html"]
    assert "Dana Desk has it" in told["cards"][0]["html"]
    assert told["counts"]["mine"] == {str(first.pk): 1}


def test_a_special_lists_hit_is_heard_by_those_granted_it(listen, transactional_db):
    granted, other = make.user("granted", "dispatcher"), make.user("other", "dispatcher")
    special = make.hot_list("Narcotics", kind="special")
    assign_perm("hotlists.see_hits", granted, special)
    hears, does_not = listen(granted), listen(other)
    announced(hot_plate=make.hot_plate(hot_list=special, at=timezone.now()))
    assert hears.wait_for("hit")
    time.sleep(0.7)
    assert does_not.names() == []
    assert hears.told()["counts"]["information"] == 1
    assert json.loads(records()[0].clear.detail)["told"][0]["people"] == ["granted"]


def test_a_grant_revoked_while_the_desk_is_open_tells_nothing_more(listen, transactional_db):
    person = make.user("granted", "dispatcher")
    special = make.hot_list("Narcotics", kind="special")
    assign_perm("hotlists.see_hits", person, special)
    desk = listen(person)
    announced(hot_plate=make.hot_plate(hot_list=special, at=timezone.now()))
    assert desk.wait_for("hit")
    remove_perm("hotlists.see_hits", person, special)
    announced(plate="0DEM124", hot_plate=make.hot_plate("0DEM124", hot_list=special, at=timezone.now()))
    time.sleep(1.5)
    assert [name for name in desk.names() if name != "refresh"] == ["hit"]
    assert b"0DEM124" not in desk.raw
    assert len(records()) == 1


def test_a_shared_lists_hits_end_with_the_share(transactional_db):
    """Guests hear of a shared list until its share ends, to the microsecond, and of no ordinary hit at all."""
    guest = make.user("guest", "dispatcher", organisation="Elm County Sheriff")
    own = make.user("own", "dispatcher")
    special = make.hot_list("Narcotics", kind="special")
    now = timezone.now()
    share = HotListShare.objects.create(
        hot_list=special,
        agency="Elm County Sheriff",
        whole_list=True,
        why="A joint case of both agencies",
        starts_at=now - timedelta(hours=1),
        ends_at=now + timedelta(hours=1),
        asked_by=own,
        asked_at=now - timedelta(hours=2),
        decided_by=make.user("commander"),
        decided_at=now - timedelta(hours=2),
        decision="approved",
    )
    quiet = announced(hot_plate=make.hot_plate(hot_list=special, at=now))
    announced(plate="0DEM124")
    found = events.events_after(0)
    before, after = share.ends_at - timedelta(microseconds=1), share.ends_at
    assert {event.hit for event in audience.heard_by([guest], found, before)[guest.pk]} == {quiet.pk}
    assert audience.heard_by([guest], found, after)[guest.pk] == frozenset()


def test_what_was_missed_is_told_on_the_next_line_and_on_record(listen, transactional_db):
    hit = road.hit()
    before = outbox.announce(hit, outbox.NEW, at=road.NOON).pk
    newest = outbox.announce(hit, outbox.CHANGED, at=road.NOON).pk
    person = make.user("dispatcher", "dispatcher")
    assert listen(person, last=before).wait_for("change")
    assert listen(person, after=before).wait_for("change")
    nothing_missed = listen(person, after=before, last=newest)
    time.sleep(1)
    assert nothing_missed.names() == []
    assert len(records()) == 2


def test_what_was_committed_late_is_told_on_the_next_line_too(transactional_db):
    hit, now = road.hit(), timezone.now()
    late = outbox.announce(hit, outbox.NEW, at=now)
    last = outbox.announce(hit, outbox.NEW, at=now)
    found = events.missed_since(last.pk, now)
    assert [event.id for event in found] == [late.pk]
    assert events.missed_since(last.pk, now + timedelta(seconds=events.LOOK_BACK_SECONDS)) == []


def test_cards_come_in_the_order_of_their_events(listen, transactional_db):
    desk = listen(make.user("dispatcher", "dispatcher"))
    made = [announced(plate=f"0DEM20{number}") for number in range(8)]
    until = time.monotonic() + 8
    while desk.raw.count(b"0DEM207") == 0 and time.monotonic() < until:
        time.sleep(0.05)
    cards = [card["id"] for name, data, _, _ in desk.events if name == "hit" for card in json.loads(data)["cards"]]
    assert cards == [str(hit.pk) for hit in made]
    ids = [int(number) for name, _, number, _ in desk.events if name == "hit"]
    assert ids == sorted(ids)


def test_a_possible_match_changes_a_number_and_shows_nothing(listen, transactional_db):
    desk = listen(make.user("dispatcher", "dispatcher"))
    now = timezone.now()
    entry, read = make.hot_plate(at=now), make.detection("0DEM1Z3", at=now)
    match = PossibleMatch.objects.create(
        detection=read, hot_plate=entry, kind="lookalike", plate="0DEM1Z3", captured_at=now, created_at=now
    )
    OutboxEvent.objects.create(possible=match, topic="possible.new", created_at=now)
    assert desk.wait_for("counts")
    told = desk.told("counts")
    assert (told["cards"], told["counts"]["possible"], told["record"]) == ([], 1, None)
    assert b"0DEM" not in desk.raw
    assert records() == []


def test_without_valkey_the_desk_still_hears(listen, transactional_db, monkeypatch, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(wake_ups, "LOOK_ALONE_SECONDS", 0.2)
    desk = listen(make.user("dispatcher", "dispatcher"))
    hit = road.hit()
    OutboxEvent.objects.create(hit=hit, topic=outbox.NEW, created_at=road.NOON)
    assert desk.wait_for("hit")


def test_an_event_that_commits_late_is_not_lost(transactional_db):
    hit = road.hit()
    first = outbox.announce(hit, outbox.NEW, at=road.NOON)
    OutboxEvent.objects.all().delete()
    marked = events.Outbox()
    OutboxEvent.objects.create(pk=first.pk + 2, hit=hit, topic=outbox.NEW, created_at=road.NOON)
    assert [event.id for event in marked.fresh()] == [first.pk + 2]
    OutboxEvent.objects.create(pk=first.pk + 1, hit=hit, topic=outbox.NEW, created_at=road.NOON)
    assert [event.id for event in marked.fresh()] == [first.pk + 1]
    assert marked.fresh() == []


def test_a_thousand_events_at_once_are_all_given_out(transactional_db):
    hit, marked = road.hit(), events.Outbox()
    OutboxEvent.objects.bulk_create(OutboxEvent(hit=hit, topic=outbox.NEW, created_at=road.NOON) for _ in range(1500))
    assert len(marked.fresh()) == 1500
    last = outbox.announce(hit, outbox.NEW, at=road.NOON)
    assert [event.id for event in marked.fresh()] == [last.pk]


def test_a_burst_of_a_thousand_hits_is_one_message_of_the_newest_hundred(listen, transactional_db):
    """The newest hundred come as cards under one record; how many more there are is said, and counted right."""
    desk, now = listen(make.user("dispatcher", "dispatcher")), timezone.now()
    first = road.hit("0DEM300", picture=False)
    hits = [
        Hit(
            hot_plate=first.hot_plate,
            plate="0DEM300",
            created_at=now,
            detection_id=uuid.uuid4(),
            camera_id=first.camera_id,
            captured_at=first.captured_at,
        )
        for _ in range(999)
    ]
    newest = Hit(
        hot_plate=first.hot_plate,
        plate="0DEM300",
        created_at=now,
        detection_id=first.detection_id,
        camera_id=first.camera_id,
        captured_at=first.captured_at,
    )
    first.delete()
    with transaction.atomic():
        Hit.objects.bulk_create([*hits, newest])
        OutboxEvent.objects.bulk_create(
            OutboxEvent(hit=hit, topic=outbox.NEW, created_at=now) for hit in [*hits, newest]
        )
    assert desk.wait_for("hit")
    told = desk.told()
    assert (told["more"], told["counts"]["open"], len(records())) == (900, 1000, 1)
    assert told["cards"][-1]["id"] == str(newest.pk)
    assert len(desk.names()) == 1


@pytest.mark.parametrize("end", ["session", "suspension", "role"])
def test_the_line_ends_at_the_next_review_when_its_right_ends(end, listen, transactional_db):
    person = make.user("dispatcher", "dispatcher")
    desk = listen(person)
    _end(end, person)
    assert desk.ended.wait(5)


@pytest.mark.parametrize("end", ["session", "suspension"])
def test_no_card_goes_to_a_desk_whose_session_or_person_has_just_ended(end, transactional_db, signed_in):
    """Asked at the instant of the telling, whatever was known before."""
    person = make.user("dispatcher", "dispatcher")
    desk = Desk(signed_in(person).session.session_key, person.pk)
    known = audience.Audience()
    assert known.present([desk], timezone.now()) == {desk: person}
    _end(end, person)
    announced()
    telling.tell({desk: frozenset(events.events_after(0))}, known, timezone.now())
    assert desk.wanted.get_nowait() is None
    assert records() == []


def test_a_role_that_ended_is_noticed_after_some_seconds(transactional_db, signed_in, monkeypatch):
    person = make.user("dispatcher", "dispatcher")
    desk = Desk(signed_in(person).session.session_key, person.pk)
    known = audience.Audience()
    assert audience.RIGHTS_SECONDS == 5
    known.present([desk], timezone.now())
    _end("role", person)
    clock = time.monotonic() + 5
    monkeypatch.setattr(audience.time, "monotonic", lambda: clock)
    assert known.present([desk], timezone.now()) == {}


def _end(what, person):
    if what == "session":
        Session.objects.all().delete()
    elif what == "suspension":
        person.is_active = False
        person.save()
    else:
        person.role_grants.update(ends_at=timezone.now())


def test_the_line_ends_by_itself(listen, transactional_db, monkeypatch):
    monkeypatch.setattr(line, "LASTS_SECONDS", 1)
    assert listen(make.user("dispatcher", "dispatcher")).ended.wait(5)


def test_the_line_ends_when_the_server_stops(listen, transactional_db, monkeypatch):
    desk = listen(make.user("dispatcher", "dispatcher"))
    monkeypatch.setattr(line, "_alive", lambda: False)
    assert desk.ended.wait(3)


def test_the_lines_end_when_the_outbox_cannot_be_read(listen, transactional_db, monkeypatch):
    """A page must not believe that it is live when nothing can reach it."""

    def unreachable(self):
        raise OperationalError("no database")

    desk = listen(make.user("dispatcher", "dispatcher"))
    monkeypatch.setattr(events.Outbox, "fresh", unreachable)
    assert desk.ended.wait(5)


def test_one_desk_too_many_is_told_to_come_back(listen, transactional_db, monkeypatch, live_server, signed_in):
    monkeypatch.setattr(feed, "most", 1)
    person = make.user("dispatcher", "dispatcher")
    listen(person)
    second = Listener(live_server.url + reverse("detections:hit_stream"), signed_in(person))
    assert (second.response.status, second.response.headers["Retry-After"]) == (503, "30")
    second.close()


def test_a_line_that_nobody_read_gives_its_place_back(db):
    own = feeds.Feed(most=1)
    own._listens = True  # no thread in this test
    first = line.Line(Desk("key", 1), after=0, at=timezone.now(), joined=own)
    with pytest.raises(feeds.TooManyDesks):
        line.Line(Desk("key", 1), after=0, at=timezone.now(), joined=own)
    first.close()
    assert len(own) == 0


@pytest.mark.parametrize(("seconds", "goes_on"), [(-1, True), (0, False)])
def test_an_idle_session_ends_the_line_to_the_second(seconds, goes_on, dispatcher, signed_in):
    session = signed_in(dispatcher).session
    idle = timedelta(seconds=django_settings.SESSION_IDLE_SECONDS + seconds)
    at = timezone.datetime.fromisoformat(session["pk_seen"]) + idle
    desk = Desk(session.session_key, dispatcher.pk)
    assert (desk in audience.Audience().present([desk], at)) is goes_on


def test_another_persons_session_does_not_carry_the_line(dispatcher, officer, signed_in):
    session = signed_in(dispatcher).session
    strangers = [Desk(session.session_key, officer.pk), Desk(None, officer.pk)]
    assert audience.Audience().present(strangers, timezone.now()) == {}


def test_one_session_does_not_take_the_places_of_all_others(db):
    own = feeds.Feed()
    own._listens = True  # no thread in this test
    for _ in range(feeds.MOST_OF_A_SESSION):
        own.join(Desk("key", 1))
    with pytest.raises(feeds.TooManyDesks):
        own.join(Desk("key", 1))
    own.join(Desk("other", 2))


def test_a_desk_that_takes_nothing_any_more_is_ended_and_not_kept_for():
    desk = Desk("key", 1)
    for _ in range(MOST_WAITING + 1):
        desk.tell(b"card")
    assert desk.wanted.get_nowait() is None
    assert desk.wanted.empty()


def test_an_old_mark_brings_no_closed_hit_whose_read_is_past_its_ceiling(transactional_db, signed_in):
    """The list and the page of the hit do not show it any more: a line that says it has missed much does not either."""
    person = make.user("dispatcher", "dispatcher")
    now = timezone.now()
    old = now - timedelta(days=365 * 6)
    closed, waits = road.hit("0DEM111", at=old), road.hit("0DEM222", at=now)
    Hit.objects.filter(pk=closed.pk).update(
        status="closed", disposition="information", taken_by=person, closed_by=person, closed_at=old
    )
    for hit in (closed, waits):
        OutboxEvent.objects.create(hit=hit, topic=outbox.CHANGED, created_at=now)
    desk = Desk(signed_in(person).session.session_key, person.pk)
    telling.tell({desk: frozenset(events.missed_since(1, now))}, audience.Audience(), now)
    message = desk.wanted.get_nowait().decode()
    assert str(waits.pk) in message
    assert closed.plate not in message


def test_when_the_feed_looks_at_once_valkey_counts_it_in_already(transactional_db, settings):
    """Else a hit of that very moment would wait for the ten-second look."""
    waiting = wake_ups.WakeUps(threading.Event())
    try:
        waiting.wait()
        assert redis.Redis.from_url(settings.REDIS_URL).pubsub_numsub(wake_ups.CHANNEL)[0][1] >= 1
    finally:
        waiting.close()
