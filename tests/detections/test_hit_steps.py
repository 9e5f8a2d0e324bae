"""The verbs of a hit: state, history, event and ledger row of each; on refusal the code, and nothing moved."""

from datetime import timedelta

import pytest
from guardian.shortcuts import assign_perm

from audit.models import LedgerEntry
from audit.refusals import Refused
from detections.hits import desk, sheet, steps
from detections.models import Hit, OutboxEvent
from tests import make
from tests.detections import road

NOON, LATER = road.NOON, road.NOON + timedelta(minutes=5)
CONFIRMED = {"clets": "confirmed", "ncic": "confirmed"}


def refused(verb, hit, by, **given):
    """The refusal of a verb that must leave no trace but its record."""
    before = Hit.objects.values().get(pk=hit.pk)
    events, versions = OutboxEvent.objects.count(), hit.history.count()
    with pytest.raises(Refused) as caught:
        verb(hit_id=hit.pk, by=make.by(by), at=LATER, **given)
    entry = LedgerEntry.objects.get(index=caught.value.record_index)
    assert (entry.outcome, entry.rule_code, entry.subject_id) == ("refused", caught.value.refusal.code, str(hit.pk))
    assert Hit.objects.values().get(pk=hit.pk) == before
    assert (OutboxEvent.objects.count(), hit.history.count()) == (events, versions)
    return caught.value.refusal


def last_record():
    return LedgerEntry.objects.order_by("-index").first()


def test_the_whole_road_leaves_state_history_event_and_record(dispatcher):
    hit = road.broadcast(dispatcher)
    closed = steps.dispose_hit(
        hit_id=hit.pk, disposition="stop", independent_basis=road.BASIS, by=make.by(dispatcher), at=LATER
    )
    closed.refresh_from_db()
    assert (closed.status, closed.disposition, closed.closed_by) == ("closed", "stop", dispatcher)
    assert closed.independent_basis == road.BASIS
    actions = LedgerEntry.objects.about("hit", str(hit.pk)).order_by("index").values_list("action", flat=True)
    assert list(actions) == ["hit.take", "hit.check", "hit.verify", "hit.broadcast", "hit.dispose"]
    assert OutboxEvent.objects.filter(hit=hit, topic="hit.changed").count() == 5
    assert {row.history_user for row in closed.history.all()[:5]} == {dispatcher}


def test_a_second_taker_is_told_who_has_it(dispatcher):
    hit = road.taken(dispatcher)
    second = make.user("second", "dispatcher", first_name="Second", last_name="Desk")
    refusal = refused(steps.take_hit, hit, second)
    assert refusal.code == "hit.taken"
    assert dispatcher.display_name in refusal.reason


def test_taking_ones_own_hit_again_changes_nothing(dispatcher):
    hit = road.taken(dispatcher)
    again = steps.take_hit(hit_id=hit.pk, by=make.by(dispatcher), at=LATER)
    assert again.taken_at == hit.taken_at


def test_the_dispatcher_takes_over_from_an_officer_who_may_not_verify(dispatcher, officer):
    hit = road.taken(officer)
    mine = steps.take_hit(hit_id=hit.pk, by=make.by(dispatcher), at=LATER)
    assert (mine.taken_by, mine.status) == (dispatcher, "taken")
    assert refused(steps.take_hit, hit, officer).code == "hit.taken"


def test_nobody_takes_over_from_an_officer_where_officers_verify(dispatcher, officer):
    road.under("egpd_462")
    assert refused(steps.take_hit, road.taken(officer), dispatcher).code == "hit.taken"


def test_a_hit_given_back_keeps_its_steps_for_the_next_owner(dispatcher):
    hit = road.verified(dispatcher)
    back = steps.release_hit(hit_id=hit.pk, by=make.by(dispatcher), at=LATER)
    assert (back.status, back.taken_by, back.verified_by) == ("new", None, dispatcher)
    second = make.user("second", "dispatcher")
    assert steps.take_hit(hit_id=hit.pk, by=make.by(second), at=LATER).status == "verified"


