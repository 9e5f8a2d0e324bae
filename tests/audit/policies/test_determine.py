"""A contradiction waits for a dated, signed determination; filing one releases what waits and is never changed."""

from datetime import date, timedelta

import pytest

from audit import policy
from audit.models import LedgerEntry, PolicyActivation, PolicyDetermination
from audit.policies import determinations, disagreement, rules
from audit.refusals import Refused
from tests import make
from tests.audit.policies.changing import manager
from tests.make import NOON

PAPER = {
    "chosen": "P1Y",
    "reasoning": "The adopted policy stands above the page.",
    "signed_by": "A. Attorney, City Attorney",
    "signed_on": date(2026, 6, 15),
    "reference": "CA-2026-014",
}


@pytest.fixture
def elk_grove(db):
    PolicyActivation.objects.create(profile="egpd_462", version="seed-002", effective_from=make.LONG_AGO)


def filed(by, *, conflict="retention", at=NOON, **words):
    return determinations.file(conflict=conflict, paper=determinations.Paper(**(PAPER | words)), by=make.by(by), at=at)


def test_a_determination_releases_what_waits(elk_grove):
    profile = policy.in_force(NOON)
    (standing,) = determinations.standings(profile)
    assert standing.answer is None
    assert policy.undetermined(profile, "purge")
    row = filed(manager())
    assert policy.undetermined(profile, "purge") == policy.undetermined(profile, "publish.retention") == []
    (standing,) = determinations.standings(profile)
    assert (standing.answer, standing.answer.paper) == (row, "CA-2026-014")
    assert "approving and running purges" in standing.waits[0]
    entry = LedgerEntry.objects.select_related("clear").get(action="policy.determine")
    assert "CA-2026-014" in entry.clear.detail


def test_a_later_determination_takes_the_place_of_the_first(elk_grove):
    by = manager()
    filed(by)
    later = filed(by, chosen="P30D", at=NOON + timedelta(days=1))
    (standing,) = determinations.standings(policy.in_force(NOON))
    assert standing.answer == later
    assert len(standing.answers) == 2


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (rules.NO_CONFLICT, {"conflict": "weather"}),
        (rules.CHOICE, {"chosen": "P60D"}),
        (rules.SIGNED, {"signed_by": " "}),
        (rules.SIGNED, {"reasoning": ""}),
        (rules.SIGNED, {"reference": ""}),
        (rules.SIGNED, {"signed_on": date(2026, 6, 17)}),
    ],
)
def test_what_is_not_whole_is_refused(elk_grove, rule, words):
    with pytest.raises(Refused) as caught:
        filed(manager(), **words)
    assert caught.value.refusal.rule is rule
    assert not PolicyDetermination.objects.exists()


def test_a_paper_signed_today_in_the_agencys_zone_counts(elk_grove):
    assert filed(manager(), signed_on=date(2026, 6, 16), at=NOON).pk


def test_who_does_not_manage_policy_files_nothing(elk_grove, detective):
    with pytest.raises(Refused) as caught:
        filed(detective)
    assert caught.value.refusal.code == "access.role"


def test_the_twenty_matters_of_the_two_orders_come_from_their_profiles(db):
    matters = disagreement.matters()
    assert [one.number for one in matters] == list(range(1, 21))
    retention = dict(matters[0].cells)
    shown = [[word.shown for word in words] for words in retention.values()]
    assert shown == [["P90D", "P2Y"], ["P1Y"], ["P30D"]]
    by_topic = {one.topic: dict(one.cells) for one in matters}
    assert [bool(words) for words in by_topic["Traffic enforcement"].values()] == [False, False, True]
    assert [bool(words) for words in by_topic["Hot plates"].values()] == [True, False, False]
    assert all(any(words for _, words in one.cells) for one in matters)
