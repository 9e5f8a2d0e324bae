"""The verbs of a special list's life: ask for it, open it (another person), close it (A.15)."""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from guardian.shortcuts import assign_perm
from simple_history.utils import bulk_update_with_history

from audit import ledger, notices, people
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.models import User
from audit.policy import Profile
from hotlists import rules_special as rules
from hotlists.models import HotList, HotListImport, HotListShare, HotListSource, HotPlate
from hotlists.special.people import admit, holders, kept, may, require, standing_of

PURPOSE = "special hot lists"
SEE_HITS = "hotlists.see_hits"
CLOSED_WITH = "The special hot list was closed: "


@dataclass(frozen=True, slots=True)
class ListWanted:
    """What is asked for: ``subject`` is a key of ``rules_special.SUBJECTS``, ``why`` the asker's own words."""

    subject: str
    why: str
    case_number: str


def ask_for_list(wanted: ListWanted, *, by: Asker, at: datetime) -> HotList:
    """Ask for a special list; it takes no entries until another person opens it. Its name is made, not typed."""
    with ledger.act(
        Action.HOT_LIST_ASK, by=by, at=at, purpose=PURPOSE, reason=kept(wanted.why), case_number=wanted.case_number
    ) as record:
        profile = admit(by, Ability.ASK_HOT_LISTS, at=at)
        require(rules.refuse_list(wanted.subject, wanted.why, wanted.case_number.strip(), profile))
        source = _own_source()
        hot_list = HotList(
            name=_next_name(wanted.subject, at),
            kind=HotList.Kind.SPECIAL,
            source=source,
            why=wanted.why.strip(),
            case_number=wanted.case_number.strip(),
            asked_by=by.member,
            asked_at=at,
        )
        _save(hot_list, by, "Asked for")
        record.about("hot_list", hot_list.pk, hot_list.name)
        record.detail = {"why": hot_list.why}
        notices.tell(
            [one for one in holders(Ability.MANAGE_HOT_LISTS, at) if not people.same_person(one, by.member)],
            key=f"special-list-asked-{hot_list.pk}",
            words=f"{by.member.display_name} asks for a special hot list. Another person opens it.",
            path=_page(hot_list),
            at=at,
        )
    return hot_list


def open_list(*, hot_list_id: int, words: str, by: Asker, at: datetime) -> HotList:
    """Open a list somebody else asked for, for them to begin with. Raises Refused, or HotList.DoesNotExist."""
    with ledger.act(Action.HOT_LIST_OPEN, by=by, at=at, purpose=PURPOSE, reason=kept(words)) as record:
        profile = admit(by, Ability.MANAGE_HOT_LISTS, at=at)
        hot_list = lock_special(hot_list_id, record)
        asker = hot_list.asked_by
        own = asker is not None and people.same_person(by.member, asker)
        require(rules.refuse_opening(hot_list, own, words, profile))
        hot_list.opened_by, hot_list.opened_at = by.member, at
        _save(hot_list, by, f"Opened: {words}", "opened_by", "opened_at")
        record.detail = {"open_to": _open_to_asker(hot_list, asker, profile, at)}
        if asker is not None:
            tell_one(asker, hot_list, "opened", "The special hot list you asked for is open.", at)
    return hot_list


def close_list(*, hot_list_id: int, words: str, by: Asker, at: datetime) -> HotList:
    """Close a list, or decline a request for one: its live entries are withdrawn and its shares end, all at once.

    By who manages hot lists or asked for this one. Raises Refused, or HotList.DoesNotExist.
    """
    with ledger.act(Action.HOT_LIST_CLOSE, by=by, at=at, purpose=PURPOSE, reason=kept(words)) as record:
        profile = admit(by, Ability.MANAGE_HOT_LISTS, Ability.ASK_HOT_LISTS, at=at)
        hot_list = lock_special(hot_list_id, record)
        if not may(by.member, Ability.MANAGE_HOT_LISTS, at) and hot_list.asked_by_id != by.member.pk:
            raise HotList.DoesNotExist
        require(rules.refuse_closing(hot_list, words, profile))
        hot_list.closed_by, hot_list.closed_at, hot_list.closed_why = by.member, at, words.strip()[:300]
        entries, shares = _withdraw_entries(hot_list, by, at), _end_shares(hot_list, by, at)
        _take_down_import(hot_list, at)
        _save(hot_list, by, f"Closed: {words}", "closed_by", "closed_at", "closed_why", "live_import")
        record.detail = {"entries_withdrawn": entries, "shares_ended": shares}
        asker = hot_list.asked_by
        if asker is not None and not people.same_person(asker, by.member):
            tell_one(asker, hot_list, "closed", "The special hot list you asked for is closed.", at)
    return hot_list


