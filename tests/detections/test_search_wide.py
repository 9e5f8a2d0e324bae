"""A wide search is approved first, by somebody else of rank or role, for one run of one question, in time (D.1.c)."""

import threading
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from audit.actions import Action, Outcome
from audit.models import LedgerEntry, User
from audit.plates import PlateError
from audit.policy import load
from audit.refusals import Refused
from detections.models import Search, SearchApproval
from detections.models.searches import Standing
from detections.rules import searches, wide_searches
from detections.rules.wide_searches import Reach, wide_because
from detections.searching.approval import NothingToDecide, ask_approval, count_waiting, decide, list_waiting
from detections.searching.areas import area_km2, area_words
from detections.searching.asked import reach
from detections.searching.question import Circle, Kind, Match, Polygon, Scene
from detections.searching.run import ApprovalNotFound, run_approved, run_search
from tests import make
from tests.detections.searching import asked, elk_grove, form_data, last_entry

NOON, DAY, HOUR = make.NOON, timedelta(days=1), timedelta(hours=1)
SACRAMENTO = load("sacpd_525_08")
PART = {"match": Match.PATTERN, "plate": "0DE*"}
WORDS = "Read the report of the shooting, memo 12"
SPOT = Circle(38.58, -121.49, 500)


def keys(**fields: object) -> list[str]:
    """Which limits of the profile a search passes."""
    return [key.rpartition(".")[2] for key, _ in wide_because(reach(asked(**fields).question(NOON)), SACRAMENTO)]


def circle(metres: float) -> Circle:
    return Circle(38.58, -121.49, metres)


def near(metres: float, hours: float) -> Scene:
    return Scene(circle(metres), NOON - hours * HOUR, NOON)


@pytest.mark.parametrize(
    ("fields", "wide"),
    [
        ({"plate": "0DEM123", "from_at": NOON - 700 * DAY}, []),
        ({"plate": "7", "from_at": NOON - 700 * DAY}, []),
        ({"plate": "0D", "match": Match.EDIT1}, ["known_characters"]),
        ({"plate": "0DEM123", "match": Match.LOOKALIKE, "from_at": NOON - 700 * DAY}, []),
        (PART, []),
        (PART | {"plate": "0D*"}, ["known_characters"]),
        (PART | {"plate": "0D*", "containing": "M"}, []),
        (PART | {"plate": "??E?12?"}, []),
        (PART | {"from_at": NOON - 30 * DAY}, []),
        (PART | {"from_at": NOON - 30 * DAY - timedelta(seconds=1)}, ["days"]),
        (PART | {"plate": "0DEM123", "from_at": NOON - 300 * DAY}, []),
        ({"kind": Kind.CONVOY, "from_at": NOON - 31 * DAY}, ["days"]),
        ({"kind": Kind.CONVOY, "from_at": NOON - 30 * DAY}, []),
        ({"kind": Kind.CANVASS, "plate": "", "area": SPOT, "from_at": NOON - 24 * HOUR}, []),
        ({"kind": Kind.CANVASS, "plate": "", "area": SPOT, "from_at": NOON - 25 * HOUR}, ["hours"]),
        ({"kind": Kind.CANVASS, "plate": "", "area": circle(977), "from_at": NOON - HOUR}, []),
        ({"kind": Kind.CANVASS, "plate": "", "area": circle(978), "from_at": NOON - HOUR}, ["area_km2"]),
        ({"kind": Kind.SCENES, "plate": "", "scenes": (near(500, 1), near(500, 24))}, []),
        ({"kind": Kind.SCENES, "plate": "", "scenes": (near(500, 1), near(2000, 30))}, ["hours", "area_km2"]),
    ],
)  # fmt: skip
def test_what_makes_a_search_wide(fields: dict, wide: list[str]) -> None:
    assert keys(**fields) == wide


def test_each_policy_has_limits_of_its_own_with_a_clause() -> None:
    reaches = Reach(of_part=20 * DAY)
    assert wide_because(reaches, SACRAMENTO) == []
    assert wide_because(reaches, load("egpd_462"))
    for profile in (SACRAMENTO, load("egpd_462")):
        for name in ("days", "hours", "area_km2", "known_characters", "approved_for"):
            assert profile[f"search.wide.{name}"].citation.section in ("D.1.c", "462.5(2)")


