"""Looking at the shares of special lists: what waits for a commander, what runs, what was; and who saw by them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from audit import ledger, people
from audit.abilities import Ability
from audit.actions import Action, Outcome
from audit.asker import Asker
from audit.models import LedgerEntry, User
from audit.policy import Profile
from hotlists.access import granted
from hotlists.models import HotList, HotListShare, HotPlate
from hotlists.special.lists import PURPOSE
from hotlists.special.people import admit, commands, may
from hotlists.special.shares import ASKERS, list_to_share, may_end, plates_to_share

STATES = {
    "asked": "Waits for a decision",
    "running": "Running",
    "approved": "Approved, begins later",
    "refused": "Refused",
    "ended": "Ended",
    "lapsed": "Lapsed undecided",
}
PAGE = 200


@dataclass(frozen=True, slots=True)
class ShareRow:
    """A share and where it stands: ``state`` is a key of ``STATES``."""

    share: HotListShare
    state: str
    may_decide: bool

    @property
    def state_words(self) -> str:
        return STATES[self.state]

    @property
    def over_at(self) -> datetime:
        """When it ends, or ended."""
        return self.share.ended_at or self.share.ends_at


@dataclass(frozen=True, slots=True)
class Shares:
    """The shares the asker may know of: those they may decide about first, then newest first."""

    rows: list[ShareRow]
    to_decide: int
    record_index: int | None


@dataclass(frozen=True, slots=True)
class Looker:
    """A person of the other agency who looked while the share ran."""

    username: str
    looks: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class OpenedShare:
    """One share. ``plates`` is None where they are neither open to the asker nor theirs to decide about."""

    row: ShareRow
    plates: list[HotPlate] | None
    lookers: list[Looker]
    may_end: bool
    record_index: int | None


@dataclass(frozen=True, slots=True)
class Offer:
    """What a share of one list may be made of: its live plates, as far as they are open to the asker."""

    hot_list: HotList
    plates: list[HotPlate]
    profile: Profile


def offer_share(*, hot_list_id: int, by: Asker, at: datetime) -> Offer:
    """A look at what can be shared of a special list. Raises HotList.DoesNotExist."""
    with ledger.act(Action.HOT_LIST_VIEW, by=by, at=at, purpose=PURPOSE, query={"page": "share"}) as record:
        profile = admit(by, *ASKERS, at=at)
        record.about("hot_list", hot_list_id)
        hot_list = list_to_share(hot_list_id, by, at)
        record.about("hot_list", hot_list.pk, hot_list.name)
        plates = plates_to_share(hot_list, by, at)
        record.result_count = len(plates)
        record.detail = {"plates": [one.plate for one in plates]}
    return Offer(hot_list, plates, profile)


def state_of(share: HotListShare, at: datetime) -> str:
    """Where a share stands at the instant: a key of ``STATES``. The end is arithmetic."""
    if share.decision == HotListShare.Decision.REFUSED:
        return "refused"
    over = share.ends_at <= at or (share.ended_at is not None and share.ended_at <= at)
    if not share.decision:
        return "lapsed" if over else "asked"
    if over:
        return "ended"
    return "running" if share.starts_at <= at else "approved"


def list_shares(*, by: Asker, at: datetime) -> Shares:
    """Shares of lists open to the asker or asked for by them, and those a commander decides about; who manages lists
    knows of all."""
    with ledger.act(Action.SHARE_QUEUE, by=by, at=at, purpose=PURPOSE) as record:
        admit(by, Ability.APPROVE_SHARES, *ASKERS, at=at)
        found = _with_names(HotListShare.objects.all()).order_by("-asked_at", "-pk")
        rows = [_row(share, by.member, at) for share in found if _may_know(share, by, at)][:PAGE]
        rows.sort(key=lambda row: (not row.may_decide, list(STATES).index(row.state)))
        record.result_count = len(rows)
    return Shares(rows, sum(row.may_decide for row in rows), record.index)


def open_share(*, share_id: UUID, by: Asker, at: datetime) -> OpenedShare:
    """One share with its plates, for those it is their business, and who saw by it. Raises DoesNotExist."""
    with ledger.act(Action.SHARE_QUEUE, by=by, at=at, purpose=PURPOSE, subject=("share", share_id, "")) as record:
        admit(by, Ability.APPROVE_SHARES, *ASKERS, at=at)
        share = _with_names(HotListShare.objects.all()).get(pk=share_id)
        if not _may_know(share, by, at):
            raise HotListShare.DoesNotExist
        record.about("share", share.pk, share.hot_list.name)
        row = _row(share, by.member, at)
        plates = _plates(share, row, by, at)
        record.result_count = 1
        record.detail = {"plates": [one.plate for one in plates or []]}
        opened = (row, plates, lookers_of(share, at), row.state in ("running", "approved") and may_end(share, by, at))
    return OpenedShare(*opened, record.index)


def count_to_decide(user: User, at: datetime) -> int | None:
    """How many shares wait for this person's decision; None for one who decides about none."""
    if user.organisation or not may(user, Ability.APPROVE_SHARES, at):
        return None
    waiting = HotListShare.objects.filter(decision="", ends_at__gt=at).exclude(asked_by=user).select_related("asked_by")
    return sum(_may_decide(share, user, at) for share in waiting)


def lookers_of(share: HotListShare, at: datetime) -> list[Looker]:
    """Who of the other agency looked at anything while the share ran; by name, with how often and when last.

    Their people see nothing but what is shared with them. Two shares that run at once are not told apart. One query.
    """
    if share.decision != HotListShare.Decision.APPROVED:
        return []
    until = min(at, share.ended_at or share.ends_at)
    looks = LedgerEntry.objects.filter(
        Q(action__startswith="hit.") | Q(action__startswith="hot_plate.") | Q(action__startswith="possible_match."),
        organisation=share.agency,
        outcome=Outcome.ALLOWED,
        result_count__gt=0,
        at__gte=share.starts_at,
        at__lt=until,
    )
    found = looks.values("username").annotate(looks=Count("pk"), last_at=Max("at")).order_by("username")
    return [Looker(row["username"], row["looks"], row["last_at"]) for row in found]


def _with_names(shares: QuerySet[HotListShare]) -> QuerySet[HotListShare]:
    return shares.select_related("hot_list", "asked_by", "decided_by", "ended_by")


def _row(share: HotListShare, user: User, at: datetime) -> ShareRow:
    state = state_of(share, at)
    return ShareRow(share, state, state == "asked" and _may_decide(share, user, at))


def _may_decide(share: HotListShare, user: User, at: datetime) -> bool:
    return not people.same_person(user, share.asked_by) and commands(user, share.asked_by, at)


def _may_know(share: HotListShare, by: Asker, at: datetime) -> bool:
    return (
        share.asked_by_id == by.member.pk
        or may(by.member, Ability.MANAGE_HOT_LISTS, at)
        or share.hot_list_id in granted(by.member, at).lists
        or commands(by.member, share.asked_by, at)
    )


def _plates(share: HotListShare, row: ShareRow, by: Asker, at: datetime) -> list[HotPlate] | None:
    """The plates named: for those granted the list, and for the commander who is to weigh them."""
    if share.hot_list_id not in granted(by.member, at).lists and not row.may_decide:
        return None
    if share.whole_list:
        named = HotPlate.objects.active(at).filter(hot_list=share.hot_list)
    else:
        named = HotPlate.objects.filter(shares=share)
    return list(named.select_related("hot_list", "entered_by").order_by("plate", "pk")[:PAGE])
