"""Who had which role on which day, where roster and accounts differ, and who is above whom."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from alpr_site.demo.roster import create_roster
from audit.abilities import roles_of
from audit.models import (
    AccessRequest,
    DivisionAssignment,
    DivisionCommand,
    Employment,
    LedgerEntry,
    RoleGrant,
    RosterReview,
    Supervision,
    Terminal,
    User,
)
from audit.refusals import Refused
from audit.roster import drift, holdings, looks, rules, supervision, timeline
from tests import make
from tests.audit.roster.people import opened, sergeant, supervised

AT = make.NOON
ZONE = ZoneInfo("America/Los_Angeles")


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)


def joined_long_ago(*users: User) -> None:
    User.objects.filter(pk__in=[user.pk for user in users]).update(date_joined=make.LONG_AGO)


def kinds(at: datetime, user: User) -> set[str]:
    return {one.kind for one in drift.find(at).differences if one.user.pk == user.pk}


def test_a_role_is_held_on_each_day_it_held_at_any_instant(db):
    user = make.user("one")
    start, end = local(2026, 3, 7, 23, 59), local(2026, 3, 9)
    RoleGrant.objects.create(user=user, role="officer", starts_at=start, ends_at=end)
    held = {day: bool(holdings.roles_on(user, date(2026, 3, day))) for day in (6, 7, 8, 9)}
    assert held == {6: False, 7: True, 8: True, 9: False}


def test_the_day_clocks_change_has_23_or_25_hours():
    spring, autumn = holdings.bounds(date(2026, 3, 8)), holdings.bounds(date(2026, 11, 1))
    assert rules.elapsed(*spring) == timedelta(hours=23)
    assert rules.elapsed(*autumn) == timedelta(hours=25)


def test_the_roster_of_a_day_says_what_stood_then(db):
    user = make.user("past", classification="officer", first_name="Pat", last_name="Past")
    joined_long_ago(user)
    user.refresh_from_db()
    row = user.history.get()
    row.history_date = local(2026, 1, 1)
    row.save()
    RoleGrant.objects.create(user=user, role="officer", starts_at=local(2026, 1, 1), ends_at=local(2026, 2, 1))
    RoleGrant.objects.create(user=user, role="detective", starts_at=local(2026, 2, 1))
    user.classification, user.is_active = "detective", False
    user.save()
    changed = user.history.latest()
    changed.history_date = local(2026, 2, 1, 9)
    changed.save()
    then = {one.username: one for one in holdings.roster_on(date(2026, 1, 31), at=AT)}["past"]
    now = {one.username: one for one in holdings.roster_on(date(2026, 2, 1), at=AT)}["past"]
    assert (then.roles, then.classification, then.state) == (["officer"], "officer", "open")
    assert (now.roles, now.classification, now.state) == (["detective"], "detective", "closed")
    assert (then.certificates, then.employed) == (["alpr", "clets"], False)
    assert not [one for one in holdings.roster_on(date(2019, 12, 30), at=AT) if one.username == "past"]


def test_the_roster_costs_the_same_for_one_and_for_forty(administrator):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            holdings.roster_on(date(2026, 11, 1), at=timezone.now())
            drift.find(timezone.now())
        return len(seen)

    few = queries()
    for number in range(40):
        make.user(f"many{number}", "officer")
    assert queries() == few <= 20


def test_the_roster_is_for_those_who_keep_or_audit_it(signed_in, administrator, auditor, officer):
    for user, status in ((administrator, 200), (auditor, 200), (officer, 403)):
        for name in ("roster", "roster_csv", "roster_drift"):
            assert signed_in(user).get(reverse(f"audit:{name}")).status_code == status, (user, name)
    refused = LedgerEntry.objects.filter(outcome="refused", username="officer")
    assert set(refused.values_list("rule_code", flat=True)) == {rules.ROSTER_CLOSED.code}
    assert refused.count() == 3


def test_everyone_sees_their_own_page_and_a_supervisor_those_below(signed_in, officer, detective):
    boss = sergeant()
    supervised(officer, boss)
    own = reverse("audit:roster_person", args=[officer.pk])
    assert signed_in(officer).get(own).status_code == 200
    assert signed_in(boss).get(own).status_code == 200
    assert signed_in(detective).get(own).status_code == 403
    assert LedgerEntry.objects.filter(action="roster.view", subject_id=str(officer.pk)).count() == 3


def test_the_snapshot_has_its_own_record_and_no_formula(signed_in, auditor):
    make.user("evil", first_name="=cmd()", last_name="Evil")
    answer = signed_in(auditor).get(reverse("audit:roster_csv"), {"day": "2026-11-01"})
    text = answer.content.decode()
    assert answer["Content-Disposition"].endswith('roster-2026-11-01.csv"')
    assert text.splitlines()[0].startswith("day,user_name,name")
    assert ",=cmd" not in text
    entry = LedgerEntry.objects.select_related("clear").latest("index")
    assert (entry.action, entry.clear.detail) == ("roster.list", '{"as": "csv"}')


def test_a_day_ahead_or_none_is_today(signed_in, auditor):
    for day in ("2999-01-01", "nonsense", ""):
        page = signed_in(auditor).get(reverse("audit:roster"), {"day": day})
        assert page.context["is_today"]


def test_a_persons_time_is_drawn_and_said(db):
    boss = sergeant()
    officer = supervised(make.user("drawn", "officer"), boss)
    joined_long_ago(officer)
    spans = timeline.spans_of(officer, AT)
    assert {span.lane for span in spans} == {
        "Employment", "Account", "Division", "Supervisor", "Role: Officer", "Course: CLETS", "Course: ALPR",
    }  # fmt: skip
    drawing = timeline.draw(spans, AT)
    assert all(0 <= bar.x <= drawing.width and bar.x + bar.width <= drawing.width + 2 for bar in drawing.bars)
    assert drawing.height == 7 * timeline.LANE


def test_supervision_reaches_down_through_rows_and_commands(db):
    chief, boss = make.user("chief"), sergeant()
    supervised(boss, chief)
    one, two = make.user("one"), make.user("two", employee_number="E2")
    twin = make.user("twin", employee_number="e2")
    DivisionAssignment.objects.create(user=one, division=make.division("Patrol"), starts_at=make.LONG_AGO)
    Supervision.objects.create(user=two, supervisor=one, starts_at=make.LONG_AGO, ends_at=AT)
    before = AT - timedelta(microseconds=1)
    assert supervision.supervised_by(chief, before) == {boss.pk, one.pk, two.pk, twin.pk}
    assert supervision.supervised_by(chief, AT) == {boss.pk, one.pk}
    assert supervision.supervised_by(two, before) == set()
    assert (supervision.supervisor_of(two, before), supervision.supervisor_of(one, AT)) == (one, boss)
    assert supervision.supervisor_of(chief, AT) is None


def test_a_ring_of_supervisors_ends(db):
    one, two = make.user("one"), make.user("two")
    for above, below in ((one, two), (two, one)):
        Supervision.objects.create(user=below, supervisor=above, starts_at=make.LONG_AGO)
    assert supervision.supervised_by(one, AT) == {two.pk}


def test_every_kind_of_difference_is_found_with_its_figures(administrator):
    boss, at = sergeant(), timezone.now()
    good = supervised(make.user("good", "officer"), boss)
    left = supervised(make.user("left", "officer"), boss)
    Employment.objects.filter(user=left).update(ends_at=at - timedelta(days=9))
    lapsed = supervised(make.user("lapsed", "officer", trained=False), boss)
    unused = supervised(make.user("unused", "officer"), boss)
    User.objects.filter(pk=unused.pk).update(last_login=at - timedelta(days=91))
    flagged = supervised(make.user("flagged", "officer", is_staff=True, is_superuser=True), boss)
    closed = supervised(make.user("closed", "officer"), boss)
    User.objects.filter(pk=closed.pk).update(is_active=False, suspended_at=at)
    bare = make.user("bare", trained=False)
    over = supervised(make.user("over", "officer", expires_at=at - timedelta(days=1)), boss)
    twins = [
        supervised(make.user(name, "officer", employee_number=number), boss)
        for name, number in (("t1", "E7"), ("t2", "e7 "))
    ]
    given = supervised(make.user("given"), boss)
    RoleGrant.objects.create(user=given, role="officer", starts_at=make.LONG_AGO, granted_by=administrator)
    weak = supervised(make.user("weak", "alpr_administrator", classification="officer"), boss)
    assert kinds(at, good) == set()
    assert kinds(at, left) == {"left"}
    assert kinds(at, lapsed) == {"no_certificate"}
    assert kinds(at, unused) == {"unused"}
    assert kinds(at, flagged) == {"staff_flag", "superuser"}
    assert kinds(at, closed) == {"role_closed"}
    assert kinds(at, bare) == {"no_employment", "no_role", "no_supervisor"}
    assert kinds(at, over) == {"run_out"}
    assert [kinds(at, twin) for twin in twins] == [{"shared_number"}] * 2
    assert kinds(at, given) == {"unasked"}
    assert kinds(at, weak) == {"no_force"}
    found = drift.find(at)
    assert {kind for kind, _, count in found.figures if count} == set(drift.KINDS)
    words = {one.kind: one.words for one in found.differences}
    assert "9 days ago" in words["left"]
    assert "91 days" in words["unused"]


def test_what_walked_the_road_is_no_difference(administrator):
    user = opened(administrator, sergeant())
    assert kinds(AT, user) == set()


def test_c03_the_yearly_review_is_overdue_until_somebody_signs(signed_in, administrator, auditor):
    assert looks.review_overdue(timezone.now())
    page = signed_in(auditor).get(reverse("audit:roster_drift"))
    assert "The review of accounts is overdue" in page.content.decode()
    assert signed_in(auditor).post(reverse("audit:roster_review"), {"words": "I looked"}).status_code == 403
    signed_in(administrator).post(reverse("audit:roster_review"), {"words": "Went through all accounts"})
    review = RosterReview.objects.get()
    assert review.accounts == User.objects.count()
    assert review.drift
    assert not looks.review_overdue(review.at + timedelta(days=364))
    assert looks.review_overdue(review.at + timedelta(days=366))


def test_a_review_needs_words(administrator):
    with pytest.raises(Refused) as refused:
        looks.review(words="ok", by=make.by(administrator), at=AT)
    assert refused.value.refusal.code == rules.NO_WORDS.code


def test_roles_are_asked_for_once_a_request(signed_in, administrator):
    from audit.remembered import during_request

    with during_request(), CaptureQueriesContext(connection) as seen:
        for _ in range(20):
            assert roles_of(administrator, timezone.now()) == {"alpr_administrator"}
    assert len(seen) == 3
    with CaptureQueriesContext(connection) as seen:
        for _ in range(20):
            roles_of(administrator, timezone.now())
    assert len(seen) == 60
    browser = signed_in(administrator)
    assert browser.get("/admin/audit/user/").status_code == 200
    RoleGrant.objects.filter(user=administrator).update(ends_at=timezone.now())
    assert browser.get("/admin/audit/user/").status_code in (302, 403)


def test_what_a_request_changes_it_sees_itself(officer):
    from audit.remembered import during_request

    with during_request():
        assert roles_of(officer, AT) == {"officer"}
        RoleGrant.objects.create(user=officer, role="detective", starts_at=make.LONG_AGO)
        assert roles_of(officer, AT) == {"officer", "detective"}


def test_c28_administration_gives_no_user_name_twice(signed_in, administrator):
    old = make.user("first.name")
    old.username = "second.name"
    old.save()
    form = {"username": "First.Name", "usable_password": "false", "password1": "", "password2": ""}
    answer = signed_in(administrator).post("/admin/audit/user/add/", form)
    assert answer.status_code == 403
    assert not get_user_model().objects.filter(username="First.Name").exists()
    entry = LedgerEntry.objects.filter(outcome="refused").latest("index")
    assert entry.rule_code == rules.NAME_USED.code


def test_nobody_makes_themselves_somebodys_supervisor(signed_in, administrator, officer):
    form = {"user": officer.pk, "supervisor": administrator.pk, "starts_at_0": "2026-01-01", "starts_at_1": "00:00"}
    answer = signed_in(administrator).post("/admin/audit/supervision/add/", form)
    assert answer.status_code == 403
    assert not Supervision.objects.exists()


def test_the_demonstrations_roster_is_lived_in_and_made_once(db):
    from alpr_site.demo import people

    at = timezone.now()
    people.create_people(at)
    assert create_roster(at) > 10
    assert create_roster(at) == 0
    assert AccessRequest.objects.count() == 3
    assert Terminal.objects.count() == 3
    assert DivisionCommand.objects.at(at).count() == 2
    usable = User.objects.filter(username__startswith="demo-", is_active=True).exclude(username="demo-dormant")
    from audit.roster import accounts

    assert [one for one in usable if accounts.refuse(one, at)] == []
    assert accounts.refuse(User.objects.get(username="demo-dormant"), at).code == rules.ACCOUNT_IDLE.code
