"""A machine is known by a code typed on it: once, within ten minutes, and until it is retired."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from audit import devices
from audit.devices import classes, rules, terminals
from audit.models import LedgerEntry, Terminal
from audit.refusals import Refused
from tests import make

AT = make.NOON
MICRO = timedelta(microseconds=1)


def added(by, **fields):
    said = {"name": "MDC 4117", "device_class": "vehicle"} | fields
    return terminals.add(**said, by=make.by(by), at=AT)


def enrolled(browser: Client, by, **fields) -> Terminal:
    """A machine whose code was typed in the browser; the page's own clock."""
    from django.utils import timezone

    said = {"name": "MDC 4117", "device_class": "vehicle"} | fields
    terminal, code = terminals.add(**said, by=make.by(by), at=timezone.now())
    assert browser.post(reverse("audit:enrol"), {"code": terminals.shown(code).lower()}).status_code == 302
    return terminal


def code_of(act) -> str:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.refusal.code


@pytest.mark.parametrize(("after", "works"), [(timedelta(minutes=10) - MICRO, True), (timedelta(minutes=10), False)])
def test_a_code_works_for_ten_minutes(administrator, officer, after, works):
    terminal, code = added(administrator)
    enrol = {"code": code, "by": make.by(officer), "at": AT + after}
    if works:
        assert terminals.enrol(**enrol)[0] == terminal
    else:
        assert code_of(lambda: terminals.enrol(**enrol)) == rules.CODE_OVER.code


def test_a_code_works_once_and_a_made_up_one_never(administrator, officer):
    _, code = added(administrator)
    terminals.enrol(code=code, by=make.by(officer), at=AT)
    for typed in (code, "ABCDEFGHJK", "", "\x00", "ß" * 9):
        said = {"code": typed, "by": make.by(officer), "at": AT}
        assert code_of(lambda said=said: terminals.enrol(**said)) == rules.CODE_OVER.code
    assert LedgerEntry.objects.filter(action="terminal.enrol", outcome="refused").count() == 5


def test_neither_code_nor_token_is_stored(administrator, officer):
    terminal, code = added(administrator)
    _, token = terminals.enrol(code=code, by=make.by(officer), at=AT)
    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM audit_terminal t UNION ALL SELECT h::text FROM audit_historicalterminal h")
        rows = " ".join(row for (row,) in cursor.fetchall())
        cursor.execute("SELECT d::text FROM audit_ledgerdetail d")
        rows += " ".join(row for (row,) in cursor.fetchall())
    assert code not in rows
    assert token not in rows
    terminal.refresh_from_db()
    assert (terminal.code_hash, terminal.token_hash) == ("", classes.hashed(token))


@pytest.mark.django_db(transaction=True)
def test_one_code_typed_on_two_machines_at_once_enrols_one():
    admin, officer = make.user("admin1", "alpr_administrator"), make.user("off1", "officer")
    _, code = added(admin)
    results: list[str] = []
    gate = threading.Barrier(2)

    def type_it():
        gate.wait(30)
        try:
            terminals.enrol(code=code, by=make.by(officer), at=AT)
            results.append("enrolled")
        except Refused as refused:
            results.append(refused.refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=type_it, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(results) == ["enrolled", rules.CODE_OVER.code]


def test_the_browser_keeps_the_token_out_of_reach_of_scripts(administrator, officer, signed_in, settings):
    browser = signed_in(officer)
    enrolled(browser, administrator)
    cookie = browser.cookies["terminal"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert int(cookie["max-age"]) == classes.LIFE_SECONDS


def test_a_retired_machine_is_unknown_at_once(administrator, officer, signed_in):
    browser = signed_in(officer)
    terminal = enrolled(browser, administrator)
    assert browser.get(reverse("audit:enrol")).context["terminal"] == terminal
    signed_in(administrator).post(reverse("audit:terminal_retire", args=[terminal.pk]))
    assert browser.get(reverse("audit:enrol")).context["terminal"] is None
    for verb, more in (
        (terminals.fresh_code, {}),
        (terminals.retire, {}),
        (terminals.set_exemption, {"exempt": False, "why": ""}),
    ):
        said = {"terminal_id": terminal.pk, "by": make.by(administrator), "at": AT} | more
        assert code_of(lambda verb=verb, said=said: verb(**said)) == rules.TERMINAL_OVER.code


def test_a_new_code_moves_the_machine_to_the_new_browser(administrator, officer, signed_in):
    from django.utils import timezone

    old, new = signed_in(officer), signed_in(officer)
    terminal = enrolled(old, administrator)
    _, code = terminals.fresh_code(terminal_id=terminal.pk, by=make.by(administrator), at=timezone.now())
    assert old.get(reverse("audit:enrol")).context["terminal"] == terminal
    new.post(reverse("audit:enrol"), {"code": code})
    assert old.get(reverse("audit:enrol")).context["terminal"] is None
    assert new.get(reverse("audit:enrol")).context["terminal"] == terminal


@pytest.mark.parametrize("cookie", ["x", "made-up:abc", "é", "a" * 5000])
def test_a_made_up_cookie_is_no_machine(rf, cookie, db):
    request = rf.get("/")
    request.COOKIES["terminal"] = cookie
    assert devices.terminal_of(request) is None
    assert devices.device_class(request) == "desk"


def test_only_vehicles_and_dispatch_are_exempt_and_with_a_reason(administrator):
    for device_class, why in (("desk", "Busy desk"), ("phone", "Busy phone"), ("vehicle", " ")):
        said = {"name": device_class, "device_class": device_class, "exempt": True, "exempt_why": why}
        assert code_of(lambda said=said: added(administrator, **said)) == rules.EXEMPTION.code
    assert added(administrator, exempt=True, exempt_why="In a moving car")[0].idle_exempt
    with pytest.raises(IntegrityError), transaction.atomic():
        Terminal.objects.update(device_class="desk")


def test_machines_are_kept_by_alpr_administrators(officer, administrator):
    assert code_of(lambda: added(officer)) == "access.role"
    assert code_of(lambda: terminals.list_terminals(by=make.by(officer), at=AT)) == "access.role"
    added(administrator)
    assert code_of(lambda: added(administrator, name="mdc  4117")) == rules.NAME_TAKEN.code


def test_guests_make_no_machine_the_departments(administrator):
    _, code = added(administrator)
    guest = make.user("guest", "officer", organisation="Other PD")
    assert code_of(lambda: terminals.enrol(code=code, by=make.by(guest), at=AT)) == rules.GUEST_ENROLS.code
