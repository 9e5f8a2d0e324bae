"""C-01: request, supervisor, training on file, open. No step is left out, by verb, by page or by SQL."""

import threading
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from audit.abilities import roles_of
from audit.models import AccessRequest, Certificate, LedgerEntry, Notice, RoleGrant, Supervision, User
from audit.refusals import Refused
from audit.roster import opening, requests, rules
from audit.roster.opening import Course
from audit.roster.requests import Wanted
from tests import make
from tests.audit.roster.people import COURSES, WHY, approved, asked, newcomer, opened, sergeant, supervised

AT = make.NOON


@pytest.fixture
def boss(db):
    return sergeant()


def code_of(act) -> str:
    with pytest.raises(Refused) as refused:
        act()
    assert refused.value.record_index is not None
    return refused.value.refusal.code


def test_a_newcomer_walks_the_whole_road(administrator, boss):
    request = asked(administrator, boss)
    assert Notice.objects.filter(recipient=boss, path=f"/access/{request.pk}/").count() == 1
    requests.decide(request_id=request.pk, approve=True, words="", by=make.by(boss), at=AT)
    done, user = opening.activate(request_id=request.pk, courses=COURSES, by=make.by(administrator), at=AT)
    assert roles_of(user, AT) == {"officer"}
    assert (done.person, user.opened_at, user.has_usable_password()) == (user, AT, False)
    assert Supervision.objects.get(user=user).supervisor == boss
    assert user.employments.count() == user.assignments.count() == 1
    acts = LedgerEntry.objects.order_by("index").values_list("action", flat=True)
    assert list(acts) == ["access.ask", "access.decide", "access.activate"]


def test_nothing_opens_before_the_supervisor(administrator, boss):
    request = asked(administrator, boss)
    by = make.by(administrator)
    code = code_of(lambda: opening.activate(request_id=request.pk, courses=COURSES, by=by, at=AT))
    assert code == rules.STEP.code
    assert not User.objects.filter(username="new.officer").exists()


@pytest.mark.parametrize(
    "courses",
    [
        (),
        COURSES[:1],
        COURSES[1:],
        (COURSES[0], Course("alpr", date(2024, 1, 1), date(2026, 6, 16))),
        (COURSES[0], Course("alpr", date(2026, 6, 17), date(2028, 1, 1))),
    ],
    ids=["none", "only CLETS", "only ALPR", "over today", "from tomorrow"],
)
def test_nothing_opens_before_the_training_is_on_file(administrator, boss, courses):
    request, by = approved(administrator, boss), make.by(administrator)
    code = code_of(lambda: opening.activate(request_id=request.pk, courses=courses, by=by, at=AT))
    assert code == rules.NO_TRAINING.code
    assert (
        User.objects.filter(username="new.officer").count(),
        Certificate.objects.filter(reference="C-1").count(),
    ) == (
        0,
        0,
    )


def test_roles_without_plate_data_need_no_course(administrator, boss):
    request = approved(administrator, boss, roles=("records_clerk",))
    user = opening.activate(request_id=request.pk, by=make.by(administrator), at=AT)[1]
    assert roles_of(user, AT) == {"records_clerk"}


def test_access_opens_once(administrator, boss):
    opened(administrator, boss)
    request = AccessRequest.objects.get()
    by = make.by(administrator)
    assert code_of(lambda: opening.activate(request_id=request.pk, courses=COURSES, by=by, at=AT)) == rules.STEP.code


def test_what_was_refused_or_withdrawn_stays_so(administrator, boss):
    refused, withdrawn = asked(administrator, boss), asked(administrator, boss, who=newcomer("second"))
    requests.decide(request_id=refused.pk, approve=False, words="No such post", by=make.by(boss), at=AT)
    requests.withdraw(request_id=withdrawn.pk, by=make.by(administrator), at=AT)
    for request in (refused, withdrawn):
        again = request.pk
        yes = {"approve": True, "words": "", "by": make.by(boss), "at": AT}
        assert code_of(lambda pk=again, yes=yes: requests.decide(request_id=pk, **yes)) == rules.STEP.code
        by = make.by(administrator)
        open_it = {"courses": COURSES, "by": by, "at": AT}
        assert code_of(lambda pk=again, said=open_it: opening.activate(request_id=pk, **said)) == rules.STEP.code


def test_a_refusal_needs_words(administrator, boss):
    request = asked(administrator, boss)
    no = {"approve": False, "words": "", "by": make.by(boss), "at": AT}
    assert code_of(lambda: requests.decide(request_id=request.pk, **no)) == rules.NO_WORDS.code


