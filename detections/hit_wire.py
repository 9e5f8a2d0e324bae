"""A hit as JSON, and what that looks like to programs. Instants are ISO 8601 in UTC; lengths of time are seconds."""

from datetime import UTC, datetime
from typing import Any

from audit.models import User
from detections.hits.sheet import HitSheet
from detections.hits.timing import seconds_of
from detections.ingest.openapi import ERROR as ERROR
from detections.models import Hit

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_INSTANT: Schema = {"type": "string", "format": "date-time", "nullable": True}
_DONE: Schema = {"type": "object", "properties": {"by": _TEXT, "at": _INSTANT}}
CARD: Schema = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "status": {"type": "string", "enum": list(Hit.Status.values)},
        "informational": {"type": "boolean", "description": "Never a basis for a stop (I.1)."},
        "plate": _TEXT,
        "state": _TEXT,
        "camera": _TEXT,
        "captured_at": _INSTANT,
        "created_at": _INSTANT,
        "channel": {"type": "string", "enum": list(Hit.Channel.values)},
        "category": _TEXT,
        "list": _TEXT,
        "owner": _TEXT,
        "times_seen": {"type": "integer"},
        "escalated_at": _INSTANT,
    },
}
LIST: Schema = {
    "type": "object",
    "properties": {
        "hits": {"type": "array", "items": CARD},
        "more": {"type": "boolean"},
        "record": {"type": "integer"},
    },
}
SHEET: Schema = {
    "type": "object",
    "properties": {
        **CARD["properties"],
        "hot_plate": {"type": "object", "additionalProperties": True},
        "ended": {"type": "string", "description": "That the hot plate lives no more, in words; empty while it does."},
        "list_out_of_date": {"type": "boolean"},
        "overdue_since": _INSTANT,
        "mismatch": {"type": "string", "description": "Where the vehicle seen is not the one entered."},
        "may_verify": {"type": "boolean"},
        "steps": {"type": "object", "additionalProperties": _DONE},
        "seconds": {"type": "object", "additionalProperties": {"type": "number"}},
        "record": {"type": "integer"},
        "warning": _TEXT,
    },
}
STEP: Schema = {
    "type": "object",
    "properties": {
        "result": {"type": "string", "enum": list(Hit.Check.values), "description": "check"},
        "clets": {"type": "string", "enum": list(Hit.Result.values), "description": "verify"},
        "clets_minutes": {"type": "integer", "minimum": 0, "description": "verify: run so many minutes ago"},
        "ncic": {"type": "string", "enum": list(Hit.Result.values), "description": "verify"},
        "ncic_minutes": {"type": "integer", "minimum": 0, "description": "verify: run so many minutes ago"},
        "not_practicable": {"type": "string", "description": "verify, where the policy allows it"},
        "call_number": {"type": "string", "description": "broadcast"},
        "incident_type": {"type": "string", "description": "broadcast"},
        "vehicle_seen": {"type": "string", "description": "broadcast"},
        "direction": {"type": "string", "description": "broadcast"},
        "broadcast_minutes": {"type": "integer", "minimum": 0, "description": "broadcast: so many minutes ago"},
        "disposition": {"type": "string", "enum": list(Hit.Disposition.values), "description": "close"},
        "independent_basis": {"type": "string", "description": "close, for a stop (D.4)"},
        "recovery_call": {"type": "string", "description": "close, for a recovered stolen vehicle (D.3.e)"},
    },
}


def card(hit: Hit) -> dict[str, Any]:
    """A hit as the list has it. No query where the hit was loaded with its facts."""
    return {
        "id": str(hit.pk),
        "status": hit.status,
        "informational": hit.informational,
        "plate": hit.plate,
        "state": hit.detection.state,
        "camera": hit.detection.camera.code,
        "captured_at": _instant(hit.captured_at),
        "created_at": _instant(hit.created_at),
        "channel": hit.channel,
        "category": hit.hot_plate.category,
        "list": hit.hot_plate.hot_list.name,
        "owner": _name(hit.taken_by),
        "times_seen": hit.repeats + 1,
        "escalated_at": _instant(hit.escalated_at),
    }


def sheet(opened: HitSheet) -> dict[str, Any]:
    """One opened hit."""
    hit = opened.hit
    return card(hit) | {
        "hot_plate": _entry(hit),
        "ended": opened.ended,
        "list_out_of_date": opened.list_is_old,
        "overdue_since": _instant(opened.overdue),
        "mismatch": opened.mismatch,
        "may_verify": opened.may_verify,
        "steps": _steps(hit),
        "seconds": {words.lower().replace(" ", "_"): span.total_seconds() for words, span in seconds_of(hit)},
        "record": opened.record_index,
    }


def _entry(hit: Hit) -> dict[str, Any]:
    entry = hit.hot_plate
    return {
        "plate": entry.plate,
        "state": entry.state,
        "reason": entry.reason,
        "vehicle": entry.vehicle_description,
        "case_number": entry.case_number,
        "xref": entry.xref,
        "system": entry.system,
        "system_entry_number": entry.system_entry_number,
        "source": entry.hot_list.source.name,
        "file_type": entry.file_type,
        "entered_by": _name(entry.entered_by),
        "from": _instant(entry.effective_from),
        "until": _instant(entry.withdrawn_at or entry.expires_at),
    }


def _steps(hit: Hit) -> dict[str, Any]:
    done = {
        "received": (hit.received_by, hit.received_at, {}),
        "check": (hit.checked_by, hit.checked_at, {"result": hit.check_result}),
        "verify": (hit.verified_by, hit.verified_at, _queries(hit)),
        "broadcast": (hit.broadcast_by, hit.broadcast_at, _call(hit)),
        "close": (hit.closed_by, hit.closed_at, _outcome(hit)),
    }
    return {name: {"by": _name(by), "at": _instant(at)} | facts for name, (by, at, facts) in done.items() if at}


def _queries(hit: Hit) -> dict[str, Any]:
    return {
        "clets": hit.clets_result,
        "clets_at": _instant(hit.clets_at),
        "ncic": hit.ncic_result,
        "ncic_at": _instant(hit.ncic_at),
        "not_practicable": hit.not_practicable,
    }


def _call(hit: Hit) -> dict[str, Any]:
    names = ("call_number", "incident_type", "vehicle_seen", "direction")
    return {name: getattr(hit, name) for name in names}


def _outcome(hit: Hit) -> dict[str, Any]:
    names = ("disposition", "independent_basis", "recovery_call")
    return {name: getattr(hit, name) for name in names}


def _name(person: User | None) -> str:
    return person.display_name if person is not None else ""


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat() if at is not None else None
