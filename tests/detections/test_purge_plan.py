"""A plan says what would go before it goes; it is approved by itself, and carried out once, in time and as approved."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from alpr_site.quickstart.servers import APP
from audit.actions import Action
from audit.asker import system
from audit.models import PolicyActivation, PolicyDetermination, User
from audit.refusals import Refused
from detections.models import Detection, FileToRemove, Hit, Photo, Plate, PlateSweep, PurgePlan
from detections.retention import approvals, certificates, execute, forget, photos, plan
from detections.retention.execute import carry_out, carry_out_due
from detections.retention.purge import purge_expired
from tests import make
from tests.detections import purging
from tests.detections.purging import FIRST, NAME, NOON, UPTO
from tests.detections.searching import approval, elk_grove, hit, last_entry, photo


@pytest.fixture
def custodian(db: None) -> User:
    purging.partition()
    return make.user("custodian", "custodian", trained=False)


def refused(made: PurgePlan, *, at: datetime = NOON) -> str:
    """The code under which carrying the plan out is refused; everything is still there."""
    before = Detection.objects.count()
    with pytest.raises(Refused) as caught:
        carry_out(plan_id=made.pk, at=at)
    assert last_entry().rule_code == caught.value.refusal.code
    assert Detection.objects.count() == before
    assert purging.stands()
    return caught.value.refusal.code


def test_a_plan_counts_by_camera_and_day_what_goes_and_by_hold_what_stays(custodian: User) -> None:
    reads = purging.reads(100)
    hold = purging.hold(custodian, *reads[:4])
    hit(reads[5])
    hit(reads[6], closed_by=custodian)
    photo(at=FIRST)
    made = purging.planned()
    assert (made.status, made.reads, made.reads_held, made.reads_with_open_hits) == ("ready", 95, 4, 1)
    assert made.holds == {str(hold.pk): 4}
    (camera,) = made.counts
    assert sum(made.counts[camera].values()) == 95
    assert made.counts[camera]["2024-05-02"] == 24
    assert (made.hits, made.photos) == (1, 1)
    assert (made.earliest, made.latest) == (reads[4].captured_at, reads[-1].captured_at)
    assert made.profile == "sacpd_525_08@2024-06-13"
    assert last_entry().action == Action.PURGE_PLAN


def test_days_of_a_plan_are_the_agencys(custodian: User) -> None:
    make.detection(at=datetime(2024, 5, 2, 6, 59, tzinfo=UTC))  # still the first of May in Sacramento
    made = purging.planned()
    assert [list(days) for days in made.counts.values()] == [["2024-05-01"]]


def test_what_hangs_on_a_read_goes_with_it_and_what_is_held_keeps_its_own(custodian: User) -> None:
    reads = purging.reads(20)
    purging.hold(custodian, reads[0])
    kept_photo, gone_photo = photo(at=reads[0].captured_at), photo(at=reads[1].captured_at, original="original/a/b")
    for read, of in ((reads[0], kept_photo), (reads[1], gone_photo)):
        Detection.objects.at(read.ref).update(photo=of)
    closed = hit(reads[2], closed_by=custodian)
    held_hit = hit(reads[0], closed_by=custodian)
    certificate = carry_out(plan_id=purging.approved(custodian).pk, at=NOON)
    assert list(Photo.objects.all()) == [kept_photo]
    assert list(Hit.objects.all()) == [held_hit]
    assert Hit.history.filter(id=closed.pk).exists()
    assert (certificate.photos_destroyed, certificate.hits_destroyed) == (1, 1)
    assert FileToRemove.objects.get().name == "original/a/b"
    removal = photos.remove_listed(certificate.files, at=NOON)
    assert (removal.listed, removal.removed, removal.missing) == (1, 0, 1)
    assert certificates.number_records() == 1


def test_a_read_whose_hold_was_lifted_since_the_plan_waits_for_the_next_plan(custodian: User) -> None:
    reads = purging.reads(20)
    hold = purging.hold(custodian, reads[0])
    made = purging.approved(custodian)
    purging.lift(hold, custodian)
    assert carry_out(plan_id=made.pk, at=NOON).reads_destroyed == 19
    assert Detection.objects.get() == reads[0]
    again = purging.approved(custodian)
    assert (again.reads, again.pk != made.pk) == (1, True)
    carry_out(plan_id=again.pk, at=NOON)
    assert not Detection.objects.exists()
    assert not purging.stands()


def test_a_plan_without_its_approvals_is_not_carried_out(custodian: User) -> None:
    purging.reads(3)
    made = purging.planned()
    assert refused(made) == "retention.approval_missing"
    assert carry_out_due(at=NOON) == (0, 0)
    purging.approve(made, custodian, at=NOON - timedelta(days=60))  # ended this very instant
    assert refused(made) == "retention.approval_missing"
    purging.approve(made, custodian)
    assert carry_out_due(at=NOON) == (1, 0)


def test_an_approval_is_of_one_plan(custodian: User) -> None:
    purging.reads(3)
    made = purging.approved(custodian)
    again = plan.ask_again(by=make.by(custodian), at=NOON, plan_id=made.pk)
    plan.make(plan_id=again.pk, at=NOON)
    assert refused(made) == "purge.plan_state"
    assert refused(again) == "retention.approval_missing"
    with pytest.raises(Refused) as caught:
        approvals.approve(by=make.by(custodian), at=NOON, kind="custodian", note="", plan_id=made.pk)
    assert caught.value.refusal.code == "purge.plan_state"


def test_a_plan_is_made_weeks_ahead_and_carried_out_when_due(custodian: User) -> None:
    purging.reads(3)
    early = datetime(2026, 4, 1, tzinfo=UTC)
    made = purging.approved(custodian, at=early)
    assert made.due_at.date() == datetime(2026, 4, 30, tzinfo=UTC).date()
    assert refused(made, at=early) == "purge.not_due"
    assert refused(made, at=datetime(2026, 4, 29, 23, tzinfo=UTC)) == "purge.not_due"
    assert carry_out(plan_id=made.pk, at=datetime(2026, 4, 30, 10, tzinfo=UTC)).reads_destroyed == 3


def test_nothing_goes_before_its_floor(custodian: User) -> None:
    purging.reads(3)
    made = purging.approved(custodian)
    assert refused(made, at=FIRST + timedelta(days=100)) == "purge.floor"


def test_a_plan_made_under_another_policy_is_stale(custodian: User) -> None:
    purging.reads(3)
    made = purging.approved(custodian)
    PurgePlan.objects.filter(pk=made.pk).update(ceiling="P1Y")
    assert refused(made) == "purge.stale_plan"
    (asked,) = plan.ask(by=system("test"), at=NOON)
    assert PurgePlan.objects.get(pk=made.pk).status == "replaced"
    assert asked.ceiling == "P2Y"


def test_texts_that_contradict_each_other_let_nothing_be_planned_or_destroyed(custodian: User) -> None:
    purging.reads(3)
    made = purging.approved(custodian)
    elk_grove()
    assert refused(made) == "retention.conflict"
    with pytest.raises(Refused) as caught:
        plan.ask(by=system("test"), at=NOON)
    assert caught.value.refusal.code == "retention.conflict"


def test_a_determination_stands_on_the_certificate_with_both_approvals(custodian: User) -> None:
    purging.reads(3)
    elk_grove()
    PolicyDetermination.objects.create(
        profile="egpd_462", conflict="retention", chosen="P1Y", reasoning="The policy stands",
        signed_by="City attorney", signed_on=NOON.date(), filed_by=custodian, filed_at=NOON - timedelta(days=1),
    )  # fmt: skip
    made = purging.approved(custodian)
    assert refused(made) == "retention.approval_missing"
    by = make.by(custodian)
    for words in ({"note": "2026-11"}, {"note": "Resolution 2026-11 of May 5", "consent": "yes"}):
        with pytest.raises(Refused) as caught:
            approvals.approve(by=by, at=NOON, kind="council_and_attorney", plan_id=made.pk, **words)
        assert caught.value.refusal.code == "retention.resolution_missing"
    papers = {"note": "Resolution 2026-11 of May 5", "consent": "City attorney's letter of May 4"}
    with pytest.raises(Refused) as caught:
        approvals.approve(by=by, at=NOON, kind="council_and_attorney", plan_id=made.pk, paper=b"word", **papers)
    assert caught.value.refusal.code == "purge.paper"
    given = approvals.approve(
        by=by, at=NOON, kind="council_and_attorney", plan_id=made.pk, paper=b"%PDF-1.7 signed", **papers
    )
    certificate = carry_out(plan_id=made.pk, at=NOON)
    assert '"signed_by": "City attorney"' in certificate.statement
    assert given.paper_sha256 in certificate.statement
    assert "City attorney's letter of May 4" in certificate.statement


def test_where_section_34090_6_is_the_authority_council_and_attorney_are_asked(custodian: User) -> None:
    PolicyActivation.objects.create(profile="egpd_462", version="seed-002", effective_from=make.LONG_AGO)
    from audit import policy
    from detections.rules.retention import wanted_approvals

    assert wanted_approvals(policy.in_force(NOON)) == ["custodian", "council_and_attorney"]


def test_only_who_may_approve_plans_and_runs_by_hand(custodian: User, detective: User, auditor: User) -> None:
    purging.reads(3)
    made = purging.approved(custodian)
    for other in (detective, auditor):
        for act in (
            lambda who: plan.ask(by=make.by(who), at=NOON),
            lambda who: carry_out(plan_id=made.pk, at=NOON, by=make.by(who)),
            lambda who: approvals.approve(by=make.by(who), at=NOON, kind="custodian", note="", plan_id=made.pk),
        ):
            with pytest.raises(Refused) as caught:
                act(other)
            assert caught.value.refusal.code == "access.role"
    assert carry_out(plan_id=made.pk, at=NOON, by=make.by(custodian)).reads_destroyed == 3


def test_without_a_signing_key_nothing_is_destroyed(custodian: User, settings) -> None:
    from audit.signing import SigningUnavailable

    purging.reads(3)
    made = purging.approved(custodian)
    settings.SIGNING_KEY_FILE = "/nowhere/key.pem"
    with pytest.raises(SigningUnavailable):
        carry_out(plan_id=made.pk, at=NOON)
    assert Detection.objects.count() == 3


def test_the_plates_of_a_purge_leave_the_dictionary_and_the_others_stay(
    custodian: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = purging.reads(30)
    purging.hold(custodian, reads[0])
    make.detection(reads[1].plate, at=NOON)
    assert forget.due(NOON)
    carry_out(plan_id=purging.approved(custodian).pk, at=NOON)
    monkeypatch.setattr(forget, "LOOK", 7)
    monkeypatch.setattr(forget, "BATCH", 3)
    sweep = forget.forget_plates(at=NOON)
    assert set(Plate.objects.values_list("plate", flat=True)) == {reads[0].plate, reads[1].plate}
    assert (sweep.forgotten, sweep.finished_at) == (28, NOON)
    assert last_entry().action == Action.PLATES_FORGET
    assert forget.due(NOON + timedelta(days=31))


def test_a_stopped_sweep_goes_on_where_it_stopped(custodian: User) -> None:
    Plate.objects.bulk_create(Plate(plate=plate) for plate in ("0", "0AA", "0BB", "1", "ZZ9"))
    stopped = PlateSweep.objects.create(started_at=NOON, bucket=forget.STARTS.index("0B"), forgotten=2)
    assert forget.due(NOON)
    sweep = forget.forget_plates(at=NOON)
    assert (sweep.pk, sweep.forgotten) == (stopped.pk, 5)
    assert set(Plate.objects.values_list("plate", flat=True)) == {"0", "0AA"}


def code_of(statement: str, values: list[object]) -> str:
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    return caught.value.__cause__.sqlstate


def test_the_database_itself_lets_no_young_or_foreign_table_go(custodian: User) -> None:
    swap = "SELECT detections_swap_partition(%s, NULL, %s)"
    now = datetime.now(UTC)
    assert code_of(swap, ["audit_ledgerentry", FIRST]) == "PK001"
    assert code_of(swap, ["detections_detection_stray", UPTO]) == "PK001"
    assert code_of(swap, [NAME, now - timedelta(days=29)]) == "PK002"
    assert code_of(swap, [NAME, UPTO - timedelta(seconds=1)]) == "PK002"
    assert code_of(swap, [NAME, None]) == "PK002"
    assert code_of("SELECT detections_swap_partition(%s, 'audit_ledgerentry', %s)", [NAME, UPTO]) == "PK001"
    assert code_of("SELECT detections_make_remains('audit_user', '{}', '{}', '{}')", []) == "PK001"
    assert code_of("SELECT detections_watch_partition('audit_user')", []) == "PK001"


def test_the_database_itself_lets_no_held_read_go(custodian: User) -> None:
    reads = purging.reads(3)
    purging.hold(custodian, reads[0])
    with connection.cursor() as cursor:
        cursor.execute("SELECT detections_swap_partition(%s, NULL, %s)", [NAME, UPTO])
        assert cursor.fetchone()[0] == "changed"
    assert Detection.objects.count() == 3


def test_a_busy_purge_is_a_refusal_of_its_own(custodian: User, monkeypatch: pytest.MonkeyPatch) -> None:
    purging.reads(3)
    made = purging.approved(custodian)
    monkeypatch.setattr(execute.store, "claim", lambda: False)
    assert refused(made) == "purge.busy"


def test_the_serving_role_plans_purges_and_forgets_without_owning_a_table(custodian: User) -> None:
    call_command("grant_app_role", role=APP, verbosity=0)
    reads = purging.reads(30)
    purging.hold(custodian, reads[0])
    with connection.cursor() as cursor:
        cursor.execute(f'SET LOCAL ROLE "{APP}"')
        try:
            made = purging.approved(custodian)
            make.detection("0LATE01", at=FIRST + timedelta(days=3))
            assert carry_out(plan_id=made.pk, at=NOON).reads_destroyed == 29
            assert certificates.number_records() == 1
            approval(custodian)
            assert purge_expired(at=NOON + timedelta(days=1)).reads_destroyed == 0
            assert photos.remove_all_listed(at=NOON) == 2
            assert forget.forget_plates(at=NOON).forgotten == 29
        finally:
            cursor.execute("RESET ROLE")
