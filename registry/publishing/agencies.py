"""The two lists of agencies: who has access, who shares with us; each entry for a period, under a paper."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from audit import gate, ledger
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from audit.refusals import Refused
from registry.models import PartnerAgency, Sharing
from registry.publishing import rules
from registry.publishing.agency_names import Line, read_list

PURPOSE = "keep the lists of agencies"


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A line as a person confirmed it."""

    written: str
    name: str
    state: str
    legal_class: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Lists:
    """Both lists as they run now, and every agency on file."""

    has_access: list[Sharing]
    shares: list[Sharing]
    agencies: list[PartnerAgency]


@dataclass(frozen=True, slots=True)
class Taken:
    """What taking a list in did."""

    entries: int
    begun: int
    ended: int
    new_agencies: int


def open_lists(*, by: Asker, at: datetime) -> Lists:
    """Both lists. Raises Refused."""
    with ledger.act(Action.TRANSPARENCY_QUEUE, by=by, at=at, purpose=PURPOSE, subject=("agencies", "", "")) as record:
        gate.admit(by, Ability.MANAGE_AGENCIES, at=at)
        rows = list(Sharing.objects.at(at).select_related("agency").order_by("agency__name", "pk"))
        record.result_count = len(rows)
        outbound = [row for row in rows if row.direction == Sharing.Direction.HAS_ACCESS]
        inbound = [row for row in rows if row.direction == Sharing.Direction.SHARES]
        return Lists(outbound, inbound, list(PartnerAgency.objects.all()))


def propose(text: str, *, by: Asker, at: datetime) -> list[Line]:
    """A pasted list as it was understood, for a person to confirm. Changes nothing. Raises Refused."""
    with ledger.act(Action.TRANSPARENCY_QUEUE, by=by, at=at, purpose=PURPOSE, subject=("agencies", "", "")) as record:
        gate.admit(by, Ability.MANAGE_AGENCIES, at=at)
        agencies = list(PartnerAgency.objects.all())
        aliases = {alias: agency.name for agency in agencies for alias in agency.aliases}
        lines = read_list(text, [agency.name for agency in agencies], aliases)
        record.result_count = len(lines)
    return lines


def take_in(
    lines: Iterable[Confirmed], direction: str, *, authority: str, complete: bool, by: Asker, at: datetime
) -> Taken:
    """Begin the sharing of every confirmed line that does not run yet, in one act.

    ``complete``: what runs in this direction and is not in the list ends now. Raises Refused.
    """
    kept = list(lines)
    with ledger.act(Action.AGENCY_CHANGE, by=by, at=at, purpose=PURPOSE) as record:
        gate.admit(by, Ability.MANAGE_AGENCIES, at=at)
        if refusal := rules.refuse_unclear(_unclear(kept, direction)):
            raise Refused(refusal)
        before = PartnerAgency.objects.count()
        running = {
            (row.agency_id, row.authority): row
            for row in Sharing.objects.at(at).filter(direction=direction).select_for_update()
        }
        stays: set[int] = set()
        begun = 0
        for line in kept:
            agency = _agency(line)
            paper = f"{authority} [{line.mark}]".strip() if line.mark else authority
            row = _running(running, agency.pk, paper)
            if row is None:
                row = Sharing.objects.create(agency=agency, direction=direction, authority=paper, starts_at=at)
                running[agency.pk, paper] = row
                begun += 1
            stays.add(row.pk)
        over = [row for row in running.values() if complete and row.pk not in stays and row.starts_at < at]
        for row in over:
            row.ends_at = at
            row.save(update_fields=["ends_at"])
        taken = Taken(len(stays), begun, len(over), PartnerAgency.objects.count() - before)
        record.about("agencies", direction)
        record.result_count = len(kept)
        record.detail = {"entries": taken.entries, "begun": begun, "ended": [row.agency_id for row in over]}
    return taken


def end_sharing(sharing_id: int, *, by: Asker, at: datetime) -> Sharing:
    """End one entry now. Raises Refused, Sharing.DoesNotExist."""
    with ledger.act(Action.AGENCY_CHANGE, by=by, at=at, purpose=PURPOSE) as record:
        gate.admit(by, Ability.MANAGE_AGENCIES, at=at)
        row = Sharing.objects.select_for_update(of=("self",)).select_related("agency").get(pk=sharing_id)
        runs = row.starts_at < at and (row.ends_at is None or row.ends_at > at)
        if refusal := rules.refuse_period(runs):
            raise Refused(refusal)
        record.about("sharing", row.pk, row.agency.name)
        record.detail = {"ends_at": {"old": row.ends_at, "new": at}}
        row.ends_at = at
        row.save(update_fields=["ends_at"])
    return row


def change_agency(agency_id: int, wanted: Confirmed, aliases: list[str], *, by: Asker, at: datetime) -> PartnerAgency:
    """Give an agency another name, class or other ways of writing. Raises Refused, PartnerAgency.DoesNotExist."""
    with ledger.act(Action.AGENCY_CHANGE, by=by, at=at, purpose=PURPOSE) as record:
        gate.admit(by, Ability.MANAGE_AGENCIES, at=at)
        row = PartnerAgency.objects.select_for_update().get(pk=agency_id)
        taken = PartnerAgency.objects.filter(name=wanted.name).exclude(pk=row.pk).exists()
        unclear = _unclear([wanted], Sharing.Direction.HAS_ACCESS) or ([f"{wanted.name} is taken"] if taken else [])
        if refusal := rules.refuse_unclear(unclear):
            raise Refused(refusal)
        record.about("agency", row.pk, wanted.name)
        record.detail = {"old": [row.name, row.state, row.legal_class, row.aliases]}
        row.name, row.state, row.legal_class, row.aliases = wanted.name, wanted.state, wanted.legal_class, aliases
        row.save()
    return row


def _unclear(lines: list[Confirmed], direction: str) -> list[str]:
    if direction not in Sharing.Direction.values:
        return ["there is no such direction"]
    if not lines:
        return ["the list is empty"]
    wrong = [
        line.written or "an empty line"
        for line in lines
        if not line.name.strip()
        or line.legal_class not in PartnerAgency.LegalClass.values
        or len(line.state) != 2
        or len(line.name) > 160
    ]
    seen: set[tuple[str, str]] = set()
    for line in lines:
        if (line.name, line.mark) in seen:
            wrong.append(f"{line.name} twice")
        seen.add((line.name, line.mark))
    return wrong


def _agency(line: Confirmed) -> PartnerAgency:
    agency, _ = PartnerAgency.objects.get_or_create(
        name=line.name, defaults={"state": line.state, "legal_class": line.legal_class}
    )
    if line.written != agency.name and line.written not in agency.aliases:
        agency.aliases = [*agency.aliases, line.written]
        agency.save(update_fields=["aliases"])
    return agency


def _running(running: dict[tuple[int, str], Sharing], agency: int, paper: str) -> Sharing | None:
    """The entry that says the same already, whatever paper it names, as long as the mark is the same."""
    mark = paper.rpartition("[")[2] if paper.endswith("]") else ""
    for (of, other), row in running.items():
        if of == agency and (other.rpartition("[")[2] if other.endswith("]") else "") == mark:
            return row
    return None