def test_an_area_is_measured_in_square_kilometres() -> None:
    square = Polygon(((38.0, -121.0), (38.01, -121.0), (38.01, -120.99), (38.0, -120.99)))
    assert area_km2(square) == pytest.approx(1.11195**2 * 0.788, rel=1e-3)
    assert area_km2(Circle(38, -121, 1000)) == pytest.approx(3.14159, rel=1e-4)


@pytest.mark.parametrize(
    ("typed", "written"),
    [("7ab-c?2 3", "7ABC?23"), ("*123", "*123"), ("0**9", "0*9"), ("?", "?"), ("******1", "*1")],
)
def test_a_part_of_a_plate_in_its_written_form(typed: str, written: str) -> None:
    assert searches.pattern_of(typed) == written


@pytest.mark.parametrize("typed", ["0\u0414E*", "0DEM12345*", "?????????", "0D%M", "0D_M*"])
def test_what_is_no_part_of_a_plate_is_named(typed: str) -> None:
    with pytest.raises(PlateError):
        searches.pattern_of(typed)


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"plate": ""}, searches.PLATE_MISSING),
        ({"plate": "*?*"}, searches.PLATE_MISSING),
        ({"plate": "0D\u0415*"}, searches.PATTERN_FORM),
        ({"plate": "", "containing": "0%"}, searches.PATTERN_FORM),
        ({"plate": "0D*"}, wide_searches.WIDE),
        ({"plate": "0DEM*", "from_at": NOON - 31 * DAY}, wide_searches.WIDE),
    ],
)
def test_a_part_that_may_not_be_searched_is_refused_on_record(detective: User, fields: dict, rule) -> None:
    with pytest.raises(Refused) as caught:
        run_search(by=make.by(detective), at=NOON, asked=asked(**(PART | fields)))
    assert caught.value.refusal.code == rule.code
    assert last_entry().rule_code == rule.code
    assert not Search.objects.exists()


def wide(detective: User, **fields: object) -> SearchApproval:
    fields = {"match": Match.PATTERN, "plate": "0D*"} | fields
    return ask_approval(by=make.by(detective), at=NOON, asked=asked(**fields))


def decided(
    approval: SearchApproval, by: User, decision: str = "approved", at: datetime = NOON, **more: str
) -> SearchApproval:
    return decide(by=make.by(by), at=at, approval_id=approval.pk, decision=decision, **({"words": WORDS} | more))


def run(approval: SearchApproval, by: User, at: datetime = NOON) -> Search:
    return run_approved(by=make.by(by), at=at, approval_id=approval.pk)


def code_of(call) -> str:
    """The code under which the call is refused, which the ledger has too."""
    with pytest.raises(Refused) as caught:
        call()
    entry = LedgerEntry.objects.get(index=caught.value.record_index)
    assert (entry.outcome, entry.rule_code) == (Outcome.REFUSED, caught.value.refusal.code)
    return caught.value.refusal.code


@pytest.fixture
def sergeant(db: None) -> User:
    return make.user("sergeant", "officer", classification="sergeant")


def test_an_approved_search_runs_once_with_the_approvers_words(detective: User, sergeant: User) -> None:
    read = make.detection("0DEM123", at=NOON - HOUR)
    approval = wide(detective)
    assert last_entry().action == Action.SEARCH_ASK
    assert "0D*" in last_entry().clear.query
    assert "known" in approval.why_wide
    assert list_waiting(by=make.by(sergeant), at=NOON).approvals == [approval]
    assert (last_entry().action, last_entry().result_count) == (Action.SEARCH_QUEUE, 1)
    decided(approval, sergeant)
    entry = last_entry()
    assert (entry.action, entry.outcome, entry.clear.reason) == (Action.SEARCH_DECIDE, Outcome.ALLOWED, WORDS)
    search = run(approval, detective)
    assert (search.reviewed_by, search.review, search.result_count) == (sergeant, WORDS, 1)
    assert search.question == approval.question
    assert str(approval.pk) in last_entry().clear.query
    assert read.plate not in search.question["plate"]
    assert code_of(lambda: run(approval, detective)) == wide_searches.NOT_APPROVED.code
    assert Search.objects.count() == 1


def test_an_approval_ends_with_its_time(detective: User, sergeant: User) -> None:
    approval = decided(wide(detective), sergeant)
    assert approval.good_until == NOON + DAY
    assert code_of(lambda: run(approval, detective, at=NOON + DAY)) == wide_searches.NOT_APPROVED.code
    assert run(approval, detective, at=NOON + DAY - timedelta(microseconds=1)).pk


