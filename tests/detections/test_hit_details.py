"""What is typed at the steps: times told, numbers that are numbers, no text of an answer, and why no query was run."""

from datetime import timedelta

import pytest

from audit import policy
from audit.models import LedgerEntry
from audit.refusals import Refused
from detections.hits import sheet, steps
from detections.incident_types import incident_types
from detections.models import Hit, HitRepeat
from detections.rules import hit_details as details
from detections.rules import hits as rules
from hotlists.models import HotPlate
from tests import make
from tests.detections import road

LATER = road.NOON + timedelta(minutes=5)
SECRET = "SUBJECT DOB 01/02/1980, FELONY WARRANT NO 4455667"
BOTH = {"clets": "confirmed", "ncic": "confirmed"}


def refused(verb, hit, by, **given):
    with pytest.raises(Refused) as caught:
        verb(hit_id=hit.pk, by=make.by(by), at=given.pop("at", LATER), **given)
    assert LedgerEntry.objects.get(index=caught.value.record_index).outcome == "refused"
    return caught.value.refusal


def verify(hit, by, **given):
    return steps.verify_hit(hit_id=hit.pk, by=make.by(by), at=given.pop("at", LATER), **(BOTH | given))


def test_each_query_keeps_when_it_was_run_and_the_entry_its_own_instant(dispatcher):
    hit = verify(road.checked(dispatcher), dispatcher, clets_minutes=3, ncic_minutes=1)
    hit.refresh_from_db()
    assert hit.clets_at == LATER - timedelta(minutes=3)
    assert hit.ncic_at == LATER - timedelta(minutes=1)
    assert hit.verified_at == LATER


def test_minutes_are_coarse_so_a_query_never_seems_older_than_its_hit(dispatcher):
    at = road.NOON + timedelta(seconds=90)
    hit = verify(road.checked(dispatcher), dispatcher, clets_minutes=2, at=at)
    assert hit.clets_at == hit.created_at


@pytest.mark.parametrize(("minutes", "passes"), [(5, True), (6, False), (1440, False), (-1, False)])
def test_a_query_before_the_hit_or_in_the_future_is_refused(dispatcher, minutes, passes):
    hit = road.checked(dispatcher)
    if passes:
        assert verify(hit, dispatcher, clets_minutes=minutes).clets_at == road.NOON
    else:
        assert refused(steps.verify_hit, hit, dispatcher, **BOTH, clets_minutes=minutes).code == details.TOLD_TIME.code


def test_the_broadcast_is_when_it_was_spoken_and_a_later_entry_keeps_it(dispatcher):
    hit, by = road.verified(dispatcher), make.by(dispatcher)
    told = steps.record_broadcast(hit_id=hit.pk, **road.DETAILS, broadcast_minutes=2, by=by, at=LATER).hit
    assert told.broadcast_at == LATER - timedelta(minutes=2)
    again = steps.record_broadcast(hit_id=hit.pk, **road.DETAILS, by=by, at=LATER + timedelta(minutes=9)).hit
    assert again.broadcast_at == told.broadcast_at
    other = road.verified(dispatcher, hot_plate=make.hot_plate("0DEM124"))
    refusal = refused(steps.record_broadcast, other, dispatcher, **road.DETAILS, broadcast_minutes=7)
    assert (refusal.code, refusal.citation.section) == ("hit.told_time", "D.5.a")


@pytest.mark.parametrize("field", ["vehicle_seen", "direction", "call_number", "incident_type"])
def test_text_of_an_answer_is_refused_at_the_broadcast(dispatcher, field):
    given = road.DETAILS | {field: SECRET}
    assert refused(steps.record_broadcast, road.verified(dispatcher), dispatcher, **given).code == (
        "free_text.criminal_justice"
    )


@pytest.mark.parametrize("field", ["independent_basis", "recovery_call"])
def test_text_of_an_answer_is_refused_at_the_end(dispatcher, field):
    given = {"disposition": "stop", "independent_basis": road.BASIS, "recovery_call": "26-1"} | {field: SECRET}
    refusal = refused(steps.dispose_hit, road.broadcast(dispatcher), dispatcher, **given)
    assert refusal.code == "free_text.criminal_justice"
    assert "4455667" not in refusal.reason


