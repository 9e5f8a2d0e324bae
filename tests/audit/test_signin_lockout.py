"""The lock-out: five failures in fifteen minutes, by account and address first; released by an administrator."""

from datetime import timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.urls import reverse

from audit.models import SignInAttempt
from audit.refusals import Refused
from audit.signin import lockout, releases
from tests import make
from tests.audit.signing_in import code, enrol, give_code, give_password, records, sign_in_fully, sign_in_rules
from tests.make import NOON

pytestmark = pytest.mark.usefixtures("sign_in_rules")
__all__ = ["sign_in_rules"]
DESK, STRANGER = "10.0.0.5", "203.0.113.9"
WRONG = "not the password at all"


def fail(who="detective", where=DESK, *, at=NOON):
    lockout.settle(lockout.begin(who, where, at=at), at=at)


def fail_times(count, **facts):
    for _ in range(count):
        fail(**facts)


def is_locked(who="detective", where=DESK, *, at=NOON):
    try:
        lockout.take_back(lockout.begin(who, where, at=at))
    except Refused:
        return True
    return False


def test_the_fifth_failure_locks_and_the_fourth_does_not(db):
    fail_times(4)
    assert not is_locked()
    fail()
    assert is_locked()


def test_five_failures_within_14_59_lock(db):
    fail(at=NOON)
    fail_times(4, at=NOON + timedelta(minutes=14, seconds=59))
    assert is_locked(at=NOON + timedelta(minutes=14, seconds=59))


def test_five_failures_over_15_01_do_not_lock(db):
    fail(at=NOON)
    fail_times(4, at=NOON + timedelta(minutes=15, seconds=1))
    assert not is_locked(at=NOON + timedelta(minutes=15, seconds=1))


def test_a_lock_holds_until_it_is_released(db):
    fail_times(5)
    assert is_locked(at=NOON + timedelta(days=40))
    assert lockout.release("detective") == 1
    assert not is_locked()


@pytest.mark.parametrize(("after", "still"), [((14, 59), True), ((15, 0), False), ((15, 1), False)])
def test_where_the_agency_chose_time_a_lock_ends_after_fifteen_minutes(db, settings, after, still):
    settings.LOCKOUT_NEEDS_RELEASE = False
    fail_times(5)
    assert is_locked(at=NOON + timedelta(minutes=after[0], seconds=after[1])) == still


def test_a_stranger_locks_their_own_address_and_not_the_person(db):
    fail_times(5, where=STRANGER)
    assert is_locked(where=STRANGER)
    assert not is_locked(where=DESK)


def test_guesses_from_many_addresses_lock_the_account_everywhere(db):
    for number in range(25):
        fail(where=f"203.0.113.{number}")
    assert is_locked(where=DESK)
    assert is_locked(where=DESK, at=NOON + timedelta(days=1))


def test_one_address_trying_many_names_is_stopped_for_a_while(db):
    for number in range(50):
        fail(who=f"name{number}", where=STRANGER)
    assert is_locked(who="name99", where=STRANGER)
    assert not is_locked(who="name99", where=DESK)
    assert not is_locked(who="name99", where=STRANGER, at=NOON + timedelta(minutes=15))


def test_guesses_under_way_count_before_they_are_judged(db):
    for _ in range(5):
        lockout.begin("detective", DESK, at=NOON)
    with pytest.raises(Refused):
        lockout.begin("detective", DESK, at=NOON)


def test_attempts_that_no_longer_count_are_forgotten(db):
    fail_times(4)
    fail(who="someone", at=NOON + timedelta(hours=1))
    assert SignInAttempt.objects.count() == 1


def test_blocked_even_with_the_right_password_and_on_the_ledger(client, detective):
    secret = enrol(detective)
    for _ in range(5):
        give_password(client, "detective", WRONG)
    answer = give_password(client, "detective")
    assert answer.status_code == 200
    assert "locked" in str(answer.context["form"].errors)
    outcomes = [(entry.outcome, entry.rule_code) for entry in records("session.fail")]
    assert outcomes == [("failed", "")] * 5 + [("refused", "signin.locked")]
    assert records("session.fail")[4].clear.reason == "wrong password; now locked"
    lockout.release("detective")
    sign_in_fully(client, detective, secret)
    assert SESSION_KEY in client.session


def test_a_name_that_nobody_has_locks_alike(client, detective):
    for name in ("detective", "nobodyhere"):
        for _ in range(5):
            give_password(client, name, WRONG)
    known, unknown = give_password(client, "detective"), give_password(client, "nobodyhere")
    assert known.context["form"].errors == unknown.context["form"].errors
    assert "locked" in str(unknown.context["form"].errors)


