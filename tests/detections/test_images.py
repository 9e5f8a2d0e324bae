"""Photographs: JPEG and PNG by content, measured before decoding, served without anything but pixels."""

import hashlib
import struct
import zlib
from contextlib import suppress
from datetime import UTC, datetime
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageCms, ImageDraw, PngImagePlugin

from detections import images
from detections.images import PhotoError, PhotoLimits

SECRET = b"HIDDEN-CANARY-4711"


def drawn(width=160, height=90, mode="RGB", colour="navy"):
    return Image.new(mode, (width, height), colour)


def written(image, kind="JPEG", **options):
    out = BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png_chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png_of(width, height, *, extra=b"", bits=8, colour=0):
    """A PNG header that promises a size, with almost no picture behind it."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    parts = [
        png_chunk(b"IHDR", header),
        extra,
        png_chunk(b"IDAT", zlib.compress(b"\0" * 64)),
        png_chunk(b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def refused(content, **options):
    """The code of the refusal, which must be the same whatever is asked of the file."""
    codes = set()
    for ask in (images.inspect, images.clean, images.thumbnail):
        with pytest.raises(PhotoError) as caught:
            ask(BytesIO(content), **options)
        assert caught.value.reason
        codes.add(caught.value.code)
    assert len(codes) == 1, codes
    return codes.pop()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_good_photograph_is_described_and_its_original_hash_kept(kind):
    content = written(drawn(), kind)
    facts = images.inspect(BytesIO(content))
    assert (facts.width, facts.height, facts.format, facts.orientation) == (160, 90, kind, 1)
    assert facts.sha256 == hashlib.sha256(content).hexdigest()
    assert facts.size == len(content)
    assert facts.taken_at is None


def test_bytes_and_a_file_already_read_are_the_same_to_it():
    content = written(drawn())
    half_read = BytesIO(content)
    half_read.read(100)
    assert images.inspect(half_read) == images.inspect(content)


def test_an_empty_file_is_refused():
    assert refused(b"") == "empty"


def test_a_file_over_the_limit_is_refused_without_reading_on():
    class Endless(BytesIO):
        asked = 0

        def read(self, size=-1):
            Endless.asked = max(Endless.asked, size)
            return b"\xff" * size

    with pytest.raises(PhotoError) as caught:
        images.inspect(Endless(b"x"))
    assert caught.value.code == "too_large"
    assert Endless.asked == images.LIMITS.max_bytes + 1
    assert refused(written(drawn()), limits=PhotoLimits(max_bytes=100)) == "too_large"


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("kept", [0.02, 0.3, 0.6, 0.9])
def test_a_truncated_photograph_is_refused(kind, kept):
    noise = Image.effect_noise((200, 200), 80).convert("RGB")
    content = written(noise, kind)
    assert refused(content[: int(len(content) * kept)]) == "unreadable"


@pytest.mark.parametrize(
    ("width", "height", "code"),
    [
        (50_000, 50_000, "too_many_pixels"),
        (2**31 - 1, 2**31 - 1, "too_many_pixels"),
        (10_000, 10_000, "too_many_pixels"),
        (8_000, 8_000, "too_many_pixels"),
        (20_001, 20, "too_wide"),
        (20, 20_001, "too_wide"),
        (1, 1, "too_small"),
        (15, 400, "too_small"),
    ],
)
def test_the_size_in_the_header_is_judged_before_decoding(width, height, code):
    assert refused(png_of(width, height)) == code


def test_a_jpeg_that_promises_65500_pixels_a_side_is_refused():
    content = bytearray(written(drawn()))
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", 65_500, 65_500)
    assert refused(bytes(content)) == "too_many_pixels"


def test_the_refusal_of_a_tiny_photograph_says_what_would_do():
    with pytest.raises(PhotoError, match="1 x 1 pixels. Below 16 x 16"):
        images.inspect(written(drawn(1, 1), "PNG"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (written(drawn(), "GIF"), "GIF"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "SVG"),
        (b"\n  <svg onload='x'/>", "SVG"),
        (b"%PDF-1.7\n", "PDF"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "PostScript"),
        (written(drawn(), "EPS"), "PostScript"),
        (written(drawn(), "TIFF"), "TIFF"),
        (written(drawn(), "BMP"), "BMP"),
        (written(drawn(), "WEBP"), "WebP"),
        (b"PK\x03\x04" + b"\0" * 40, "ZIP"),
        (b"\0" * 40, "something else"),
        (b"\xff\xd8", "something else"),
    ],
)
def test_other_formats_are_refused_by_content_whatever_their_name(content, words):
    assert refused(content) == "type"
    named = BytesIO(content)
    named.name = "photo.jpg"
    with pytest.raises(PhotoError, match=words):
        images.inspect(named)


def arrow():
    """Landscape, red at the top left and blue at the bottom right, so that every turn can be told."""
    image = drawn(160, 96, colour="white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 63, 47), fill="red")
    pen.rectangle((128, 64, 159, 95), fill="blue")
    return image


def near(pixel, colour):
    return all(abs(a - b) < 40 for a, b in zip(pixel, colour, strict=True))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_served_upright(orientation, kind):
    stored = arrow()
    undo = images._TURNS.get({6: 8, 8: 6}.get(orientation, orientation))
    if undo is not None:
        stored = stored.transpose(undo)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    content = written(stored, kind, exif=exif)

    facts = images.inspect(content)
    assert (facts.orientation, facts.width, facts.height) == (orientation, 160, 96)
    for upright in (images.clean(content), images.thumbnail(content)):
        served = Image.open(BytesIO(upright))
        assert served.size == (160, 96)
        assert near(served.getpixel((20, 20)), (255, 0, 0))
        assert near(served.getpixel((150, 85)), (0, 0, 255))
        assert served.getexif().get(ExifTags.Base.Orientation) is None


@pytest.mark.parametrize("orientation", [0, 9, 65_535])
def test_a_senseless_orientation_is_taken_as_upright(orientation):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    content = written(arrow(), exif=exif)
    assert images.inspect(content).orientation == 1
    assert Image.open(BytesIO(images.clean(content))).size == (160, 96)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_damaged_exif_does_not_lose_the_photograph():
    content = written(drawn(), exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xfe" * 300)
    assert images.inspect(content).orientation == 1
    assert images.clean(content).startswith(b"\xff\xd8\xff")


def test_the_cameras_time_is_kept_only_with_its_zone():
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:03:08 01:59:00"
    assert images.inspect(written(drawn(), exif=exif)).taken_at is None
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.OffsetTimeOriginal] = "-08:00"
    assert images.inspect(written(drawn(), exif=exif)).taken_at == datetime(2026, 3, 8, 9, 59, tzinfo=UTC)


def test_sixteen_bit_grey_keeps_its_brightness():
    image = Image.new("I;16", (64, 64), 32_768)
    served = Image.open(BytesIO(images.clean(written(image, "PNG"))))
    assert served.mode == "RGB"
    assert all(abs(channel - 128) < 4 for channel in served.getpixel((30, 30)))


def test_sixteen_bit_colour_is_served_in_eight():
    row = b"\0" + struct.pack(">HHH", 0xFFFF, 0x8000, 0) * 32
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 32, 32, 16, 2, 0, 0, 0))
    body = png_chunk(b"IDAT", zlib.compress(row * 32)) + png_chunk(b"IEND", b"")
    served = Image.open(BytesIO(images.clean(b"\x89PNG\r\n\x1a\n" + header + body)))
    assert near(served.getpixel((10, 10)), (255, 128, 0))


def test_cmyk_is_served_as_rgb():
    served = Image.open(BytesIO(images.clean(written(drawn(colour="red").convert("CMYK")))))
    assert served.mode == "RGB"
    assert near(served.getpixel((10, 10)), (255, 0, 0))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_png_mode_is_served_as_rgb(mode):
    served = Image.open(BytesIO(images.clean(written(Image.new(mode, (40, 40)), "PNG"))))
    assert (served.mode, served.format) == ("RGB", "JPEG")


def test_transparent_parts_are_served_white():
    served = Image.open(BytesIO(images.clean(written(Image.new("RGBA", (40, 40), (255, 0, 0, 0)), "PNG"))))
    assert near(served.getpixel((10, 10)), (255, 255, 255))


def test_nothing_hidden_in_a_jpeg_is_served():
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = SECRET.decode()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (38.0, 34.0, 0.0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    content = written(drawn(), exif=exif, comment=SECRET, icc_profile=profile + SECRET, xmp=SECRET, dpi=(300, 300))
    assert content.count(SECRET) == 4
    for served in (images.clean(content), images.thumbnail(content)):
        assert SECRET not in served
        opened = Image.open(BytesIO(served))
        assert not opened.getexif()
        assert not {"comment", "icc_profile", "exif", "xmp"} & set(opened.info)


def test_nothing_hidden_in_a_png_is_served():
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", SECRET.decode())
    texts.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    content = written(drawn(), "PNG", pnginfo=texts)
    assert content.count(SECRET) == 2
    assert SECRET not in images.clean(content)


@pytest.mark.parametrize(
    "tail", [b"<html><script>alert(1)</script></html>", b"PK\x03\x04" + SECRET + b"PK\x05\x06" + b"\0" * 18]
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_file_that_is_two_things_at_once_is_served_as_a_picture_only(kind, tail):
    content = written(drawn(), kind) + tail
    assert images.inspect(content).size == len(content)
    for served in (images.clean(content), images.thumbnail(content)):
        assert tail not in served
        assert served.endswith(b"\xff\xd9")


def test_only_the_first_picture_of_a_multi_picture_file_is_served():
    content = written(drawn(colour="red"), "MPO", save_all=True, append_images=[drawn(colour="blue")])
    assert images.inspect(content).format == "JPEG"
    served = Image.open(BytesIO(images.clean(content)))
    assert getattr(served, "n_frames", 1) == 1
    assert near(served.getpixel((10, 10)), (255, 0, 0))


@pytest.mark.parametrize("name", [b"zTXt", b"iTXt"])
def test_a_png_with_a_text_bomb_is_refused(name):
    bomb = zlib.compress(b"A" * 30_000_000, 9)
    body = b"Comment\0\0" + bomb if name == b"zTXt" else b"Comment\0\x01\0\0\0" + bomb
    assert refused(png_of(32, 32, extra=png_chunk(name, body))) == "unreadable"


def test_a_png_of_very_many_texts_is_refused():
    body = b"Comment\0\0" + zlib.compress(b"A" * 1_000_000, 9)
    assert refused(png_of(32, 32, extra=png_chunk(b"zTXt", body) * 80)) == "unreadable"


def test_a_photograph_of_very_many_passes_is_refused():
    content = written(drawn(), progressive=True)
    scan = content.rindex(b"\xff\xda")
    assert refused(content[:scan] + content[scan:-2] * 200 + b"\xff\xd9") == "unreadable"


def test_the_thumbnail_is_small_and_keeps_its_shape():
    served = Image.open(BytesIO(images.thumbnail(written(drawn(1_600, 900)))))
    assert served.size == (320, 180)
    assert Image.open(BytesIO(images.thumbnail(written(drawn(1_600, 900)), side=64))).size == (64, 36)


def test_a_photograph_at_the_limits_is_accepted():
    facts = images.inspect(written(Image.new("1", (20_000, 2_000)), "PNG"))
    assert (facts.width, facts.height) == (20_000, 2_000)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow warns of what it skips
@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["JPEG", "PNG"]),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=12),
)
def test_a_damaged_photograph_is_accepted_or_refused_and_never_crashes(kind, changes):
    content = bytearray(written(Image.effect_noise((24, 24), 60), kind))
    for place, value in changes:
        content[place % len(content)] = value
    for ask in (images.inspect, images.clean, images.thumbnail):
        with suppress(PhotoError):
            ask(bytes(content))
