"""What a phone or a vehicle computer may do stands in the profile; the kind of machine is asked at every request."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from audit import devices, gate, policy
from audit.abilities import ABILITIES, Ability
from audit.asker import person
from audit.devices import rules, terminals
from audit.models import LedgerEntry, Notice, Terminal
from audit.refusals import Refused
from audit.signin import middleware, sessions
from tests import make
from tests.audit.devices.test_enrol_machines import enrolled

AT = make.NOON
PHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Mobile/15E148"}


@pytest.mark.parametrize("kind", ["phone", "vehicle"])
@pytest.mark.parametrize("ability", sorted(ABILITIES["detective"]))
def test_the_gate_refuses_what_the_profile_leaves_out(detective, kind, ability):
    by, profile = person(detective, device_class=kind), policy.in_force(AT)
    if str(ability) in profile[f"field.{kind}.allows"].value:
        gate.admit(by, ability, at=AT)
        return
    with pytest.raises(Refused) as refused:
        gate.admit(by, ability, at=AT)
    refusal = refused.value.refusal
    assert refusal.code == rules.DEVICE.code
    assert refusal.citation == profile[f"field.{kind}.allows"].citation
    assert refusal.citation.section == {"phone": "J.1", "vehicle": "D.5.b"}[kind]


@pytest.mark.parametrize("kind", ["desk", "dispatch", "device", ""])
def test_desks_and_dispatch_do_all_that_the_role_allows(detective, kind):
    for ability in ABILITIES["detective"]:
        gate.admit(person(detective, device_class=kind), ability, at=AT)


@pytest.mark.parametrize("profile", policy.shipped(), ids=lambda one: one.id)
def test_the_profiles_name_abilities_that_there_are(profile):
    for kind in ("phone", "vehicle"):
        assert set(profile[f"field.{kind}.allows"].value) <= {str(ability) for ability in Ability}


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ({}, "desk"),
        ({"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140"}, "desk"),
        (PHONE, "phone"),
        ({"User-Agent": "Mozilla/5.0 (Linux; Android 16; Tablet) Chrome/140"}, "phone"),
        ({"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)", "Sec-CH-UA-Mobile": "?1"}, "phone"),
        ({"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)", "Sec-CH-UA-Mobile": "?0"}, "desk"),
    ],
)
def test_an_unknown_machine_is_what_its_browser_says(rf, db, headers, kind):
    assert devices.device_class(rf.get("/", headers=headers)) == kind


def test_a_phone_searches_nothing_and_the_record_says_phone(signed_in, detective):
    browser = signed_in(detective)
    answer = browser.get(reverse("hotlists:hot_plates"), headers=PHONE)
    assert answer.status_code == 403
    entry = LedgerEntry.objects.filter(outcome="refused").latest("index")
    assert (entry.rule_code, entry.device_class) == ("access.device", "phone")
    assert browser.get(reverse("detections:hit_desk"), headers=PHONE).status_code == 200


def test_abilities_here_are_for_menus(rf, detective, db):
    request = rf.get("/", headers=PHONE)
    request.user = detective
    assert devices.abilities_here(request, AT) == {Ability.WATCH_HITS, Ability.WORK_HITS}
    request = rf.get("/")
    request.user = detective
    assert devices.abilities_here(request, AT) == ABILITIES["detective"]
    assert devices.may_here(request, Ability.SEARCH, AT)


def test_an_enrolled_machine_is_what_the_list_says_whatever_its_browser(signed_in, administrator, detective):
    browser = signed_in(detective)
    terminal = enrolled(browser, administrator)
    browser.get(reverse("hotlists:hot_plates"), headers=PHONE)
    assert LedgerEntry.objects.latest("index").device_class == "vehicle"
    Terminal.objects.filter(pk=terminal.pk).update(device_class="dispatch")
    browser.get(reverse("hotlists:hot_plates"))
    assert LedgerEntry.objects.filter(action="hot_plate.list").latest("index").device_class == "dispatch"


def test_a_session_that_changes_its_machine_is_a_flag_and_gains_no_right(signed_in, detective):
    browser = signed_in(detective)
    session = browser.session
    session[sessions.DEVICE] = "desk"
    session.save()
    assert browser.get(reverse("hotlists:hot_plates")).status_code == 200
    assert browser.get(reverse("hotlists:hot_plates"), headers=PHONE).status_code == 403
    assert browser.get(reverse("hotlists:hot_plates"), headers=PHONE).status_code == 403
    flags = LedgerEntry.objects.filter(action="session.change_device").select_related("clear")
    assert [(row.device_class, row.clear.detail) for row in flags] == [("phone", '{"before": "desk", "now": "phone"}')]
    assert Notice.objects.filter(recipient=detective, urgent=True).count() == 1


def test_what_the_session_says_of_its_machine_decides_nothing(signed_in, detective):
    browser = signed_in(detective)
    session = browser.session
    session[sessions.DEVICE], session[sessions.TERMINAL] = "dispatch", "0198c1d2-0000-7000-8000-000000000000"
    session.save()
    assert browser.get(reverse("hotlists:hot_plates"), headers=PHONE).status_code == 403


class Clock:
    def __init__(self) -> None:
        self.time = timezone.now()

    def now(self):
        return self.time


@pytest.mark.parametrize(
    ("idle", "exempt", "stays"),
    [
        (timedelta(minutes=29, seconds=59), False, True),
        (timedelta(minutes=30, seconds=1), False, False),
        (timedelta(minutes=30, seconds=1), True, True),
        (timedelta(hours=11, minutes=59), True, True),
        (timedelta(hours=12), True, False),
    ],
)
def test_c13_only_an_exempt_machine_is_spared_the_idle_limit(
    signed_in, administrator, officer, monkeypatch, idle, exempt, stays
):
    browser = signed_in(officer)
    enrolled(browser, administrator, exempt=exempt, exempt_why="Moving car" if exempt else "")
    clock = Clock()
    session = browser.session
    session[sessions.SEEN] = session[sessions.STARTED] = clock.time.isoformat()
    session.save()
    clock.time += idle
    monkeypatch.setattr(middleware.timezone, "now", clock.now)
    assert (browser.get(reverse("audit:notices")).status_code == 200) == stays


def test_c13_the_exemption_ends_with_the_next_request(signed_in, administrator, officer, monkeypatch):
    browser = signed_in(officer)
    terminal = enrolled(browser, administrator, exempt=True, exempt_why="Moving car")
    clock = Clock()
    clock.time += timedelta(hours=1)
    monkeypatch.setattr(middleware.timezone, "now", clock.now)
    assert browser.get(reverse("audit:notices")).status_code == 200
    clock.time += timedelta(hours=1)
    assert sessions.over(browser.session, at=clock.time) == ""  # a live line asks the machine's row
    said = {"terminal_id": terminal.pk, "exempt": False, "why": "", "by": make.by(administrator), "at": clock.time}
    terminals.set_exemption(**said)
    assert sessions.over(browser.session, at=clock.time) != ""
    assert browser.get(reverse("audit:notices")).status_code == 302


def test_a_cookie_copied_to_no_session_exempts_nothing_after_retirement(signed_in, administrator, officer):
    browser = signed_in(officer)
    terminal = enrolled(browser, administrator, exempt=True, exempt_why="Moving car")
    terminals.retire(terminal_id=terminal.pk, by=make.by(administrator), at=timezone.now())
    later = timezone.now() + timedelta(minutes=31)
    assert sessions.over(browser.session, at=later) != ""
