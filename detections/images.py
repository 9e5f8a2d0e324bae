"""Photographs from strangers: judged by content, measured before they are decoded, served only re-encoded.

The file as it came in is kept untouched as evidence (its SHA-256 is in `PhotoFacts`); what a browser gets is
the upright JPEG of `clean` or `thumbnail`, drawn anew from the pixels, so nothing hidden in it survives.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import BinaryIO

from PIL import ExifTags, Image

JPEG_QUALITY = 90
THUMBNAIL_SIDE = 320

_SIGNATURES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
)
# Only so that the refusal can say what the file is.
_STRANGERS = (
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript drawing"),
    (b"\xc5\xd0\xd3\xc6", "a PostScript drawing"),
    (b"<", "a text file such as SVG or HTML"),
    (b"\xef\xbb\xbf<", "a text file such as SVG or HTML"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"RIFF", "a WebP picture or a video"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"BM", "a BMP picture"),
)
# A picture drawn in passes is decoded once for each pass; ordinary progressive files have about ten.
_MOST_PASSES = 100
_START_OF_SCAN = b"\xff\xda"


@dataclass(frozen=True, slots=True)
class PhotoLimits:
    """What is accepted: `max_bytes` of file, `max_pixels` in all, each side between two bounds in pixels."""

    max_bytes: int = 20 * 1024 * 1024
    max_pixels: int = 40_000_000
    max_side: int = 20_000
    min_side: int = 16


LIMITS = PhotoLimits()


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """A photograph that can be decoded. Width and height are of the upright picture, in pixels.

    `orientation` is the EXIF value 1 to 8 found in the file, `sha256` is of the file as it came in (hex),
    `size` is in bytes, and `taken_at` is the camera's own time where the file also states its zone.
    """

    width: int
    height: int
    format: str
    orientation: int
    sha256: str
    size: int
    taken_at: datetime | None = None


class PhotoError(ValueError):
    """A file that is not accepted. `code` is for programs: empty, too_large, type, too_many_pixels, too_wide,
    too_small, unreadable. `reason` is for people."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def inspect(stream: BinaryIO | bytes, *, limits: PhotoLimits = LIMITS) -> PhotoFacts:
    """The facts of an acceptable photograph, decoded once to the end; raises `PhotoError` for any other."""
    content = _read(stream, limits)
    with _decoded(content, limits) as image:
        orientation = _orientation(image)
        width, height = image.size
        if orientation >= 5:
            width, height = height, width
        return PhotoFacts(
            width=width,
            height=height,
            format=_kind(content),
            orientation=orientation,
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            taken_at=_taken_at(image),
        )


def clean(stream: BinaryIO | bytes, *, limits: PhotoLimits = LIMITS) -> bytes:
    """The photograph as an upright JPEG with nothing in it but its pixels; raises `PhotoError`."""
    with _decoded(_read(stream, limits), limits) as image:
        return _as_jpeg(_upright(image))


def upright(stream: BinaryIO | bytes, *, limits: PhotoLimits = LIMITS) -> Image.Image:
    """The decoded upright picture in 8-bit RGB, for a program to look at; raises `PhotoError`."""
    with _decoded(_read(stream, limits), limits) as image:
        return _upright(image)


def thumbnail(stream: BinaryIO | bytes, *, side: int = THUMBNAIL_SIDE, limits: PhotoLimits = LIMITS) -> bytes:
    """A small upright JPEG, its longer side at most `side` pixels; raises `PhotoError`."""
    with _decoded(_read(stream, limits), limits, draft=side) as image:
        small = _upright(image)
        small.thumbnail((side, side))
        return _as_jpeg(small)


def _read(stream: BinaryIO | bytes, limits: PhotoLimits) -> bytes:
    """The whole file, if it is not too large: one byte more than allowed is all that is ever read."""
    if isinstance(stream, bytes):
        content = stream[: limits.max_bytes + 1]
    else:
        if stream.seekable():
            stream.seek(0)
        content = stream.read(limits.max_bytes + 1)
    if not content:
        raise PhotoError("empty", "The file is empty.")
    if len(content) > limits.max_bytes:
        raise PhotoError("too_large", f"The file is larger than {limits.max_bytes // 1024**2} MB.")
    return content