def test_a_misread_given_back_is_still_a_misread(dispatcher):
    hit = road.checked(dispatcher, result="misread")
    steps.release_hit(hit_id=hit.pk, by=make.by(dispatcher), at=LATER)
    assert steps.take_hit(hit_id=hit.pk, by=make.by(dispatcher), at=LATER).status == "rejected"


@pytest.mark.parametrize(
    ("verb", "given"),
    [
        (steps.release_hit, {}),
        (steps.check_hit, {"result": "correct"}),
        (steps.verify_hit, CONFIRMED),
        (steps.record_broadcast, road.DETAILS),
        (steps.dispose_hit, {"disposition": "not_located"}),
    ],
)
def test_no_step_in_another_owners_hit_nor_in_one_nobody_took(verb, given, dispatcher):
    second = make.user("second", "dispatcher")
    assert refused(verb, road.checked(second), dispatcher, **given).code == "hit.taken"
    assert refused(verb, road.hit("0DEM124"), dispatcher, **given).code == "hit.step_order"


@pytest.mark.parametrize(
    ("verb", "given"),
    [
        (steps.take_hit, {}),
        (steps.release_hit, {}),
        (steps.check_hit, {"result": "correct"}),
        (steps.verify_hit, CONFIRMED),
        (steps.record_broadcast, road.DETAILS),
        (steps.dispose_hit, {"disposition": "not_located"}),
    ],
)
def test_a_closed_hit_stays_closed(verb, given, dispatcher):
    hit = road.checked(dispatcher, result="misread")
    steps.dispose_hit(hit_id=hit.pk, disposition="misread", by=make.by(dispatcher), at=LATER)
    assert refused(verb, hit, dispatcher, **given).code == "hit.closed"


def test_a_check_needs_a_look_at_the_picture(dispatcher):
    hit = road.taken(dispatcher)
    refusal = refused(steps.check_hit, hit, dispatcher, result="correct")
    assert (refusal.code, refusal.citation.section) == ("hit.picture_unseen", "A.9")
    road.look(hit, dispatcher, at=LATER)
    assert steps.check_hit(hit_id=hit.pk, result="correct", by=make.by(dispatcher), at=LATER).status == "checked"


def test_another_persons_look_is_not_ones_own(dispatcher):
    hit = road.taken(dispatcher)
    road.look(hit, make.user("second", "dispatcher"), at=LATER)
    assert refused(steps.check_hit, hit, dispatcher, result="correct").code == "hit.picture_unseen"


def test_no_picture_is_said_only_where_there_is_none(dispatcher):
    with_picture, without = road.taken(dispatcher), road.taken(dispatcher, plate="0DEM124", picture=False)
    assert refused(steps.check_hit, with_picture, dispatcher, result="no_picture").code == "hit.picture_unseen"
    assert refused(steps.check_hit, without, dispatcher, result="correct").code == "hit.picture_unseen"
    done = steps.check_hit(hit_id=without.pk, result="no_picture", by=make.by(dispatcher), at=LATER)
    assert (done.status, done.check_result) == ("checked", "no_picture")


@pytest.mark.parametrize("result", ["misread", "wrong_state"])
def test_a_misread_is_rejected_and_cannot_be_verified_or_broadcast(result, dispatcher):
    hit = road.checked(dispatcher, result=result)
    assert hit.status == "rejected"
    assert refused(steps.verify_hit, hit, dispatcher, **CONFIRMED).code == "hit.not_confirmed"
    assert refused(steps.record_broadcast, hit, dispatcher, **road.DETAILS).code == "hit.not_confirmed"
    assert refused(steps.dispose_hit, hit, dispatcher, disposition="stop").code == "hit.unverified"


