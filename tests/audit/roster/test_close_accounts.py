"""C-04 and C-05: temporary accounts end within 72 hours, unused ones after 90 days, whether or not a job ran."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from audit import gate, people
from audit.abilities import Ability, roles_of
from audit.models import LedgerEntry, Notice, User
from audit.refusals import Refused
from audit.roster import accounts, nightly, opening, requests, rules
from audit.signin import middleware, quick
from tests import make
from tests.audit.roster.people import COURSES, approved, asked, newcomer, opened, sergeant
from tests.audit.signing_in import code, enrol, give_code, give_password, records, sign_in_fully, sign_in_rules

__all__ = ["sign_in_rules"]
AT = make.NOON
MICRO = timedelta(microseconds=1)
DAYS = timedelta(days=90)
ZONE = ZoneInfo("America/Los_Angeles")


@pytest.fixture
def boss(db):
    return sergeant()


@pytest.mark.parametrize("kind", ["temporary", "emergency"])
@pytest.mark.parametrize(
    "start", [AT, datetime(2026, 3, 7, 12, tzinfo=ZONE), datetime(2026, 10, 31, 12, tzinfo=ZONE)],
    ids=["summer", "an hour is lost", "an hour is won"],
)  # fmt: skip
def test_c04_72_hours_pass_and_a_microsecond_more_does_not(administrator, boss, kind, start):
    end = (start.astimezone(UTC) + timedelta(hours=72)).astimezone(ZONE)
    user = opened(administrator, boss, at=start, kind=kind, wanted_until=end)
    assert user.expires_at == end
    assert roles_of(user, end - MICRO) == {"officer"}
    assert roles_of(user, end) == frozenset()
    with pytest.raises(Refused) as refused:
        asked(administrator, boss, at=start, who=newcomer("second"), kind=kind, wanted_until=end + MICRO)
    assert refused.value.refusal.code == rules.TOO_LONG.code
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=user.pk).update(expires_at=end + MICRO)


def test_a_temporary_account_without_an_end_gets_one(administrator, boss):
    assert opened(administrator, boss, kind="temporary").expires_at == AT + timedelta(hours=72)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(username="new.officer").update(expires_at=None)


def test_access_is_not_opened_after_the_time_asked_for(administrator, boss):
    request = approved(administrator, boss, kind="temporary", wanted_until=AT + timedelta(hours=10))
    later = AT + timedelta(hours=10)
    with pytest.raises(Refused) as refused:
        opening.activate(request_id=request.pk, courses=COURSES, by=make.by(administrator), at=later)
    assert refused.value.refusal.code == rules.END_PASSED.code


@pytest.mark.parametrize(
    ("unused", "is_over"), [(DAYS - MICRO, False), (DAYS, True), (DAYS + MICRO, True)], ids=["before", "at", "after"]
)
def test_c05_an_account_is_over_after_90_unused_days(detective, unused, is_over):
    detective.last_login = AT - unused
    assert (accounts.refuse(detective, AT) is not None) == is_over
    detective.last_login, detective.opened_at = None, AT - unused
    assert (accounts.refuse(detective, AT) is not None) == is_over
    detective.opened_at, detective.date_joined = None, AT - unused
    assert (accounts.refuse(detective, AT) is not None) == is_over
    detective.opened_at = AT - timedelta(days=1)
    assert accounts.refuse(detective, AT) is None


def test_c05_an_unused_account_closes_at_sign_in_though_no_job_ran(client, detective, sign_in_rules):
    enrol(detective)
    User.objects.filter(pk=detective.pk).update(last_login=timezone.now() - DAYS)
    answer = give_password(client, "detective")
    assert answer.url == reverse("account_inactive")
    detective.refresh_from_db()
    assert not detective.is_active
    assert detective.suspended_reason == "Closed: This account was not used for 90 days."
    assert [row.rule_code for row in records("session.fail")] == [rules.ACCOUNT_IDLE.code]
    assert [row.username for row in records("access.close")] == ["sign-in"]


def test_c05_an_account_that_runs_out_between_password_and_code_stays_out(client, detective, sign_in_rules):
    secret = enrol(detective)
    give_password(client, "detective")
    User.objects.filter(pk=detective.pk).update(expires_at=timezone.now())
    give_code(client, code(secret))
    assert "_auth_user_id" not in client.session
    assert [row.rule_code for row in records("session.fail")] == [rules.ACCOUNT_OVER.code]


def test_c05_an_open_session_ends_with_the_account(signed_in, detective):
    browser = signed_in(detective)
    assert browser.get(reverse("audit:notices")).status_code == 200
    User.objects.filter(pk=detective.pk).update(expires_at=timezone.now())
    answer = browser.get(reverse("audit:notices"))
    assert answer.status_code == 302
    assert "_auth_user_id" not in browser.session
    assert records("session.expire")[0].clear.reason == middleware.RUN_OUT
    api = signed_in(detective).get("/api/v1/hits/", headers={"Accept": "application/json"})
    assert api.status_code == 401


def test_the_gate_is_shut_to_an_account_whose_time_is_over(detective):
    detective.expires_at = AT
    gate.admit(make.by(detective), Ability.SEARCH, at=AT - MICRO)
    with pytest.raises(Refused):
        gate.admit(make.by(detective), Ability.SEARCH, at=AT)


def test_a_quick_link_opens_no_account_that_is_over(db, settings):
    user = make.user("demo-late", opened_at=AT - DAYS, date_joined=AT - DAYS)
    link = quick.find(quick.make(user, at=AT))
    assert quick.refuse(link, at=AT).code == rules.ACCOUNT_IDLE.code
    with pytest.raises(Refused):
        quick.use(link, by=make.by(user), at=AT)


def test_the_nightly_job_writes_down_what_already_holds(administrator, boss, detective, officer):
    temporary = opened(administrator, boss, kind="temporary")
    User.objects.filter(pk=detective.pk).update(last_login=AT + timedelta(hours=72) - DAYS)
    before, at = AT + timedelta(hours=72) - MICRO, AT + timedelta(hours=72)
    assert nightly.close_over(before) == 0
    assert nightly.close_over(at) == 2
    assert nightly.close_over(at) == 0
    for user in (temporary, detective):
        user.refresh_from_db()
        assert (user.is_active, user.suspended_at) == (False, at)
    assert {row.subject_id for row in records("access.close")} == {str(temporary.pk), str(detective.pk)}
    officer.refresh_from_db()
    assert officer.is_active


def test_who_signed_in_meanwhile_is_not_closed(detective):
    stale = User.objects.get(pk=detective.pk)
    stale.last_login = AT - DAYS
    User.objects.filter(pk=detective.pk).update(last_login=AT)
    assert accounts.close_if_over(stale, at=AT, found_by="keep_accounts") is None
    detective.refresh_from_db()
    assert detective.is_active


def test_a_reopened_account_starts_anew(administrator, detective):
    User.objects.filter(pk=detective.pk).update(last_login=AT - DAYS)
    nightly.close_over(AT)
    with pytest.raises(Refused) as refused:
        accounts.reopen(user_id=detective.pk, reason="", by=make.by(administrator), at=AT)
    assert refused.value.refusal.code == rules.NO_WORDS.code
    user = accounts.reopen(user_id=detective.pk, reason="Back from leave", by=make.by(administrator), at=AT)
    assert accounts.refuse(user, AT + DAYS - MICRO) is None
    assert accounts.refuse(user, AT + DAYS) is not None


def test_a_temporary_account_is_never_opened_again(administrator, boss):
    user = opened(administrator, boss, kind="emergency")
    at = AT + timedelta(hours=72)
    nightly.close_over(at)
    with pytest.raises(Refused) as refused:
        accounts.reopen(user_id=user.pk, reason="Still needed here", by=make.by(administrator), at=at)
    assert refused.value.refusal.code == rules.NOT_REOPENED.code


def test_who_needs_more_time_asks_again_and_the_account_opens_anew(administrator, boss, signed_in):
    first = opened(administrator, boss, kind="emergency")
    at = AT + timedelta(hours=72)
    nightly.close_over(at)
    first.refresh_from_db()
    wanted = requests.Wanted(("officer",), "The festival goes on", "temporary")
    request = requests.ask_for_rights(first, wanted, by=make.by(administrator), at=at)
    requests.decide(request_id=request.pk, approve=True, words="", by=make.by(boss), at=at)
    user = opening.activate(request_id=request.pk, by=make.by(administrator), at=at)[1]
    assert (user.pk, user.is_active, user.expires_at) == (first.pk, True, at + timedelta(hours=72))
    assert roles_of(user, at) == {"officer"}
    assert roles_of(user, user.expires_at) == frozenset()
    page = signed_in(administrator).get(reverse("audit:access_ask"), {"person": first.pk})
    assert page.context["person"] == first


def test_nobody_opens_their_own_account(administrator):
    with pytest.raises(Refused) as refused:
        accounts.reopen(user_id=administrator.pk, reason="It is mine", by=make.by(administrator), at=AT)
    assert refused.value.refusal.code == "people.own_record"


def test_people_and_administrators_are_told_60_30_and_7_days_before(administrator, officer):
    officer.certificates.filter(kind="alpr").update(expires_on=date(2026, 9, 1))
    told = {}
    for left in (61, 60, 59, 30, 29, 8, 7, 1, 0):
        at = datetime(2026, 9, 1, 19, tzinfo=UTC) - timedelta(days=left)
        nightly.warn(at)
        told[left] = Notice.objects.filter(recipient=officer).count()
    assert told == {61: 0, 60: 1, 59: 1, 30: 2, 29: 2, 8: 2, 7: 3, 1: 3, 0: 3}
    assert Notice.objects.filter(recipient=administrator, key__startswith="run-out:").count() == 3


def test_accounts_about_to_end_are_told_and_renewed_certificates_are_not(administrator, officer, detective):
    make.certificate(officer, "alpr", issued_on=date(2026, 1, 1), expires_on=date(2026, 6, 20))
    User.objects.filter(pk=detective.pk).update(expires_at=AT + timedelta(days=20))
    assert [(one.user, one.what) for one in nightly.soon_over(AT, accounts.policy.in_force(AT))] == [
        (detective, "Your account")
    ]


def test_the_last_administrator_gets_in_again_by_the_machines_own_command(db, monkeypatch):
    monkeypatch.setenv("FIRST_ADMINISTRATOR_PASSWORD", make.PASSWORD)
    last = make.user("sgt.last", "alpr_administrator", is_staff=True)
    old = timezone.now() - timedelta(days=200)
    User.objects.filter(pk=last.pk).update(last_login=old, date_joined=old)
    nightly.close_over(timezone.now())
    call_command("first_administrator", "sgt.last")
    last.refresh_from_db()
    assert last.is_active
    assert accounts.refuse(last, timezone.now()) is None
    assert LedgerEntry.objects.filter(action="user.change", username="first_administrator").count() == 1


def test_that_command_opens_nothing_while_somebody_can_and_nobody_who_was_suspended(administrator, db, monkeypatch):
    from django.core.management import CommandError

    monkeypatch.setenv("FIRST_ADMINISTRATOR_PASSWORD", make.PASSWORD)
    other = make.user("sgt.other", "alpr_administrator")
    User.objects.filter(pk=other.pk).update(
        is_active=False, suspended_at=AT, suspended_reason="Closed: This account was not used for 90 days."
    )
    with pytest.raises(CommandError, match="holds this role already"):
        call_command("first_administrator", "sgt.other")
    User.objects.filter(pk=administrator.pk).update(is_active=False)
    User.objects.filter(pk=other.pk).update(suspended_reason="Under investigation")
    with pytest.raises(CommandError, match="never used again"):
        call_command("first_administrator", "sgt.other")


def test_a_full_sign_in_counts_as_use(client, detective, sign_in_rules):
    secret = enrol(detective)
    sign_in_fully(client, detective, secret)
    detective.refresh_from_db()
    assert timezone.now() - detective.in_use_since < timedelta(minutes=5)
    assert requests.PURPOSE == accounts.PURPOSE


@pytest.fixture
def machine_keeper(db):
    return make.user("machine.keeper", "system_administrator", trained=False)


def test_who_runs_the_machine_opens_no_account_that_opens_plate_data(administrator, machine_keeper, detective, clerk):
    for person in (detective, clerk):
        people.suspend_user(user_id=person.pk, reason="Left the key in the car", by=make.by(administrator), at=AT)
    with pytest.raises(Refused) as refused:
        accounts.reopen(user_id=detective.pk, reason="Back from leave", by=make.by(machine_keeper), at=AT)
    assert refused.value.refusal.code == "people.data_role"
    assert accounts.reopen(user_id=clerk.pk, reason="Back from leave", by=make.by(machine_keeper), at=AT).is_active


def test_nor_by_a_request_for_a_role_without_data(machine_keeper, administrator, boss):
    user = opened(administrator, boss)
    people.suspend_user(user_id=user.pk, reason="Left the key in the car", by=make.by(administrator), at=AT)
    user.refresh_from_db()
    wanted = requests.Wanted(("records_clerk",), "Helps in the records room now")
    asked = requests.ask_for_rights(user, wanted, by=make.by(administrator), at=AT)
    requests.decide(request_id=asked.pk, approve=True, words="", by=make.by(boss), at=AT)
    with pytest.raises(Refused) as refused:
        opening.activate(request_id=asked.pk, by=make.by(machine_keeper), at=AT)
    assert refused.value.refusal.code == "people.data_role"
