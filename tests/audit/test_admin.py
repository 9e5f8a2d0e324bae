"""Administration of people: nobody changes their own file, every change stands with its record or not at all."""

import json

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import connections
from django.utils import timezone

from audit import rules
from audit.models import Certificate, Division, Employment, LedgerEntry, RoleGrant, User
from tests import make

START = {"starts_at_0": "2026-01-01", "starts_at_1": "08:00:00", "ends_at_0": "", "ends_at_1": ""}
NEW_PASSWORD = "an entirely different long phrase"


@pytest.fixture
def boss(db):
    return make.user("boss", "system_administrator", trained=False, is_staff=True, is_superuser=True)


@pytest.fixture
def admin(administrator, signed_in):
    return signed_in(administrator)


@pytest.fixture
def double(administrator):
    """A second account of the administrator."""
    User.objects.filter(pk=administrator.pk).update(employee_number="E-77")
    return make.user("double", employee_number="e-77 ", trained=False)


def newest(**facts):
    return LedgerEntry.objects.filter(**facts).order_by("-index").first()


def detail(entry):
    return json.loads(entry.clear.detail)


def grant(user, role="detective"):
    return {"user": user.pk, "role": role, **START}


def person(user, **changes):
    fields = ("username", "first_name", "last_name", "email", "badge", "employee_number", "classification")
    return {name: getattr(user, name) for name in fields} | {"is_active": "on"} | changes


def refused(answer, rule):
    assert answer.status_code == 403
    entry = newest()
    assert (entry.outcome, entry.rule_code) == ("refused", rule.code)
    return True


def test_nobody_grants_themselves_a_role_under_any_account(admin, administrator, double):
    for holder in (administrator, double):
        before = RoleGrant.objects.count()
        assert refused(admin.post("/admin/audit/rolegrant/add/", grant(holder)), rules.OWN_RECORD)
        assert RoleGrant.objects.count() == before


def test_a_grant_on_file_can_only_be_ended(admin, administrator, officer, detective):
    held = RoleGrant.objects.get(user=officer)
    data = grant(detective, "alpr_administrator") | {"ends_at_0": "2030-01-01", "ends_at_1": "00:00:00"}
    assert admin.post(f"/admin/audit/rolegrant/{held.pk}/change/", data).status_code == 302
    now = RoleGrant.objects.get(pk=held.pk)
    assert (now.user, now.role, now.starts_at, now.granted_by) == (officer, "officer", held.starts_at, administrator)
    assert now.ends_at.year in (2029, 2030)
    changed = detail(newest(action="admin.change"))
    assert changed["people"] == [{"id": officer.pk, "username": "officer"}]
    assert changed["values"]["ends_at"][0] is None
    assert "officer" in newest().clear.subject_label


def test_ones_own_grant_is_not_prolonged(admin, administrator):
    own = RoleGrant.objects.get(user=administrator)
    data = {"ends_at_0": "2030-01-01", "ends_at_1": "00:00:00"}
    assert refused(admin.post(f"/admin/audit/rolegrant/{own.pk}/change/", data), rules.OWN_RECORD)


@pytest.mark.parametrize(
    ("page", "holder"),
    [("employment", "user"), ("divisionassignment", "user"), ("divisioncommand", "commander"), ("certificate", "user")],
)
def test_nobody_writes_their_own_file(admin, administrator, double, page, holder):
    division = make.division("Patrol").pk
    course = {"kind": "pscn", "issued_on": "2026-01-01", "expires_on": "2027-01-01"}
    for account in (administrator, double):
        data = {holder: account.pk, "division": division, **START, **course}
        assert refused(admin.post(f"/admin/audit/{page}/add/", data), rules.OWN_RECORD)


def test_what_is_on_file_about_oneself_is_not_given_to_another(admin, administrator, officer):
    own = Certificate.objects.filter(user=administrator).first()
    data = {"user": officer.pk, "kind": own.kind, "issued_on": "2026-01-01", "expires_on": "2027-01-01"}
    assert refused(admin.post(f"/admin/audit/certificate/{own.pk}/change/", data), rules.OWN_RECORD)


