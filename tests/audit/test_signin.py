"""Signing in: two factors for everyone, no second door, every try on the ledger, nothing told to strangers."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse

from audit import ledger
from audit.models import LedgerDetail, SignInAttempt, User
from audit.signin import seeds, sessions
from audit.signin.validators import ContextWordsValidator
from tests import make
from tests.audit.signing_in import (
    accept_notice,
    code,
    enrol,
    give_code,
    give_password,
    records,
    sign_in_fully,
    sign_in_rules,
)

pytestmark = pytest.mark.usefixtures("sign_in_rules")
__all__ = ["sign_in_rules"]


def test_password_code_and_notice_open_the_house(client, detective):
    secret = enrol(detective)
    assert give_password(client, "detective").url == reverse("mfa_authenticate")
    assert SESSION_KEY not in client.session
    give_code(client, code(secret))
    assert client.get(reverse("audit:policy")).url.startswith(reverse("notice"))
    assert accept_notice(client).url == reverse("home")
    assert client.get(reverse("audit:policy")).status_code == 200
    signed_in = records("session.sign_in")
    assert [(entry.username, entry.clear.reason) for entry in signed_in] == [("detective", "password, totp")]
    assert signed_in[0].session == client.session.session_key[:8]
    detective.refresh_from_db()
    assert detective.notice_accepted_at is not None
    assert len(records("session.accept_notice")) == 1


def test_the_user_name_may_be_written_in_any_case(client, detective):
    secret = enrol(detective)
    give_password(client, "DetectivE")
    give_code(client, code(secret))
    assert client.session[SESSION_KEY] == str(detective.pk)


@pytest.mark.parametrize("name", ["home", "audit:policy", "audit:ledger", "admin:index", "usersessions_list"])
def test_a_password_alone_reaches_only_enrolment(client, administrator, name):
    give_password(client, "administrator")
    accept_notice(client)
    assert client.get(reverse(name)).url.startswith(reverse("mfa_index"))
    assert client.get(reverse("mfa_index")).status_code == 200
    assert client.get(reverse("mfa_activate_totp")).status_code == 200


def test_the_notice_comes_before_enrolment(client, detective):
    give_password(client, "detective")
    answer = client.get(reverse("mfa_activate_totp"))
    assert answer.url.startswith(reverse("notice"))
    assert client.get(reverse("notice")).status_code == 200


def test_enrolling_an_app_proves_the_second_factor(client, detective, transactional_db):
    give_password(client, "detective")
    accept_notice(client)
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    answer = client.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    assert answer.url == reverse("mfa_view_recovery_codes")
    page = client.get(answer.url)
    assert len(page.context["unused_codes"]) == 10
    assert client.get(reverse("audit:policy")).status_code == 200
    assert {entry.clear.reason for entry in records("session.change_factor")} == {
        "added an authenticator app",
        "added recovery codes",
    }


def test_the_code_of_enrolment_does_not_sign_in_as_well(client, detective, transactional_db):
    give_password(client, "detective")
    accept_notice(client)
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    proof = code(secret)
    client.post(reverse("mfa_activate_totp"), {"code": proof})
    other = Client()
    give_password(other, "detective")
    give_code(other, proof)
    assert SESSION_KEY not in other.session
    give_code(other, code(secret, steps=1))
    assert SESSION_KEY in other.session


def test_an_older_session_without_factor_cannot_enrol_beside_the_owners(client, detective):
    """Someone who only knows the password adds nothing once the owner has a factor."""
    give_password(client, "detective")
    accept_notice(client)
    enrol(detective)
    answer = client.get(reverse("mfa_add_webauthn"))
    assert answer.url.startswith(reverse("mfa_reauthenticate"))
    assert client.get(reverse("audit:policy")).url.startswith(reverse("mfa_reauthenticate"))


def test_using_the_factor_completes_an_older_session(client, detective):
    give_password(client, "detective")
    accept_notice(client)
    secret = enrol(detective)
    assert client.get(reverse("mfa_reauthenticate")).status_code == 200
    client.post(reverse("mfa_reauthenticate"), {"code": code(secret)})
    assert client.get(reverse("audit:policy")).status_code == 200


def test_a_stamp_counts_only_for_the_account_that_earned_it(client, detective, officer, signed_in):
    client = signed_in(detective)
    session = client.session
    session[SESSION_KEY] = str(officer.pk)
    assert not sessions.has_factor(session)
    assert not sessions.has_notice(session)


def test_signing_in_changes_the_session_key(client, detective):
    secret = enrol(detective)
    give_password(client, "detective")
    planted = client.session.session_key
    give_code(client, code(secret))
    assert client.session.session_key != planted
    assert Client(headers={"cookie": f"sessionid={planted}"}).get(reverse("audit:policy")).status_code == 302


def test_the_admin_has_no_door_of_its_own(client, administrator):
    answer = client.get("/admin/login/", {"next": "/admin/"})
    assert answer.url.startswith(reverse("account_login"))
    answer = client.post("/admin/login/", {"username": "administrator", "password": make.PASSWORD})
    assert answer.url.startswith(reverse("account_login"))
    assert SESSION_KEY not in client.session


def test_a_password_alone_does_not_open_the_admin(client, administrator):
    give_password(client, "administrator")
    accept_notice(client)
    assert client.get("/admin/").url.startswith(reverse("mfa_index"))
    secret = enrol(administrator)
    client.post(reverse("mfa_reauthenticate"), {"code": code(secret)})
    assert client.get("/admin/").status_code == 200


def test_machines_are_told_in_json(client, detective):
    give_password(client, "detective")
    answer = client.get("/api/v1/schema/")
    assert (answer.status_code, answer.json()["code"]) == (403, "session.incomplete")


@pytest.mark.parametrize("path", ["password/reset/", "password/reset/done/", "password/reset/key/1-abc/"])
def test_mail_resets_no_password(client, detective, path):
    answer = client.get(f"/accounts/{path}")
    assert answer.status_code == 403
    assert "administrator" in answer.content.decode()


def test_nobody_signs_up_themselves(client, db):
    assert "made by the department" in client.get(reverse("account_signup")).content.decode()


def test_a_wrong_password_is_on_the_ledger(client, detective):
    give_password(client, "detective", "not the password at all")
    (entry,) = records("session.fail")
    assert (entry.username, entry.outcome, entry.clear.reason) == ("detective", "failed", "wrong password")
    assert entry.address == "127.0.0.1"


def test_what_was_typed_as_a_name_is_never_kept(client, db):
    typed = "my-secret-password-in-the-wrong-box"
    give_password(client, typed)
    (entry,) = records("session.fail")
    assert (entry.username, entry.organisation) == ("unknown", "unknown")
    stored = [*LedgerDetail.objects.values_list("reason", "query", "detail"), *SignInAttempt.objects.values_list()]
    assert typed not in str(stored)


def test_a_wrong_name_and_a_wrong_password_are_answered_alike(client, detective):
    known = give_password(client, "detective", "not the password at all")
    unknown = give_password(client, "nobodyhere", "not the password at all")
    assert known.status_code == unknown.status_code == 200
    assert known.context["form"].errors == unknown.context["form"].errors


def test_an_unknown_name_costs_the_same_hashing(client, detective, monkeypatch):
    hashed = []
    for hasher in ("encode", "verify"):
        original = getattr(__import__("django.contrib.auth.hashers", fromlist=["x"]).MD5PasswordHasher, hasher)
        monkeypatch.setattr(
            f"django.contrib.auth.hashers.MD5PasswordHasher.{hasher}",
            lambda self, *args, _original=original, _name=hasher, **rest: (
                hashed.append(_name),
                _original(self, *args, **rest),
            )[1],
        )
    give_password(client, "nobodyhere", "not the password at all")
    unknown = hashed.count("encode")
    hashed.clear()
    give_password(client, "detective", "not the password at all")
    assert unknown == hashed.count("encode") == 1


def test_a_suspended_person_does_not_get_in_and_it_is_recorded(client, detective):
    User.objects.filter(pk=detective.pk).update(is_active=False)
    answer = give_password(client, "detective")
    assert answer.url == reverse("account_inactive")
    (entry,) = records("session.fail")
    assert (entry.outcome, entry.rule_code) == ("refused", "signin.suspended")
    assert SESSION_KEY not in client.session


def test_without_the_ledger_nobody_signs_in(client, detective, monkeypatch):
    secret = enrol(detective)
    give_password(client, "detective")

    def down(*_, **__):
        raise ledger.LedgerUnavailable("down")

    monkeypatch.setattr("audit.ledger._append", down)
    assert give_code(client, code(secret)).status_code == 503
    monkeypatch.undo()
    assert SESSION_KEY not in client.session
    assert client.get(reverse("audit:policy")).url.startswith(reverse("account_login"))


def test_without_the_ledger_a_failure_is_not_silent(client, detective, monkeypatch):
    def down(*_, **__):
        raise ledger.LedgerUnavailable("down")

    monkeypatch.setattr("audit.ledger._append", down)
    assert give_password(client, "detective", "not the password at all").status_code == 503


def test_recovery_codes_work_once(client, detective):
    enrol(detective)
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    spare = RecoveryCodes.activate(detective).get_unused_codes()[0]
    give_password(client, "detective")
    give_code(client, spare)
    assert SESSION_KEY in client.session
    other = Client()
    give_password(other, "detective")
    give_code(other, spare)
    assert SESSION_KEY not in other.session


def test_seeds_are_unreadable_in_the_database(detective, settings):
    secret = enrol(detective)
    with connection.cursor() as cursor:
        cursor.execute("SELECT data::text FROM mfa_authenticator")
        stored = cursor.fetchall()
    assert secret not in str(stored)
    assert seeds.decrypt(Authenticator.objects.get().data["secret"]) == secret


def test_a_retired_key_still_opens_seeds_and_a_foreign_one_does_not(settings):
    sealed = seeds.encrypt("JBSWY3DPEHPK3PXP")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-of-this-installation"
    assert seeds.decrypt(sealed) == "JBSWY3DPEHPK3PXP"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(seeds.SeedUnreadable):
        seeds.decrypt(sealed)


def test_a_seed_changed_in_the_database_does_not_open(settings):
    sealed = seeds.encrypt("JBSWY3DPEHPK3PXP")
    # In the middle: the last character before the padding has bits that stand for nothing.
    middle = len(sealed) // 2
    changed = sealed[:middle] + ("A" if sealed[middle] != "A" else "B") + sealed[middle + 1 :]
    with pytest.raises(seeds.SeedUnreadable):
        seeds.decrypt(changed)


def test_the_last_second_factor_stays(client, detective):
    secret = enrol(detective)
    sign_in_fully(client, detective, secret)
    answer = client.post(reverse("mfa_deactivate_totp"))
    assert answer.status_code == 403
    assert "only second factor" in answer.content.decode()
    assert Authenticator.objects.filter(user=detective).exists()
    (entry,) = records("session.change_factor")
    assert (entry.outcome, entry.rule_code) == ("refused", "signin.last_factor")


def test_one_of_two_factors_may_go(client, detective):
    secret = enrol(detective)
    Authenticator.objects.create(user=detective, type="webauthn", data={"name": "Desk key", "credential": {}})
    sign_in_fully(client, detective, secret)
    assert client.post(reverse("mfa_deactivate_totp")).url == reverse("mfa_index")
    assert [entry.clear.reason for entry in records("session.change_factor")] == ["removed an authenticator app"]


def test_signing_out_ends_the_session_on_the_server(client, detective):
    secret = enrol(detective)
    sign_in_fully(client, detective, secret)
    cookie = client.cookies["sessionid"].value
    answer = client.post(reverse("account_logout"))
    assert answer["Clear-Site-Data"] == '"cache"'
    assert len(records("session.sign_out")) == 1
    replayed = Client(headers={"cookie": f"sessionid={cookie}"})
    assert replayed.get(reverse("audit:policy")).url.startswith(reverse("account_login"))


def test_own_sessions_are_listed_and_the_others_can_be_ended(client, detective):
    secret = enrol(detective)
    sign_in_fully(client, detective, secret)
    other = Client()
    sign_in_fully(other, detective, secret, steps=1)
    page = client.get(reverse("usersessions_list"))
    assert page.context["session_count"] == 2
    client.post(reverse("usersessions_list"))
    assert other.get(reverse("audit:policy")).url.startswith(reverse("account_login"))
    assert client.get(reverse("audit:policy")).status_code == 200
    assert [entry.clear.reason for entry in records("session.sign_out")] == ["ended 1 other session"]


def test_the_last_sign_in_is_known(client, detective):
    secret = enrol(detective)
    assert sessions.last_sign_in(detective) is None
    sign_in_fully(client, detective, secret)
    first = sessions.last_sign_in(detective)
    assert first.address == "127.0.0.1"
    assert sessions.last_sign_in(detective, but_not=client.session.session_key) is None


@pytest.mark.parametrize("given", ["/audit/", "//evil.example/", "https://evil.example/", "javascript:alert(1)"])
def test_the_notice_leads_only_to_pages_of_this_site(client, detective, given):
    secret = enrol(detective)
    give_password(client, "detective")
    give_code(client, code(secret))
    answer = client.post(reverse("notice"), {"next": given})
    assert answer.url == (given if given == "/audit/" else reverse("home"))


@pytest.mark.parametrize(
    "password",
    [
        "PlatekeeperPolice2026",
        "Demonstration PD 2026",
        "aaaaaaaaaaaaaaaaaaaa",
        "1234567890qwertyuiop",
        "poiuytrewq4321",
    ],
)
def test_a_password_anyone_would_guess_is_refused(password):
    with pytest.raises(ValidationError):
        ContextWordsValidator().validate(password)


@pytest.mark.parametrize("password", [make.PASSWORD, "seven green umbrellas dancing", "ä ß 漢字 mixed with spaces"])
def test_a_long_phrase_is_welcome(password):
    ContextWordsValidator().validate(password)
