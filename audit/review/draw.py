"""Draw the sample of an inspection: once, from a seed that nobody could choose, so that anyone can draw it again."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from audit import gate, ledger, policy
from audit.abilities import Ability
from audit.actions import Action, ActorKind
from audit.asker import Asker
from audit.models import Inspection
from audit.policy import Profile
from audit.refusals import Refusal, Refused
from audit.review import frame_file, frame_sql, rules_flags
from audit.review.draw_judging import COMBINATIONS, Judge, Judged, Key
from audit.review.draw_rows import Picked, put_before_reviewers
from audit.review.draw_seed import Seed, ask_for_checkpoint, checkpoint_of, seed_of
from audit.review.draw_surroundings import days_before, surroundings
from audit.review.flags.limits import Limits, limits_of
from audit.review.frame_sql import ELSEWHERE, LEDGER, Span, span_of
from audit.review.sizes import METHOD, size_of

PURPOSE = "review"
SUBJECT = "inspection"
_BATCH = 20_000


class InspectionNotFound(LookupError):
    """There is no such inspection."""


@dataclass(slots=True)
class _Drawn:
    """What one draw brought."""

    judged: Judged
    sha256: str
    registers: dict[str, Any]
    sample: dict[str, list[tuple[str, int, int]]]

    @property
    def sampled(self) -> set[Key]:
        return {(source, ref) for drawn in self.sample.values() for source, ref, _ in drawn}


def draw(inspection_id: UUID, *, by: Asker, at: datetime) -> Inspection:
    """Draw, write the frame and the sample, and put every drawn or flagged query before the reviewers.

    All in one act, up to ten seconds over a million queries. Raises Refused, or InspectionNotFound.
    """
    _have_checkpoint(inspection_id, at)
    with ledger.act(
        Action.INSPECTION_DRAW, by=by, at=at, purpose=PURPOSE, subject=(SUBJECT, inspection_id, "")
    ) as record:
        profile = policy.in_force(at) if by.kind == ActorKind.SYSTEM else gate.admit(by, Ability.REVIEW_QUERIES, at=at)
        inspection = Inspection.objects.select_for_update().filter(pk=inspection_id).first()
        if inspection is None:
            raise InspectionNotFound
        _raise(rules_flags.refuse_other_kind(inspection.kind == Inspection.Kind.QUERIES, profile))
        _raise(rules_flags.refuse_drawn(inspection.drawn_at is not None, profile))
        _raise(rules_flags.refuse_open_period(inspection.ends_at, at, profile))
        limits = limits_of(profile)
        span = span_of(inspection.starts_at, inspection.ends_at, days_before=days_before(limits))
        checkpoint = checkpoint_of(inspection, span.upto)
        _raise(rules_flags.refuse_unsigned(checkpoint is not None, profile))
        if checkpoint is None:
            raise AssertionError("refused above")
        seed = seed_of(checkpoint, inspection)
        drawn = _pass_over(inspection, span, seed, limits, profile)
        _keep(inspection, drawn, seed, limits, by=by, at=at)
        record.result_count = drawn.judged.count
        record.detail = _told(inspection, drawn)
    return inspection


def _have_checkpoint(inspection_id: UUID, at: datetime) -> None:
    """Where none covers the period yet, ask for one: outside of the act, since making one is an act of its own."""
    inspection = Inspection.objects.filter(pk=inspection_id, drawn_at=None, ends_at__lte=at).first()
    if inspection is None or inspection.kind != Inspection.Kind.QUERIES:
        return
    span = span_of(inspection.starts_at, inspection.ends_at, days_before=0)
    if checkpoint_of(inspection, span.upto) is None:
        ask_for_checkpoint(at)


def _pass_over(inspection: Inspection, span: Span, seed: Seed, limits: Limits, profile: Profile) -> _Drawn:
    around, registers, count = surroundings(span, limits, profile)
    count = max(count, span.upto - span.first) if count < span.upto - span.first else count
    judged = Judged(seed.value, size_of(count, least=limits.sample_least, percent=limits.sample_percent))
    values = frame_sql.values_of(span)
    with frame_file.writing(frame_file.name_of(inspection.pk, "frame.csv.gz")) as paper, _no_collection():
        judge = Judge(around, judged, paper.write)
        for source, statement in ((ELSEWHERE, frame_sql.THEIR_ROWS), (LEDGER, frame_sql.OWN_ROWS)):
            with frame_sql.stream(statement, values) as lines:
                judge.judge(source, lines)
        judge.finish()
        paper.flush()
    least, percent = limits.sample_least, limits.sample_percent
    sample = {
        name: [(source, ref, bits) for _, source, ref, bits in kept.chosen(least=least, percent=percent)]
        for name, kept in judged.strata.items()
    }
    return _Drawn(judged, paper.sha256, registers, sample)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Nothing here refers to itself, and looking for what does, among a million rows, takes longer than the rows."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _keep(inspection: Inspection, drawn: _Drawn, seed: Seed, limits: Limits, *, by: Asker, at: datetime) -> None:
    """The inspection as drawn, its work papers, and a row a query to look at."""
    inspection.method = METHOD
    inspection.settings_used = limits.as_json() | {
        "registers": drawn.registers,
        "strata": {
            name: {"frame": drawn.judged.strata[name].count, "drawn": len(drawn.sample[name])} for name in drawn.sample
        },
    }
    inspection.drawn_at, inspection.drawn_by = at, by.user
    inspection.seed, inspection.seed_source, inspection.log_size = seed.value, seed.source, seed.log_size
    inspection.frame_count, inspection.frame_sha256 = drawn.judged.count, drawn.sha256
    inspection.frame_file = frame_file.name_of(inspection.pk, "frame.csv.gz")
    inspection.save()
    bits = drawn.judged.bits | {(source, ref): found for rows in drawn.sample.values() for source, ref, found in rows}
    sampled = drawn.sampled
    for batch in _batches(sorted(sampled | drawn.judged.flags.keys())):
        put_before_reviewers(
            inspection.pk,
            [
                Picked(
                    source,
                    ref,
                    (source, ref) in sampled,
                    COMBINATIONS[bits[source, ref]],
                    drawn.judged.flags.get((source, ref), ()),
                )
                for source, ref in batch
            ],
        )
    frame_file.write_sample(frame_file.name_of(inspection.pk, "sample.json"), _sample(inspection, drawn))


def _sample(inspection: Inspection, drawn: _Drawn) -> dict[str, Any]:
    """What an outsider needs to draw again, beside the frame."""
    return {
        "format": "platekeeper sample v1",
        "seed": inspection.seed,
        "seed_source": inspection.seed_source,
        "frame_sha256": inspection.frame_sha256,
        "frame_count": inspection.frame_count,
        "least": inspection.settings_used["sample_least"],
        "percent": inspection.settings_used["sample_percent"],
        "drawn": {name: [[source, ref] for source, ref, _ in rows] for name, rows in drawn.sample.items()},
    }


def _told(inspection: Inspection, drawn: _Drawn) -> dict[str, Any]:
    """For the ledger."""
    return {
        "seed": inspection.seed,
        "seed_source": inspection.seed_source,
        "frame_sha256": inspection.frame_sha256,
        "frame_count": inspection.frame_count,
        "sampled": len(drawn.sampled),
        "flagged": len(drawn.judged.flags),
    }


def _batches(keys: list[Key]) -> Iterator[list[Key]]:
    waiting = iter(keys)
    while batch := list(islice(waiting, _BATCH)):
        yield batch


def _raise(refusal: Refusal | None) -> None:
    if refusal:
        raise Refused(refusal)
