"""Who decides about a policy is told which safeguards it takes away or weakens; what only tightens is none of them."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse

from audit import policy
from audit.models import LedgerEntry
from audit.policies import document, toml_text
from audit.policies.weakening import WEAKER, weakened
from tests.audit.policies.changing import SACRAMENTO, approver, manager, prepared, proposed, text_with
from tests.make import NOON

LATER = NOON + timedelta(days=3)


def said(**values: object) -> list[str]:
    before = policy.of_stamp(SACRAMENTO)
    return weakened(before, document.read(text_with("weak", **values), "weak"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"train__gate": []}, "train.gate: no longer clets, alpr."),
        ({"train__gate": ["clets"]}, "train.gate: no longer alpr."),
        ({"field__phone__allows": ["search reads"]}, "field.phone.allows: also search reads."),
        ({"publish__suppress_below": 1}, "publish.suppress_below: 11 becomes 1."),
        ({"access__idle_close": "P10Y"}, "access.idle_close: P90D becomes P10Y."),
        ({"review__sample__percent": 1}, "review.sample.percent"),
        ({"hotlist__refused_types": []}, "hotlist.refused_types: no longer"),
        ({"search__wide__days": 9999}, "search.wide.days"),
    ],
)
def test_what_is_weaker_is_said(values, words):
    assert [one for one in said(**values) if one.startswith(words)]


@pytest.mark.django_db
def test_what_is_stricter_is_not():
    assert not said(query__requires=["purpose", "case_number"], access__idle_close="P30D", publish__suppress_below=20)


@pytest.mark.django_db
def test_a_rule_left_out_and_a_use_no_longer_prohibited_are_said():
    raw = document.raw_of(policy.text_of(SACRAMENTO), SACRAMENTO)
    raw["profile"]["version"] = "weak"
    raw["value"] = [row for row in raw["value"] if row["key"] not in ("administrator.needs", "publish.suppress_below")]
    gone = raw["prohibited"].pop()
    raw["prohibited"][0]["words"] = raw["prohibited"][0]["words"][1:]
    found = weakened(policy.of_stamp(SACRAMENTO), document.read(toml_text.write(raw), "weak"))
    for words in (
        "administrator.needs is left out",
        "publish.suppress_below is left out",
        gone["label"],
        "screened no",
    ):
        assert any(words in one for one in found), words


def test_every_key_of_the_table_is_one_of_a_profile_that_ships():
    known = {key for profile in policy.shipped() for key in profile.values}
    assert set(WEAKER) <= known | {"review.two_places.within"}


@pytest.mark.django_db
def test_the_second_person_sees_it_and_the_record_holds_it(signed_in):
    prepared(manager(), "weak", train__gate=[])
    row = proposed(manager("manager-two"), "sacpd_525_08@weak", LATER)
    page = signed_in(approver()).get(reverse("audit:policy_proposal", args=[row.pk])).content.decode()
    assert "Safeguards that this takes away or weakens: 1" in page
    assert "train.gate: no longer clets, alpr." in page
    detail = json.loads(LedgerEntry.objects.get(action="policy.propose").clear.detail)
    assert detail["weakened"] == ["train.gate: no longer clets, alpr."]
