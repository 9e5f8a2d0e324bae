"""Looking at hot lists: all of them, one with its imports, one plate on it; an import and its bad rows. On record."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, OuterRef, QuerySet, Subquery

from audit import gate, ledger, plates
from audit.abilities import Ability, abilities_of
from audit.actions import Action
from audit.asker import Asker
from audit.policy import Profile
from audit.refusals import Citation, Refused
from hotlists.imports.screen import NO_PLATE, screen_for
from hotlists.lists import keys, managing, rows, rules, stale
from hotlists.models import HotList, HotListImport, HotListSource, HotPlate, ImportRejection, SourceKey
from hotlists.rules import PLATE_FORM

PURPOSE = "hot lists"
MOST_IMPORTS = 50
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class ListRow:
    """A list as the table shows it. ``listed`` are imported rows that are live, ``entered`` live entries by hand."""

    hot_list: HotList
    listed: int
    entered: int
    due_at: datetime | None
    stale: bool
    last: HotListImport | None

    @property
    def live(self) -> int:
        """How many entries are live, however they came."""
        return self.listed + self.entered


@dataclass(frozen=True, slots=True)
class ListsPage:
    """All lists the asker may see; sources only for those who manage them."""

    lists: list[ListRow]
    sources: Sequence[HotListSource]
    may_manage: bool
    record_index: int | None

    @property
    def stale(self) -> int:
        """How many of them are out of date."""
        return sum(row.stale for row in self.lists)


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A source's key; its secret exists nowhere."""

    key: SourceKey
    state: str


@dataclass(frozen=True, slots=True)
class Found:
    """What stands on a list for one plate."""

    plate: str
    listed: list[rows.ListedPlate]
    entered: list[HotPlate]


@dataclass(slots=True)
class OpenedList:
    """A list with its imports; ``policy_types`` are the file types the policy drops, whatever its source's settings
    say, by ``clause``."""

    row: ListRow
    imports: list[HotListImport]
    kinds: list[rows.KindCount]
    policy_types: list[str]
    clause: Citation | None
    may_manage: bool
    found: Found | None = None
    record_index: int | None = None

    @property
    def hot_list(self) -> HotList:
        return self.row.hot_list


@dataclass(frozen=True, slots=True)
class OpenedSource:
    """A source as those who manage lists see it: its lists, its keys, what the policy drops of its files."""

    source: HotListSource
    lists: list[HotList]
    keys: list[KeyRow]
    policy_types: list[str]
    clause: Citation | None
    record_index: int | None


@dataclass(frozen=True, slots=True)
class Dropped:
    """Rows of one file type that were not taken: by which clause of the policy, or by which setting."""

    file_type: str
    rows: int
    by_policy: bool
    why: str


@dataclass(frozen=True, slots=True)
class OpenedImport:
    """A file of a list and what became of it; ``rejections`` are the first ``MOST_SHOWN``."""

    of: HotListImport
    rejections: list[ImportRejection]
    dropped: list[Dropped]
    clause: Citation | None
    may_manage: bool
    record_index: int | None = None


class NoImport(LookupError):
    """There is no such import for this asker."""


def list_lists(*, by: Asker, at: datetime) -> ListsPage:
    """Every list the asker may see with how it stands: those out of date first. Raises Refused."""
    with ledger.act(Action.HOT_LIST_LIST, by=by, at=at, purpose=PURPOSE) as record:
        gate.admit(by, Ability.VIEW_HOT_PLATES, at=at)
        shown = _rows(HotList.objects.visible_to(by.member, at), at)
        may_manage = _may_manage(by, at)
        sources = list(HotListSource.objects.annotate(lists=Count("hot_lists")).order_by("name")) if may_manage else []
        record.result_count = len(shown)
    shown.sort(key=lambda row: (not row.stale, row.hot_list.kind, row.hot_list.name))
    return ListsPage(shown, sources, may_manage, record.index)


def open_list(*, hot_list_id: int, by: Asker, at: datetime, plate: str = "") -> OpenedList:
    """One list; with ``plate``, what stands on it for that plate, as part of the same record.

    Raises Refused, and HotList.DoesNotExist where the asker may not see it: its existence is itself secret.
    """
    query = {"plate": plate} if plate else {}
    with ledger.act(Action.HOT_LIST_VIEW, by=by, at=at, purpose=PURPOSE, query=query) as record:
        profile = gate.admit(by, Ability.VIEW_HOT_PLATES, at=at)
        wanted = _normalised(plate, profile) if plate else ""
        record.about("hot_list", hot_list_id)
        seen = HotList.objects.visible_to(by.member, at)
        row = next(iter(_rows(seen.filter(pk=hot_list_id), at)), None)
        if row is None:
            raise HotList.DoesNotExist
        hot_list = row.hot_list
        record.about("hot_list", hot_list.pk, hot_list.name)
        opened = OpenedList(
            row=row,
            imports=list(hot_list.imports.select_related("handed_in_by").order_by("-pk")[:MOST_IMPORTS]),
            kinds=rows.count_by_kind(hot_list.live_import_id) if hot_list.live_import_id else [],
            policy_types=sorted(rules.refused_types(profile)),
            clause=_clause(profile),
            may_manage=_may_manage(by, at),
        )
        record.result_count = 1
        if wanted:
            opened.found = _find(hot_list, wanted, by, at)
            record.result_count = len(opened.found.listed) + len(opened.found.entered)
    opened.record_index = record.index
    return opened


