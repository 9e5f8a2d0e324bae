"""Builders of the tests of special lists: lists that were asked for and opened, commanders, shares in each state."""

from datetime import timedelta

from guardian.shortcuts import assign_perm

from audit.models import DivisionCommand
from hotlists.models import HotList, HotListShare
from hotlists.special import lists, shares
from tests import make
from tests.make import LONG_AGO, NOON

WANTED = lists.ListWanted("burglary", "Cars seen near three warehouse burglaries", "26-123456")
AGENCY = "Riverbend Police Department"
WORDS = "Same crew works both cities"


def asked(by, **changes):
    """A special list somebody asked for."""
    facts = {"subject": WANTED.subject, "why": WANTED.why, "case_number": WANTED.case_number} | changes
    return lists.ask_for_list(lists.ListWanted(**facts), by=make.by(by), at=NOON - timedelta(hours=2))


def opened(asker, opener):
    """A special list that was asked for by one and opened by the other."""
    hot_list = asked(asker)
    at = NOON - timedelta(hours=1, minutes=30)
    return lists.open_list(hot_list_id=hot_list.pk, words="A real case", by=make.by(opener), at=at)


def commander(username="commander", division="Investigations", **fields):
    """A division commander who commands the division since long ago."""
    made = make.user(username, "commander", classification="captain", **fields)
    where = make.division(division, is_rtic=True) if division.startswith("Real-Time") else make.division(division)
    DivisionCommand.objects.create(division=where, commander=made, starts_at=LONG_AGO)
    return made


def wanted(hot_list, **changes):
    """A share as it is asked for: the whole list for a week, from noon."""
    facts = {
        "hot_list_id": hot_list.pk,
        "agency": AGENCY,
        "agency_class": "ca_lea_learn_partner",
        "whole_list": True,
        "plates": frozenset(),
        "why": "The same crew works both cities",
        "case_number": "26-123456",
        "starts_at": NOON,
        "ends_at": NOON + timedelta(days=7),
    }
    return shares.ShareWanted(**(facts | changes))


def share(hot_list, asker, decider=None, decision="approved", at=NOON - timedelta(minutes=10), **changes):
    """A share, decided where there is a decider."""
    made = shares.ask_to_share(wanted(hot_list, **changes), by=make.by(asker), at=at)
    if decider is None:
        return made
    return shares.decide_share(
        share_id=made.pk, decision=decision, words="Both agencies agree on it", by=make.by(decider), at=at
    )


def special(name="Special list", **fields):
    """A special list from before requests were kept: in use, nobody on file."""
    return make.hot_list(name, kind=HotList.Kind.SPECIAL, **fields)


def grant(to, hot_list):
    """The right itself, without the verb."""
    assign_perm("hotlists.see_hits", to, hot_list)


def share_row(hot_list, asker, *, at, **fields):
    """A share that waits, without the verb."""
    facts = {
        "hot_list": hot_list,
        "whole_list": True,
        "agency": AGENCY,
        "agency_class": "ca_lea_learn_partner",
        "why": "The same crew works both cities",
        "case_number": "26-123456",
        "starts_at": at - timedelta(days=1),
        "ends_at": at + timedelta(days=6),
        "asked_by": asker,
        "asked_at": at - timedelta(days=2),
        "profile": "sacpd_525_08@2024-06-13",
    }
    return HotListShare.objects.create(**(facts | fields))