def test_text_of_an_answer_is_refused_as_a_reason(dispatcher):
    road.under("egpd_462")
    given = {"clets": "", "ncic": "", "not_practicable": SECRET}
    assert refused(steps.verify_hit, road.checked(dispatcher), dispatcher, **given).code == "free_text.criminal_justice"


@pytest.mark.parametrize("typed", ["stolen car", "unknown", "26 000777", "none", "; --", "26-000777 attached"])
@pytest.mark.parametrize("field", ["call_number", "incident_type"])
def test_a_number_is_no_sentence(dispatcher, field, typed):
    refusal = refused(steps.record_broadcast, road.verified(dispatcher), dispatcher, **(road.DETAILS | {field: typed}))
    assert refusal.code == details.CODE_FORM.code


@pytest.mark.parametrize("typed", ["26-000777", "10851", "459VEH", "MP1", "594(a)", "1029H", "S26.001/7"])
def test_codes_of_every_house_pass(typed):
    profile = policy.load("sacpd_525_08")
    assert details.refuse_codes({"incident type code": typed}, profile) is None


def test_every_code_offered_passes_its_own_rule():
    profile = policy.load("sacpd_525_08")
    for code, words in incident_types():
        assert details.refuse_codes({"incident type code": code}, profile) is None
        assert words


def test_a_recovery_call_is_a_number_too(dispatcher):
    given = {"disposition": "recovered", "recovery_call": "tow truck called"}
    assert refused(steps.dispose_hit, road.broadcast(dispatcher), dispatcher, **given).code == "hit.code_form"


def test_not_practicable_is_unknown_to_the_order(dispatcher):
    given = {"clets": "", "ncic": "", "not_practicable": "the state system is down tonight"}
    refusal = refused(steps.verify_hit, road.checked(dispatcher), dispatcher, **given)
    assert (refusal.code, refusal.citation.section) == ("hit.not_practicable", "D.6.a(2)")
    assert "stays open" in refusal.next_step


def test_under_462_an_officer_says_why_it_was_not_practicable_and_goes_on(officer):
    road.under("egpd_462")
    hit = road.checked(officer)
    given = {"clets": "", "ncic": "", "not_practicable": "no signal in the canyon, car moving"}
    done = verify(hit, officer, **given)
    done.refresh_from_db()
    assert (done.status, done.verified_by, done.not_practicable) == ("verified", officer, given["not_practicable"])
    assert (done.clets_at, done.ncic_at) == (None, None)
    back = steps.release_hit(hit_id=hit.pk, by=make.by(officer), at=LATER)
    assert steps.take_hit(hit_id=back.pk, by=make.by(officer), at=LATER).status == "verified"
    given = {"disposition": "stop", "independent_basis": road.BASIS}
    assert steps.dispose_hit(hit_id=hit.pk, by=make.by(officer), at=LATER, **given).status == "closed"


@pytest.mark.parametrize(
    ("why", "clets", "reason"),
    [("no signal", "", "does not say why"), ("the state system is down", "confirmed", "A result was entered")],
)
def test_under_462_not_practicable_needs_its_reason_and_no_result_beside_it(officer, why, clets, reason):
    road.under("egpd_462")
    given = {"clets": clets, "ncic": "", "not_practicable": why}
    refusal = refused(steps.verify_hit, road.checked(officer), officer, **given)
    assert (refusal.code, refusal.citation.section) == ("hit.not_practicable", "462.3(f)")
    assert reason in refusal.reason


def test_under_462_nothing_at_all_is_still_incomplete(officer):
    road.under("egpd_462")
    refusal = refused(steps.verify_hit, road.checked(officer), officer, clets="", ncic="")
    assert refusal.code == "hit.verification_incomplete"


def test_who_may_verify_is_said_in_the_words_of_the_policy(administrator):
    egpd = policy.load("egpd_462")
    assert (
        rules.refuse_verifier({"alpr_administrator"}, egpd).next_step
        == "Ask an officer or a dispatcher to take the hit."
    )
    assert "CLETS and NCIC" in rules.refuse_verifier({"officer"}, policy.load("sacpd_525_08")).next_step