def test_a_slip_of_the_check_can_be_mended_until_it_is_verified(dispatcher):
    hit = road.checked(dispatcher, result="misread")
    mended = steps.check_hit(hit_id=hit.pk, result="correct", by=make.by(dispatcher), at=LATER)
    assert mended.status == "checked"
    steps.verify_hit(hit_id=hit.pk, by=make.by(dispatcher), at=LATER, **CONFIRMED)
    assert refused(steps.check_hit, hit, dispatcher, result="misread").code == "hit.step_order"


def test_an_officer_does_not_verify_his_own_hit_under_the_order(officer):
    refusal = refused(steps.verify_hit, road.checked(officer), officer, **CONFIRMED)
    assert (refusal.code, refusal.citation.section) == ("hit.verifier", "D.5.b")


def test_an_officer_verifies_under_462_by_clets(officer):
    road.under("egpd_462")
    hit = road.checked(officer)
    done = steps.verify_hit(hit_id=hit.pk, clets="confirmed", ncic="", by=make.by(officer), at=LATER)
    assert (done.status, done.verified_by) == ("verified", officer)


def test_verification_comes_after_the_check_and_only_once(dispatcher):
    hit = road.taken(dispatcher)
    assert refused(steps.verify_hit, hit, dispatcher, **CONFIRMED).code == "hit.step_order"
    assert refused(steps.verify_hit, road.verified(dispatcher, plate="0DEM124"), dispatcher, **CONFIRMED).code == (
        "hit.step_order"
    )


@pytest.mark.parametrize("given", [{"clets": "confirmed", "ncic": ""}, {"clets": "", "ncic": "confirmed"}])
def test_verification_needs_both_queries(given, dispatcher):
    refusal = refused(steps.verify_hit, road.checked(dispatcher), dispatcher, **given)
    assert (refusal.code, refusal.citation.section) == ("hit.verification_incomplete", "D.6.a(2)")


def test_what_the_queries_do_not_confirm_is_rejected_and_closes_as_stale(dispatcher):
    hit = road.verified(dispatcher, clets="no_record", ncic="not_current")
    assert (hit.status, hit.verified_by) == ("rejected", dispatcher)
    done = steps.dispose_hit(hit_id=hit.pk, disposition="stale", by=make.by(dispatcher), at=LATER)
    assert done.status == "closed"


def test_a_broadcast_may_come_before_the_verification_but_not_without_its_details(dispatcher):
    hit = road.taken(dispatcher)
    refusal = refused(steps.record_broadcast, hit, dispatcher, **(road.DETAILS | {"direction": " "}))
    assert (refusal.code, refusal.citation.section) == ("hit.call_details", "D.6.a")
    assert "direction of travel" in refusal.reason
    done = steps.record_broadcast(hit_id=hit.pk, **road.DETAILS, by=make.by(dispatcher), at=LATER)
    assert (done.hit.status, done.hit.broadcast_at, done.warning) == ("taken", LATER, "")


def test_a_vehicle_that_is_not_the_one_entered_warns(dispatcher):
    entry = make.hot_plate(vehicle_description="black Honda Civic")
    hit = road.taken(dispatcher, hot_plate=entry)
    done = steps.record_broadcast(hit_id=hit.pk, **road.DETAILS, by=make.by(dispatcher), at=LATER)
    assert "black on the entry, white seen" in done.warning


def test_a_second_broadcast_mends_the_details_and_keeps_the_first_time(dispatcher):
    hit = road.broadcast(dispatcher)
    mended = road.DETAILS | {"direction": "south on 10th"}
    done = steps.record_broadcast(hit_id=hit.pk, **mended, by=make.by(dispatcher), at=LATER)
    assert (done.hit.direction, done.hit.broadcast_at) == ("south on 10th", hit.broadcast_at)


@pytest.mark.parametrize("disposition", ["stop", "recovered"])
def test_no_action_on_a_hit_nobody_verified(disposition, dispatcher):
    hit = road.checked(dispatcher)
    assert refused(steps.dispose_hit, hit, dispatcher, disposition=disposition).code == "hit.unverified"


