"""What the doors of uploads look like to programs: keyword arguments for drf-spectacular's ``extend_schema``."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse

from detections.ingest.openapi import ERROR

Schema = dict[str, Any]

_COUNT: Schema = {"type": "integer", "minimum": 0}
_FORM: Schema = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "CSV or JSON lines, at most 2 GB, not packed."},
        "layout": {"type": "string", "default": "generic_csv", "description": "The name of a column layout."},
        "camera": {"type": "string", "description": "A person's file without a column for it: the camera of all rows."},
    },
}
STATE: Schema = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "status": {"type": "string", "enum": ["waiting", "running", "done", "stopped", "failed"]},
        "reason": {"type": "string", "description": "Why it broke off, or what to look at."},
        "layout": {"type": "string"},
        "bytes": _COUNT,
        "bytes_done": _COUNT,
        "per_cent": _COUNT,
        "rows": _COUNT,
        "recorded": _COUNT,
        "duplicates": _COUNT,
        "quarantined": _COUNT,
        "rejected": _COUNT,
        "rows_per_s": _COUNT,
        "state_url": {"type": "string"},
        "report_url": {"type": "string"},
    },
}
_CAMERA: Schema = {
    "type": "object",
    "properties": {
        "camera": {"type": "string"},
        "recorded": _COUNT,
        "duplicates": _COUNT,
        "quarantined": _COUNT,
        "rejected": _COUNT,
        "first": {"type": "string", "format": "date-time", "nullable": True},
        "last": {"type": "string", "format": "date-time", "nullable": True},
        "usual_spacing_s": {"type": "number", "nullable": True},
        "gaps": _COUNT,
        "longest_gaps": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
    },
}
_REJECTION: Schema = {
    "type": "object",
    "properties": {
        "line": _COUNT,
        "column": {"type": "string"},
        "code": {"type": "string"},
        "reason": {"type": "string"},
    },
}
REPORT: Schema = {
    "type": "object",
    "properties": STATE["properties"]
    | {
        "cameras": {"type": "array", "items": _CAMERA},
        "rejections": {"type": "array", "items": _REJECTION, "description": "The first 100."},
    },
}
_WORDS = {
    400: "The file or a field is at fault; nothing was kept.",
    401: "No key, or one that is unknown, revoked or expired.",
    403: "Refused by law or policy.",
    404: "No such file of yours.",
    405: "Not a method of this address.",
    411: "No Content-Length.",
    413: "More than 2 GB.",
    415: "Not multipart/form-data, or compressed.",
    503: "The record cannot be written, so nothing was stored. Send it again later.",
}


def _responses(success: dict[int, OpenApiResponse], *errors: int) -> dict[int, Any]:
    return success | {status: OpenApiResponse(ERROR, _WORDS[status]) for status in errors}


POST_UPLOAD: dict[str, Any] = {
    "operation_id": "post_upload",
    "tags": ["uploads"],
    "summary": "Hand in a file of reads",
    "description": "Judged by its first lines at once, then taken in by a worker; ask its state.",
    "request": {"multipart/form-data": _FORM},
    "responses": _responses(
        {202: OpenApiResponse(STATE, "Stored and queued.")}, 400, 401, 403, 405, 411, 413, 415, 503
    ),
}
GET_UPLOAD: dict[str, Any] = {
    "operation_id": "get_upload",
    "tags": ["uploads"],
    "summary": "How far is a file?",
    "responses": _responses({200: OpenApiResponse(STATE, "Its state.")}, 400, 401, 403, 404, 405, 503),
}
GET_REPORT: dict[str, Any] = {
    "operation_id": "get_upload_report",
    "tags": ["uploads"],
    "summary": "The account of a file",
    "description": "By camera what came and where reads are missing, and the first rejected rows by line. No plate.",
    "responses": _responses({200: OpenApiResponse(REPORT, "Its account.")}, 400, 401, 403, 404, 405, 503),
}
