"""How many hits and possible matches wait, for the tabs of the desk: numbers only, by what is open to a person."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.db.models import Count

from audit.models import User
from detections.models import Hit, PossibleMatch
from hotlists.access import Granted, granted
from hotlists.models import HotList

_SPECIAL = HotList.Kind.SPECIAL


@dataclass(slots=True)
class Counts:
    """Hits that are not closed: ``open`` and ``new`` without informational ones, which are counted apart.

    ``mine`` counts by the owner's user id, informational ones among them.
    """

    open: int = 0
    new: int = 0
    information: int = 0
    possible: int = 0
    mine: dict[int, int] = field(default_factory=dict)

    def add(self, status: str, informational: bool, owner: int | None, number: int) -> None:
        """Count so many hits of one kind in."""
        if informational:
            self.information += number
        else:
            self.open += number
            self.new += number if status == Hit.Status.NEW else 0
        if owner is not None:
            self.mine[owner] = self.mine.get(owner, 0) + number

    def by_tab(self, user_id: int) -> dict[str, int]:
        """One person's numbers, by the tab they stand on."""
        mine = self.mine.get(user_id, 0)
        return {"open": self.open, "new": self.new, "mine": mine, "information": self.information}


class Tally:
    """Counts everything once and answers for any number of people."""

    def of(self, granted: Granted) -> Counts:
        """What waits among what is open to a person; no query more for people of the department."""
        found = Counts()
        if granted.plates:
            return _one_by_one(granted)
        for status, informational, owner, hot_list, special, number in self._hits:
            if (granted.ordinary and not special) or hot_list in granted.lists:
                found.add(status, informational, owner, number)
        for hot_list, special, number in self._possible:
            if (granted.ordinary and not special) or hot_list in granted.lists:
                found.possible += number
        return found

    @cached_property
    def _hits(self) -> list[tuple[str, bool, int | None, int, bool, int]]:
        waiting = Hit.objects.exclude(status=Hit.Status.CLOSED).order_by()
        keys = ("status", "informational", "taken_by", "hot_plate__hot_list", "hot_plate__hot_list__kind")
        rows = waiting.values_list(*keys).annotate(number=Count("pk"))
        return [
            (status, quiet, owner, number_of, quiet or kind == _SPECIAL, number)
            for status, quiet, owner, number_of, kind, number in rows
        ]

    @cached_property
    def _possible(self) -> list[tuple[int, bool, int]]:
        waiting = PossibleMatch.objects.filter(status=PossibleMatch.Status.NEW).order_by()
        keys = ("informational", "hot_plate__hot_list", "hot_plate__hot_list__kind")
        rows = waiting.values_list(*keys).annotate(number=Count("pk"))
        return [(number_of, quiet or kind == _SPECIAL, number) for quiet, number_of, kind, number in rows]


def count_possible(user: User, at: datetime) -> int:
    """How many possible matches wait, of those open to the person."""
    return Tally().of(granted(user, at)).possible


def _one_by_one(granted: Granted) -> Counts:
    """For another agency's people, who see single entries."""
    found = Counts()
    waiting = Hit.objects.exclude(status=Hit.Status.CLOSED).filter(granted.matches()).order_by()
    for row in waiting.values_list("status", "informational", "taken_by").annotate(number=Count("pk")):
        found.add(*row)
    found.possible = PossibleMatch.objects.filter(status=PossibleMatch.Status.NEW).filter(granted.matches()).count()
    return found