def test_only_the_supervisor_decides(administrator, boss, detective, auditor):
    request = asked(administrator, boss)
    for other in (detective, auditor):
        yes = {"approve": True, "words": "", "by": make.by(other), "at": AT}
        assert code_of(lambda yes=yes: requests.decide(request_id=request.pk, **yes)) == rules.NOT_SUPERVISOR.code


def test_who_asks_does_not_decide_under_either_account(administrator, boss):
    User.objects.filter(pk=boss.pk).update(employee_number="E1")
    twin = make.user("sergeant2", "alpr_administrator", employee_number=" e1 ")
    boss.refresh_from_db()
    assert code_of(lambda: asked(twin, boss)) == rules.TWO_PEOPLE.code
    request = asked(administrator, boss)
    yes = {"approve": True, "words": "", "by": make.by(administrator), "at": AT}
    assert code_of(lambda: requests.decide(request_id=request.pk, **yes)) == rules.TWO_PEOPLE.code


def test_who_supervises_at_the_moment_decides(administrator, boss, officer):
    supervised(officer, boss)
    request = requests.ask_for_rights(officer, Wanted(("detective",), WHY), by=make.by(officer), at=AT)
    later, fresh = AT + timedelta(days=1), make.user("fresh.sergeant", classification="sergeant")
    Supervision.objects.create(user=officer, supervisor=fresh, starts_at=later)
    yes = {"approve": True, "words": "", "by": make.by(fresh)}
    assert code_of(lambda: requests.decide(request_id=request.pk, at=AT, **yes)) == rules.NOT_SUPERVISOR.code
    assert requests.decide(request_id=request.pk, at=later, **yes).decided_by == fresh


def test_more_rights_for_oneself_go_to_the_supervisor_on_the_roster(administrator, boss, officer):
    supervised(officer, boss)
    request = requests.ask_for_rights(officer, Wanted(("detective", "officer"), WHY), by=make.by(officer), at=AT)
    assert (request.supervisor, request.roles) == (boss, ["detective"])
    requests.decide(request_id=request.pk, approve=True, words="", by=make.by(boss), at=AT)
    opening.activate(request_id=request.pk, by=make.by(administrator), at=AT)
    assert roles_of(officer, AT) == {"officer", "detective"}
    assert RoleGrant.objects.get(user=officer, role="detective").granted_by == administrator


def test_without_a_supervisor_on_the_roster_nothing_is_asked(officer):
    wanted = Wanted(("detective",), WHY)
    code = code_of(lambda: requests.ask_for_rights(officer, wanted, by=make.by(officer), at=AT))
    assert code == rules.NO_SUPERVISOR.code


def test_an_officer_asks_for_nobody_else(officer, detective, boss):
    assert code_of(lambda: asked(officer, boss)) == rules.ASK_FOR_OTHERS.code
    by, wanted = make.by(officer), Wanted(("auditor",), WHY)
    assert code_of(lambda: requests.ask_for_rights(detective, wanted, by=by, at=AT)) == rules.ASK_FOR_OTHERS.code


def test_what_one_has_is_not_asked_for(boss, officer):
    supervised(officer, boss)
    by = make.by(officer)
    ask = {"by": by, "at": AT}
    code = code_of(lambda: requests.ask_for_rights(officer, Wanted(("officer",), WHY), **ask))
    assert code == rules.NOTHING_ASKED.code


def test_nobody_opens_their_own_access(administrator, boss):
    supervised(administrator, boss)
    wanted = Wanted(("detective",), WHY)
    request = requests.ask_for_rights(administrator, wanted, by=make.by(administrator), at=AT)
    requests.decide(request_id=request.pk, approve=True, words="", by=make.by(boss), at=AT)
    by = make.by(administrator)
    assert code_of(lambda: opening.activate(request_id=request.pk, by=by, at=AT)) == "people.own_rights"


def test_who_runs_the_machine_opens_no_plate_data(administrator, boss):
    request = approved(administrator, boss)
    runner = make.by(make.user("sysadmin", "system_administrator"))
    said = {"courses": COURSES, "by": runner, "at": AT}
    assert code_of(lambda: opening.activate(request_id=request.pk, **said)) == "people.data_role"


def test_a_contractor_gets_no_plate_data_under_the_order(administrator, boss):
    who = newcomer(classification="contractor")
    assert code_of(lambda: asked(administrator, boss, who=who)) == rules.NOT_AUTHORIZED.code
    assert asked(administrator, boss, who=who, roles=("records_clerk",)).pk


