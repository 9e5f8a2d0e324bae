"""Receiving a file of a list: onto disk as it comes, whole or not at all.

A file that broke off on its way must never be taken for a shorter list, so what came is counted against what was
announced before anything looks at it.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler
from django.http import HttpRequest, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

GIGABYTE = 1024**3
# Boundaries and fields of the form around the file.
FORM_BYTES = 64 * 1024
CHUNK = 1024 * 1024
FIELD = "file"
BROKE_OFF = "The file broke off on its way. Nothing was kept and the list is as it was: hand it in again."
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\u202a-\u202e\u2066-\u2069]")


class NotReceived(ValueError):
    """The file did not come as it should. ``status`` and ``code`` for programs, ``reason`` for people."""

    def __init__(self, status: int, code: str, reason: str) -> None:
        super().__init__(reason)
        self.status, self.code, self.reason = status, code, reason


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A whole file in a temporary file of ours, with its name as it may be shown."""

    stream: IO[bytes]
    name: str


def most_bytes() -> int:
    """How large a file may be: the setting HOT_LIST_MOST_BYTES."""
    return int(settings.HOT_LIST_MOST_BYTES)


def too_large() -> NotReceived:
    """The answer to a file that is too large."""
    most = most_bytes()
    words = f"{most / GIGABYTE:g} GB" if most >= GIGABYTE else f"{most:,} bytes"
    return NotReceived(413, "body.too_large", f"The file is larger than {words}. Nothing was kept.")


def shown_name(name: str) -> str:
    """A file's name without a path and without what cannot be shown."""
    return _UNSHOWN.sub("", name.replace("\\", "/").rsplit("/", 1)[-1])[-120:] or "(no name)"


class FormReceiver:
    """The file of a form: made before anything looks at the form, as the check of its token does."""

    def __init__(self, request: HttpRequest) -> None:
        """Settle that the file goes to disk. Raises NotReceived where the headers already say that it cannot."""
        self._announced = _announced(request, most_bytes() + FORM_BYTES)
        self._request, self._handler = request, _Receiver(request)
        request.upload_handlers = [self._handler]
        self._counted = _Counted(request._stream)
        request._stream = cast(Any, self._counted)

    def take(self) -> ReceivedFile | None:
        """The file, whole; None where the form holds none, or two of them. Raises NotReceived."""
        try:
            files = self._request.FILES.getlist(FIELD)
        except (MultiPartParserError, UnreadablePostError, SuspiciousOperation) as error:
            raise (too_large() if self._handler.too_large else _broke_off()) from error
        if self._handler.too_large:
            raise too_large()
        if self._counted.count < self._announced:
            raise _broke_off()
        if len(files) != 1:
            return None
        return ReceivedFile(cast(Any, files[0].file), shown_name(files[0].name or ""))

    def close(self) -> None:
        """Remove what came."""
        self._handler.forget()


@contextmanager
def form_with_file(request: HttpRequest) -> Iterator[ReceivedFile | None]:
    """The file of a form while it is looked at. Raises NotReceived."""
    receiver = FormReceiver(request)
    try:
        yield receiver.take()
    finally:
        receiver.close()


@contextmanager
def bare_body(request: HttpRequest, name: str) -> Iterator[ReceivedFile]:
    """The body itself as the file. Raises NotReceived."""
    announced = _announced(request, most_bytes())
    with tempfile.TemporaryFile(dir=_folder(), prefix="hot-list-") as file:
        count = 0
        try:
            while piece := request.read(CHUNK):
                count += len(piece)
                file.write(piece)
        except UnreadablePostError as error:
            raise _broke_off() from error
        if count < announced:
            raise _broke_off()
        if not count:
            raise NotReceived(400, "file.missing", "The body is empty.")
        file.seek(0)
        yield ReceivedFile(cast(IO[bytes], file), shown_name(name))


def _broke_off() -> NotReceived:
    return NotReceived(400, "body.cut_short", BROKE_OFF)


def _announced(request: HttpRequest, most: int) -> int:
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal():
        raise NotReceived(411, "body.length", "Send a Content-Length.")
    if int(length[:18]) > most:
        raise too_large()
    return int(length[:18])


def _folder() -> Path:
    folder = Path(settings.STATE_DIR) / "incoming"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


class _Receiver(TemporaryFileUploadHandler):
    """Files of the form to disk, and no more than there may be, whatever the headers say."""

    chunk_size = CHUNK

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.too_large, self._size, self._paths = False, 0, []  # type: ignore[var-annotated]

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._paths.append(self.file.temporary_file_path())

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._size += len(raw_data)
        if self._size > most_bytes():
            self.too_large = True
            raise StopUpload(connection_reset=True)
        super().receive_data_chunk(raw_data, start)

    def forget(self) -> None:
        """Close and remove what came."""
        if getattr(self, "file", None) is not None:
            self.file.close()
        for path in self._paths:
            with suppress(FileNotFoundError):
                os.unlink(path)


class _Counted:
    """A request's stream that knows how much of it was read: the parser takes a body that broke off for a whole one."""

    def __init__(self, stream: Any) -> None:
        self._stream, self.count = stream, 0

    def read(self, *size: int) -> bytes:
        data: bytes = self._stream.read(*size)
        self.count += len(data)
        return data

    def readline(self, *size: int) -> bytes:
        data: bytes = self._stream.readline(*size)
        self.count += len(data)
        return data
