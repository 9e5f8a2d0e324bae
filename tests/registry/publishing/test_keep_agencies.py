"""The lists of agencies: pasted as they stand elsewhere, mended, confirmed by a person, kept by period."""

import pytest

from audit.models import LedgerEntry
from audit.refusals import Refused
from registry.models import PartnerAgency, Sharing
from registry.publishing import agencies, rules
from registry.publishing.agencies import Confirmed
from registry.publishing.agency_names import Line, mend, read_list
from registry.publishing.forms import as_text
from tests import make
from tests.registry.publishing.months import AT
from tests.registry.publishing.pasted import HAS_ACCESS, SHARES

LATER = AT.replace(day=20)


def confirmed(lines: list[Line]) -> list[Confirmed]:
    return [Confirmed(one.written, one.name, one.state, one.legal_class, one.mark) for one in lines]


def test_the_pasted_lists_are_read_whole():
    outbound = read_list(HAS_ACCESS)
    inbound = read_list(SHARES, [line.name for line in outbound])
    assert (len(outbound), len(inbound)) == (35, 42)
    names = {line.name for line in outbound}, {line.name for line in inbound}
    assert [len(part) for part in (names[0] & names[1], names[0] - names[1], names[1] - names[0])] == [20, 15, 21]
    by_class = {line.name: line.legal_class for line in inbound}
    assert [name for name, kind in by_class.items() if kind == "out_of_state"] == [
        "South Bend Police Department, IN",
        "Orange Beach Police Department, AL",
        "Orange County Sheriff's Office, FL",
    ]
    assert sorted(name for name, kind in by_class.items() if kind == "private") == [
        "CheZimme Estates HOA",
        "Elk Grove Auto Mall",
        "Eskanos Family LP",
        "Stones Gambling Hall",
    ]
    assert sum(line.legal_class == "ca_prosecutor" for line in outbound) == 2


def test_a_line_broken_in_two_is_put_together_and_said():
    assert mend("Millbrae CA\nPD, Eskanos Family LP (CA)") == [
        ("Millbrae CA PD", True),
        ("Eskanos Family LP (CA)", False),
    ]
    assert "broken in two" in read_list("Millbrae CA\nPD, Eskanos Family LP (CA)")[0].doubts[0]


@pytest.mark.parametrize("written", ["Citrus Heights PD- CA", "Citrus Heights CA PD", "Citrus Heights PD -CA"])
def test_ways_of_writing_come_to_one_name(written):
    assert read_list(written)[0].name == "Citrus Heights Police Department"


def test_names_that_may_be_one_agency_are_asked_about():
    line = read_list("Anderson City CA PD", ["Anderson Police Department"])[0]
    assert line.name == "Anderson City Police Department"
    assert line.doubts == ("Is this Anderson Police Department? If so, give it that name.",)


def test_a_second_system_of_one_agency_is_a_second_entry():
    first, second = read_list("Vallejo CA PD (Flex)\nVallejo CA PD")
    assert (first.name, first.mark, second.mark) == (second.name, "Flex", "")
    assert second.doubts


def test_both_lists_are_taken_in_and_not_twice(clerk, db):
    by = make.by(clerk)
    for text, direction in ((HAS_ACCESS, "has_access"), (SHARES, "shares")):
        lines = confirmed(agencies.propose(text, by=by, at=AT))
        agencies.take_in(lines, direction, authority="Agreement of 2024", complete=True, by=by, at=AT)
        again = agencies.take_in(lines, direction, authority="Agreement of 2024", complete=True, by=by, at=LATER)
        assert (again.begun, again.ended) == (0, 0)
    shown = agencies.open_lists(by=by, at=LATER)
    assert (len(shown.has_access), len(shown.shares), len(shown.agencies)) == (35, 42, 56)
    assert "Grass Valley PD -CA" in PartnerAgency.objects.get(name="Grass Valley Police Department").aliases
    assert LedgerEntry.objects.filter(action="agency.change", outcome="allowed").count() == 4


def test_a_known_way_of_writing_is_not_asked_about_again(clerk, db):
    by = make.by(clerk)
    wanted = Confirmed("Anderson City CA PD", "Anderson Police Department", "CA", "ca_law")
    agencies.take_in([wanted], "shares", authority="", complete=False, by=by, at=AT)
    line = agencies.propose("Anderson City CA PD", by=by, at=AT)[0]
    assert (line.name, line.doubts) == ("Anderson Police Department", ())


