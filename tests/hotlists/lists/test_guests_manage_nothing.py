"""People of another agency manage no lists, sources, keys or files here, whatever roles stand beside their names."""

import io

import pytest

from audit.models import LedgerEntry, User
from audit.refusals import Refused
from hotlists import rules_imports
from hotlists.imports import hand_in as engine
from hotlists.lists import bad_rows, keys, looks, rules, sources
from hotlists.models import HotListImport, HotListSource, SourceKey
from tests import make
from tests.hotlists.lists import supply
from tests.make import NOON


@pytest.fixture
def guest(db) -> User:
    return make.user("guest", "alpr_administrator", organisation="Riverbend Police Department")


def refused(call) -> str:
    with pytest.raises(Refused) as caught:
        call()
    newest = LedgerEntry.objects.order_by("-index")[0]
    assert (newest.outcome, newest.rule_code) == ("refused", caught.value.refusal.code)
    return caught.value.refusal.code


def test_a_guest_with_the_role_makes_and_changes_no_source_list_or_key(guest):
    source = supply.source()
    by, facts = make.by(guest), sources.facts_of(source)
    key, _ = SourceKey.objects.create_key(source=source, name="Theirs", issued_by=make.user("own", "officer"))
    for call in (
        lambda: sources.create_source(facts, by=by, at=NOON),
        lambda: sources.change_source(source_id=source.pk, facts=facts, by=by, at=NOON),
        lambda: sources.create_list(name="One", source_id=source.pk, near="exact", by=by, at=NOON),
        lambda: keys.issue_source_key(source_id=source.pk, name="Mine", by=by, at=NOON),
        lambda: keys.revoke_source_key(prefix=key.prefix, by=by, at=NOON),
        lambda: looks.open_source(source_id=source.pk, by=by, at=NOON),
    ):
        assert refused(call) == rules.GUEST.code
    assert (HotListSource.objects.count(), SourceKey.objects.filter(revoked=False).count()) == (1, 1)


def test_a_guest_with_the_role_hands_in_stops_and_saves_nothing(guest):
    hot_list = supply.hot_list(supply.source())
    under_way = supply.an_import(hot_list, status="running")
    by = make.by(guest)
    facts = {"layout": "generic_csv", "name": "x.csv", "origin": "upload", "by": by, "at": NOON}
    file = io.BytesIO(b"plate\n0DEM123\n")
    assert refused(lambda: engine.hand_in(hot_list_id=hot_list.pk, stream=file, **facts)) == rules_imports.SENDER.code
    assert file.tell() == 0
    assert refused(lambda: engine.cancel(under_way.pk, by=by, at=NOON)) == rules_imports.SENDER.code
    assert refused(lambda: bad_rows.rejected_rows(import_id=under_way.pk, by=by, at=NOON)) == rules.GUEST.code
    assert list(HotListImport.objects.values_list("pk", "status")) == [(under_way.pk, "running")]


def test_administration_shows_a_guest_neither_sources_nor_lists(guest, signed_in):
    guest.is_staff = True
    guest.save()
    client = signed_in(guest)
    for page in ("hotlistsource", "hotlist"):
        assert client.get(f"/admin/hotlists/{page}/").status_code in (302, 403)
        assert client.get(f"/admin/hotlists/{page}/add/").status_code in (302, 403)
