"""The next version: every fault named at once, one text a name for ever, a kept text as it was."""

import tomllib

import pytest
from django.db import Error, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit import policy
from audit.models import LedgerEntry, ProfileVersion
from audit.policies import document, prepare, rules, toml_text
from audit.policies.difference import compare
from audit.refusals import Refused
from tests import make
from tests.audit.policies.changing import ELK_GROVE, SACRAMENTO, manager, prepared, text_with
from tests.make import NOON

pytestmark = pytest.mark.django_db
CHARACTERS = st.characters(exclude_categories=["Cs"])


@pytest.mark.parametrize("stamp", [SACRAMENTO, ELK_GROVE])
def test_a_written_profile_reads_back_the_same(stamp):
    raw = tomllib.loads(policy.text_of(stamp))
    assert tomllib.loads(toml_text.write(raw)) == raw


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.text(CHARACTERS), st.lists(st.text(CHARACTERS), max_size=4))
def test_any_text_survives_the_writing(text, texts):
    raw = {"profile": {"id": text}, "instruments": {"go": text}, "value": [{"key": text, "value": texts}], "page": {}}
    assert tomllib.loads(toml_text.write(raw)) == raw


def test_every_fault_is_named_with_its_key_at_once():
    text = text_with("next", train__gate=["clets", "first_aid"], retention__alpr__floor="three months")
    text = text.replace('strength = "shall"', 'strength = "perhaps"', 1)
    with pytest.raises(policy.ProfileError) as caught:
        prepare.check(text)
    named = {problem.key: problem.reason for problem in caught.value.problems}
    assert set(named) == {"access.role", "train.gate", "retention.alpr.floor"}
    assert "first_aid" in named["train.gate"]
    assert named["retention.alpr.floor"] == "not a duration: 'three months'"


def test_a_floor_above_its_ceiling_is_refused_with_both_clauses():
    with pytest.raises(policy.ProfileError) as caught:
        prepare.check(text_with("next", retention__alpr__floor="P3Y"))
    (problem,) = caught.value.problems
    assert problem.key == "retention.alpr.floor"
    assert "P3Y at least (SPD General Order 525.08, C.1)" in problem.reason
    assert "P2Y at most (SPD General Order 525.08, C.1)" in problem.reason


def test_a_floor_equal_to_its_ceiling_can_be_obeyed():
    assert prepare.check(text_with("next", retention__alpr__floor="P2Y")).get("retention.alpr.floor") == "P2Y"


def test_a_function_that_is_not_there_is_allowed_to_no_phone():
    with pytest.raises(policy.ProfileError) as caught:
        prepare.check(text_with("next", field__phone__allows=["watch television"]))
    assert [problem.key for problem in caught.value.problems] == ["field.phone.allows"]


def test_a_rule_nothing_works_without_is_missed():
    text = text_with("next").replace('key = "hit.verifier"', 'key = "hit.verifiers"')
    with pytest.raises(policy.ProfileError) as caught:
        prepare.check(text)
    assert [problem.key for problem in caught.value.problems] == ["hit.verifier"]


def test_a_version_is_kept_with_its_fingerprint_and_on_record():
    row = prepared(manager())
    assert row.sha256 == document.sha256_of(row.text)
    entry = LedgerEntry.objects.select_related("clear").get(action="policy.prepare")
    assert row.sha256 in entry.clear.detail
    assert "changed rule query.requires" in entry.clear.detail
    assert policy.of_stamp(str(row)).get("query.requires") == ["purpose", "case_number"]
    assert policy.in_force(NOON).stamp == SACRAMENTO


def test_a_version_name_stands_for_one_text():
    by = manager()
    prepared(by)
    for taken in ("2026-07", "2024-06-13"):
        with pytest.raises(Refused) as caught:
            prepared(by, taken, hit__fold_within="PT20M")
        assert caught.value.refusal.rule is rules.VERSION_TAKEN


def test_a_version_says_something_new_and_why():
    by = make.by(manager())
    with pytest.raises(Refused) as caught:
        prepare.prepare(text=text_with("copy"), note="Only a new name", based_on=SACRAMENTO, by=by, at=NOON)
    assert caught.value.refusal.rule is rules.NOTHING_NEW
    with pytest.raises(Refused) as caught:
        text = text_with("next", hit__fold_within="PT20M")
        prepare.prepare(text=text, note="changed", based_on=SACRAMENTO, by=by, at=NOON)
    assert caught.value.refusal.rule is rules.NOTE_MISSING


@pytest.mark.parametrize("role", ["detective", "commander", "auditor"])
def test_who_does_not_manage_policy_prepares_none(role):
    with pytest.raises(Refused) as caught:
        prepared(make.user("other", role))
    assert caught.value.refusal.code == "access.role"
    assert not ProfileVersion.objects.exists()


@pytest.mark.parametrize("statement", ["UPDATE audit_profileversion SET text = ''", "DELETE FROM audit_profileversion"])
def test_a_kept_text_cannot_be_changed(statement):
    prepared(manager())
    with pytest.raises(Error, match="written once"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_text_changed_behind_the_products_back_is_found_out():
    row = prepared(manager(), "tampered")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE audit_profileversion DISABLE TRIGGER written_once")
        cursor.execute("UPDATE audit_profileversion SET text = replace(text, 'PT10M', 'PT99M')")
        cursor.execute("ALTER TABLE audit_profileversion ENABLE TRIGGER written_once")
    with pytest.raises(policy.ProfileError, match="not the one that was saved"):
        policy.of_stamp(str(row))


def test_two_versions_beside_each_other_show_values_with_both_clauses():
    before = policy.load("sacpd_525_08")
    after = document.read(text_with("next", hit__fold_within="PT20M").replace('"canvass"', '"canvassing"'), "next")
    found = {(change.kind, change.name): change for change in compare(before, after)}
    assert set(found) == {("changed", "hit.fold_within"), ("removed", "canvass"), ("added", "canvassing")}
    change = found["changed", "hit.fold_within"]
    assert (change.before.shown, change.after.shown, change.what) == ("PT10M", "PT20M", "value")
    assert change.before.citation == change.after.citation == before["hit.fold_within"].citation
    assert compare(before, before) == []
