"""Receiving a file of up to 2 GB: straight onto disk as it comes, counted and hashed on the way."""

import hashlib
import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from detections.uploads.hand_in import Received

GIGABYTE = 1024**3
MOST_BYTES = 2 * GIGABYTE
# Boundaries and fields of the form around the file.
FORM_BYTES = 64 * 1024
FIELD = "file"
BROKE_OFF = "The file broke off on its way. Nothing was kept: hand it in again."
TOO_LARGE = f"The file is larger than {MOST_BYTES // GIGABYTE} GB. Hand it in in parts."
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\u202a-\u202e\u2066-\u2069]")


class ReceivedFile(UploadedFile):
    """A file that came; storage moves it into place instead of copying it, where it can."""

    def __init__(self, file: Any, name: str, size: int, sha256: str) -> None:
        super().__init__(file, name or "file", size=size)
        self.shown_name = _UNSHOWN.sub("", name or "")[-120:] or "(no name)"
        self.sha256 = sha256

    def temporary_file_path(self) -> str:
        return str(cast(Any, self.file).name)

    def as_received(self) -> Received:
        return Received(cast(Any, self), self.shown_name, int(self.size or 0), self.sha256)


class Receiver(FileUploadHandler):
    """Takes the one file of the form, and stops at ``MOST_BYTES`` whatever the headers say."""

    chunk_size = 1024 * 1024

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.too_large = False
        self.stream: _Counted | None = None
        self._paths: list[Path] = []
        self._file: Any = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self.field_name != FIELD or self._paths:
            raise SkipFile
        folder = Path(settings.STATE_DIR) / "incoming"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = tempfile.NamedTemporaryFile(dir=folder, prefix="upload-", delete=False)  # noqa: SIM115
        self._paths.append(Path(self._file.name))
        self._sum, self._size = hashlib.sha256(), 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._size += len(raw_data)
        if self._size > MOST_BYTES:
            self.too_large = True
            raise StopUpload(connection_reset=True)
        self._file.write(raw_data)
        self._sum.update(raw_data)

    def file_complete(self, file_size: int) -> ReceivedFile:
        self._file.flush()
        self._file.seek(0)
        return ReceivedFile(self._file, self.file_name or "", self._size, self._sum.hexdigest())

    def close(self) -> None:
        """End the file; what storage did not take is removed."""
        if self._file is not None:
            self._file.close()
        for path in self._paths:
            with suppress(FileNotFoundError):
                os.unlink(path)


class _Counted:
    """A request's stream that knows how much of it was read: the parser takes a body that broke off for a whole one."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.count = 0

    def read(self, *size: int) -> bytes:
        data: bytes = self._stream.read(*size)
        self.count += len(data)
        return data

    def readline(self, *size: int) -> bytes:
        data: bytes = self._stream.readline(*size)
        self.count += len(data)
        return data


def receiver_for(request: HttpRequest) -> Receiver:
    """Make the request stream its file; to be called before anything looks at its form."""
    receiver = Receiver(request)
    request.upload_handlers = [receiver]
    receiver.stream = _Counted(request._stream)
    request._stream = cast(BinaryIO, receiver.stream)  # Django's own stream has no more methods than this one
    return receiver


def broke_off(request: HttpRequest, receiver: Receiver) -> bool:
    """Whether less came than was announced, or the form is none. Reads the form."""
    try:
        _ = request.POST, request.FILES
    except (MultiPartParserError, UnreadablePostError, SuspiciousOperation):
        return not receiver.too_large
    announced = int(request.META.get("CONTENT_LENGTH") or 0)
    return not receiver.too_large and receiver.stream is not None and receiver.stream.count < announced


def is_too_large(request: HttpRequest) -> bool:
    """Whether the headers already say that the body is too large."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return length.isdecimal() and int(length[:18]) > MOST_BYTES + FORM_BYTES
