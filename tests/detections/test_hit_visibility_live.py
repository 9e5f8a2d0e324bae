"""A revoked grant, an ended share, a closed account: the open desk looks again and is told nothing more."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from guardian.shortcuts import assign_perm, remove_perm

from detections.live.audience import Audience, heard_by
from detections.live.desks import Desk
from detections.live.events import Event
from detections.live.feed import Feed
from detections.live.telling import LOOK_AGAIN
from hotlists.access import granted
from hotlists.models import HotListShare
from tests import make


@pytest.fixture
def special(db):
    return make.hot_list("Special one", kind="special")


@pytest.fixture
def feed(monkeypatch):
    """A feed without its thread: the tests are the clock."""
    made = Feed()
    made._listens = True
    return made


def share(special, *, at):
    asker, decider = make.user("asker"), make.user("decider")
    return HotListShare.objects.create(
        hot_list=special,
        whole_list=True,
        agency="Riverbend Police Department",
        why="The same crew works both cities",
        starts_at=at - timedelta(hours=1),
        ends_at=at + timedelta(hours=1),
        asked_by=asker,
        asked_at=at - timedelta(hours=2),
        decision="approved",
        decided_by=decider,
        decided_at=at - timedelta(hours=2),
        profile="x",
    )


def desk_of(person, signed_in, feed):
    desk = Desk(signed_in(person).session.session_key, person.pk, granted(person, timezone.now()))
    feed.join(desk)
    return desk


def test_an_open_desk_looks_again_when_its_grant_is_revoked(special, dispatcher, signed_in, feed):
    assign_perm("hotlists.see_hits", dispatcher, special)
    desk = desk_of(dispatcher, signed_in, feed)
    feed._review(Audience())
    assert desk.wanted.empty()
    remove_perm("hotlists.see_hits", dispatcher, special)
    feed._review(Audience())
    assert desk.wanted.get_nowait() == LOOK_AGAIN
    feed._review(Audience())
    assert desk.wanted.empty()


def test_a_guests_open_desk_looks_again_when_the_share_is_over(special, signed_in, feed):
    now = timezone.now()
    shared = share(special, at=now)
    guest = make.user("guest", "dispatcher", organisation=shared.agency)
    desk = desk_of(guest, signed_in, feed)
    HotListShare.objects.filter(pk=shared.pk).update(ends_at=now - timedelta(seconds=1))
    feed._review(Audience())
    assert desk.wanted.get_nowait() == LOOK_AGAIN


def test_who_hears_of_what_is_asked_at_the_instant_of_telling(special, dispatcher, officer):
    now = timezone.now()
    shared = share(special, at=now)
    guest = make.user("guest", "dispatcher", organisation=shared.agency)
    root = make.user("root", "dispatcher", is_superuser=True)
    assign_perm("hotlists.see_hits", dispatcher, special)
    assign_perm("hotlists.see_hits", guest, make.hot_list("Special two", kind="special"))
    secret = Event(1, uuid4(), True, special.pk, uuid4(), special=True)
    other = Event(2, uuid4(), True, make.hot_list().pk, uuid4(), special=False)
    people = {dispatcher, officer, guest, root}

    def hear(at):
        told = heard_by(people, {secret, other}, at)
        return {person.username: told[person.pk] for person in people}

    assert hear(now) == {
        "dispatcher": {secret, other},
        "officer": {other},
        "guest": {secret},
        "root": {other},
    }
    assert hear(shared.starts_at - timedelta(microseconds=1))["guest"] == hear(shared.ends_at)["guest"] == frozenset()
    remove_perm("hotlists.see_hits", dispatcher, special)
    assert hear(now)["dispatcher"] == {other}
