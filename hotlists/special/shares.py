"""The verbs of sharing a special list with another agency: ask, decide (the division commander), end (I.2.b)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from audit import ledger, notices, people
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.policy import Profile
from audit.refusals import Refused
from hotlists import rules_shares as rules
from hotlists.access import granted
from hotlists.models import HotList, HotListShare, HotPlate
from hotlists.rules_special import refuse_entry_on, refuse_words
from hotlists.special.lists import PURPOSE
from hotlists.special.people import admit, commanders_for, commands, kept, may, require, rtic_commanders

ASKERS = (Ability.ASK_HOT_LISTS, Ability.MANAGE_HOT_LISTS)


@dataclass(frozen=True, slots=True)
class ShareWanted:
    """What is asked for. ``plates`` are ids of entries live on the list; none with ``whole_list``."""

    hot_list_id: int
    agency: str
    agency_class: str
    whole_list: bool
    plates: frozenset[UUID]
    why: str
    case_number: str
    starts_at: datetime
    ends_at: datetime


def ask_to_share(wanted: ShareWanted, *, by: Asker, at: datetime) -> HotListShare:
    """Ask to open a special list, or plates of it, to another agency for a time; nothing is shared before approval.

    A share that names plates covers their renewals too: what is shared is the plate on this list. Raises Refused, or
    HotList.DoesNotExist where the list is not open to the asker and they do not manage lists.
    """
    try:
        return _ask(wanted, by, at)
    except Refused as refused:
        if refused.refusal.rule is rules.NOT_A_PARTNER:
            _tell_rtic(refused, by, at)
        raise


def decide_share(*, share_id: UUID, decision: str, words: str, by: Asker, at: datetime) -> HotListShare:
    """Approve or refuse (``HotListShare.Decision``). By a division commander it concerns, never by who asked.

    An approval given after the beginning counts from now. Raises Refused, or HotListShare.DoesNotExist.
    """
    with ledger.act(Action.SHARE_DECIDE, by=by, at=at, purpose=PURPOSE, reason=kept(words)) as record:
        profile = admit(by, Ability.APPROVE_SHARES, at=at)
        share = _lock(share_id, record)
        asked = people.same_person(by.member, share.asked_by)
        require(rules.refuse_decider(rules.Decider(commands(by.member, share.asked_by, at), asked), profile))
        require(rules.refuse_decision(share, words, at, profile))
        share.decision = HotListShare.Decision(decision)
        if share.decision == HotListShare.Decision.APPROVED:
            require(refuse_entry_on(share.hot_list, at, profile))
            share.starts_at = max(share.starts_at, at)
        share.decided_by, share.decided_at, share.decision_words = by.member, at, words.strip()[:300]
        _save(share, by, "decision", "starts_at", "decided_by", "decided_at", "decision_words")
        record.detail = {"decision": share.decision, "agency": share.agency, "starts_at": share.starts_at}
        notices.tell(
            [share.asked_by],
            key=f"share-decided-{share.pk}",
            words=f"Sharing a special hot list with {share.agency} was {share.get_decision_display().lower()}.",
            path=_page(share),
            at=at,
        )
    return share


def end_share(*, share_id: UUID, words: str, by: Asker, at: datetime) -> HotListShare:
    """End a share before its time: the other agency's next look shows nothing.

    By who asked for it, who manages hot lists, or a commander it concerns. Raises Refused, HotListShare.DoesNotExist.
    """
    with ledger.act(Action.SHARE_END, by=by, at=at, purpose=PURPOSE, reason=kept(words)) as record:
        profile = admit(by, *ASKERS, Ability.APPROVE_SHARES, at=at)
        share = _lock(share_id, record)
        if not may_end(share, by, at):
            raise HotListShare.DoesNotExist
        require(rules.refuse_ending(share, at, profile) or refuse_words(words, profile))
        share.ended_at, share.ended_by, share.ended_why = at, by.member, words.strip()[:300]
        _save(share, by, "ended_at", "ended_by", "ended_why")
        record.detail = {"agency": share.agency, "would_have_ended": share.ends_at}
    return share


def may_end(share: HotListShare, by: Asker, at: datetime) -> bool:
    """Whether the asker may end this share."""
    return (
        share.asked_by_id == by.member.pk
        or may(by.member, Ability.MANAGE_HOT_LISTS, at)
        or commands(by.member, share.asked_by, at)
    )


def list_to_share(hot_list_id: int, by: Asker, at: datetime) -> HotList:
    """The special list, where the asker may ask to share it. Raises HotList.DoesNotExist."""
    lists = HotList.objects.filter(kind=HotList.Kind.SPECIAL)
    if by.member.organisation:
        raise HotList.DoesNotExist
    if not may(by.member, Ability.MANAGE_HOT_LISTS, at):
        lists = lists.filter(pk__in=granted(by.member, at).lists)
    return lists.get(pk=hot_list_id)


def plates_to_share(hot_list: HotList, by: Asker, at: datetime) -> list[HotPlate]:
    """The live entries of the list that the asker may see, and so may name."""
    seen = HotPlate.objects.visible_to(by.member, at).active(at).filter(hot_list=hot_list)
    return list(seen.order_by("plate", "pk"))


def _ask(wanted: ShareWanted, by: Asker, at: datetime) -> HotListShare:
    with ledger.act(
        Action.SHARE_ASK, by=by, at=at, purpose=PURPOSE, reason=kept(wanted.why), case_number=wanted.case_number
    ) as record:
        profile = admit(by, *ASKERS, at=at)
        record.about("hot_list", wanted.hot_list_id)
        hot_list = list_to_share(wanted.hot_list_id, by, at)
        record.about("hot_list", hot_list.pk, hot_list.name)
        record.detail = {"agency": wanted.agency, "class": wanted.agency_class, "whole_list": wanted.whole_list}
        plates = [one for one in plates_to_share(hot_list, by, at) if one.pk in wanted.plates]
        _require_lawful(wanted, hot_list, len(plates), at, profile)
        share = _new(wanted, hot_list, by, at, profile)
        _save(share, by)
        share.hot_plates.set(plates)
        record.about("share", share.pk, hot_list.name)
        record.detail |= {
            "plates": [one.plate for one in plates], "starts_at": share.starts_at, "ends_at": share.ends_at,
        }  # fmt: skip
        notices.tell(
            commanders_for(by.member, at),
            key=f"share-asked-{share.pk}",
            words=f"Sharing a special hot list with {share.agency} waits for your decision.",
            path=_page(share),
            at=at,
        )
    return share


def _require_lawful(wanted: ShareWanted, hot_list: HotList, known: int, at: datetime, profile: Profile) -> None:
    """The gravest first: who it would go to and what for, then what and for how long."""
    require(
        rules.refuse_agency(wanted.agency, wanted.agency_class, settings.AGENCY["name"], profile)
        or rules.refuse_reason(wanted.why, wanted.case_number.strip(), profile)
        or rules.refuse_period(wanted.starts_at, wanted.ends_at, at, profile)
        or refuse_entry_on(hot_list, at, profile)
        or rules.refuse_what(wanted.whole_list, len(wanted.plates), known, profile)
    )


def _new(wanted: ShareWanted, hot_list: HotList, by: Asker, at: datetime, profile: Profile) -> HotListShare:
    return HotListShare(
        hot_list=hot_list,
        whole_list=wanted.whole_list,
        agency=" ".join(wanted.agency.split()),
        agency_class=wanted.agency_class,
        why=wanted.why.strip(),
        case_number=wanted.case_number.strip(),
        starts_at=wanted.starts_at,
        ends_at=wanted.ends_at,
        asked_by=by.member,
        asked_at=at,
        profile=profile.stamp,
    )


def _tell_rtic(refused: Refused, by: Asker, at: datetime) -> None:
    """C.2.a: a request of an agency without LEARN partnership goes to the commander of the RTIC at once."""
    with transaction.atomic():
        notices.tell(
            rtic_commanders(at),
            key=f"share-no-partner-{refused.record_index}",
            words=f"{by.member.display_name} was asked to share with an agency that is no LEARN partner (C.2.a).",
            path=reverse("hotlists:shares"),
            at=at,
            urgent=True,
        )


def _lock(share_id: UUID, record: ledger.Record) -> HotListShare:
    record.about("share", share_id)
    # The list before its shares, as closing it locks them: of an approval and a closing the second sees the first.
    of = HotListShare.objects.filter(pk=share_id).values("hot_list")
    list(HotList.objects.select_for_update(no_key=True).filter(pk__in=of))
    share = HotListShare.objects.select_for_update(of=("self",), no_key=True).get(pk=share_id)
    record.about("share", share.pk, share.hot_list.name)
    return share


def _page(share: HotListShare) -> str:
    return reverse("hotlists:share", args=[share.pk])


def _save(share: HotListShare, by: Asker, *fields: str) -> None:
    share._history_user = by.member  # type: ignore[attr-defined]
    share.save(update_fields=fields or None)
