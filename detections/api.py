"""The doors devices post through: reads in JSON, photographs as a form, and how far a photograph is.

docs/api.md says the same for people. A device key may write and never look: no answer holds plate data of the store.
"""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import InterfaceError
from django.http import JsonResponse
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from audit import asker
from audit.ledger import LedgerUnavailable
from audit.refusals import Refused
from cameras.models import Camera, DeviceKey
from detections import images
from detections.authentication import DeviceKeyAuthentication, HasDeviceKey, Rejection, reject_key_in_query
from detections.ingest import openapi, parsing
from detections.ingest.body import MEGABYTE, BodyTooLarge, WrongContentType, parse_form, read_body, require_type
from detections.ingest.parsing import BodyError, FieldError, parse_read
from detections.ingest.photos import NewPhoto, PhotoAnswer, photo_progress, record_photo
from detections.ingest.reads import REFUSED, Answer, NewRead
from detections.ingest.verb import record_reads

MOST_JSON = 4 * MEGABYTE
MOST_FORM = images.LIMITS.max_bytes + MEGABYTE
STATUS_OF_REFUSAL = {
    "read.conflict": 409,
    "photo.conflict": 409,
    "camera.not_yours": 403,
    "read.past_ceiling": 403,
    "read.invalid": 400,
}
STATUS_OF_PHOTO = {"type": 415, "too_large": 413}


class AnyAccept(BaseContentNegotiation):
    """The answer is JSON, whatever a device says it accepts."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class DeviceView(APIView):
    """What every door for devices has in common: the key first, then one JSON form for every refusal."""

    authentication_classes = [DeviceKeyAuthentication]
    permission_classes = [HasDeviceKey]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AnyAccept

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.visitor = getattr(request._request, "user", None)
        reject_key_in_query(request._request)
        super().initial(request, *args, **kwargs)
        self.at: datetime = timezone.now()
        self.camera: Camera = cast(DeviceKey, request.auth).camera
        self.by = asker.device(self.camera.code, address=asker.address_of(request._request))

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        # The framework has put its own user, or none, onto the request; the middleware around us asks for Django's.
        request._request.user = getattr(self, "visitor", None) or AnonymousUser()
        return super().finalize_response(request, response, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, InterfaceError):  # the connection to the database went away in the middle
            exc = LedgerUnavailable(type(exc).__name__)
        rejection = _rejection(exc)
        if rejection is None:
            return super().handle_exception(exc)
        headers = {"WWW-Authenticate": 'Bearer realm="device"'} if rejection.status_code == 401 else {}
        return JsonResponse(rejection.body, status=rejection.status_code, headers=headers)

    def json_body(self, most: int) -> Any:
        """The body as JSON; raises BodyError."""
        request = self.request._request
        require_type(request, "application/json")
        return parsing.decode(read_body(request, most))

    def form_body(self, most: int) -> tuple[dict[str, str], dict[str, bytes]]:
        """The body's fields and files; raises BodyError."""
        request = self.request._request
        require_type(request, "multipart/form-data")
        return parse_form(request, read_body(request, most))


def _rejection(error: Exception) -> Rejection | None:
    """What a device is told of an error; None for refusals by law and a missing ledger, which have their one form."""
    match error:
        case Rejection():
            return error
        case BodyTooLarge():
            return Rejection(413, error.code, error.reason)
        case WrongContentType():
            return Rejection(415, error.code, error.reason)
        case BodyError():
            return Rejection(413 if error.code == "body.too_many" else 400, error.code, error.reason)
        case FieldError():
            status = STATUS_OF_REFUSAL.get(error.code, 400)
            return Rejection(status, error.code, str(error), field=error.field)
        case images.PhotoError():
            return Rejection(STATUS_OF_PHOTO.get(error.code, 400), f"photo.{error.code}", error.reason, field="photo")
        case Refused() | LedgerUnavailable():
            return None
        case APIException():
            return Rejection(error.status_code, str(error.default_code), str(error.detail))
    return None


class Reads(DeviceView):
    """Reads of one camera: one object, or a list of up to 1,000."""

    @extend_schema(**openapi.POST_READS)
    def post(self, request: Request) -> JsonResponse:
        value = self.json_body(MOST_JSON)
        reads = [parse_read(raw, self.camera.code) for raw in parsing.reads_of(value)]
        answers = record_reads(by=self.by, camera=self.camera, reads=reads, at=self.at)
        if isinstance(value, list):
            return JsonResponse([answer.as_dict() for answer in answers], safe=False)
        return _single(answers[0])


def _single(answer: Answer) -> JsonResponse:
    """One read's answer, with a status of its own where it was refused for what it says."""
    status = STATUS_OF_REFUSAL.get(answer.code, 200) if answer.status == REFUSED else 200
    return JsonResponse(answer.as_dict(), status=status)


class Photos(DeviceView):
    """A photograph of one camera, with its plate where the camera has read it."""

    @extend_schema(**openapi.POST_PHOTO)
    def post(self, request: Request) -> JsonResponse:
        fields, files = self.form_body(MOST_FORM)
        photo, read = _photo_and_read(fields, files, self.camera.code)
        reads = [read] if read else []
        answer = record_photo(by=self.by, camera=self.camera, photo=photo, at=self.at, reads=reads)
        return _photo_answer(answer)


def _photo_and_read(
    fields: dict[str, str], files: dict[str, bytes], camera_code: str
) -> tuple[NewPhoto, NewRead | None]:
    """The form judged: raises FieldError for a field at fault."""
    for name in (*fields, *files):
        if name not in parsing.FIELDS | {"photo"} or (name == "photo") is (name in fields):
            raise FieldError(parsing.shown(name), "is not a field of this form, or not of this kind.")
    if "photo" not in files:
        raise FieldError("photo", "is missing.")
    raw: dict[str, Any] = {name: value for name, value in fields.items() if value}
    for name in ("client_key", "captured_at"):
        if name not in raw:
            raise FieldError(name, "is missing.")
    for name in ("latitude", "longitude", "confidence"):
        if name in raw:
            raw[name] = parsing.written_number(raw[name], name)
    read = parsing.build_read({"plate": "0"} | raw, camera_code)
    photo = NewPhoto(read.client_key, read.captured_at, files["photo"], read.latitude, read.longitude)
    return photo, read if "plate" in raw else None


def _photo_answer(answer: PhotoAnswer) -> JsonResponse:
    if answer.id is None:
        return JsonResponse(answer.as_dict() | {"code": "photo.conflict", "field": "client_key"}, status=409)
    body: dict[str, Any] = answer.as_dict()
    body["read_status_url"] = reverse("detections_api:photo", args=[answer.id])
    if answer.reads:
        body["read"] = answer.reads[0].as_dict()
    return JsonResponse(body, status=202)


class PhotoStatus(DeviceView):
    """How far one of the camera's own photographs is."""

    @extend_schema(**openapi.GET_PHOTO)
    def get(self, request: Request, photo_id: UUID) -> JsonResponse:
        progress = photo_progress(self.camera, photo_id)
        if progress is None:
            raise Rejection(404, "photo.unknown", "This camera has sent no such photograph.")
        return JsonResponse(
            {"id": str(photo_id), "status": progress.status, "reads": progress.reads, "hits": progress.hits}
        )
