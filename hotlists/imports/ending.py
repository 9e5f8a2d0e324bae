"""The end of an import: the swap with its record, or the refusal on record and beside the file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit import asker, ledger, policy
from audit.actions import Action
from audit.asker import Asker
from audit.policy import Profile
from audit.refusals import Refusal, Refused
from hotlists import rules_imports as rules
from hotlists.imports.hand_in import PURPOSE
from hotlists.imports.layout import Layout
from hotlists.imports.parse import Tally
from hotlists.imports.screen import Screen, screen_for
from hotlists.imports.swap import NotInOrder, swap
from hotlists.models import HotListImport, ImportRejection

Status = HotListImport.Status
Clock = Callable[[], datetime]


class Lost(Exception):
    """The file is another worker's by now, or somebody stopped it."""


class Changed(Exception):
    """The policy or the source's settings changed while the file was read: what is dropped is another matter now."""


@dataclass(slots=True)
class Job:
    """A file that this worker has."""

    import_: HotListImport
    worker: UUID
    layout: Layout
    screen: Screen
    clock: Clock


def finish(job: Job, tally: Tally) -> None:
    """The swap, with its record in one transaction; or the refusal, once that is on record."""
    at, number = job.clock(), job.import_.pk
    # Refused in the act, so that its record says so; what the page shows is written after it.
    try:
        with _act(job.import_, at, tally, job.screen) as record:
            row = HotListImport.objects.select_for_update(of=("self",), no_key=True).get(pk=number)
            if row.worker != job.worker or row.status != Status.RUNNING:
                raise Lost
            profile = record.profile or policy.in_force(at)
            if screen_for(profile, row.hot_list.source) != job.screen:
                raise Changed
            _require_length(row, tally, job.layout, profile)
            _fill(row, tally, profile)
            row.done_bytes, row.worker, row.stage = row.size, None, ""
            row.save()
            try:
                left = swap(row, at)
            except NotInOrder:
                words = "A file handed in later is live already."
                raise Refused(rules.OLDER_THAN_LIVE.refuse(words, profile=profile.stamp)) from None
            record.result_count = tally.kept
            record.detail |= {"status": Status.LIVE, "left": left}
    except Refused as refused:
        _end_refused(job.import_, job.worker, at, refused.refusal, tally)


def _require_length(row: HotListImport, tally: Tally, layout: Layout, profile: Profile) -> None:
    live = HotListImport.objects.filter(hot_list=row.hot_list_id, status=Status.LIVE).first()
    refusal = rules.refuse_shrinking(
        tally.kept, live.kept if live and live.pk < row.pk else 0,
        expected=row.expect_shrink, may_be_empty=layout.may_be_empty, profile=profile,
    )  # fmt: skip
    if refusal is not None:
        raise Refused(refusal)


def refuse(
    import_: HotListImport,
    worker: UUID,
    clock: Clock,
    refusal: Refusal,
    tally: Tally | None = None,
    screen: Screen | None = None,
) -> None:
    """Put a refusal on record, then beside the file with its bad rows."""
    at = clock()
    try:
        with _act(import_, at, tally or Tally(), screen):
            if not HotListImport.objects.filter(pk=import_.pk, worker=worker, status=Status.RUNNING).exists():
                raise Lost
            raise Refused(refusal)
    except Refused:
        _end_refused(import_, worker, at, refusal, tally or Tally())


@contextmanager
def _act(import_: HotListImport, at: datetime, tally: Tally, screen: Screen | None) -> Iterator[ledger.Record]:
    query = {"file": import_.sha256, "layout": import_.layout}
    subject = ("hot_list_import", import_.pk, "")
    with ledger.act(
        Action.IMPORT_FINISH, by=_asker(import_), at=at, purpose=PURPOSE, query=query, subject=subject
    ) as record:
        record.detail = {
            "hot_list": import_.hot_list_id, "rows": tally.rows, "kept": tally.kept, "bad": len(tally.bad),
            "screened": tally.screened, "sha256": import_.sha256,
            "profile": record.profile.stamp if record.profile else "",
            "dropped": {
                name: {"rows": count, "by": (screen.drops(name) if screen else "") or "The layout: it names no plate"}
                for name, count in tally.dropped.items()
            },
        }  # fmt: skip
        yield record


def _end_refused(import_: HotListImport, worker: UUID, at: datetime, refusal: Refusal, tally: Tally) -> None:
    with transaction.atomic():
        row = HotListImport.objects.select_for_update(of=("self",), no_key=True).get(pk=import_.pk)
        if row.worker != worker or row.status != Status.RUNNING:
            raise Lost
        row.status, row.ended_at, row.worker, row.stage = Status.REFUSED, at, None, ""
        row.verdict = f"{refusal.reason} {refusal.next_step}"[:500]
        _fill(row, tally, policy.in_force(at))
        row.save()
        rejections = (
            ImportRejection(of=row, line=bad.line, column=bad.column[:60], reason=bad.reason) for bad in tally.bad
        )
        ImportRejection.objects.bulk_create(rejections, batch_size=2_000)


def _fill(row: HotListImport, tally: Tally, profile: Profile) -> None:
    row.rows, row.kept, row.rejected = tally.rows, tally.kept, len(tally.bad)
    row.dropped, row.screened, row.profile = dict(tally.dropped), tally.screened, profile.stamp


def _asker(import_: HotListImport) -> Asker:
    """Who stands behind a file: the person who handed it in, or the way it came."""
    if import_.handed_in_by is not None:
        return asker.person(import_.handed_in_by)
    return asker.system(f"import by {import_.origin}")