def test_a_stop_needs_its_independent_basis(dispatcher):
    refusal = refused(
        steps.dispose_hit,
        road.broadcast(dispatcher),
        dispatcher,
        disposition="stop",
        independent_basis="confirmed stolen vehicle hit",
    )
    assert (refusal.code, refusal.citation.section) == ("hit.independent_basis", "D.4")


def test_a_verified_hit_does_not_close_without_its_call_under_the_order(dispatcher):
    refusal = refused(steps.dispose_hit, road.verified(dispatcher), dispatcher, disposition="not_located")
    assert (refusal.code, refusal.citation.section) == ("hit.call_missing", "D.6.a(1)")


def test_an_outcome_against_the_record_is_refused(dispatcher):
    assert (
        refused(steps.dispose_hit, road.broadcast(dispatcher), dispatcher, disposition="misread").code == "hit.outcome"
    )


def test_a_recovered_stolen_vehicle_needs_its_recovery_call(dispatcher):
    hit = road.broadcast(dispatcher)
    refusal = refused(steps.dispose_hit, hit, dispatcher, disposition="recovered")
    assert (refusal.code, refusal.citation.section) == ("hit.recovery_call", "D.3.e")
    done = steps.dispose_hit(
        hit_id=hit.pk, disposition="recovered", recovery_call="26-000778", by=make.by(dispatcher), at=LATER
    )
    assert done.recovery_call == "26-000778"


def test_a_special_lists_hit_never_ends_in_a_stop(dispatcher):
    from guardian.shortcuts import assign_perm

    special = make.hot_list("Narcotics", kind="special")
    assign_perm("hotlists.see_hits", dispatcher, special)
    hit = road.verified(dispatcher, hot_plate=make.hot_plate(hot_list=special))
    refusal = refused(steps.dispose_hit, hit, dispatcher, disposition="stop", independent_basis=road.BASIS)
    assert (refusal.code, refusal.citation.section) == ("hit.informational", "I.1")
    done = steps.dispose_hit(hit_id=hit.pk, disposition="information", by=make.by(dispatcher), at=LATER)
    assert done.status == "closed"


@pytest.mark.parametrize("who", ["untrained", "auditor", "outsider", "clerk", "administrator"])
def test_who_has_no_business_at_the_desk_is_refused_and_recorded(who, request):
    person = request.getfixturevalue(who)
    hit = road.hit()
    code = "access.training" if who == "untrained" else "access.role"
    assert refused(steps.take_hit, hit, person).code == code
    with pytest.raises(Refused):
        desk.list_hits(by=make.by(person), at=LATER)
    assert (last_record().action, last_record().rule_code) == ("hit.list", code)
    with pytest.raises(Refused):
        sheet.open_hit(hit_id=hit.pk, by=make.by(person), at=LATER)
    assert (last_record().action, last_record().rule_code) == ("hit.view", code)


def test_the_record_of_a_step_holds_old_and_new_values(dispatcher):
    road.taken(dispatcher)
    assert '"status": ["new", "taken"]' in last_record().clear.detail


def test_a_hit_for_information_only_is_not_broadcast_and_needs_no_call(dispatcher):
    """I.1: nothing is dispatched on it (hit.informational)."""
    crews = make.hot_list("Street racing crews", kind="special")
    assign_perm("hotlists.see_hits", dispatcher, crews)
    hit = road.verified(dispatcher, hot_plate=make.hot_plate("0DEM123", hot_list=crews))
    with pytest.raises(Refused) as caught:
        steps.record_broadcast(
            hit_id=hit.pk,
            call_number="26-1",
            incident_type="503",
            vehicle_seen="Red sedan",
            direction="north",
            by=make.by(dispatcher),
            at=road.NOON,
        )
    assert caught.value.refusal.code == "hit.informational"
    closed = steps.dispose_hit(hit_id=hit.pk, disposition="information", by=make.by(dispatcher), at=LATER)
    assert (closed.status, closed.call_number) == ("closed", "")
