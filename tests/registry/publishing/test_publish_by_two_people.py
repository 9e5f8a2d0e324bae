"""A publication is prepared by one person, published by another as it was seen, and never changed."""

import json

import pytest
from django.db import DatabaseError, connection, transaction

from audit.models import LedgerEntry, PolicyActivation
from audit.refusals import Refused
from registry.models import MonthFigure, PartnerAgency, Publication, Sharing
from registry.publishing import content, rules, steps
from tests import make
from tests.registry.publishing.months import AT, counted, designated

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def custodian(db):
    return make.user("custodian", "custodian", trained=False)


@pytest.fixture
def both(db):
    """Somebody who may prepare and publish."""
    return make.user("both", "records_clerk", "custodian", trained=False)


def refused(code: str, step, *args, **kwargs) -> Refused:
    with pytest.raises(Refused) as caught:
        step(*args, **kwargs)
    assert caught.value.refusal.code == code
    return caught.value


def test_two_people_publish_and_the_record_holds_the_hash(clerk, custodian):
    counted()
    designated()
    waiting = steps.prepare(by=make.by(clerk), at=AT)
    done = steps.publish(waiting.pk, by=make.by(custodian), at=AT)
    assert (done.number, done.state) == (1, "published")
    entry = LedgerEntry.objects.get(index=done.record_index)
    detail = json.loads(entry.clear.detail)
    assert detail["sha256"] == done.sha256 == content.sha256(content.as_bytes(Publication.objects.get().content))
    assert set(detail["files"]) == {"transparency.json", "figures.csv", "agencies.csv", "shares.csv"}


def test_who_prepared_does_not_publish(both, clerk):
    counted()
    waiting = steps.prepare(by=make.by(both), at=AT)
    refused("publish.second_person", steps.publish, waiting.pk, by=make.by(both), at=AT)
    refused("publish.second_person", steps.refuse, waiting.pk, words="Not yet", by=make.by(both), at=AT)
    assert Publication.objects.get().state == "prepared"


def test_a_publication_is_decided_about_once(clerk, custodian):
    counted()
    waiting = steps.prepare(by=make.by(clerk), at=AT)
    steps.refuse(waiting.pk, words="The letter is not in yet", by=make.by(custodian), at=AT)
    refused(rules.DECIDED.code, steps.publish, waiting.pk, by=make.by(custodian), at=AT)
    assert Publication.objects.get().number is None


def test_not_publishing_needs_a_reason(clerk, custodian):
    counted()
    waiting = steps.prepare(by=make.by(clerk), at=AT)
    refused(rules.NO_WORDS.code, steps.refuse, waiting.pk, words=" ", by=make.by(custodian), at=AT)


def test_one_publication_waits_at_a_time(clerk):
    counted()
    steps.prepare(by=make.by(clerk), at=AT)
    refused(rules.WAITS.code, steps.prepare, by=make.by(clerk), at=AT)


def test_without_a_counted_month_there_is_nothing_to_publish(clerk):
    refused(rules.NOTHING_NEW.code, steps.prepare, by=make.by(clerk), at=AT)


def test_undetermined_retention_blocks_publication(clerk):
    counted()
    PolicyActivation.objects.create(profile="egpd_462", version="1", effective_from=make.LONG_AGO)
    refused(rules.CONTRADICTED.code, steps.prepare, by=make.by(clerk), at=AT)
    assert LedgerEntry.objects.filter(rule_code="publish.contradicted").exists()


def test_what_changed_since_it_was_prepared_is_not_published(clerk, custodian):
    counted()
    waiting = steps.prepare(by=make.by(clerk), at=AT)
    agency = PartnerAgency.objects.create(name="Riverbend Police Department", legal_class="ca_law")
    Sharing.objects.create(agency=agency, direction="has_access", starts_at=make.LONG_AGO)
    error = refused(rules.OUT_OF_DATE.code, steps.publish, waiting.pk, by=make.by(custodian), at=AT)
    assert "agencies" in error.refusal.reason


@pytest.mark.parametrize("role", ["officer", "auditor", "detective"])
def test_others_neither_prepare_nor_publish(role, clerk):
    counted()
    waiting = steps.prepare(by=make.by(clerk), at=AT)
    other = make.by(make.user("other", role))
    for step in (
        lambda: steps.overview(by=other, at=AT),
        lambda: steps.open_one(waiting.pk, by=other, at=AT),
        lambda: steps.publish(waiting.pk, by=other, at=AT),
    ):
        with pytest.raises(Refused):
            step()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE registry_publication SET content = '{}'",
        "UPDATE registry_publication SET number = 7",
        "UPDATE registry_publication SET sha256 = 'x'",
        "DELETE FROM registry_publication",
        "UPDATE registry_monthfigure SET value = 1",
        "DELETE FROM registry_monthfigure",
    ],
)
def test_nobody_changes_what_is_published_or_counted(clerk, custodian, statement):
    counted()
    waiting = steps.prepare(by=make.by(clerk), at=AT)
    steps.publish(waiting.pk, by=make.by(custodian), at=AT)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert MonthFigure.objects.count()


def test_the_second_person_sees_the_differences(clerk, custodian):
    counted(months=7)
    first = steps.prepare(by=make.by(clerk), at=AT)
    steps.publish(first.pk, by=make.by(custodian), at=AT)
    counted(first=MonthFigure.objects.latest("month").month.replace(month=5), months=1)
    second = steps.prepare(by=make.by(clerk), at=AT)
    seen = steps.open_one(second.pk, by=make.by(custodian), at=AT)
    assert [(one.part, one.after) for one in seen.differences] == [("Figures", "2026-05")]
    assert seen.may_decide
    assert not seen.own


def test_a_second_account_of_who_prepared_does_not_publish_either():
    counted()
    one = make.user("clerk.one", "records_clerk", trained=False, employee_number="E-17")
    other = make.user("clerk.two", "custodian", trained=False, employee_number="e-17 ")
    waiting = steps.prepare(by=make.by(one), at=AT)
    refused("publish.second_person", steps.publish, waiting.pk, by=make.by(other), at=AT)
    refused("publish.second_person", steps.refuse, waiting.pk, words="Not yet", by=make.by(other), at=AT)
    assert steps.open_one(waiting.pk, by=make.by(other), at=AT).own
