"""Looking at special lists and at who sees them. What is not open to the asker does not exist for them."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import Group
from django.db.models import Q

from audit import ledger
from audit.abilities import Ability, abilities_of
from audit.actions import Action
from audit.asker import Asker
from audit.models import User
from audit.policy import Profile
from hotlists import access
from hotlists.models import (
    HotList,
    HotListGroupObjectPermission,
    HotListQuerySet,
    HotListUserObjectPermission,
    HotPlate,
)
from hotlists.special.lists import PURPOSE
from hotlists.special.people import admit, may, standing_of

SEERS = (Ability.MANAGE_HOT_LISTS, Ability.VIEW_HOT_PLATES, Ability.ASK_HOT_LISTS)
SHARERS = {Ability.MANAGE_HOT_LISTS, Ability.ASK_HOT_LISTS, Ability.APPROVE_SHARES}
STATES = {"waiting": "Waits to be opened", "open": "Open", "closed": "Closed", "declined": "Declined"}
ENTRIES = 200


@dataclass(frozen=True, slots=True)
class Row:
    """A special list as the asker may know it. ``live`` is None where its plates are not open to them."""

    hot_list: HotList
    state: str
    live: int | None

    @property
    def state_words(self) -> str:
        return STATES[self.state]


@dataclass(frozen=True, slots=True)
class SpecialLists:
    """The special lists the asker may know of, those that wait first."""

    rows: list[Row]
    may_ask: bool
    may_see_shares: bool
    record_index: int | None


@dataclass(frozen=True, slots=True)
class OpenedList:
    """One special list. ``entries`` is None where its plates are not open to the asker."""

    row: Row
    entries: list[HotPlate] | None
    may_open: bool
    may_close: bool
    may_grant: bool
    may_share: bool
    record_index: int | None


@dataclass(frozen=True, slots=True)
class Seer:
    """A person or group to whom a list is open, with what keeps each person from seeing all the same."""

    name: str
    user: User | None = None
    group: Group | None = None
    lacks: str = ""
    members: tuple["Seer", ...] = ()


@dataclass(frozen=True, slots=True)
class Access:
    """Who sees a list."""

    row: Row
    people: list[Seer]
    groups: list[Seer]
    may_grant: bool
    record_index: int | None


def state_of(hot_list: HotList) -> str:
    """Where a special list stands: a key of ``STATES``."""
    if hot_list.closed_at is not None:
        return "closed" if hot_list.opened_at is not None else "declined"
    return "open" if hot_list.opened_at is not None else "waiting"


def list_special(*, by: Asker, at: datetime) -> SpecialLists:
    """The special lists open to the asker, those they asked for, and to who manages lists the names of all."""
    with ledger.act(Action.HOT_LIST_LIST, by=by, at=at, purpose=PURPOSE, query={"kind": "special"}) as record:
        admit(by, *SEERS, at=at)
        granted = access.granted(by.member, at)
        order = ["closed_at", "opened_at", "-asked_at", "-pk"]
        found = known_to(by, at).select_related("asked_by", "opened_by", "closed_by").order_by(*order)
        rows = [_row(hot_list, granted, at) for hot_list in found]
        rows.sort(key=lambda row: list(STATES).index(row.state))
        record.result_count = len(rows)
        held = abilities_of(by.member, at)
        asks, shares = Ability.ASK_HOT_LISTS in held, not held.isdisjoint(SHARERS)
    return SpecialLists(rows, asks, shares, record.index)


def open_special(*, hot_list_id: int, by: Asker, at: datetime) -> OpenedList:
    """One special list; its plates only where it is open to the asker. Raises HotList.DoesNotExist."""
    with ledger.act(
        Action.HOT_LIST_VIEW, by=by, at=at, purpose=PURPOSE, subject=("hot_list", hot_list_id, "")
    ) as record:
        admit(by, *SEERS, at=at)
        granted = access.granted(by.member, at)
        hot_list = _known(hot_list_id, by, at)
        record.about("hot_list", hot_list.pk, hot_list.name)
        row = _row(hot_list, granted, at)
        entries = _entries(hot_list, at) if hot_list.pk in granted.lists else None
        record.result_count = 1
        record.detail = {"plates": [entry.plate for entry in entries or []]}
        held = abilities_of(by.member, at)
        manages, mine = Ability.MANAGE_HOT_LISTS in held, hot_list.asked_by_id == by.member.pk
    return OpenedList(
        row=row,
        entries=entries,
        may_open=manages and row.state == "waiting" and not mine,
        may_close=row.state in ("waiting", "open") and (manages or mine),
        may_grant=manages,
        may_share=row.state == "open" and (manages or (Ability.ASK_HOT_LISTS in held and entries is not None)),
        record_index=record.index,
    )


def see_access(*, hot_list_id: int, by: Asker, at: datetime) -> Access:
    """Who sees a special list, for those who know of it. Raises HotList.DoesNotExist."""
    query = {"page": "access"}
    subject = ("hot_list", hot_list_id, "")
    with ledger.act(Action.HOT_LIST_VIEW, by=by, at=at, purpose=PURPOSE, query=query, subject=subject) as record:
        profile = admit(by, *SEERS, at=at)
        hot_list = _known(hot_list_id, by, at)
        record.about("hot_list", hot_list.pk, hot_list.name)
        row = _row(hot_list, access.granted(by.member, at), at)
        people, groups = _people(hot_list, profile, at), _groups(hot_list, profile, at)
        record.result_count = len(people) + len(groups)
        grants = may(by.member, Ability.MANAGE_HOT_LISTS, at)
    return Access(row, people, groups, grants, record.index)


def known_to(by: Asker, at: datetime) -> HotListQuerySet:
    """Special lists whose being there is no secret to the asker."""
    lists = HotList.objects.filter(kind=HotList.Kind.SPECIAL)
    if may(by.member, Ability.MANAGE_HOT_LISTS, at):
        return lists
    return lists.filter(Q(pk__in=access.granted(by.member, at).lists) | Q(asked_by=by.member))


def count_to_open(user: User, at: datetime) -> int | None:
    """How many requests for special lists this person may open; None for one who opens none."""
    if user.organisation or not may(user, Ability.MANAGE_HOT_LISTS, at):
        return None
    waiting = HotList.objects.filter(kind=HotList.Kind.SPECIAL, opened_at=None, closed_at=None, asked_at__isnull=False)
    return waiting.exclude(asked_by=user).count()


def _known(hot_list_id: int, by: Asker, at: datetime) -> HotList:
    return known_to(by, at).select_related("asked_by", "opened_by", "closed_by").get(pk=hot_list_id)


def _row(hot_list: HotList, granted: access.Granted, at: datetime) -> Row:
    live = None
    if hot_list.pk in granted.lists:
        live = HotPlate.objects.active(at).filter(hot_list=hot_list).count()
    return Row(hot_list, state_of(hot_list), live)


def _entries(hot_list: HotList, at: datetime) -> list[HotPlate]:
    live = HotPlate.objects.active(at).filter(hot_list=hot_list)
    return list(live.select_related("entered_by", "hot_list").order_by("expires_at", "pk")[:ENTRIES])


def _people(hot_list: HotList, profile: Profile, at: datetime) -> list[Seer]:
    held = HotListUserObjectPermission.objects.filter(content_object=hot_list, **access.SEE_HITS)
    return [_seer(row.user, profile, at) for row in held.select_related("user").order_by("user__username")]


def _groups(hot_list: HotList, profile: Profile, at: datetime) -> list[Seer]:
    held = HotListGroupObjectPermission.objects.filter(content_object=hot_list, **access.SEE_HITS)
    return [
        Seer(
            row.group.name,
            group=row.group,
            members=tuple(
                _seer(one, profile, at) for one in User.objects.filter(groups=row.group).order_by("username")
            ),
        )
        for row in held.select_related("group").order_by("group__name")
    ]


def _seer(user: User, profile: Profile, at: datetime) -> Seer:
    return Seer(user.display_name, user=user, lacks=standing_of(user, profile, at).lacks)
