"""The doors for software that sends in a form of its own: Rekor and OpenALPR, Plate Recognizer Stream, Frigate.

Each form becomes ordinary reads and goes through the same verbs; a picture that came along is kept with them.
"""

from collections.abc import Sequence
from typing import Any

from django.http import JsonResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from detections import images
from detections.api import MOST_FORM, MOST_JSON, DeviceView
from detections.authentication import Rejection
from detections.ingest import openapi, parsing
from detections.ingest.body import MEGABYTE, read_body, require_type
from detections.ingest.parsing import LONGEST, FieldError
from detections.ingest.photos import NewPhoto, record_photo
from detections.ingest.reads import Answer, BadRead, NewRead
from detections.ingest.verb import record_reads
from detections.models import Detection
from detections.payloads import (
    IncomingRead,
    PayloadError,
    load,
    parse_frigate,
    parse_plate_recognizer,
    parse_rekor,
)

# A picture of the largest size that is taken, as base64 inside the JSON.
MOST_WITH_PICTURE = images.LIMITS.max_bytes * 4 // 3 + MEGABYTE


class Webhook(DeviceView):
    """One vendor's form; subclasses say how it is parsed."""

    def parse(self) -> list[IncomingRead]:
        """The reads of the message; raises PayloadError or BodyError."""
        raise NotImplementedError

    def vendor_json(self, most: int) -> Any:
        """The body as the payload parsers take it; raises BodyError or PayloadError."""
        require_type(self.request._request, "application/json")
        return load(read_body(self.request._request, most))

    def receive(self) -> JsonResponse:
        """Record what the message holds and answer each of its reads; a message without plates gets an empty list."""
        try:
            incoming = self.parse()
        except PayloadError as error:
            field = parsing.shown(error.field)
            raise Rejection(400, "payload.invalid", f"{field}: {error.reason}", field=field) from error
        answers = self.record(incoming) if incoming else []
        return JsonResponse({"reads": [answer.as_dict() for answer in answers]})

    def record(self, incoming: Sequence[IncomingRead]) -> list[Answer]:
        """Record the reads, with the picture they share where there is a sound one."""
        reads = [_read(one) for one in incoming]
        picture = incoming[0].image_jpeg
        if picture is not None and isinstance(reads[0], NewRead):
            photo = NewPhoto(reads[0].client_key, reads[0].captured_at, picture, reads[0].latitude, reads[0].longitude)
            try:
                answer = record_photo(by=self.by, camera=self.camera, photo=photo, at=self.at, reads=reads)
            except (images.PhotoError, FieldError):
                pass  # a read is worth keeping without its picture, and one with a wrong clock is set aside below
            else:
                if answer.reads:
                    return answer.reads
        return record_reads(by=self.by, camera=self.camera, reads=reads, at=self.at)


def _read(one: IncomingRead) -> NewRead | BadRead:
    """The vendor's read judged like any other."""
    try:
        key = parsing.text(one.client_key, "client_key")
        written = parsing.text(one.plate, "plate")
        plate = parsing.plate(written)
    except FieldError as error:
        return BadRead(None, error.field, error.reason, error.code)
    vehicle = " ".join(one.vehicle[part] for part in ("color", "make", "model") if part in one.vehicle)
    return NewRead(
        key,
        plate,
        written,
        one.captured_at,
        one.state,
        one.latitude,
        one.longitude,
        one.confidence,
        vehicle=vehicle[: LONGEST["vehicle"]],
        source=Detection.Source.WEBHOOK.value,
    )


class OpenAlpr(Webhook):
    """Rekor Scout and the OpenALPR agent: ``alpr_group``."""

    @extend_schema(**openapi.webhook("openalpr"))
    def post(self, request: Request) -> JsonResponse:
        return self.receive()

    def parse(self) -> list[IncomingRead]:
        return parse_rekor(self.vendor_json(MOST_WITH_PICTURE))


class PlateRecognizer(Webhook):
    """Plate Recognizer Stream: a form with ``json`` and the frame as ``upload``, or the JSON alone."""

    @extend_schema(**openapi.webhook("platerecognizer"))
    def post(self, request: Request) -> JsonResponse:
        return self.receive()

    def parse(self) -> list[IncomingRead]:
        if self.request._request.content_type != "multipart/form-data":
            return parse_plate_recognizer(self.vendor_json(MOST_JSON))
        fields, files = self.form_body(MOST_FORM)
        written = fields.get("json") or files.get("json")
        if not written:
            raise PayloadError("json", "is missing.")
        return parse_plate_recognizer(load(written), files.get("upload"))


class Frigate(Webhook):
    """Frigate: the messages of its ``events`` topic."""

    @extend_schema(**openapi.webhook("frigate"))
    def post(self, request: Request) -> JsonResponse:
        return self.receive()

    def parse(self) -> list[IncomingRead]:
        return parse_frigate(self.vendor_json(MOST_JSON))
