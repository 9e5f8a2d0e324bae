"""What the doors of imports look like to programs: keyword arguments for drf-spectacular's ``extend_schema``."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

Schema = dict[str, Any]

_COUNT: Schema = {"type": "integer", "minimum": 0}
_INSTANT: Schema = {"type": "string", "format": "date-time", "nullable": True}
ERROR: Schema = {
    "type": "object",
    "required": ["code", "reason"],
    "properties": {
        "code": {"type": "string", "description": "Stable."},
        "reason": {"type": "string"},
        "citation": {"type": "string", "description": "Of a refusal: its clause."},
        "next_step": {"type": "string"},
    },
}
STATE: Schema = {
    "type": "object",
    "properties": {
        "id": _COUNT,
        "hot_list": _COUNT,
        "status": {"type": "string", "enum": ["waiting", "running", "live", "superseded", "refused", "stopped"]},
        "reason": {"type": "string", "description": "The verdict in words."},
        "layout": {"type": "string"},
        "sha256": {"type": "string"},
        "bytes": _COUNT,
        "bytes_done": _COUNT,
        "per_cent": _COUNT,
        "rows": _COUNT,
        "kept": _COUNT,
        "dropped": {"type": "object", "additionalProperties": _COUNT, "description": "Rows dropped, by file type."},
        "texts_left_out": _COUNT,
        "bad_rows": _COUNT,
        "live_from": _INSTANT,
        "live_until": _INSTANT,
        "state_url": {"type": "string"},
    },
}
_FORM: Schema = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "CSV, TSV or fixed width, not packed."},
        "layout": {"type": "string", "description": "The name of a column layout; the source's own by default."},
        "expect_shrink": {"type": "boolean", "description": "It is right that the list becomes much shorter."},
    },
}
_WORDS = {
    400: "The file or its layout is at fault; nothing was kept.",
    401: "No key, or one that is unknown, revoked or expired.",
    403: "Refused by law or policy.",
    404: "No such list or file of yours.",
    405: "Not a method of this address.",
    411: "No Content-Length.",
    413: "Larger than HOT_LIST_MOST_BYTES.",
    415: "Compressed, or a form without a file.",
    429: "As many files of this source as may wait to be read already.",
    503: "The record cannot be written, so nothing was stored. Send it again later.",
}


def _responses(success: dict[int, OpenApiResponse], *errors: int) -> dict[int, Any]:
    return success | {status: OpenApiResponse(ERROR, _WORDS[status]) for status in errors}


POST_IMPORT: dict[str, Any] = {
    "operation_id": "post_hot_list_import",
    "tags": ["hot lists"],
    "summary": "Hand in a file of a hot list",
    "description": "A worker reads it; it becomes the whole list, or changes nothing and says why. Ask its state.",
    "parameters": [
        OpenApiParameter("layout", str, description="Where the body itself is the file: the name of its layout."),
        OpenApiParameter("expect_shrink", bool, description="Likewise: the list may become much shorter."),
        OpenApiParameter("name", str, description="Likewise: the file's name, for people."),
    ],
    "request": {"multipart/form-data": _FORM, "text/csv": {"type": "string", "format": "binary"}},
    "responses": _responses(
        {202: OpenApiResponse(STATE, "Stored and queued.")}, 400, 401, 403, 404, 405, 411, 413, 415, 429, 503
    ),
}
GET_IMPORT: dict[str, Any] = {
    "operation_id": "get_hot_list_import",
    "tags": ["hot lists"],
    "summary": "How far is a file of a hot list?",
    "responses": _responses({200: OpenApiResponse(STATE, "Its state.")}, 400, 401, 403, 404, 405, 503),
}
