"""Who a user name of another system is: by the register of accounts, else by the same name, number or badge here."""

from bisect import bisect_right
from collections import defaultdict
from datetime import datetime

from audit.models import QueryElsewhere, QuerySystem, SystemAccount, User


class Roster:
    """Looks people up by user name and instant; made once a file."""

    def __init__(self, system: QuerySystem) -> None:
        self._periods: dict[str, list[tuple[datetime, datetime | None, int]]] = defaultdict(list)
        rows = SystemAccount.objects.filter(system=system).order_by("starts_at")
        for row in rows:
            self._periods[_compared(row.account)].append((row.starts_at, row.ends_at, row.user_id))
        self._same: dict[str, set[int]] = defaultdict(set)
        own = User.objects.filter(organisation="")
        for pk, *names in own.values_list("pk", "username", "employee_number", "badge", "email"):
            for name in names:
                if name:
                    self._same[_compared(name)].add(pk)

    def whose(self, account: str, at: datetime) -> int | None:
        """The person's key, or None where nobody or more than one fits."""
        name = _compared(account)
        if not name:
            return None
        if periods := self._periods.get(name):
            place = bisect_right([start for start, _, _ in periods], at) - 1
            if place < 0:
                return None
            _, ends, pk = periods[place]
            return pk if ends is None or at < ends else None
        same = self._same.get(name, set())
        return next(iter(same)) if len(same) == 1 else None


def match_again(system: QuerySystem) -> int:
    """Match queries that nobody could be named for, after the register changed; how many were matched. In an act."""
    roster, matched = Roster(system), []
    waiting = QueryElsewhere.objects.filter(system=system, person=None).exclude(account="")
    for query in waiting.only("pk", "account", "at").iterator(chunk_size=2000):
        if (pk := roster.whose(query.account, query.at)) is not None:
            query.person_id = pk
            matched.append(query)
    QueryElsewhere.objects.bulk_update(matched, ["person"], batch_size=1000)
    return len(matched)


def _compared(name: str) -> str:
    return " ".join(name.split()).casefold()