def test_nobody_changes_or_suspends_their_own_account(admin, administrator, double):
    for account in (administrator, double):
        page = f"/admin/audit/user/{account.pk}/change/"
        assert refused(admin.post(page, person(account, badge="9")), rules.OWN_RECORD)
        passwords = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
        page = f"/admin/audit/user/{account.pk}/password/"
        assert refused(admin.post(page, passwords), rules.OWN_RECORD)
        answer = admin.post("/admin/audit/user/", {"action": "suspend", "_selected_action": [account.pk]})
        assert refused(answer, rules.OWN_RECORD)
    administrator.refresh_from_db()
    assert (administrator.badge, administrator.is_active) == ("", True)


@pytest.mark.parametrize("role", ["detective", "officer", "dispatcher", "alpr_administrator", "training_sergeant"])
def test_who_runs_the_machine_opens_plate_data_to_nobody(boss, signed_in, clerk, role):
    before = RoleGrant.objects.count()
    answer = signed_in(boss).post("/admin/audit/rolegrant/add/", grant(clerk, role))
    assert refused(answer, rules.DATA_ROLE)
    assert RoleGrant.objects.count() == before


def test_who_runs_the_machine_grants_what_opens_no_plate_data(boss, signed_in, clerk):
    assert signed_in(boss).post("/admin/audit/rolegrant/add/", grant(clerk, "custodian")).status_code == 302
    assert RoleGrant.objects.get(user=clerk, role="custodian").granted_by == boss


def test_who_runs_the_machine_files_no_certificate(boss, signed_in, clerk):
    data = {"user": clerk.pk, "kind": "alpr", "issued_on": "2026-01-01", "expires_on": "2027-01-01"}
    assert refused(signed_in(boss).post("/admin/audit/certificate/add/", data), rules.DATA_ROLE)
    assert not Certificate.objects.filter(user=clerk).exists()


def test_a_training_sergeant_files_a_certificate(db, signed_in, clerk):
    sergeant = make.user("sergeant", "training_sergeant", trained=False, is_staff=True)
    data = {"user": clerk.pk, "kind": "alpr", "issued_on": "2026-01-01", "expires_on": "2027-01-01"}
    assert signed_in(sergeant).post("/admin/audit/certificate/add/", data).status_code == 302
    values = detail(newest())["values"]
    assert values["expires_on"] == [None, "2027-01-01"]


