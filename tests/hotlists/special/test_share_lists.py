"""Sharing a special list: asked by one, approved by a division commander, for a time that ends by itself (I.2.b)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from audit import policy
from audit.models import LedgerEntry, Notice, User
from audit.refusals import Refused
from hotlists import access, operations, rules_shares
from hotlists.models import HotList, HotListShare
from hotlists.special import lists, share_looks, shares
from tests import make
from tests.detections.test_hit_races import at_once
from tests.hotlists.special import sharing
from tests.make import NOON

TICK = timedelta(microseconds=1)
WEEK = timedelta(days=7)


def code_of(call):
    with pytest.raises(Refused) as caught:
        call()
    newest = LedgerEntry.objects.order_by("-index").first()
    assert (newest.outcome, newest.rule_code) == ("refused", caught.value.refusal.code)
    return caught.value.refusal.code


def decides(share, by, decision="approved", words="Both agencies agree on it", at=NOON):
    return shares.decide_share(share_id=share.pk, decision=decision, words=words, by=make.by(by), at=at)


def ends(share, by, words="The case is solved", at=NOON):
    return shares.end_share(share_id=share.pk, words=words, by=make.by(by), at=at)


def seen_by(guest, at):
    return access.granted(guest, at)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"agency": ""}, rules_shares.AGENCY.code),
        ({"agency": "Demonstration Police Department"}, "share.agency"),
        ({"agency_class": "out_of_state"}, rules_shares.RECIPIENT_CLASS.code),
        ({"agency_class": "federal"}, "share.recipient_class"),
        ({"agency_class": "private"}, "share.recipient_class"),
        ({"agency_class": "anything"}, "share.recipient_class"),
        ({"agency_class": "ca_prosecutor"}, "share.recipient_class"),
        ({"agency": "DEA Field Division"}, "share.recipient_class"),
        ({"agency": "Plate Brokers Inc"}, "share.recipient_class"),
        ({"agency_class": "ca_lea"}, rules_shares.NOT_A_PARTNER.code),
        ({"agency": "ICE field office"}, "query.prohibited"),
        ({"why": "For their deportation list of drivers"}, "query.prohibited"),
        ({"why": "please help"}, rules_shares.WHY.code),
        ({"case_number": ""}, rules_shares.CASE.code),
        ({"starts_at": NOON - timedelta(hours=1)}, rules_shares.PERIOD.code),
        ({"ends_at": NOON}, "share.period"),
        ({"ends_at": NOON + timedelta(days=30) + TICK}, "share.period"),
        ({"whole_list": False}, rules_shares.WHAT.code),
    ],
)
def test_a_share_is_asked_for_within_the_law(hot_list, detective, settings, changes, code):
    settings.AGENCY = settings.AGENCY | {"name": "Demonstration Police Department"}
    assert code_of(lambda: sharing.share(hot_list, detective, **changes)) == code
    assert not HotListShare.objects.exists()


def test_the_clause_on_those_outside_is_the_orders_own(hot_list, detective):
    with pytest.raises(Refused) as caught:
        sharing.share(hot_list, detective, agency_class="federal")
    assert caught.value.refusal.citation.section == "C.4"


@pytest.mark.parametrize(
    ("kind", "refused"),
    [("ca_lea", False), ("ca_lea_learn_partner", False), ("ca_prosecutor", False), ("federal", True)],
)
def test_under_the_other_policy_its_own_classes_hold(kind, refused):
    profile = policy.load("egpd_462")
    refusal = rules_shares.refuse_agency(sharing.AGENCY, kind, "Us", profile)
    assert (refusal is not None) is refused
    assert refusal is None or refusal.citation.section == "462.7"


def test_an_agency_without_partnership_is_refused_and_the_rtics_commander_told(hot_list, detective, rtic_commander):
    with pytest.raises(Refused):
        sharing.share(hot_list, detective, agency_class="ca_lea")
    told = Notice.objects.get(recipient=rtic_commander)
    assert (told.urgent, "C.2.a" in told.words) == (True, True)


def test_a_silent_policy_shares_nothing(hot_list, detective):
    profile = policy.in_force(NOON)
    silent = replace(
        profile, values={key: one for key, one in profile.values.items() if key != "special_list.share_most"}
    )
    refusal = rules_shares.refuse_period(NOON, NOON + WEEK, NOON, silent)
    assert refusal.code == rules_shares.OFF.code == "share.off"


def test_plates_are_named_among_those_live_and_open_to_the_asker(hot_list, detective):
    live = make.hot_plate("0DEM501", hot_list=hot_list, entered_by=detective)
    over = make.hot_plate("0DEM502", hot_list=hot_list, entered_by=detective, expires_at=NOON - timedelta(minutes=30))
    elsewhere = make.hot_plate("0DEM503", hot_list=sharing.special(), entered_by=detective)
    for wrong in ({over.pk}, {live.pk, elsewhere.pk}):
        asked = {"whole_list": False, "plates": frozenset(wrong)}
        assert code_of(lambda asked=asked: sharing.share(hot_list, detective, **asked)) == "share.what"
    assert code_of(lambda: sharing.share(hot_list, detective, plates=frozenset({live.pk}))) == "share.what"
    share = sharing.share(hot_list, detective, whole_list=False, plates=frozenset({live.pk}))
    assert list(share.hot_plates.all()) == [live]


def test_who_does_not_see_a_list_does_not_share_it_but_who_manages_lists_shares_it_whole(hot_list, administrator):
    other = make.user("other", "detective")
    with pytest.raises(HotList.DoesNotExist):
        sharing.share(hot_list, other)
    assert sharing.share(hot_list, administrator).asked_by == administrator


def test_a_list_not_in_use_is_not_shared(detective, administrator):
    hot_list = sharing.opened(detective, administrator)
    lists.close_list(
        hot_list_id=hot_list.pk, words="Case is over", by=make.by(detective), at=NOON - timedelta(minutes=20)
    )
    assert code_of(lambda: sharing.share(hot_list, detective)) == "special_list.not_in_use"


def test_the_askers_commander_and_the_rtics_are_told_and_may_decide(hot_list, detective, commander, rtic_commander):
    share = sharing.share(hot_list, detective)
    told = set(Notice.objects.filter(key__startswith="share-asked").values_list("recipient__username", flat=True))
    assert told == {"commander", "rtic_commander"}
    assert (share_looks.count_to_decide(commander, NOON), share_looks.count_to_decide(detective, NOON)) == (1, None)
    assert seen_by(make.user("early", "dispatcher", organisation=sharing.AGENCY), NOON) == access.Granted()
    assert decides(share, rtic_commander).decided_by == rtic_commander
    assert Notice.objects.filter(recipient=detective, key__startswith="share-decided").exists()
    assert share_looks.count_to_decide(commander, NOON) == 0


def test_another_divisions_commander_and_one_without_a_command_do_not_decide(hot_list, detective):
    share = sharing.share(hot_list, detective)
    patrol = sharing.commander("patrol", "Patrol")
    nobody = make.user("nobody", "commander")
    former = sharing.commander("former", "Investigations")
    former.commands.update(ends_at=NOON)
    for person in (patrol, nobody, former):
        assert code_of(lambda person=person: decides(share, person)) == rules_shares.COMMANDER.code == "share.commander"


def test_who_asked_never_approves_under_any_account(db, administrator):
    asker = sharing.commander("asker", employee_number="E5")
    make.assignment(asker, make.division())
    asker.role_grants.create(role="alpr_administrator", starts_at=make.LONG_AGO)
    asker.role_grants.create(role="detective", starts_at=make.LONG_AGO)
    hot_list = sharing.opened(asker, administrator)
    share = sharing.share(hot_list, asker)
    second = sharing.commander("second", employee_number=" e5")
    for person in (asker, second):
        assert code_of(lambda person=person: decides(share, person)) == rules_shares.OWN_REQUEST.code
    assert share_looks.count_to_decide(asker, NOON) == share_looks.count_to_decide(second, NOON) == 0


def test_the_table_itself_refuses_the_requesters_approval(hot_list, detective):
    share = sharing.share(hot_list, detective)
    with pytest.raises(IntegrityError, match="share_decided_by_another"), transaction.atomic():
        HotListShare.objects.filter(pk=share.pk).update(decision="approved", decided_by=detective, decided_at=NOON)


def test_a_share_is_decided_once_in_words_and_in_time(hot_list, detective, commander):
    share = sharing.share(hot_list, detective)
    assert code_of(lambda: decides(share, commander, words="ok")) == rules_shares.DECISION_WORDS.code
    assert code_of(lambda: decides(share, commander, at=NOON + WEEK)) == rules_shares.DECIDED.code
    decides(share, commander, "refused")
    assert code_of(lambda: decides(share, commander)) == "share.decided"
    assert share_looks.state_of(HotListShare.objects.get(), NOON) == "refused"


def test_a_share_runs_from_its_beginning_to_its_end_to_the_microsecond(hot_list, detective, commander, guest):
    sharing.share(hot_list, detective, commander)
    runs = {at: seen_by(guest, at).lists for at in (NOON - TICK, NOON, NOON + WEEK - TICK, NOON + WEEK)}
    assert runs == {
        NOON - TICK: frozenset(),
        NOON: {hot_list.pk},
        NOON + WEEK - TICK: {hot_list.pk},
        NOON + WEEK: frozenset(),
    }
    assert not any(seen_by(guest, at).ordinary for at in runs)


def test_an_approval_counts_from_when_it_is_given(hot_list, detective, commander, guest):
    late = NOON + timedelta(hours=2)
    share = decides(sharing.share(hot_list, detective), commander, at=late)
    assert (share.starts_at, share.ends_at) == (late, NOON + WEEK)
    assert seen_by(guest, late - TICK).lists == frozenset()


def test_named_plates_are_shared_with_their_renewals_and_no_others(hot_list, detective, commander, guest):
    named = make.hot_plate("0DEM501", hot_list=hot_list, entered_by=detective)
    make.hot_plate("0DEM502", hot_list=hot_list, entered_by=detective)
    sharing.share(hot_list, detective, commander, whole_list=False, plates=frozenset({named.pk}))
    renewal = make.hot_plate("0DEM501", hot_list=hot_list, entered_by=detective, at=NOON + timedelta(days=2))
    make.hot_plate("0DEM501", entered_by=detective)
    seen = seen_by(guest, NOON)
    assert (seen.lists, seen.plates) == (frozenset(), {named.pk, renewal.pk})


def test_a_share_ended_early_shows_nothing_more(hot_list, detective, commander, guest, administrator):
    share = sharing.share(hot_list, detective, commander)
    later = NOON + timedelta(hours=1)
    other = make.user("other", "detective")
    with pytest.raises(HotListShare.DoesNotExist):
        ends(share, other, at=later)
    assert code_of(lambda: ends(share, detective, "", at=later)) == "special_list.words_missing"
    ends(share, detective, at=later)
    assert seen_by(guest, later - TICK).lists == {hot_list.pk}
    assert seen_by(guest, later).lists == frozenset()
    assert code_of(lambda: ends(share, administrator, at=later)) == rules_shares.NOT_RUNNING.code == "share.not_running"
    waiting = sharing.share(hot_list, detective)
    assert code_of(lambda: ends(waiting, commander)) == "share.not_running"


def test_another_agencys_people_see_nothing_of_it_nor_ours_by_their_rights(hot_list, detective, commander):
    sharing.share(hot_list, detective, commander)
    third = make.user("third", "dispatcher", organisation="Third Police Department")
    sharing.grant(third, hot_list)
    assert seen_by(third, NOON) == access.Granted()


def test_who_saw_by_a_share_stands_on_its_page(hot_list, detective, commander, guest):
    from hotlists import operations

    share = sharing.share(hot_list, detective, commander)
    entry = make.hot_plate("0DEM501", hot_list=hot_list, entered_by=detective)
    for at in (NOON, NOON + timedelta(minutes=1)):
        operations.open_hot_plate(entry_id=entry.pk, by=make.by(guest), at=at)
    opened = share_looks.open_share(share_id=share.pk, by=make.by(commander), at=NOON + timedelta(hours=1))
    assert [(one.username, one.looks) for one in opened.lookers] == [("guest", 2)]


def test_a_commander_sees_the_plates_to_decide_about_and_not_after(hot_list, detective, commander, administrator):
    make.hot_plate("0DEM501", hot_list=hot_list, entered_by=detective)
    share = sharing.share(hot_list, detective)

    def plates(person):
        found = share_looks.open_share(share_id=share.pk, by=make.by(person), at=NOON).plates
        return None if found is None else [one.plate for one in found]

    assert (plates(commander), plates(detective), plates(administrator)) == (["0DEM501"], ["0DEM501"], None)
    decides(share, commander)
    assert plates(commander) is None


def test_the_history_keeps_every_share_with_its_state(hot_list, detective, commander, administrator):
    made = {
        "asked": sharing.share(hot_list, detective),
        "refused": sharing.share(hot_list, detective, commander, "refused"),
        "running": sharing.share(hot_list, detective, commander),
        "approved": sharing.share(hot_list, detective, commander, starts_at=NOON + timedelta(hours=1)),
        "ended": sharing.share(hot_list, detective, commander, ends_at=NOON + timedelta(minutes=1)),
        "lapsed": sharing.share(hot_list, detective, ends_at=NOON + timedelta(minutes=1)),
    }
    at = NOON + timedelta(minutes=5)
    for person in (detective, commander, administrator):
        rows = share_looks.list_shares(by=make.by(person), at=at).rows
        assert {row.share.pk: row.state for row in rows} == {share.pk: state for state, share in made.items()}
    stranger = sharing.commander("patrol", "Patrol")
    assert share_looks.list_shares(by=make.by(stranger), at=at).rows == []
    with pytest.raises(HotListShare.DoesNotExist):
        share_looks.open_share(share_id=made["running"].pk, by=make.by(stranger), at=at)


@pytest.mark.parametrize("who", ["officer", "dispatcher", "auditor", "outsider", "guest"])
def test_others_have_no_page_of_shares(db, request, who):
    person: User = request.getfixturevalue(who)
    assert code_of(lambda: share_looks.list_shares(by=make.by(person), at=NOON)) == "access.role"


def test_who_waited_while_a_list_was_closed_neither_approves_its_share_nor_enters_on_it(
    hot_list, detective, commander, administrator, guest
):
    """Their instant lies before the closing, and their turn after it."""
    waiting = sharing.share(hot_list, detective)
    lists.close_list(hot_list_id=hot_list.pk, words="The case is solved", by=make.by(administrator), at=NOON)
    assert code_of(lambda: decides(waiting, commander, at=NOON - TICK)) == "special_list.not_in_use"
    enters = make.by(detective)
    wanted = operations.Wanted(
        hot_list_id=hot_list.pk, plate="0DEM123", category="violent_crime", case_number="26-123456",
        reason="Seen at two robberies in Midtown", life=timedelta(hours=2), not_listed_why="No warrant has been issued",
    )  # fmt: skip
    entering = code_of(lambda: operations.enter_hot_plate(wanted, by=enters, at=NOON - TICK))
    assert entering == "special_list.not_in_use"
    assert seen_by(guest, NOON + TICK) == access.NOTHING


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_round", range(3))
def test_a_share_approved_while_its_list_is_closed_does_not_run(_round, hot_list, detective, commander, administrator):
    waiting, later = sharing.share(hot_list, detective), NOON + timedelta(minutes=1)
    at_once(
        lambda: decides(waiting, commander),
        lambda: lists.close_list(hot_list_id=hot_list.pk, words="All solved now", by=make.by(administrator), at=NOON),
    )
    assert not HotListShare.objects.active(later).exists()
