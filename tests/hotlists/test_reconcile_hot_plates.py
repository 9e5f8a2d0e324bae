"""Entries here and in CLETS/NCIC: what is to be cleared there, entered there, or asked about (E.2)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import LedgerEntry, PolicyActivation
from audit.refusals import Refused
from hotlists import operations
from hotlists.entries import reconcile, rules
from hotlists.models import HotPlate
from tests import make
from tests.hotlists.importing import imported
from tests.make import NOON

PAGE = "/hot-plates/reconcile/"
LATER = NOON + timedelta(hours=30)
NOTED = {"system": "SVS", "system_entry_number": "4711", "system_entered_at": NOON}
GONE = {"withdrawn_at": NOON, "withdrawn_reason": "Vehicle recovered"}


def shown(show, by, at=NOON):
    return operations.reconcile(show=show, by=make.by(by), at=at)


def clear(entry, by, at=NOON):
    return operations.clear_system_entry(entry_id=entry.pk, by=make.by(by), at=at)


@pytest.fixture
def entries(detective, special_list):
    by = {"entered_by": detective}
    gone = GONE | {"withdrawn_by": detective}
    cleared = {"system_cleared_at": NOON, "system_cleared_by": detective}
    return {
        "live, noted": make.hot_plate("0DEM001", **by, **NOTED),
        "live, not noted": make.hot_plate("0DEM002", **by),
        "live, cleared": make.hot_plate("0DEM003", **by, **NOTED, **cleared),
        "live, partial": make.hot_plate("0DE?004", **by, partial=True, incident_number="26-000123"),
        "live, special": make.hot_plate("0DEM005", **by, hot_list=special_list),
        "withdrawn, noted": make.hot_plate("0DEM006", **by, **NOTED, **gone),
        "withdrawn, cleared": make.hot_plate("0DEM007", **by, **NOTED, **gone, **cleared),
        "withdrawn, never noted": make.hot_plate("0DEM008", **by, **gone),
        "imported": imported("0DEM009", system="SVS", system_entry_number="1", expires_at=NOON + timedelta(hours=1)),
        "renewed twice": make.hot_plate("0DEM010", **by, **NOTED, renewed_times=2),
        "renewed three times": make.hot_plate("0DEM011", **by, **NOTED, renewed_times=3),
    }


@pytest.mark.parametrize(
    ("show", "at", "names"),
    [
        ("clear", NOON, {"withdrawn, noted"}),
        ("clear", LATER, {"withdrawn, noted", "live, noted", "renewed twice", "renewed three times"}),
        ("missing", NOON, {"live, not noted", "live, cleared"}),
        ("missing", LATER, set()),
        ("renewed", NOON, {"renewed three times"}),
        ("renewed", LATER, set()),
    ],
)
def test_the_three_lists_hold_what_does_not_agree_and_nothing_else(detective, entries, show, at, names):
    answer = shown(show, detective, at)
    assert set(answer.rows) == {entries[name] for name in names}
    assert answer.counts[show] == len(names)


def test_an_entry_is_over_for_this_list_from_the_instant_it_ends(detective):
    entry = make.hot_plate(entered_by=detective, **NOTED)
    assert shown("clear", detective, entry.expires_at - timedelta(microseconds=1)).rows == []
    assert shown("clear", detective, entry.expires_at).rows == [entry]


def test_where_the_policy_asks_for_no_such_entry_none_is_missing(detective, entries):
    PolicyActivation.objects.create(profile="egpd_462", version="1", effective_from=NOON, activated_by=detective)
    answer = shown("missing", detective)
    assert (answer.rows, answer.asked) == ([], False)


def test_a_special_list_that_is_not_open_to_one_is_neither_shown_nor_counted(detective, officer, special_list):
    make.hot_plate(entered_by=detective, hot_list=special_list, renewed_times=5, **NOTED)
    for show in ("clear", "missing", "renewed"):
        assert shown(show, officer, LATER).counts == {"clear": 0, "missing": 0, "renewed": 0}
    assert operations.count_to_reconcile(officer, LATER) == 0


def test_the_figure_counts_what_waits_for_clearing_and_for_entering(detective, entries):
    assert operations.count_to_reconcile(detective, NOON) == 3
    assert not LedgerEntry.objects.exists()


def test_the_look_is_on_record_and_comes_in_pages(detective, entries, monkeypatch, last_record):
    monkeypatch.setattr(reconcile, "PAGE_SIZE", 1)
    first = shown("missing", detective)
    assert (first.number, first.pages, len(first.rows)) == (1, 2, 1)
    assert (last_record().action, last_record().index) == ("hot_plate.queue", first.record_index)
    far = operations.reconcile(show="missing", by=make.by(detective), at=NOON, page=99)
    assert (far.number, len(far.rows)) == (2, 1)
    assert shown("renewed", detective, LATER).rows == []
    assert last_record().outcome == "empty"


def test_clearing_is_noted_with_who_and_when_and_takes_the_entry_off_the_list(detective, officer, entries, last_record):
    entry = entries["withdrawn, noted"]
    clear(entry, officer)
    entry.refresh_from_db()
    assert (entry.system_cleared_at, entry.system_cleared_by, entry.system_entry_number) == (NOON, officer, "4711")
    assert (last_record().action, last_record().subject_id) == ("hot_plate.clear", str(entry.pk))
    assert shown("clear", detective).rows == []
    assert entry.history.first().history_change_reason == "CLETS/NCIC entry cleared"


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("withdrawn, cleared", rules.CLEARED),
        ("live, not noted", rules.NO_SYSTEM),
        ("imported", rules.IMPORTED),
    ],
)
def test_what_cannot_be_cleared_is_refused(detective, entries, name, rule, last_record):
    with pytest.raises(Refused) as caught:
        clear(entries[name], detective)
    assert caught.value.refusal.code == last_record().rule_code == rule.code


def test_a_second_clearing_is_told_who_did_the_first(detective, entries):
    with pytest.raises(Refused, match="detective #2001"):
        clear(entries["withdrawn, cleared"], detective)


def test_what_came_with_a_file_is_neither_withdrawn_renewed_nor_noted(detective, entries):
    entry, by = entries["imported"], make.by(detective)
    reason = "Recovered by patrol today"
    for verb in (
        lambda: operations.withdraw_hot_plate(entry_id=entry.pk, reason=reason, by=by, at=NOON),
        lambda: operations.renew_hot_plate(entry_id=entry.pk, reason=reason, life=timedelta(hours=1), by=by, at=NOON),
        lambda: operations.record_system_entry(entry_id=entry.pk, system="SVS", entry_number="1", by=by, at=NOON),
    ):
        with pytest.raises(Refused) as caught:
            verb()
        assert caught.value.refusal.code == "hot_plate.imported"


def test_a_renewal_takes_the_system_entry_over_so_that_only_the_last_is_to_be_cleared(detective):
    old = make.hot_plate(entered_by=detective, **NOTED)
    by = make.by(detective)
    new = operations.renew_hot_plate(
        entry_id=old.pk, reason="Seen again on Broadway", life=timedelta(hours=2), by=by, at=NOON
    )
    assert (new.system, new.system_entry_number, new.renewed_times) == ("SVS", "4711", 1)
    assert shown("clear", detective).rows == []
    assert shown("clear", detective, NOON + timedelta(hours=2)).rows == [new]
    operations.record_system_entry(entry_id=new.pk, system="SVS", entry_number="4712", by=by, at=NOON)
    assert shown("clear", detective).rows == [old]


def test_a_new_system_entry_after_a_cleared_one_is_open_again(detective, entries):
    entry = entries["live, cleared"]
    operations.record_system_entry(entry_id=entry.pk, system="NCIC", entry_number="1", by=make.by(detective), at=NOON)
    entry.refresh_from_db()
    assert (entry.system, entry.system_cleared_at, entry.system_cleared_by) == ("NCIC", None, None)
    assert entry.system_entered_by == detective


@pytest.mark.parametrize("show", ["clear", "missing", "renewed"])
def test_the_page_shows_each_list_or_says_that_it_is_empty(detective, signed_in, show):
    client = signed_in(detective)
    assert 'class="empty"' in client.get(PAGE, {"show": show}).content.decode()
    at = timezone.now()
    fields = {
        "clear": NOTED | GONE | {"withdrawn_by": detective},
        "missing": {},
        "renewed": NOTED | {"renewed_times": 3},
    }
    make.hot_plate(at=at, entered_by=detective, **fields[show])
    html = client.get(PAGE, {"show": show}).content.decode()
    assert "0DEM123" in html
    assert "(1)" in html


def test_one_press_on_the_list_or_on_the_entrys_page_clears(detective, signed_in):
    fields = {"at": timezone.now(), "entered_by": detective} | NOTED | GONE | {"withdrawn_by": detective}
    first, second = make.hot_plate("0DEM111", **fields), make.hot_plate("0DEM222", **fields)
    client = signed_in(detective)
    answer = client.post(f"/hot-plates/{first.pk}/clear/", {"from": "list"})
    assert answer["Location"] == f"{PAGE}?show=clear"
    assert "It is cleared there" in client.get(f"/hot-plates/{second.pk}/").content.decode()
    assert client.post(f"/hot-plates/{second.pk}/clear/")["Location"] == f"/hot-plates/{second.pk}/"
    assert HotPlate.objects.filter(system_cleared_by=detective).count() == 2
    for data in ({"from": "list"}, {}):
        again = client.post(f"/hot-plates/{first.pk}/clear/", data)
        assert (again.status_code, "hot_plate.system_cleared" in again.content.decode()) == (403, True)
    assert client.get(f"/hot-plates/{first.pk}/clear/").status_code == 405


def test_a_dispatcher_sees_the_list_and_is_offered_no_button(dispatcher, detective, signed_in):
    fields = NOTED | GONE | {"withdrawn_by": detective}
    entry = make.hot_plate(at=timezone.now(), entered_by=detective, **fields)
    client = signed_in(dispatcher)
    html = client.get(PAGE).content.decode()
    assert "0DEM123" in html
    assert "Cleared there" not in html
    assert client.post(f"/hot-plates/{entry.pk}/clear/", {"from": "list"}).status_code == 403


def test_an_unknown_list_is_not_found_and_a_closed_entry_does_not_exist(officer, detective, special_list, signed_in):
    client = signed_in(officer)
    assert client.get(PAGE, {"show": "secret"}).status_code == 404
    entry = make.hot_plate(at=timezone.now(), hot_list=special_list, entered_by=detective, **NOTED)
    assert client.post(f"/hot-plates/{entry.pk}/clear/").status_code == 404
