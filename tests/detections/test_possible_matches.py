"""A possible match is decided by a person with the picture, and becomes a hit only by correcting the read."""

import json
from datetime import timedelta

import pytest
from guardian.shortcuts import assign_perm

from audit.models import LedgerEntry
from audit.refusals import Refused
from detections.hits.difference import difference
from detections.hits.possible import decide_possible, dismiss_possible, list_possible, open_possible
from detections.models import Detection, Hit, OutboxEvent, PlateCorrection, PossibleMatch
from tests import make
from tests.detections.possible import NOON, look, partial, possible
from tests.detections.searching import last_entry

LATER = NOON + timedelta(minutes=5)


def decide(match, by, outcome, note="", at=LATER):
    return decide_possible(possible_id=match.pk, outcome=outcome, note=note, by=make.by(by), at=at)


def refused(match, by, outcome, note=""):
    with pytest.raises(Refused) as caught:
        decide(match, by, outcome, note)
    match.refresh_from_db()
    return caught.value.refusal.code


def test_the_queue_shows_both_plates_and_where_they_differ(dispatcher):
    match = possible("0DEM12B", "0DEM128")
    queue = list_possible(by=make.by(dispatcher), at=LATER)
    card = queue.cards[0]
    assert (card.match, queue.counts, queue.kinds["lookalike"]) == (match, {"new": 1, "decided": 0}, 1)
    assert card.difference.words == ("7th character: 8 in the hot plate, B in the read.",)
    entry = last_entry()
    assert (entry.action, entry.result_count, queue.record_index) == ("possible_match.list", 1, entry.index)


@pytest.mark.parametrize(
    ("hot", "read", "words"),
    [
        ("0DEM123", "0DEMI23", ["5th character: 1 in the hot plate, I in the read."]),
        ("0DEM123", "0DEM13", ["6th character of the hot plate: 2, missing in the read."]),
        ("0DEM123", "0DEMX123", ["5th character of the read: X, not in the hot plate."]),
        ("0D?M123", "0DEM123", ["3rd character: not known, E in the read."]),
        ("0DEM123", "ODEM124", ["1st character: 0 in the hot plate, O in the read.",
                                "7th character: 3 in the hot plate, 4 in the read."]),
        ("0DEM123", "0DEM123", []),
    ],
)  # fmt: skip
def test_a_difference_is_told_in_words_and_marked_at_its_place(hot, read, words):
    found = difference(hot, read)
    assert list(found.words) == words
    assert len(found.hot) == len(found.read)
    assert sum(sign.marked for sign in found.hot) == len(words)


def test_nothing_is_decided_without_a_look_at_the_picture(dispatcher):
    match = possible()
    for outcome in ("dismissed", "same", "lead"):
        assert refused(match, dispatcher, outcome, "dark red like the one") == "possible_match.picture_unseen"
    assert (match.status, PlateCorrection.objects.count()) == ("new", 0)


def test_a_look_of_another_person_is_not_enough(dispatcher, officer):
    match = possible()
    look(match, officer)
    assert refused(match, dispatcher, "dismissed") == "possible_match.picture_unseen"


def test_another_vehicle_is_dismissed_on_record_and_told_to_the_desks(dispatcher):
    match = possible()
    look(match, dispatcher)
    done = decide(match, dispatcher, "dismissed", "a white van")
    assert (done.match.status, done.match.decided_by, done.match.decided_at) == ("dismissed", dispatcher, LATER)
    entry = last_entry()
    assert (entry.action, entry.subject_id) == ("possible_match.decide", str(match.pk))
    assert OutboxEvent.objects.get(possible=match).topic == "possible.changed"
    assert not Hit.objects.exists()


def test_the_same_corrects_the_read_and_the_ordinary_matching_makes_the_hit(dispatcher):
    match = possible("0DEM12B", "0DEM128")
    look(match, dispatcher)
    done = decide(match, dispatcher, "same")
    hit = Hit.objects.get()
    assert (done.corrected, done.hit_id, hit.hot_plate_id, hit.status) == (True, hit.pk, match.hot_plate_id, "new")
    correction = PlateCorrection.objects.get()
    assert (correction.plate_before, correction.plate_after) == ("0DEM12B", "0DEM128")
    assert Detection.objects.get().plate_read == "0DEM12B"
    opened = open_possible(possible_id=match.pk, by=make.by(dispatcher), at=LATER)
    assert (opened.hit_id, opened.may_decide, opened.card.match.plate) == (hit.pk, False, "0DEM12B")


def test_the_same_makes_no_hit_of_a_hot_plate_that_has_ended(dispatcher):
    match = possible(at=NOON)
    look(match, dispatcher)
    make.HotPlate.objects.update(expires_at=NOON + timedelta(minutes=1))
    done = decide(match, dispatcher, "same")
    assert (done.corrected, done.hit_id, Hit.objects.count()) == (True, None, 0)


def test_who_may_not_correct_a_read_is_told_and_nothing_is_decided(dispatcher, monkeypatch):
    from audit import abilities

    match = possible()
    look(match, dispatcher)
    less = abilities.ABILITIES["dispatcher"] - {abilities.Ability.TRANSCRIBE}
    monkeypatch.setitem(abilities.ABILITIES, "dispatcher", less)
    assert refused(match, dispatcher, "same") == "access.role"
    assert match.status == "new"


