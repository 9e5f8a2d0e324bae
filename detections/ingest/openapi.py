"""What the device API looks like to programs: keyword arguments for drf-spectacular's ``extend_schema``."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse

from detections.ingest.parsing import LONGEST, MOST_READS

Schema = dict[str, Any]


def _text(description: str, most: int | None = None, **more: Any) -> Schema:
    return {"type": "string", "description": description} | ({"maxLength": most} if most else {}) | more


def _degrees(limit: int, description: str) -> Schema:
    return {"type": "number", "minimum": -limit, "maximum": limit, "description": description}


_TIME = _text("ISO 8601 with a zone: Z or an offset.", format="date-time")
_FIELDS: Schema = {
    "client_key": _text("Yours, one for each read; sent again, the read is not stored again.", LONGEST["client_key"]),
    "plate": _text("As read. Case, spaces and dashes do not matter; A to Z and 0 to 9, at most 8.", LONGEST["plate"]),
    "captured_at": _TIME,
    "state": _text("US state, such as CA.", LONGEST["state"]),
    "latitude": _degrees(90, "Decimal degrees, WGS 84. Left out, the camera's site is taken."),
    "longitude": _degrees(180, "Decimal degrees, WGS 84."),
    "confidence": {"type": "number", "minimum": 0, "maximum": 1},
    "image_reference": _text("The device's own name for its picture.", LONGEST["image_reference"]),
    "vehicle": _text("Make, model and colour in words.", LONGEST["vehicle"]),
    "camera": _text("The camera's code. It must be the camera of the key.", 40),
}
READ: Schema = {
    "type": "object",
    "required": ["client_key", "plate", "captured_at"],
    "properties": _FIELDS,
    "additionalProperties": False,
}
ANSWER: Schema = {
    "type": "object",
    "required": ["client_key", "id", "status", "reason", "hits"],
    "properties": {
        "client_key": {"type": "string", "nullable": True},
        "id": {"type": "string", "format": "uuid", "nullable": True},
        "status": {"type": "string", "enum": ["recorded", "duplicate", "quarantined", "refused"]},
        "reason": _text("Why it was refused or kept aside; begins with the field at fault."),
        "hits": {"type": "integer", "minimum": 0, "description": "Hits on ordinary hot lists."},
        "code": _text("Only when refused: a stable code such as read.invalid, read.conflict, read.past_ceiling."),
        "field": _text("Only when refused: the field at fault."),
        "citation": _text("Only when refused by law: where it is written."),
        "clause": _text("Only when refused by law: the clause in plain words."),
        "profile": _text("Only when refused by law: the policy profile in force."),
        "next_step": _text("Only when refused by law: what to do now."),
    },
}
ERROR: Schema = {
    "type": "object",
    "required": ["code", "reason"],
    "properties": {
        "code": _text("Stable, for programs."),
        "reason": _text("One sentence for people."),
        "field": _text("The field at fault, where there is one."),
        "citation": _text("Where the rule is written, for refusals by law."),
        "next_step": _text("What to do now."),
    },
}
PHOTO_ANSWER: Schema = {
    "type": "object",
    "required": ["client_key", "id", "status", "reason", "read_status_url"],
    "properties": {
        "client_key": {"type": "string"},
        "id": {"type": "string", "format": "uuid"},
        "status": {"type": "string", "enum": ["recorded", "duplicate"]},
        "reason": {"type": "string"},
        "read_status_url": _text("Ask here how far the reading is."),
        "read": ANSWER | {"description": "Only when the plate was sent along."},
    },
}
PROGRESS: Schema = {
    "type": "object",
    "required": ["id", "status", "reads", "hits"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "status": {"type": "string", "enum": ["waiting", "reading", "read", "unreadable"]},
        "reads": {"type": "integer"},
        "hits": {"type": "integer"},
    },
}
_PHOTO_FORM: Schema = {
    "type": "object",
    "required": ["photo", "client_key", "captured_at"],
    "properties": {
        "photo": {"type": "string", "format": "binary", "description": "JPEG or PNG, at most 20 MB and 40 megapixels."}
    }
    | _FIELDS,
    "additionalProperties": False,
}
_WORDS = {
    400: "The body or a field is at fault; the reason names it. Mend it before sending again.",
    401: "No key, or one that is unknown, revoked or expired.",
    403: "Refused by law or policy, or the code of another camera.",
    404: "No such photograph of this camera.",
    405: "Not a method of this address.",
    409: "The client_key stands for something else already. Nothing was changed.",
    413: "Too many reads or too many bytes.",
    415: "Wrong Content-Type, or a file that is neither JPEG nor PNG.",
    503: "The record cannot be written, so nothing was stored. Send all of it again later.",
}
_EXAMPLE = {
    "client_key": "cam01-000042",
    "plate": "0DEM123",
    "state": "CA",
    "captured_at": "2026-03-08T10:00:00.250-08:00",
    "confidence": 0.93,
}
_ANSWERED = {
    "client_key": "cam01-000042",
    "id": "019cb5c8-7c1e-7a52-8f0e-5b6e0c1f2a3d",
    "status": "recorded",
    "reason": "",
    "hits": 0,
}


def _responses(success: dict[int, OpenApiResponse], *errors: int) -> dict[int, Any]:
    return success | {status: OpenApiResponse(ERROR, _WORDS[status]) for status in errors}


POST_READS: dict[str, Any] = {
    "operation_id": "post_reads",
    "tags": ["reads"],
    "summary": "Post one read, or up to 1,000",
    "description": (
        "One object is answered by one object, a list by a list in the same order, always with status 200: a bad read "
        "in a list is refused alone. A single object that is refused has the status of its refusal."
    ),
    "request": {"application/json": {"oneOf": [READ, {"type": "array", "items": READ, "maxItems": MOST_READS}]}},
    "responses": _responses(
        {
            200: OpenApiResponse(
                {"oneOf": [ANSWER, {"type": "array", "items": ANSWER}]},
                "What became of each read.",
                examples=[OpenApiExample("One read", value=_ANSWERED), OpenApiExample("A list", value=[_ANSWERED])],
            )
        },
        *(400, 401, 403, 405, 409, 413, 415, 503),
    ),
    "examples": [
        OpenApiExample("One read", value=_EXAMPLE, request_only=True),
        OpenApiExample("A list", value=[_EXAMPLE], request_only=True),
    ],
}
POST_PHOTO: dict[str, Any] = {
    "operation_id": "post_photo",
    "tags": ["reads"],
    "summary": "Post a photograph",
    "description": "Without a plate it is queued for the reader; with one, the read is recorded at once beside it.",
    "request": {"multipart/form-data": _PHOTO_FORM},
    "responses": _responses(
        {
            202: OpenApiResponse(
                PHOTO_ANSWER,
                "Stored.",
                examples=[
                    OpenApiExample(
                        "Stored",
                        value={
                            "client_key": "cam01-000042",
                            "id": _ANSWERED["id"],
                            "status": "recorded",
                            "reason": "",
                            "read_status_url": f"/api/v1/reads/photo/{_ANSWERED['id']}/",
                        },
                    )
                ],
            )
        },
        *(400, 401, 403, 405, 409, 413, 415, 503),
    ),
}
GET_PHOTO: dict[str, Any] = {
    "operation_id": "get_photo_status",
    "tags": ["reads"],
    "summary": "How far is a photograph?",
    "description": "Status and counts only: a device key never reads plates.",
    "responses": _responses({200: OpenApiResponse(PROGRESS, "Its progress.")}, 400, 401, 404, 405, 503),
}


def webhook(name: str) -> dict[str, Any]:
    """The documentation of one vendor's door; its form is the vendor's and is not repeated here."""
    body = {"type": "object", "additionalProperties": True}
    request = {"application/json": body}
    if name == "platerecognizer":
        form = {"json": {"type": "string"}, "upload": {"type": "string", "format": "binary"}}
        request["multipart/form-data"] = {"type": "object", "required": ["json"], "properties": form}
    answers = {"type": "object", "required": ["reads"], "properties": {"reads": {"type": "array", "items": ANSWER}}}
    return {
        "operation_id": f"webhook_{name}",
        "tags": ["webhooks"],
        "summary": f"Webhook in the form of {name}",
        "request": request,
        "responses": _responses(
            {200: OpenApiResponse(answers, "What became of each read; empty for messages without plates.")},
            *(400, 401, 403, 405, 413, 415, 503),
        ),
    }