@pytest.mark.parametrize("disposition", ["not_located", "stop", "recovered", "information", "misread", "stale"])
def test_no_outcome_without_a_person_who_looked_and_when(dispatcher, disposition):
    given = {"disposition": disposition, "independent_basis": road.BASIS, "recovery_call": "26-1"}
    refusal = refused(steps.dispose_hit, road.taken(dispatcher), dispatcher, **given)
    assert refusal.code in ("hit.unverified", "hit.outcome")


def test_what_nobody_acts_on_closes_as_information_after_the_check_by_eye(dispatcher):
    hit = road.checked(dispatcher)
    closed = steps.dispose_hit(hit_id=hit.pk, disposition="information", by=make.by(dispatcher), at=LATER)
    assert (closed.status, closed.checked_by) == ("closed", dispatcher)


@pytest.mark.parametrize(
    ("hit", "fitting"),
    [
        (Hit(status="taken"), {"information"}),
        (Hit(status="checked", check_result="correct"), {"information"}),
        (Hit(status="verified"), {"stop", "recovered", "not_located", "information"}),
        (Hit(status="verified", informational=True), {"not_located", "information"}),
        (Hit(status="rejected", check_result="misread"), {"misread", "information"}),
        (Hit(status="rejected", check_result="correct"), {"stale", "information"}),
    ],
)
def test_only_outcomes_that_fit_are_offered(hit, fitting):
    assert rules.fitting_outcomes(hit) == fitting


def opened(hit, by, at=LATER):
    return sheet.open_hit(hit_id=hit.pk, by=make.by(by), at=at)


def test_the_mismatch_of_the_vehicle_stays_in_sight(dispatcher):
    hit = road.verified(dispatcher, hot_plate=make.hot_plate(vehicle_description="white Toyota Camry"))
    given = road.DETAILS | {"vehicle_seen": "black Honda Civic"}
    steps.record_broadcast(hit_id=hit.pk, **given, by=make.by(dispatcher), at=LATER)
    assert opened(hit, dispatcher).mismatch.startswith("colour: white on the entry, black seen")


@pytest.mark.parametrize(("before", "words"), [(timedelta(microseconds=1), ""), (timedelta(0), "ended 0 s ago")])
def test_a_hot_plate_that_ended_is_said_from_its_end_on(dispatcher, before, words):
    hit = road.hit()
    HotPlate.objects.filter(pk=hit.hot_plate_id).update(expires_at=LATER + before)
    assert words in opened(hit, dispatcher).ended
    assert bool(opened(hit, dispatcher).ended) is bool(words)


def test_a_withdrawn_hot_plate_says_so_with_its_reason(dispatcher):
    hit = road.hit()
    HotPlate.objects.filter(pk=hit.hot_plate_id).update(
        withdrawn_at=LATER - timedelta(minutes=3), withdrawn_by=dispatcher, withdrawn_reason="Found by its owner"
    )
    assert opened(hit, dispatcher).ended == "This hot plate was withdrawn 3 min ago: Found by its owner"


def test_repeats_are_listed_newest_first(dispatcher):
    hit = road.hit()
    for minute in (1, 2):
        read = make.detection(at=road.NOON + timedelta(minutes=minute))
        HitRepeat.objects.create(hit=hit, detection_id=read.id, camera=read.camera, captured_at=read.captured_at)
    Hit.objects.filter(pk=hit.pk).update(repeats=2, last_seen_at=read.captured_at)
    assert [one.captured_at.minute for one in opened(hit, dispatcher).repeats] == [2, 1]


def test_overdue_is_said_by_the_page_without_any_clockwork(dispatcher, signed_in):
    hit = road.hit()
    assert opened(hit, dispatcher).overdue == LATER
    assert opened(hit, dispatcher, at=LATER - timedelta(microseconds=1)).overdue is None
    page = signed_in(dispatcher).get(f"/hits/{hit.pk}/").content.decode()
    assert "has waited too long" in page
