"""``act``: the one way to do or to see something. All or nothing, and on the ledger either way.

A result may leave the server only after ``act`` has returned: by then its record is committed (promise A-1). When the
record cannot be written the act is rolled back and ``LedgerUnavailable`` is raised: 503, no data (promise A-2).
"""

import json
import logging
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit import alarms, appending, leaf, patience, policy
from audit.actions import Action, Outcome
from audit.asker import Asker
from audit.refusals import Refused

log = logging.getLogger(__name__)

LOOKS = frozenset(
    action
    for action in Action
    if action.value.endswith((".list", ".view", ".page", ".run", ".queue")) and action != Action.PURGE_RUN
)


# Purposes are codes of the profile ([a-z_]) or words of this house. What a hand-made request puts there instead (a
# plate, a name) is kept with the sensitive values: those can be destroyed, the clear leaf cannot.
_PURPOSE = re.compile(r"[a-z][a-z _,'-]{0,59}")
UNKNOWN_PURPOSE = "not a purpose"


class LedgerUnavailable(Exception):
    """The record could not be written, so nothing was done and nothing is shown."""


@dataclass(slots=True)
class Record:
    """What an act fills in while it runs; ``index`` is set once the record is committed.

    ``result_count`` is the number of rows seen (0 makes the outcome "empty"); ``detail`` holds old and new values;
    ``profile`` is the policy in force, looked up at most once an act and only where it is asked for.
    """

    subject_type: str = ""
    subject_id: str = ""
    subject_label: str = ""
    result_count: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    index: int | None = None
    at: datetime | None = field(default=None, repr=False)
    _profile: policy.Profile | None = field(default=None, repr=False)

    @property
    def profile(self) -> policy.Profile | None:
        if self._profile is None and self.at is not None:
            self._profile = policy.in_force(self.at)
        return self._profile

    @property
    def known_stamp(self) -> str:
        """The stamp of the policy that this act has asked for; "" where it did not ask."""
        return self._profile.stamp if self._profile else ""

    def about(self, subject_type: str, subject_id: object, label: str = "") -> None:
        """Name the subject, once it is known."""
        self.subject_type, self.subject_id, self.subject_label = subject_type, str(subject_id), label


@contextmanager
def act(
    action: Action,
    *,
    by: Asker,
    at: datetime,
    purpose: str,
    reason: str = "",
    case_number: str = "",
    query: Mapping[str, Any] | None = None,
    subject: tuple[str, object, str] = ("", "", ""),
) -> Iterator[Record]:
    """Run one act and record it.

    ``purpose`` is a code (of the active profile for looks at plate data); ``reason`` the person's own words; ``query``
    the plate or other data elements used (Civil Code 1798.90.52(a)(2)). Acts do not nest: inside another act, or any
    open transaction, it raises RuntimeError. Raises LedgerUnavailable when the record cannot be written; re-raises
    ``Refused`` with its ``record_index`` set, and any other error after recording it as failed.
    """
    if not purpose:
        raise ValueError("an act needs a purpose (Civil Code 1798.90.52(a)(4))")
    if connection.atomic_blocks and not getattr(connection.atomic_blocks[-1], "_from_testcase", False):
        raise RuntimeError("an act cannot run inside another act or an open transaction: its record could be lost")
    record = Record(query=dict(query or {}), at=at)
    record.about(*subject)
    facts = _Facts(action, by, at, purpose, reason, case_number, time.perf_counter())
    try:
        with transaction.atomic(durable=True):
            yield record
            _append(facts, record, _outcome(action, record), commits=True)
    except Refused as refused:
        refused.record_index = _append_alone(facts, record, Outcome.REFUSED, refused)
        raise
    except LedgerUnavailable:
        raise
    except Exception as error:
        if record.index is not None:  # appended, but the commit itself failed
            record.index = None
            raise LedgerUnavailable(type(error).__name__) from error
        record.detail = {"error": type(error).__name__}
        record.index = _append_alone(facts, record, Outcome.FAILED)
        raise


