"""Doors of uploads for programs: with a device key (files of its own camera) or a signed-in person's session."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from audit import asker
from cameras.models import Camera, DeviceKey
from detections.api import DeviceView
from detections.authentication import DeviceKeyAuthentication, Rejection, reject_key_in_query
from detections.models import Upload
from detections.uploads import looks, openapi, receive
from detections.uploads.hand_in import may_hand_in, refuse_sender, start_upload
from detections.uploads.head import Unfit


class Known(BasePermission):
    """Anyone known: what they may is decided, and recorded, by the verb."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if isinstance(request.auth, DeviceKey) or (request.user is not None and request.user.is_authenticated):
            return True
        raise Rejection(401, "key.missing", "Send a device key in the header Authorization: Bearer <key>, or sign in.")


class UploadView(DeviceView):
    """What the doors have in common: who asks, and for a device its camera."""

    permission_classes = [Known]
    device_camera: Camera | None

    def get_authenticators(self) -> list[BaseAuthentication]:
        """A device key where a header holds one, else the session of a person; both for the schema."""
        request = getattr(self, "request", None)
        if request is None or getattr(self, "swagger_fake_view", False):
            return [DeviceKeyAuthentication(), SessionAuthentication()]
        return [DeviceKeyAuthentication() if _brings_key(request) else SessionAuthentication()]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        inner = request._request
        self.visitor = getattr(inner, "user", None)
        reject_key_in_query(inner)
        if request.method == "POST":
            self._prepare(request)
        APIView.initial(self, request, *args, **kwargs)
        self.at = timezone.now()
        self.device_camera = request.auth.camera if isinstance(request.auth, DeviceKey) else None
        self.by = (
            asker.device(self.device_camera.code, address=asker.address_of(inner))
            if self.device_camera
            else asker.from_request(inner)
        )

    def _prepare(self, request: Request) -> None:
        """Before anything reads the form, and the check of a session does: settle that the file goes to disk."""
        inner = request._request
        if inner.content_type != "multipart/form-data":
            raise Rejection(415, "body.type", "Send Content-Type: multipart/form-data.")
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise Rejection(415, "body.encoding", "Send the body without compression.")
        if not (inner.META.get("CONTENT_LENGTH") or "").isdecimal():
            raise Rejection(411, "body.length", "Send a Content-Length.")
        if receive.is_too_large(inner):
            raise Rejection(413, "body.too_large", receive.TOO_LARGE)
        if _brings_key(inner):
            DeviceKeyAuthentication().authenticate(request)
        else:
            if self.visitor is None or not self.visitor.is_authenticated:
                raise Rejection(401, "key.missing", "Send a device key in the header, or sign in.")
            by, at = asker.from_request(inner), timezone.now()
            if not may_hand_in(by, at):
                refuse_sender(by=by, at=at)
        self.receiver = receive.receiver_for(inner)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().dispatch(request, *args, **kwargs)
        finally:
            if (receiver := getattr(self, "receiver", None)) is not None:
                receiver.close()


class Uploads(UploadView):
    """Hand in a file of reads."""

    @extend_schema(**openapi.POST_UPLOAD)
    def post(self, request: Request) -> JsonResponse:
        inner = request._request
        if receive.broke_off(inner, self.receiver):
            raise Rejection(400, "body.cut_short", receive.BROKE_OFF)
        if self.receiver.too_large:
            raise Rejection(413, "body.too_large", receive.TOO_LARGE)
        file = inner.FILES.get(receive.FIELD)
        if not isinstance(file, receive.ReceivedFile):
            raise Rejection(400, "file.missing", "The form has no file in its field file.", field="file")
        try:
            upload = start_upload(
                by=self.by,
                at=self.at,
                received=file.as_received(),
                layout=inner.POST.get("layout", "generic_csv"),
                camera=self.device_camera or self._camera(inner.POST.get("camera", "")),
            )
        except Unfit as unfit:
            raise Rejection(400, unfit.code, unfit.reason) from unfit
        return JsonResponse(state_of(upload), status=202)

    def _camera(self, code: str) -> Camera | None:
        if not code:
            return None
        found = Camera.objects.filter(code=code).first() if code.isprintable() else None
        if found is None:
            raise Rejection(400, "camera.unknown", "There is no camera of that code.", field="camera")
        return found


class UploadState(UploadView):
    """How far a file is."""

    @extend_schema(**openapi.GET_UPLOAD)
    def get(self, request: Request, upload_id: UUID) -> JsonResponse:
        try:
            upload = looks.progress(by=self.by, at=self.at, upload_id=upload_id, of=self.device_camera)
        except looks.NoUpload as error:
            raise _unknown() from error
        return JsonResponse(state_of(upload))


class UploadReport(UploadView):
    """A file's account: cameras, gaps, and its first rejected rows by line. It holds no plate."""

    @extend_schema(**openapi.GET_REPORT)
    def get(self, request: Request, upload_id: UUID) -> JsonResponse:
        try:
            opened = looks.open_upload(by=self.by, at=self.at, upload_id=upload_id, of=self.device_camera)
        except looks.NoUpload as error:
            raise _unknown() from error
        return JsonResponse(state_of(opened.upload) | _account(opened))


def _brings_key(request: HttpRequest) -> bool:
    return "Authorization" in request.headers or "X-Api-Key" in request.headers


def _unknown() -> Rejection:
    return Rejection(404, "upload.unknown", "There is no such file of yours.")


def state_of(upload: Upload) -> dict[str, Any]:
    """Where a file is, in numbers."""
    return {
        "id": str(upload.pk),
        "status": upload.status,
        "reason": upload.verdict,
        "layout": upload.layout,
        "bytes": upload.size,
        "bytes_done": upload.offset,
        "per_cent": upload.per_cent,
        "rows": upload.rows,
        "recorded": upload.recorded,
        "duplicates": upload.duplicates,
        "quarantined": upload.quarantined,
        "rejected": upload.rejected,
        "rows_per_s": upload.rate,
        "state_url": reverse("detections_api:upload", args=[upload.pk]),
        "report_url": reverse("detections_api:upload_report", args=[upload.pk]),
    }


def _account(opened: looks.Opened) -> dict[str, Any]:
    rows = [account.row for account in opened.cameras]
    return {
        "cameras": [
            {
                "camera": row.camera.code,
                "recorded": row.recorded,
                "duplicates": row.duplicates,
                "quarantined": row.quarantined,
                "rejected": row.rejected,
                "first": row.first and row.first.isoformat(),
                "last": row.last and row.last.isoformat(),
                "usual_spacing_s": row.spacing,
                "gaps": row.gap_count,
                "longest_gaps": row.gaps,
            }
            for row in rows
        ],
        "rejections": [
            {"line": bad.line, "column": bad.column, "code": bad.code, "reason": bad.reason}
            for bad in opened.rejections
        ],
    }