def test_wrong_codes_count_and_a_right_password_between_does_not_reset_them(detective):
    secret = enrol(detective)
    for _ in range(5):
        browser = Client()
        give_password(browser, "detective")
        give_code(browser, "000000")
    give_code(browser, code(secret))
    assert SESSION_KEY not in browser.session
    assert "locked" in str(give_password(Client(), "detective").context["form"].errors)
    assert [entry.clear.reason for entry in records("session.fail")][:5] == ["wrong code"] * 4 + [
        "wrong code; now locked"
    ]


def test_a_complete_sign_in_ends_the_row_of_failures(client, detective):
    secret = enrol(detective)
    for _ in range(4):
        give_password(client, "detective", WRONG)
    sign_in_fully(client, detective, secret)
    assert SignInAttempt.objects.count() == 0


def test_a_session_already_open_is_not_touched_by_a_lock(detective, signed_in):
    desk = signed_in(detective)
    for number in range(25):
        fail(where=f"203.0.113.{number}")
    assert desk.get(reverse("audit:policy")).status_code == 200
    answer = desk.post(reverse("account_reauthenticate"), {"password": make.PASSWORD})
    assert answer.status_code == 302


def test_guessing_inside_an_open_session_is_limited_too(detective, signed_in, settings):
    settings.ACCOUNT_RATE_LIMITS = {"reauthenticate": "100/m/user"}
    desk = signed_in(detective)
    for _ in range(5):
        desk.post(reverse("account_reauthenticate"), {"password": WRONG})
    answer = desk.post(reverse("account_reauthenticate"), {"password": make.PASSWORD})
    assert "locked" in str(answer.context["form"].errors)
    assert desk.get(reverse("audit:policy")).status_code == 200


def test_an_administrator_releases_on_the_page_and_it_is_recorded(administrator, detective, signed_in):
    fail_times(5)
    desk = signed_in(administrator)
    page = desk.get(reverse("locked_accounts"))
    assert [(lock.person, lock.where) for lock in page.context["locks"]] == [(detective, DESK)]
    assert desk.post(reverse("release_account", args=[detective.pk])).status_code == 302
    assert not is_locked()
    (entry,) = records("session.release")
    assert (entry.username, entry.subject_id, entry.result_count) == ("administrator", str(detective.pk), 1)


@pytest.mark.parametrize("role", ["detective", "dispatcher", "auditor"])
def test_nobody_else_releases(role, request, officer, signed_in):
    desk = signed_in(request.getfixturevalue(role))
    fail_times(5, who="officer")
    assert desk.get(reverse("locked_accounts")).status_code == 403
    assert desk.post(reverse("release_account", args=[officer.pk])).status_code == 403
    assert is_locked(who="officer")


def test_nobody_releases_themselves(administrator):
    fail_times(5, who="administrator")
    with pytest.raises(Refused) as refused:
        releases.release(administrator, by=make.by(administrator), at=NOON)
    assert refused.value.refusal.code == "signin.own_release"
    assert is_locked(who="administrator")


@pytest.mark.parametrize(
    "credential",
    [
        '{"id": "x"}',
        "[1]",
        '"text"',
        "7",
        '{"id": "eA", "rawId": "eA", "type": "public-key", "response": {}}',
        '{"id": "eA", "rawId": "eA", "type": "public-key", "response": {"clientDataJSON": "eA", '
        '"authenticatorData": "eA", "signature": "eA", "userHandle": 7}}',
        '{"id": "eA", "rawId": "eA", "type": "public-key", "response": {"clientDataJSON": "e30", '
        '"authenticatorData": "eA", "signature": "eA", "userHandle": "MQ"}}',
    ],
)
def test_a_key_that_fails_is_recorded_but_never_locks(client, detective, credential):
    for _ in range(6):
        answer = client.post(reverse("mfa_login_webauthn"), {"credential": credential})
        assert answer.url == reverse("account_login")
    assert not is_locked()
    assert {(entry.username, entry.clear.reason) for entry in records("session.fail")} == {
        ("unknown", "key not accepted")
    }


def test_another_browser_at_the_same_address_is_locked_with_it(detective):
    for _ in range(5):
        give_password(Client(), "detective", WRONG)
    answer = give_password(Client(), "detective")
    assert "locked" in str(answer.context["form"].errors)
    elsewhere = give_password(Client(), "detective", REMOTE_ADDR=STRANGER)
    assert elsewhere.status_code == 302