def test_without_a_picture_nobody_can_say_it_is_the_same(dispatcher):
    match = possible(picture=False)
    assert refused(match, dispatcher, "same") == "possible_match.no_picture"
    assert open_possible(possible_id=match.pk, by=make.by(dispatcher), at=LATER).outcomes == ("dismissed", "lead")
    assert decide(match, dispatcher, "dismissed").match.status == "dismissed"


def test_a_partial_plate_is_never_the_same_and_a_lead_names_its_incident(dispatcher):
    match = partial()
    look(match, dispatcher)
    assert refused(match, dispatcher, "same") == "possible_match.partial"
    assert refused(match, dispatcher, "lead", "fits") == "possible_match.lead_unexplained"
    decide(match, dispatcher, "lead", "Green sedan with the dented door")
    match.refresh_from_db()
    assert (match.status, match.note) == ("lead", "Green sedan with the dented door")
    kept = LedgerEntry.objects.get(action="possible_match.decide", outcome="allowed").clear.detail
    assert json.loads(kept)["incident"] == "26-900"
    assert not Hit.objects.exists()


def test_an_unknown_outcome_is_refused(dispatcher):
    match = possible(picture=False)
    for outcome in ("new", "stop", ""):
        assert refused(match, dispatcher, outcome) == "possible_match.outcome"


def test_a_note_holds_no_criminal_justice_text(dispatcher):
    match = possible(picture=False)
    assert refused(match, dispatcher, "lead", "driver DOB 01/02/1990, FBI 123456AB7") == "free_text.criminal_justice"


def test_a_second_decision_is_told_who_decided(dispatcher, officer):
    match = possible(picture=False)
    decide(match, officer, "dismissed")
    with pytest.raises(Refused) as caught:
        decide(match, dispatcher, "lead", "looks like the same car")
    assert caught.value.refusal.code == "possible_match.decided"
    assert "officer" in caught.value.refusal.reason
    assert caught.value.record_index == last_entry().index


def test_several_are_dismissed_each_on_record_and_the_unseen_are_left(dispatcher):
    seen, unseen, bare = possible(), possible("0DEM2B1", "0DEM281"), possible("0DEM3B1", "0DEM381", picture=False)
    look(seen, dispatcher)
    told = dismiss_possible(
        possible_ids=[seen.pk, unseen.pk, bare.pk, make.user("nobody").pk and seen.hot_plate_id],
        by=make.by(dispatcher),
        at=LATER,
    )
    assert (told.done, told.gone, [one.code for one in told.left]) == (2, 1, ["possible_match.picture_unseen"])
    assert set(PossibleMatch.objects.filter(status="dismissed")) == {seen, bare}
    assert LedgerEntry.objects.filter(action="possible_match.decide", outcome="allowed").count() == 2


def test_a_special_lists_possible_match_is_for_those_granted_alone(dispatcher, officer):
    special = make.hot_list("Special one", kind="special")
    assign_perm("hotlists.see_hits", dispatcher, special)
    hidden = possible(hot_plate=make.hot_plate("0DEM128", hot_list=special), picture=False)
    open_to_all = possible("0DEM2B1", "0DEM281", picture=False)
    for person, seen in ((dispatcher, {hidden.pk, open_to_all.pk}), (officer, {open_to_all.pk})):
        queue = list_possible(by=make.by(person), at=LATER)
        assert {card.match.pk for card in queue.cards} == seen
        assert (queue.counts["new"], queue.kinds["lookalike"]) == (len(seen), len(seen))
    with pytest.raises(PossibleMatch.DoesNotExist):
        open_possible(possible_id=hidden.pk, by=make.by(officer), at=LATER)
    with pytest.raises(PossibleMatch.DoesNotExist):
        decide(hidden, officer, "dismissed")
    assert decide(hidden, dispatcher, "dismissed").match.informational


def test_people_of_another_agency_decide_nothing(db):
    guest = make.user("guest", "dispatcher", organisation="Another PD")
    match = possible(picture=False)
    with pytest.raises(PossibleMatch.DoesNotExist):
        decide(match, guest, "dismissed")
    assert list_possible(by=make.by(guest), at=LATER).cards == []


def test_a_possible_match_past_its_reads_ceiling_is_gone(dispatcher):
    match = possible(picture=False)
    ceiling = NOON.replace(year=NOON.year + 2)
    assert list_possible(by=make.by(dispatcher), at=ceiling).cards[0].match == match
    assert list_possible(by=make.by(dispatcher), at=ceiling + timedelta(microseconds=1)).cards == []


def test_who_does_not_watch_hits_sees_no_queue(administrator):
    possible(picture=False)
    with pytest.raises(Refused) as caught:
        list_possible(by=make.by(administrator), at=LATER)
    assert caught.value.refusal.code == "access.role"


def test_the_queue_comes_in_pages(dispatcher):
    entry = make.hot_plate("0DEM128")
    for number in range(27):
        possible(f"0DEM{number:03d}", hot_plate=entry, at=NOON + timedelta(seconds=number), picture=False)
    second = list_possible(by=make.by(dispatcher), at=LATER, page=2)
    assert (second.pages, second.number, len(second.cards)) == (2, 2, 2)
    assert list_possible(by=make.by(dispatcher), at=LATER, page=99).number == 2
    assert list_possible(by=make.by(dispatcher), at=LATER, kind="partial").cards == []