def test_an_administrator_must_be_of_the_rtic(administrator, boss):
    who = newcomer(classification="sergeant")
    said = {"who": who, "roles": ("alpr_administrator",)}
    assert code_of(lambda: asked(administrator, boss, **said)) == rules.NEEDS_RTIC.code


@pytest.mark.parametrize("name", ["detective", "DETECTIVE", "old.name", "asked.once"])
def test_c28_a_user_name_is_never_used_again(administrator, boss, detective, name):
    renamed = make.user("old.name")
    renamed.username = "new.name"
    renamed.save()
    withdrawn = asked(administrator, boss, who=newcomer("Asked.Once"))
    requests.withdraw(request_id=withdrawn.pk, by=make.by(administrator), at=AT)
    assert code_of(lambda: asked(administrator, boss, who=newcomer(name))) == rules.NAME_USED.code


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_accessrequest SET decision='approved', decided_by_id={boss}, decided_at=now(), person_id={boss},"
        " activated_by_id={admin}, activated_at=now() WHERE id='{asked}'",
        "UPDATE audit_accessrequest SET person_id={boss}, activated_by_id={admin}, activated_at=now()"
        " WHERE id='{asked}'",
        "UPDATE audit_accessrequest SET decision='approved', decided_by_id={admin}, decided_at=now()"
        " WHERE id='{asked}'",
        "UPDATE audit_accessrequest SET roles='[\"auditor\"]' WHERE id='{approved}'",
        "UPDATE audit_accessrequest SET decision='', decided_by_id=NULL, decided_at=NULL WHERE id='{approved}'",
        "UPDATE audit_accessrequest SET person_id={admin}, activated_by_id={admin}, activated_at=now()"
        " WHERE id='{approved}'",
        "UPDATE audit_accessrequest SET person_id={boss} WHERE id='{approved}'",
        "UPDATE audit_accessrequest SET withdrawn_at=NULL WHERE id='{over}'",
        "UPDATE audit_accessrequest SET decision='approved', decided_by_id={boss}, decided_at=now() WHERE id='{over}'",
        "DELETE FROM audit_accessrequest WHERE id='{approved}'",
        "INSERT INTO audit_accessrequest SELECT gen_random_uuid(), username, first_name, last_name, email, badge,"
        " employee_number, classification, kind, roles, why, wanted_until, asked_at, decision, decided_at,"
        " decision_words, activated_at, withdrawn_at, activated_by_id, asked_by_id, decided_by_id, division_id,"
        " person_id, supervisor_id FROM audit_accessrequest WHERE id='{approved}'",
    ],
)
def test_c01_the_database_lets_no_step_be_skipped(administrator, boss, statement):
    """C-08 too: requester is not approver, by raw SQL."""
    over = asked(administrator, boss, who=newcomer("third"))
    requests.withdraw(request_id=over.pk, by=make.by(administrator), at=AT)
    ids = {
        "boss": boss.pk,
        "admin": administrator.pk,
        "asked": asked(administrator, boss).pk,
        "approved": approved(administrator, boss, who=newcomer("second")).pk,
        "over": over.pk,
    }
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(**ids))


@pytest.mark.django_db(transaction=True)
def test_two_administrators_open_at_once_and_one_account_is_made():
    admin, boss = make.user("admin1", "alpr_administrator"), sergeant()
    other = make.user("admin2", "alpr_administrator")
    request = approved(admin, boss)
    results: list[str] = []
    gate = threading.Barrier(2)

    def open_it(by):
        gate.wait(30)
        try:
            opening.activate(request_id=request.pk, courses=COURSES, by=make.by(by), at=AT)
            results.append("open")
        except Refused as refused:
            results.append(refused.refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=open_it, args=(by,), daemon=True) for by in (admin, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(results) == [rules.STEP.code, "open"]
    assert User.objects.filter(username="new.officer").count() == 1
    assert RoleGrant.objects.filter(user__username="new.officer").count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_name_asked_for_twice_at_once_is_asked_for_once():
    admin, boss = make.user("admin1", "alpr_administrator"), sergeant()
    results: list[str] = []
    gate = threading.Barrier(2)

    def ask_for(name):
        gate.wait(30)
        try:
            asked(admin, boss, who=newcomer(name))
            results.append("asked")
        except Refused as refused:
            results.append(refused.refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask_for, args=(name,), daemon=True) for name in ("same.name", "Same.Name")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(results) == [rules.NAME_USED.code, "asked"]


def test_a_row_of_the_roster_cannot_make_anyone_their_own_supervisor(officer):
    with pytest.raises(IntegrityError), transaction.atomic():
        Supervision.objects.create(user=officer, supervisor=officer, starts_at=AT)