def test_a_new_account_is_recorded_without_its_password(admin):
    data = {"username": "newcomer", "password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    assert admin.post("/admin/audit/user/add/", data).status_code == 302
    made = User.objects.get(username="newcomer")
    entry = newest(action="admin.change")
    assert (entry.subject_id, detail(entry)["people"][0]["username"]) == (str(made.pk), "newcomer")
    assert NEW_PASSWORD not in entry.clear.detail
    assert made.password not in entry.clear.detail


def test_a_changed_person_is_recorded_with_old_and_new(admin, officer):
    assert admin.post(f"/admin/audit/user/{officer.pk}/change/", person(officer, badge="3002")).status_code == 302
    assert detail(newest())["values"] == {"badge": ["3001", "3002"]}


def set_password(client, holder):
    data = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    return client.post(f"/admin/audit/user/{holder.pk}/password/", data)


def take_off(client, holder):
    factor, _ = Authenticator.objects.get_or_create(user=holder, type="totp", defaults={"data": {"secret": "x"}})
    return client.post(f"/admin/mfa/authenticator/{factor.pk}/delete/", {"post": "yes"})


def test_a_password_set_by_another_is_recorded_and_ends_the_sessions(admin, administrator, officer, signed_in):
    signed_in(officer)
    assert set_password(admin, officer).status_code == 302
    officer.refresh_from_db()
    assert officer.check_password(NEW_PASSWORD)
    entry = newest()
    assert (entry.action, entry.subject_id, entry.username) == ("user.change", str(officer.pk), "administrator")
    assert (detail(entry), entry.clear.subject_label) == ({"change": "password set"}, "officer")
    owners = [row.get_decoded().get("_auth_user_id") for row in Session.objects.all()]
    assert owners == [str(administrator.pk)]


def test_a_password_switched_off_is_recorded(admin, officer):
    data = {"usable_password": "false", "unset-password": "x"}
    assert admin.post(f"/admin/audit/user/{officer.pk}/password/", data).status_code == 302
    officer.refresh_from_db()
    assert not officer.has_usable_password()
    assert detail(newest()) == {"change": "password switched off"}


def test_a_factor_taken_off_is_recorded_with_its_owner(admin, officer):
    assert take_off(admin, officer).status_code == 302
    entry = newest()
    assert (entry.action, entry.clear.subject_label) == ("session.change_factor", "officer")
    assert detail(entry) == {"change": "second factor taken off", "factor": "totp"}


def test_ones_own_factor_is_not_taken_off_here(admin, administrator):
    assert refused(take_off(admin, administrator), rules.OWN_RECORD)
    assert Authenticator.objects.filter(user=administrator).exists()


@pytest.mark.parametrize("acts", [(set_password, take_off), (take_off, set_password)])
def test_one_administrator_does_not_take_over_an_account_in_a_day(admin, officer, signed_in, acts):
    first, second = acts
    assert first(admin, officer).status_code == 302
    assert first(admin, officer).status_code == 302
    assert refused(second(admin, officer), rules.ONE_FACTOR_A_DAY)
    other = make.user("second", "alpr_administrator", is_staff=True)
    assert second(signed_in(other), officer).status_code == 302


@pytest.mark.parametrize("act", [set_password, take_off])
def test_an_auditors_account_is_beyond_those_they_read(admin, auditor, boss, signed_in, act):
    assert refused(act(admin, auditor), rules.AUDITOR_ACCOUNT)
    assert act(signed_in(boss), auditor).status_code == 302
    both = make.user("both", "system_administrator", "alpr_administrator", is_staff=True)
    assert refused(act(signed_in(both), auditor), rules.AUDITOR_ACCOUNT)


def test_values_are_not_put_back_from_the_history(admin, officer):
    held = RoleGrant.objects.get(user=officer)
    old = held.history.first()
    page = f"/admin/audit/rolegrant/{held.pk}/history/{old.pk}/"
    assert admin.get(page).status_code == 200
    assert newest().action == "admin.view"
    assert admin.post(page, grant(officer, "detective")).status_code == 403
    held.refresh_from_db()
    assert held.role == "officer"


def test_a_history_is_a_look(admin, officer):
    assert admin.get(f"/admin/audit/user/{officer.pk}/history/").status_code == 200
    entry = newest()
    assert (entry.action, entry.subject_id) == ("admin.view", str(officer.pk))
    assert json.loads(entry.clear.query) == {"page": "history"}


def test_libraries_pages_without_a_record_are_not_there(boss, signed_in):
    client = signed_in(boss)
    for page in ("account/emailaddress", "usersessions/usersession", "auth/group"):
        assert client.get(f"/admin/{page}/").status_code == 404


@pytest.fixture
def no_ledger(transactional_db):
    """A function: from then on another connection holds the log's lock."""
    other = connections.create_connection("default")

    def hold():
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(1798905, 52)")

    yield hold
    other.close()


@pytest.mark.slow
def test_without_a_record_nothing_is_changed(no_ledger, administrator, officer, signed_in):
    admin = signed_in(administrator)
    held = RoleGrant.objects.get(user=officer)
    factor = Authenticator.objects.create(user=officer, type="totp", data={"secret": "x"})
    course = Certificate.objects.filter(user=officer).first()
    password, histories = officer.password, held.history.count()
    no_ledger()
    passwords = {"password1": NEW_PASSWORD, "password2": NEW_PASSWORD, "usable_password": "true"}
    ends = {"ends_at_0": "2030-01-01", "ends_at_1": "00:00:00"}
    for page, data in (
        ("audit/division/add/", {"name": "Patrol"}),
        (f"audit/rolegrant/{held.pk}/change/", ends),
        (f"audit/user/{officer.pk}/password/", passwords),
        (f"mfa/authenticator/{factor.pk}/delete/", {"post": "yes"}),
        ("audit/employment/add/", {"user": officer.pk, **START}),
    ):
        assert admin.post(f"/admin/{page}", data).status_code == 503, page
    held.refresh_from_db()
    officer.refresh_from_db()
    assert (held.ends_at, held.history.count(), officer.password) == (None, histories, password)
    assert Authenticator.objects.filter(pk=factor.pk).exists()
    assert not Division.objects.filter(name="Patrol").exists()
    assert not Employment.objects.exists()
    assert Certificate.objects.filter(pk=course.pk).exists()
    assert not LedgerEntry.objects.filter(at__lte=timezone.now(), action="admin.change").exists()