def lock_special(hot_list_id: int, record: ledger.Record) -> HotList:
    """The special list, locked for change and named on the record. Raises HotList.DoesNotExist."""
    record.about("hot_list", hot_list_id)
    hot_list = HotList.objects.select_for_update(no_key=True).get(pk=hot_list_id, kind=HotList.Kind.SPECIAL)
    record.about("hot_list", hot_list.pk, hot_list.name)
    return hot_list


def tell_one(person: User, hot_list: HotList, what: str, words: str, at: datetime) -> None:
    """Tell one person of something about a list, once."""
    key = f"special-list-{what}-{hot_list.pk}-{at:%Y%m%d%H%M%S}"
    notices.tell([person], key=key, words=words, path=_page(hot_list), at=at)


def _page(hot_list: HotList) -> str:
    return reverse("hotlists:special_list", args=[hot_list.pk])


def _own_source() -> HotListSource:
    """Where the department's own lists belong; locked, so that two requests do not take one number."""
    agency = settings.AGENCY["name"]
    own = HotListSource.objects.filter(kind=HotListSource.Kind.OWN).order_by("pk").first()
    if own is None:
        own, _ = HotListSource.objects.get_or_create(name="Own entries", defaults={"authority": agency})
    return HotListSource.objects.select_for_update(no_key=True).get(pk=own.pk)


def _next_name(subject: str, at: datetime) -> str:
    prefix = f"Special {at.astimezone(ZoneInfo(settings.AGENCY['zone'])):%y}-"
    names = HotList.objects.filter(name__startswith=prefix).values_list("name", flat=True)
    numbers = [int(found[1]) for name in names if (found := re.match(r"(\d+):", name.removeprefix(prefix)))]
    return f"{prefix}{max(numbers, default=0) + 1:03}: {rules.SUBJECTS[subject]}"


def _open_to_asker(hot_list: HotList, asker: User | None, profile: Profile, at: datetime) -> str:
    """Grant the list to who asked for it, where they are authorized still; returns their user name or ""."""
    if asker is None or standing_of(asker, profile, at).lacks:
        return ""
    assign_perm(SEE_HITS, asker, hot_list)
    return str(asker.username)


def _withdraw_entries(hot_list: HotList, by: Asker, at: datetime) -> int:
    live = list(
        HotPlate.objects.active(at)
        .filter(hot_list=hot_list)
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    for entry in live:
        entry.withdrawn_at, entry.withdrawn_by = at, by.member
        entry.withdrawn_reason = (CLOSED_WITH + hot_list.closed_why)[:300]
    fields = ["withdrawn_at", "withdrawn_by", "withdrawn_reason"]
    bulk_update_with_history(
        live, HotPlate, fields, batch_size=500, default_user=by.member, default_change_reason="List closed"
    )
    return len(live)


def _end_shares(hot_list: HotList, by: Asker, at: datetime) -> int:
    running = HotListShare.objects.select_for_update(of=("self",), no_key=True).filter(
        hot_list=hot_list, decision=HotListShare.Decision.APPROVED, ended_at=None, ends_at__gt=at
    )
    shares = list(running)
    for share in shares:
        share.ended_at, share.ended_by, share.ended_why = at, by.member, "The list was closed"
        share._history_user = by.member  # type: ignore[attr-defined]
        share.save(update_fields=["ended_at", "ended_by", "ended_why"])
    return len(shares)


def _take_down_import(hot_list: HotList, at: datetime) -> None:
    """Rows of an imported file match no more either: none is live, and the last was until now."""
    if hot_list.live_import_id is not None:
        HotListImport.objects.filter(pk=hot_list.live_import_id).update(
            status=HotListImport.Status.SUPERSEDED, live_until=at
        )
        hot_list.live_import = None


def _save(hot_list: HotList, by: Asker, why: str, *fields: str) -> None:
    hot_list._history_user, hot_list._change_reason = by.member, why[:100]  # type: ignore[attr-defined]
    hot_list.save(update_fields=fields or None)