def test_what_waits_or_was_denied_does_not_run(detective: User, sergeant: User) -> None:
    approval = wide(detective)
    assert code_of(lambda: run(approval, detective)) == wide_searches.NOT_APPROVED.code
    decided(approval, sergeant, "denied")
    assert code_of(lambda: run(approval, detective)) == wide_searches.NOT_APPROVED.code
    assert approval.standing(NOON, used=False) is Standing.WAITING  # the copy from before
    assert SearchApproval.objects.get().standing(NOON, used=False) is Standing.DENIED


def test_an_approval_is_for_its_own_question_and_no_other(detective: User, sergeant: User) -> None:
    decided(wide(detective), sergeant)
    other = asked(match=Match.PATTERN, plate="0X*")
    assert code_of(lambda: run_search(by=make.by(detective), at=NOON, asked=other)) == wide_searches.WIDE.code


def test_nobody_runs_what_another_asked_for(detective: User, officer: User, sergeant: User) -> None:
    approval = decided(wide(detective), sergeant)
    with pytest.raises(ApprovalNotFound):
        run(approval, officer)
    assert last_entry().outcome == Outcome.FAILED


def test_who_lost_the_role_runs_no_approved_search(detective: User, sergeant: User) -> None:
    approval = decided(wide(detective), sergeant)
    detective.role_grants.update(ends_at=NOON + HOUR)
    assert code_of(lambda: run(approval, detective, at=NOON + 2 * HOUR)) == "access.role"


def test_nobody_approves_their_own(db: None) -> None:
    both = make.user("both", "detective", classification="sergeant")
    approval = wide(both)
    assert code_of(lambda: decided(approval, both)) == wide_searches.APPROVAL_OWN.code
    assert list_waiting(by=make.by(both), at=NOON).approvals == []
    assert count_waiting(both, NOON) == 0


def test_nobody_approves_their_own_by_a_second_account(detective: User, sergeant: User) -> None:
    approval = wide(detective)
    User.objects.filter(pk__in=[detective.pk, sergeant.pk]).update(employee_number="E-17")
    again = User.objects.get(pk=sergeant.pk)
    assert code_of(lambda: decided(approval, again)) == wide_searches.APPROVAL_OWN.code


@pytest.mark.parametrize("person", ["officer", "auditor", "clerk", "outsider", "dispatcher", "custodian"])
def test_without_rank_or_role_nobody_decides_or_sees_what_waits(person: str, detective: User, request) -> None:
    who = make.user("custodian", "custodian") if person == "custodian" else request.getfixturevalue(person)
    approval = wide(detective)
    assert code_of(lambda: decided(approval, who)) == wide_searches.APPROVER.code
    assert code_of(lambda: list_waiting(by=make.by(who), at=NOON)) == wide_searches.APPROVER.code
    assert count_waiting(who, NOON) is None
    assert SearchApproval.objects.get().decision == ""


def test_an_alpr_administrator_decides_and_a_sergeant_whose_roles_ended_does_not(
    detective: User, administrator: User, sergeant: User
) -> None:
    sergeant.role_grants.update(ends_at=NOON - HOUR)
    first, second = wide(detective), wide(detective)
    assert decided(first, administrator).decided_by == administrator
    assert code_of(lambda: decided(second, sergeant)) == wide_searches.APPROVER.code


def test_a_decision_has_words_and_is_made_once(detective: User, sergeant: User, administrator: User) -> None:
    approval = wide(detective)
    assert code_of(lambda: decided(approval, sergeant, words="fine")) == wide_searches.APPROVAL_WORDS.code
    decided(approval, sergeant, "denied")
    assert code_of(lambda: decided(approval, administrator)) == wide_searches.APPROVAL_DECIDED.code
    assert SearchApproval.objects.get().decided_by == sergeant


def test_there_is_no_deciding_about_nothing(sergeant: User) -> None:
    with pytest.raises(NothingToDecide):
        decide(by=make.by(sergeant), at=NOON, approval_id=uuid4(), decision="approved", words=WORDS)


def test_what_may_not_be_asked_at_all_is_not_approved_either(detective: User) -> None:
    for fields in ({"attested": False}, {"purpose": ""}, {"plate": "*"}, {"from_at": NOON - 900 * DAY}):
        code_of(lambda fields=fields: wide(detective, **fields))
    assert not SearchApproval.objects.exists()


def test_a_use_that_needs_a_review_is_documented_by_its_approval(detective: User, sergeant: User) -> None:
    approval = decided(wide(detective, purpose="other_reviewed"), sergeant)
    assert run(approval, detective).review == WORDS


