"""The body of a device's request: never more of it in memory than is allowed, whatever its headers say."""

from io import BytesIO
from typing import Any, BinaryIO

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFilesSent
from django.core.files.uploadhandler import MemoryFileUploadHandler, TemporaryFileUploadHandler
from django.http import HttpRequest
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from detections.ingest.parsing import BodyError

MEGABYTE = 1024 * 1024
_CHUNK = 64 * 1024


class BodyTooLarge(BodyError):
    """More than is taken at once (413)."""

    def __init__(self, most: int) -> None:
        super().__init__("body.too_large", f"The body is larger than {most // MEGABYTE} MB.")


class WrongContentType(BodyError):
    """A body of a kind that is not taken here (415)."""


def require_type(request: HttpRequest, wanted: str) -> None:
    """Raise WrongContentType unless the body says it is ``wanted``, in UTF-8 and not compressed."""
    if request.content_type != wanted:
        raise WrongContentType("body.type", f"Send Content-Type: {wanted}.")
    if (request.content_params or {}).get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise WrongContentType("body.charset", "Send the body in UTF-8.")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise WrongContentType("body.encoding", "Send the body without compression.")


def read_body(request: HttpRequest, most: int) -> bytes:
    """The whole body, at most ``most`` bytes. Raises BodyTooLarge without reading on, BodyError if cut short."""
    declared = request.META.get("CONTENT_LENGTH") or ""
    if declared and (not declared.isdecimal() or not declared.isascii()):
        raise BodyError("body.length", "Content-Length is not a number.")
    if declared and (len(declared) > 15 or int(declared) > most):
        raise BodyTooLarge(most)
    try:
        body = _read(_stream(request, bool(declared)), most)
    except BodyTooLarge:
        raise
    except Exception as error:  # a bad chunk header: each server has an exception of its own for it
        raise BodyError("body.cut_short", "The body broke off.") from error
    if declared and len(body) < int(declared):
        raise BodyError("body.cut_short", "The body broke off.")
    return body


def _stream(request: HttpRequest, declared: bool) -> BinaryIO | HttpRequest:
    """Django reads nothing of a body sent in chunks; where the server marks its end, we do."""
    if not declared and request.META.get("wsgi.input_terminated"):
        return request.META["wsgi.input"]
    return request


def _read(stream: Any, most: int) -> bytes:
    pieces, size = [], 0
    while piece := stream.read(min(_CHUNK, most + 1 - size)):
        pieces.append(piece)
        size += len(piece)
        if size > most:
            raise BodyTooLarge(most)
    return b"".join(pieces)


def parse_form(request: HttpRequest, body: bytes) -> tuple[dict[str, str], dict[str, bytes]]:
    """The fields and files of a multipart body, each name once; raises BodyError for any other."""
    meta = request.META | {"CONTENT_LENGTH": str(len(body))}
    handlers = [MemoryFileUploadHandler(request), TemporaryFileUploadHandler(request)]
    try:
        fields, files = MultiPartParser(meta, BytesIO(body), handlers, "utf-8").parse()
    except (MultiPartParserError, RequestDataTooBig, TooManyFilesSent, SuspiciousOperation, ValueError) as error:
        raise BodyError("body.not_form", "The body is not a sound multipart form.") from error
    contents = [(name, _content(file)) for name, sent in files.lists() for file in sent]
    values = [(name, str(value)) for name, sent in fields.lists() for value in sent]
    names = [name for name, _ in (*contents, *values)]
    if len(names) > len(set(names)):
        raise BodyError("body.twice", "A field of the form is given twice.")
    return dict(values), dict(contents)


def _content(file: Any) -> bytes:
    with file:  # a large one lies in a temporary file, which ends here
        return bytes(file.read())