def _kind(content: bytes) -> str:
    """`JPEG` or `PNG`, told by the first bytes and never by the name."""
    for signature, kind in _SIGNATURES:
        if content.startswith(signature):
            return kind
    start = content[:64].lstrip()
    what = next((words for signature, words in _STRANGERS if start.startswith(signature)), "something else")
    raise PhotoError("type", f"Only JPEG and PNG photographs are accepted; this is {what}.")


@contextmanager
def _decoded(content: bytes, limits: PhotoLimits, *, draft: int | None = None) -> Iterator[Image.Image]:
    """The decoded picture, its size checked from the header first. `draft` lets JPEG decode small."""
    kind = _kind(content)
    if content.count(_START_OF_SCAN) > _MOST_PASSES:
        raise PhotoError("unreadable", "The photograph is drawn in too many passes to be a camera's.")
    with _damage_told():
        image = Image.open(BytesIO(content), formats=[kind])
    with image:
        _check_size(image, limits)
        with _damage_told():
            if draft:
                image.draft("RGB", (draft, draft))
            image.load()
        yield image


@contextmanager
def _damage_told() -> Iterator[None]:
    """Every way in which a decoder can fail on hostile bytes becomes one `PhotoError`."""
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PhotoError("too_many_pixels", "The photograph has far too many pixels.") from error
    # Which exception a decoder raises depends on the byte at fault (struct.error, zlib.error, SyntaxError,
    # OSError, ValueError and more). None of them may reach a worker as a crash.
    except Exception as error:
        raise PhotoError("unreadable", "The photograph is damaged or cut short. Send it again.") from error


def _check_size(image: Image.Image, limits: PhotoLimits) -> None:
    width, height = image.size
    if min(width, height) < limits.min_side:
        raise PhotoError(
            "too_small",
            f"The photograph is {width} x {height} pixels. "
            f"Below {limits.min_side} x {limits.min_side} no plate can be read.",
        )
    if max(width, height) > limits.max_side:
        raise PhotoError(
            "too_wide",
            f"The photograph is {width} x {height} pixels. A side may have at most {limits.max_side:,}.",
        )
    if width * height > limits.max_pixels:
        raise PhotoError(
            "too_many_pixels",
            f"The photograph has {width * height / 1e6:.0f} megapixels. At most {limits.max_pixels // 10**6} "
            "are accepted.",
        )


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 where there is none or it makes no sense: a bad tag loses no photograph."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # the EXIF parser fails in as many ways as the decoders
        return 1
    return value if value in range(1, 9) else 1


def _taken_at(image: Image.Image) -> datetime | None:
    """The camera's time. EXIF time without its zone field is not an instant, so it is left out."""
    try:
        details = image.getexif().get_ifd(ExifTags.IFD.Exif)
        local = details[ExifTags.Base.DateTimeOriginal]
        offset = details[ExifTags.Base.OffsetTimeOriginal]
        return datetime.strptime(f"{local}{offset}".replace("\0", ""), "%Y:%m:%d %H:%M:%S%z")
    except Exception:  # absent, of another type, or damaged: all the same to us, the time is unknown
        return None


def _upright(image: Image.Image) -> Image.Image:
    """An 8-bit RGB copy, turned as the camera was held, carrying nothing but pixels."""
    turn = _TURNS.get(_orientation(image))
    colour = _as_rgb(image)
    if turn is not None:
        colour = colour.transpose(turn)
    # Pillow would write a comment or a colour profile found here back into the JPEG.
    colour.info = {}
    return colour


def _as_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I") or image.mode == "F":
        # A plain convert would clip 16-bit values to white.
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L").convert("RGB")
    if image.has_transparency_data:
        see_through = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), see_through).convert("RGB")
    return image.convert("RGB")


def _as_jpeg(image: Image.Image) -> bytes:
    written = BytesIO()
    image.save(written, "JPEG", quality=JPEG_QUALITY)
    return written.getvalue()


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
