"""The week's figures are those of its records and of no other."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit import asker, ledger
from audit.actions import Action
from audit.refusals import Refused
from audit.review import marking, weekly
from tests import make
from tests.audit.review import reviewing

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def sections(officer):
    """A search, a refusal, an export and an alarm within the hour, told as figures."""
    now = timezone.now()
    reviewing.search_record(make.user("someone", "detective"), at=now)
    query = reviewing.query(reviewing.inspection(), None, ref=7)
    with pytest.raises(Refused):
        marking.mark(query_id=query.pk, to="compliant", words="", by=make.by(officer), at=now)
    by = asker.person(officer)
    ledger.note(Action.EVIDENCE_FETCH, by=by, at=now, purpose="evidence")
    ledger.note(Action.LOG_ALARM, by=asker.system("watch"), at=now, purpose="system")
    ledger.note(Action.USER_CHANGE, by=by, at=now, purpose="administration")
    return {one.code: one for one in weekly.figures(now - HOUR, now + HOUR)}


def test_refusals_go_by_their_rule(sections):
    assert sections["refusals"].rows == [("access.role", 1, 1)]


def test_exports_and_administrators_acts_go_by_person(sections):
    assert sections["exports"].rows == [("officer", "Downloaded an evidence package", 1, 0)]
    assert sections["administration"].rows == [("officer", "Changed a person's record", 1, 0)]


def test_alarms_and_missing_runs_of_verification_are_worth_a_word(sections):
    told = dict(sections["log"].rows)
    assert told["Raised an alarm about the log"] == "1"
    assert told["Checkpoints made"] == "0"
    assert int(told["Days without a verification run"]) >= 1
    assert sections["log"].worth >= 2


def test_every_act_of_the_week_is_counted_by_its_end(sections):
    by_act = {row[0]: row[1:] for row in sections["acts"].rows}
    assert by_act["Searched reads"] == (1, 0, 0, 0)
    assert by_act["Marked a query under review"] == (0, 0, 1, 0)


def test_hours_have_all_twenty_four_rows(sections):
    assert len(sections["hours"].rows) == 24
    assert sum(row[1] for row in sections["hours"].rows) == 4


def test_another_week_has_none_of_it(sections):
    now = timezone.now()
    other = {one.code: one for one in weekly.figures(now - 200 * HOUR, now - 100 * HOUR)}
    assert other["refusals"].rows == []
    assert other["acts"].rows == []
