"""At the same instant: a code, a link and the last guesses are each given out once, however many ask."""

import threading
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.auth import SESSION_KEY
from django.db import close_old_connections, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import LedgerEntry, QuickLink, SignInAttempt
from audit.refusals import Refused
from audit.signin import lockout, quick, second_factor
from tests import make
from tests.audit.signing_in import code, enrol, give_code, give_password, sign_in_rules
from tests.make import NOON

pytestmark = [pytest.mark.usefixtures("sign_in_rules"), pytest.mark.django_db(transaction=True)]
__all__ = ["sign_in_rules"]


def all_at_once(count, job):
    """Run the job in so many threads that start together; their results."""
    start, results = threading.Barrier(count), []

    def run(number):
        try:
            close_old_connections()
            start.wait()
            results.append(job(number))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == count
    return results


def test_the_same_code_at_once_is_accepted_once():
    person = make.user("detective")
    shown = code(enrol(person), at=NOON)
    pk = Authenticator.objects.get().pk
    assert sorted(all_at_once(6, lambda _: second_factor.accept_totp(pk, shown, at=NOON))) == [False] * 5 + [True]


def test_the_same_code_at_once_through_the_pages_signs_in_once():
    shown = code(enrol(make.user("detective")))
    browsers = [Client() for _ in range(3)]
    for browser in browsers:
        give_password(browser, "detective")
    all_at_once(3, lambda number: give_code(browsers[number], shown).status_code)
    assert [SESSION_KEY in browser.session for browser in browsers].count(True) == 1


def test_an_older_code_is_not_accepted_after_a_newer_one():
    secret = enrol(make.user("detective"))
    pk = Authenticator.objects.get().pk
    assert second_factor.accept_totp(pk, code(secret, at=NOON, steps=1), at=NOON)
    assert not second_factor.accept_totp(pk, code(secret, at=NOON), at=NOON)
    later = NOON + timedelta(seconds=60)
    assert second_factor.accept_totp(pk, code(secret, at=later), at=later)


@pytest.mark.parametrize(("steps", "accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_holds_for_one_step_either_side(steps, accepted):
    secret = enrol(make.user("detective"))
    pk = Authenticator.objects.get().pk
    assert second_factor.accept_totp(pk, code(secret, at=NOON, steps=steps), at=NOON) == accepted


def test_the_same_recovery_code_at_once_is_accepted_once():
    person = make.user("detective")
    spare = RecoveryCodes.activate(person).get_unused_codes()[0]
    found = all_at_once(4, lambda _: second_factor.authenticator_for(person, spare, at=NOON))
    assert [row is not None for row in found].count(True) == 1


def test_no_more_than_five_guesses_pass_at_once():
    def guess(_):
        try:
            lockout.settle(lockout.begin("detective", "10.0.0.5", at=NOON), at=NOON)
        except Refused:
            return False
        return True

    assert all_at_once(12, guess).count(True) == 5
    assert SignInAttempt.objects.filter(blocked=True).exists()


def test_a_link_clicked_twice_at_once_signs_in_once():
    token = quick.make(make.user("demo-detective", "detective"), at=timezone.now())
    browsers = [Client() for _ in range(4)]
    address = reverse("quick_link", args=[token])
    codes = all_at_once(4, lambda number: browsers[number].post(address).status_code)
    assert sorted(codes) == [302, 410, 410, 410]
    assert [SESSION_KEY in browser.session for browser in browsers].count(True) == 1
    outcomes = sorted(LedgerEntry.objects.filter(action="session.quick_link").values_list("outcome", flat=True))
    assert outcomes[0] == "allowed"
    assert set(outcomes[1:]) <= {"refused"}
    assert QuickLink.objects.get().used_at is not None