def test_elk_grove_asks_for_approval_by_its_own_clause(detective: User) -> None:
    elk_grove()
    with pytest.raises(Refused) as caught:
        run_search(
            by=make.by(detective), at=NOON, asked=asked(**PART, purpose="stolen_vehicle", from_at=NOON - 15 * DAY)
        )
    assert (caught.value.refusal.code, caught.value.refusal.citation.section) == ("search.wide", "462.5(2)")


def at_once(*calls) -> list[str]:
    """Each call in a thread of its own: "done", or the code of its refusal."""
    start, ends = threading.Barrier(len(calls)), []

    def go(call) -> None:
        start.wait(10)
        try:
            call()
            ends.append("done")
        except Refused as refused:
            ends.append(refused.refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sorted(ends)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_at_once_one_decides() -> None:
    asker, one, two = (
        make.user("asker", "detective"),
        *(make.user(n, "officer", classification="captain") for n in "ab"),
    )
    approval = wide(asker)
    ends = at_once(lambda: decided(approval, one), lambda: decided(approval, two, "denied"))
    assert ends == ["done", wide_searches.APPROVAL_DECIDED.code]


@pytest.mark.django_db(transaction=True)
def test_of_two_runs_at_once_one_runs() -> None:
    asker, captain = make.user("asker", "detective"), make.user("captain", "officer", classification="captain")
    approval = decided(wide(asker), captain)
    assert at_once(*[lambda: run(approval, asker)] * 2) == ["done", wide_searches.NOT_APPROVED.code]
    assert Search.objects.count() == 1


def local(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")


def posted(**fields: object) -> dict:
    since = local(timezone.now() - 2 * DAY)
    return form_data(way="part", plate="0D*", from_at=since, to_at="") | fields


def test_the_pages_lead_from_the_refusal_to_the_approved_search(detective: User, sergeant: User, signed_in) -> None:
    make.detection("0DEM123", at=timezone.now() - HOUR)
    client, approver = signed_in(detective), signed_in(sergeant)
    refused = client.post("/search/", posted())
    assert refused.status_code == 403
    assert b"search.wide" in refused.content
    assert b'name="ask"' in refused.content
    asking = client.post("/search/", posted(ask="approval"))
    assert (asking.status_code, asking["Location"]) == (303, "/search/")
    approval = SearchApproval.objects.get()
    waiting = client.get("/search/").content.decode()
    assert "waiting" in waiting
    assert f"/search/approvals/{approval.pk}/run/" not in waiting
    inbox = approver.get("/search/approvals/").content.decode()
    assert "0D*" in inbox
    door = f"/search/approvals/{approval.pk}/"
    assert approver.post(door, {"decision": "perhaps", "words": WORDS}).status_code == 422
    kept = approver.post(door, {"decision": "approved", "words": "fine"})
    assert (kept.status_code, b"search.approval_words" in kept.content) == (403, True)
    assert b">fine</textarea>" in kept.content
    assert approver.post(door, {"decision": "approved", "words": WORDS}).status_code == 302
    mine = client.get("/search/").content.decode()
    assert WORDS in mine
    done = client.post(f"{door}run/", {"plate": "0X*", "way": "part"})
    assert done.status_code == 302
    text = client.get(done["Location"]).content.decode()
    assert "0DEM123" in text
    assert WORDS in text
    assert client.post(f"{door}run/").status_code == 403


def test_the_doors_of_approval_are_closed_to_others(detective: User, officer: User, sergeant: User, signed_in) -> None:
    approval = wide(detective)
    for door in ("/search/approvals/", f"/search/approvals/{approval.pk}/"):
        assert signed_in(officer).post(door, {"decision": "approved", "words": WORDS}).status_code in (403, 405)
    assert signed_in(officer).get("/search/approvals/").status_code == 403
    assert signed_in(officer).post(f"/search/approvals/{approval.pk}/run/").status_code == 404
    nothing = UUID(int=7)
    gone = signed_in(sergeant).post(f"/search/approvals/{nothing}/", {"decision": "denied", "words": WORDS})
    assert gone.status_code == 404
    assert SearchApproval.objects.get().decision == ""


def test_an_area_is_written_down_as_it_was_asked() -> None:
    assert area_words(Circle(38.5811234, -121.4912345, 12_345.5)) == "within 12345.5 m of 38.5811234, -121.4912345"
    assert area_words(Circle(38, -121.4900001, 100_000)) == "within 100000 m of 38, -121.4900001"