def append_in_transaction(
    action: Action,
    *,
    by: Asker,
    at: datetime,
    purpose: str,
    query: Mapping[str, Any] | None = None,
    subject: tuple[str, object, str] = ("", "", ""),
    detail: Mapping[str, Any] | None = None,
    result_count: int | None = None,
) -> int:
    """Record an act as part of the caller's open transaction: both are committed or neither is. Returns the index.

    Only for doors whose transaction Django opens itself (administration). Call it last: the log's lock is held to the
    commit. Raises LedgerUnavailable, which must end the transaction, and RuntimeError outside one.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("there is no open transaction to be part of; use act")
    record = Record(query=dict(query or {}), detail=dict(detail or {}), result_count=result_count, at=at)
    record.about(*subject)
    return _append(_Facts(action, by, at, purpose, "", "", time.perf_counter()), record, Outcome.ALLOWED)


def note(action: Action, *, by: Asker, at: datetime, purpose: str, **facts: Any) -> int:
    """Record something that has already happened (a sign-in, a refusal decided elsewhere). Returns its index."""
    with act(action, by=by, at=at, purpose=purpose, **facts) as record:
        record.result_count = None
    if record.index is None:
        raise LedgerUnavailable("the record has no index")
    return record.index


@dataclass(frozen=True, slots=True)
class _Facts:
    action: Action
    by: Asker
    at: datetime
    purpose: str
    reason: str
    case_number: str
    started: float


def _outcome(action: Action, record: Record) -> Outcome:
    return Outcome.EMPTY if action in LOOKS and record.result_count == 0 else Outcome.ALLOWED


def _append_alone(facts: _Facts, record: Record, outcome: Outcome, refused: Refused | None = None) -> int:
    """Write a record in a transaction of its own, after the act was rolled back."""
    try:
        with transaction.atomic():
            return _append(facts, record, outcome, refused, commits=True)
    except LedgerUnavailable:
        raise
    except DatabaseError as error:
        raise LedgerUnavailable(type(error).__name__) from error


def _append(
    facts: _Facts, record: Record, outcome: Outcome, refused: Refused | None = None, *, commits: bool = False
) -> int:
    """Put the record at the log's end. The lock is taken last and held to the commit, so the order has no gaps.

    ``commits`` says that the transaction is the act's own and ends here; then record and commit go in one trip.
    """
    try:
        prepared = appending.Prepared(
            facts.at, _fields(facts, record, outcome, refused), _sensitive(facts, record), leaf.fresh_salts()
        )
        with patience.bounded(patience.APPEND_SECONDS):
            record.index = appending.write(prepared, stamp=record.known_stamp, commits=commits)
    except DatabaseError as error:
        log.exception("the ledger cannot be written")
        _alarm(error)
        raise LedgerUnavailable(type(error).__name__) from error
    return record.index


def _alarm(error: Exception) -> None:
    """Tell the outside at once; the watcher's all-clear ends it."""
    words = f"The ledger cannot be written ({type(error).__name__}). No data is shown."
    alarms.raise_alarm(alarms.LEDGER_UNWRITABLE, words, at=timezone.now())


def _fields(facts: _Facts, record: Record, outcome: Outcome, refused: Refused | None) -> dict[str, object]:
    """The leaf's fields but for those of the database, of the policy and the sensitive ones."""
    by = facts.by
    return {
        "action": facts.action.value,
        "outcome": outcome.value,
        "actor_kind": by.kind.value,
        "actor": by.user.pk if by.user else None,
        "username": _clean(by.name),
        "organisation": _clean(by.organisation),
        "address": by.address,
        "device_class": by.device_class,
        "session": by.session,
        "purpose": _purpose(facts.purpose),
        "subject_type": _clean(record.subject_type)[:40],
        "subject_id": _clean(record.subject_id)[:64],
        "result_count": None if outcome == Outcome.REFUSED else record.result_count,
        "duration_us": round((time.perf_counter() - facts.started) * 1_000_000),
        "rule_code": refused.refusal.code if refused else "",
        "citation": str(refused.refusal.citation)[:200] if refused else "",
    }


def _purpose(text: str) -> str:
    """The purpose as it may stand in the clear for ever: a code or words of the house, nothing else that was typed."""
    return text if _PURPOSE.fullmatch(text) else UNKNOWN_PURPOSE


def _sensitive(facts: _Facts, record: Record) -> list[str]:
    """The sensitive values in the order of ``leaf.SENSITIVE``, as text PostgreSQL can hold."""
    if _purpose(facts.purpose) != facts.purpose:
        record.detail = record.detail | {"purpose_as_given": facts.purpose}
    texts = [
        json.dumps(record.query, sort_keys=True, default=str, ensure_ascii=False),
        facts.reason,
        facts.case_number,
        record.subject_label,
        json.dumps(record.detail, sort_keys=True, default=str, ensure_ascii=False),
    ]
    return [_clean(text) for text in texts]


def _clean(text: str) -> str:
    """Text without what PostgreSQL or UTF-8 cannot hold (NUL, lone surrogates), cut at 20,000 characters."""
    return text.replace("\x00", "\N{SYMBOL FOR NULL}").encode(errors="replace").decode()[:20_000]
