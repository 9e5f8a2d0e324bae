"""Who may see what of the hot lists at an instant: grants within the department, approved shares beyond it (I.2)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from audit.models import User
from hotlists.models.hot_plates import HotPlate
from hotlists.models.lists import HotList, HotListGroupObjectPermission, HotListUserObjectPermission
from hotlists.models.shares import HotListShare

SEE_HITS = {"permission__codename": "see_hits", "permission__content_type__app_label": "hotlists"}


@dataclass(frozen=True, slots=True)
class Granted:
    """What is open to one person: ordinary lists or not, special lists whole, and single entries of others.

    Another agency's people have no ordinary lists (B.1), and of special ones what an active share names (I.2.b).
    """

    ordinary: bool = False
    lists: frozenset[int] = frozenset()
    plates: frozenset[UUID] = frozenset()

    def covers(self, *, hot_list: int, hot_plate: UUID, special: bool) -> bool:
        """Whether an entry and what it matched is open to the person."""
        return (self.ordinary and not special) or hot_list in self.lists or hot_plate in self.plates

    def loses(self, later: "Granted") -> bool:
        """Whether something of this is not open any more by what is granted later."""
        closed = self.lists - later.lists or self.plates - later.plates
        return bool(closed) or (self.ordinary and not later.ordinary)

    def entries(self) -> Q:
        """The same as a condition on hot plates."""
        opened = Q(hot_list__in=self.lists) | Q(pk__in=self.plates)
        return opened | Q(hot_list__kind=HotList.Kind.ORDINARY) if self.ordinary else opened

    def matches(self) -> Q:
        """The same as a condition on hits and possible matches: informational ones only where they were granted."""
        opened = Q(hot_plate__hot_list__in=self.lists) | Q(hot_plate__in=self.plates)
        ordinary = Q(hot_plate__hot_list__kind=HotList.Kind.ORDINARY, informational=False)
        return opened | ordinary if self.ordinary else opened


NOTHING = Granted()


def granted(user: User, at: datetime) -> Granted:
    """What is open to the person at the instant. Being a superuser opens nothing. One query, two for a guest.

    Within the department ``see_hits`` by name or group opens a special list, a closed one too, to look back on.
    Nobody of another agency is granted anything that way, whatever is on file: only by a share (I.2.a, I.2.b).
    """
    if not user.is_active:
        return NOTHING
    if user.organisation:
        return _shared(user.organisation, at)
    by_name = HotListUserObjectPermission.objects.filter(user=user, **SEE_HITS)
    by_group = HotListGroupObjectPermission.objects.filter(group__in=user.groups.values("pk"), **SEE_HITS)
    rows = HotList.objects.filter(
        Q(pk__in=by_name.values("content_object")) | Q(pk__in=by_group.values("content_object"))
    )
    return Granted(ordinary=True, lists=frozenset(rows.values_list("pk", flat=True)))


def granted_among(hot_plates: Mapping[UUID, int], users: Collection[int], at: datetime) -> dict[UUID, frozenset[int]]:
    """For entries (each with its special list) who of these people may be told of them now: user ids by entry.

    At most four queries for any number of either, so that the live desks ask at every event and a revoked grant or
    an ended share tells nothing more.
    """
    people = dict(User.objects.filter(pk__in=users, is_active=True).values_list("pk", "organisation"))
    own = [pk for pk, organisation in people.items() if not organisation]
    lists = set(hot_plates.values())
    by_list: dict[int, set[int]] = {number: set() for number in lists}
    for rows, member in (
        (HotListUserObjectPermission.objects.filter(user__in=own), "user"),
        (HotListGroupObjectPermission.objects.filter(group__user__in=own), "group__user"),
    ):
        opened = rows.filter(content_object__in=lists, **SEE_HITS)
        for number, person in opened.values_list("content_object", member):
            if person in people and not people[person]:
                by_list[number].add(person)
    found = {plate: set(by_list[number]) for plate, number in hot_plates.items()}
    for agency in {organisation for organisation in people.values() if organisation}:
        shared = _shared(agency, at)
        guests = {pk for pk, organisation in people.items() if organisation == agency}
        for plate, number in hot_plates.items():
            if shared.covers(hot_list=number, hot_plate=plate, special=True):
                found[plate] |= guests
    return {plate: frozenset(members) for plate, members in found.items()}


def _shared(agency: str, at: datetime) -> Granted:
    shares = HotListShare.objects.active(at).filter(agency=agency, hot_list__kind=HotList.Kind.SPECIAL)
    whole = shares.filter(whole_list=True).values_list("hot_list", flat=True)
    # An entry lives for a day at most and is renewed as another: what was named is the plate on this list.
    named = HotPlate.objects.filter(
        shares__in=shares.filter(whole_list=False).values("pk"),
        hot_list=OuterRef("hot_list"),
        plate=OuterRef("plate"),
        state=OuterRef("state"),
    )
    on_these = HotPlate.objects.filter(hot_list__in=shares.filter(whole_list=False).values("hot_list"))
    plates = on_these.filter(Exists(named)).values_list("pk", flat=True)
    return Granted(lists=frozenset(whole), plates=frozenset(plates))