def test_a_complete_list_ends_what_is_not_on_it(clerk, db):
    by = make.by(clerk)
    lines = confirmed(read_list("Oakley CA PD\nDixon CA PD"))
    agencies.take_in(lines, "has_access", authority="", complete=False, by=by, at=AT)
    taken = agencies.take_in(lines[:1], "has_access", authority="", complete=True, by=by, at=LATER)
    assert taken.ended == 1
    assert [row.agency.name for row in agencies.open_lists(by=by, at=LATER).has_access] == ["Oakley Police Department"]
    assert Sharing.objects.at(AT).count() == 2


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [Confirmed("x", "", "CA", "ca_law")],
        [Confirmed("x", "X PD", "CA", "pirates")],
        [Confirmed("x", "X PD", "California", "ca_law")],
        [Confirmed("x", "X PD", "CA", "ca_law"), Confirmed("y", "X PD", "CA", "ca_law")],
    ],
)
def test_unclear_lines_are_not_taken_in(clerk, db, lines):
    with pytest.raises(Refused) as caught:
        agencies.take_in(lines, "shares", authority="", complete=True, by=make.by(clerk), at=AT)
    assert caught.value.refusal.code == rules.AGENCY_UNCLEAR.code
    assert not PartnerAgency.objects.exists()


def test_an_entry_ends_once(clerk, db):
    by = make.by(clerk)
    agencies.take_in(confirmed(read_list("Oakley CA PD")), "shares", authority="", complete=False, by=by, at=AT)
    row = Sharing.objects.get()
    agencies.end_sharing(row.pk, by=by, at=LATER)
    with pytest.raises(Refused) as caught:
        agencies.end_sharing(row.pk, by=by, at=LATER)
    assert caught.value.refusal.code == rules.AGENCY_PERIOD.code


def test_an_agency_is_renamed_but_not_into_another(clerk, db):
    by = make.by(clerk)
    lines = confirmed(read_list("Oakley CA PD\nDixon CA PD"))
    agencies.take_in(lines, "shares", authority="", complete=False, by=by, at=AT)
    row = PartnerAgency.objects.get(name="Dixon Police Department")
    agencies.change_agency(row.pk, Confirmed("", "Dixon Police", "CA", "ca_law"), ["Dixon PD"], by=by, at=AT)
    assert PartnerAgency.objects.get(pk=row.pk).aliases == ["Dixon PD"]
    with pytest.raises(Refused):
        agencies.change_agency(row.pk, Confirmed("", "Oakley Police Department", "CA", "ca_law"), [], by=by, at=AT)


@pytest.mark.parametrize("role", ["officer", "commander", "auditor"])
def test_others_keep_no_agencies(role, db):
    other = make.by(make.user("other", role))
    for step in (lambda: agencies.open_lists(by=other, at=AT), lambda: agencies.propose("x", by=other, at=AT)):
        with pytest.raises(Refused):
            step()


def test_a_clerk_pastes_confirms_and_sees_both_lists(clerk, db, signed_in):
    client = signed_in(clerk)
    page = client.post("/transparency/agencies/read/", {"direction": "shares", "text": SHARES}).content.decode()
    assert "42 entries" in page
    lines = read_list(SHARES)
    doubtful = next(number for number, line in enumerate(lines) if line.name.startswith("Anderson City"))
    data = {"direction": "shares", "lines": as_text(lines), "authority": "Agreement"}
    data |= {f"name-{doubtful}": "Anderson Police Department"}
    assert client.post("/transparency/agencies/take-in/", data).status_code == 302
    assert Sharing.objects.count() == 42
    page = client.get("/transparency/agencies/").content.decode()
    assert "Shares its reads with us (42)" in page
    assert "Anderson Police Department" in page
    assert client.post("/transparency/agencies/take-in/", data | {"lines": "damaged"}).status_code == 403
    row = Sharing.objects.first()
    assert client.post(f"/transparency/agencies/entries/{row.pk}/end/").status_code == 302
    assert client.get(f"/transparency/agencies/{row.agency_id}/").status_code == 200
