"""Whose queries a person may not mark: their own, and those of people they supervise, then or now (AC-5)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from audit.models import DivisionCommand, InspectedQuery, Supervision, User
from audit.people import same_person
from audit.policy import Profile
from audit.refusals import Refusal
from audit.review import rules
from audit.roster.supervision import supervised_by

OWN, SUPERVISED = "own", "supervised"


@dataclass(slots=True)
class Independence:
    """What one person may mark at an instant. Remembers what it looked up, so use a fresh one an act."""

    user: User
    at: datetime
    _seen: dict[datetime, set[int]] = field(default_factory=dict)
    _leads: bool | None = None

    def bar(self, query: InspectedQuery) -> str:
        """Why the person may not mark it: "own", "supervised", or "" where they may."""
        employee = query.employee
        if employee is None:
            return ""
        if same_person(self.user, employee):
            return OWN
        return SUPERVISED if employee.pk in self._under(query.at) | self._under(self.at) else ""

    def bars(self, queries: Iterable[InspectedQuery]) -> dict[UUID, str]:
        """The bars of many queries by their id; only those that are barred."""
        found = {query.pk: self.bar(query) for query in queries}
        return {key: bar for key, bar in found.items() if bar}

    def refuse(self, query: InspectedQuery, profile: Profile) -> Refusal | None:
        """The refusal that marking it would meet."""
        bar = self.bar(query)
        return rules.refuse_own_query(bar == OWN, profile) or rules.refuse_supervised(
            bar == SUPERVISED, query.employee_name, profile
        )

    def _under(self, at: datetime) -> set[int]:
        """Whom the person supervised at the instant. Most reviewers lead nobody, ever: then one look-up is all."""
        if self._leads is None:
            self._leads = (
                Supervision.objects.filter(supervisor=self.user).exists()
                or DivisionCommand.objects.filter(commander=self.user).exists()
            )
        if not self._leads:
            return set()
        if at not in self._seen:
            self._seen[at] = set(supervised_by(self.user, at))
        return self._seen[at]