def open_source(*, source_id: int, by: Asker, at: datetime) -> OpenedSource:
    """One source with its keys. Raises Refused, HotListSource.DoesNotExist."""
    subject = ("source", source_id, "")
    with ledger.act(Action.HOT_LIST_VIEW, by=by, at=at, purpose=PURPOSE, subject=subject) as record:
        profile = managing.admit(by, at=at)
        source = HotListSource.objects.get(pk=source_id)
        record.about("source", source.pk, source.name)
        lists = list(HotList.objects.visible_to(by.member, at).filter(source=source).order_by("name"))
        found, policy_types = _keys(source, at), sorted(rules.refused_types(profile))
        record.result_count = 1
    return OpenedSource(source, lists, found, policy_types, _clause(profile), record.index)


def open_import(*, import_id: int, by: Asker, at: datetime) -> OpenedImport:
    """A file of a list and its verdict. Raises Refused, NoImport."""
    found, dropped = None, []
    with _opening_import(import_id, by, at) as record:
        profile = gate.admit(by, Ability.VIEW_HOT_PLATES, at=at)
        found = visible_import(import_id, by, at)
        rejections = list(found.rejections.order_by("line")[:MOST_SHOWN]) if found else []
        may_manage = _may_manage(by, at)
        dropped = _dropped(found, profile) if found else []
        record.result_count = 1 if found else 0
    if found is None:
        raise NoImport
    return OpenedImport(found, rejections, dropped, _clause(profile), may_manage, record.index)


def progress(*, import_id: int, by: Asker, at: datetime, of: HotListSource | None = None) -> HotListImport:
    """How far a file is: counts only, no look at plates and so without a record, except of a refusal.

    ``of`` is the source of software with a key. Raises Refused, NoImport.
    """
    if of is not None:
        found = HotListImport.objects.select_related("hot_list").filter(pk=import_id, hot_list__source=of).first()
    else:
        if by.user is None or Ability.VIEW_HOT_PLATES not in abilities_of(by.user, at):
            with _opening_import(import_id, by, at):
                gate.admit(by, Ability.VIEW_HOT_PLATES, at=at)
        found = visible_import(import_id, by, at)
    if found is None:
        raise NoImport
    return found


def _rows(lists: QuerySet[HotList], at: datetime) -> list[ListRow]:
    newest = HotListImport.objects.filter(hot_list=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    found = list(lists.select_related("source", "live_import").annotate(last_id=Subquery(newest)).order_by("pk"))
    last = HotListImport.objects.in_bulk([one.last_id for one in found if one.last_id])
    by_hand = HotPlate.objects.active(at).filter(hot_list__in=found, listed_digest=None)
    entered = dict(by_hand.order_by().values_list("hot_list").annotate(Count("pk")))
    return [
        ListRow(
            one,
            one.live_import.kept if one.live_import else 0,
            entered.get(one.pk, 0),
            stale.due_at(one),
            stale.is_stale(one, at),
            last.get(one.last_id),
        )
        for one in found
    ]


def _normalised(plate: str, profile: Profile) -> str:
    try:
        return plates.normalise(plate)
    except plates.PlateError as error:
        raise Refused(PLATE_FORM.refuse(error.reason, profile=profile.stamp)) from error


def _find(hot_list: HotList, plate: str, by: Asker, at: datetime) -> Found:
    by_hand = HotPlate.objects.visible_to(by.member, at).active(at).filter(hot_list=hot_list, listed_digest=None)
    listed = rows.find_plate(hot_list.live_import_id, plate) if hot_list.live_import_id else []
    return Found(plate, listed, list(by_hand.filter(plate=plate).select_related("entered_by").order_by("expires_at")))


def _keys(source: HotListSource, at: datetime) -> list[KeyRow]:
    found = source.keys.select_related("issued_by", "revoked_by").order_by("revoked", "-created")
    return [KeyRow(key, _key_state(key, at)) for key in found]


def _key_state(key: SourceKey, at: datetime) -> str:
    if key.revoked:
        return "revoked"
    return "active" if keys.is_live(key, at) else "expired"


def visible_import(import_id: int, by: Asker, at: datetime) -> HotListImport | None:
    """The import, if it is of a list that the asker may see."""
    seen = HotList.objects.visible_to(by.member, at)
    related = ("hot_list__source", "handed_in_by")
    return HotListImport.objects.select_related(*related).filter(pk=import_id, hot_list__in=seen).first()


def _may_manage(by: Asker, at: datetime) -> bool:
    return by.user is not None and not by.user.organisation and Ability.MANAGE_HOT_LISTS in abilities_of(by.user, at)


@contextmanager
def _opening_import(import_id: int, by: Asker, at: datetime) -> Iterator[ledger.Record]:
    subject = ("hot_list_import", import_id, "")
    with ledger.act(Action.IMPORT_VIEW, by=by, at=at, purpose=PURPOSE, subject=subject) as record:
        yield record


def _dropped(of: HotListImport, profile: Profile) -> list[Dropped]:
    screen = screen_for(profile, of.hot_list.source)
    found = []
    for kind, count in sorted(of.dropped.items()):
        why = "" if kind == NO_PLATE else screen.drops(kind)
        words = why or ("The row names no plate" if kind == NO_PLATE else "The settings in force when it was read")
        found.append(Dropped(kind, count, bool(why) and why == screen.clause, words))
    return found


def _clause(profile: Profile) -> Citation | None:
    return profile["hotlist.refused_types"].citation if "hotlist.refused_types" in profile.values else None
