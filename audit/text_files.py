"""The first look at a file that should be text: what it is instead, in words. Pure, no database."""

BOM = b"\xef\xbb\xbf"
_PACKED = {
    b"PK\x03\x04": "a ZIP archive or a spreadsheet",
    b"PK\x05\x06": "an empty ZIP archive",
    b"\x1f\x8b": "compressed with gzip",
    b"BZh": "compressed with bzip2",
    b"\xfd7zXZ\x00": "compressed with xz",
    b"\x28\xb5\x2f\xfd": "compressed with zstd",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"\x00\x01\x00\x00": "binary",
}


class Unfit(ValueError):
    """A file that is not taken in at all: nothing was changed. ``code`` is for programs, ``reason`` for people."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = f"file.{code}"
        self.reason = reason


def require_text(start: bytes, encoding: str, *, whole: bool) -> None:
    """Judge a file's first bytes (``whole``: there are no more); raises Unfit. A byte order mark is taken."""
    if not start.strip():
        raise Unfit("empty", "The file is empty.")
    for mark, what in _PACKED.items():
        if start.startswith(mark):
            raise Unfit("packed", f"The file is {what}. Unpack it, or save it as CSV, and hand that in.")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unfit("utf16", "The file is UTF-16. Save it as UTF-8 and hand that in.")
    if b"\0" in start:
        few = start[:400]
        if few.count(b"\0") * 3 > len(few):
            raise Unfit("utf16", "The file is UTF-16. Save it as UTF-8 and hand that in.")
        raise Unfit("nul", "The file holds NUL bytes, so it is no text.")
    if b"\r" in start and b"\n" not in start:
        raise Unfit("cr_only", "The lines end with CR alone. Save the file with LF or CRLF line ends.")
    try:
        start.decode(encoding)
    except UnicodeDecodeError as error:
        if whole or error.start < len(start) - 4:  # else the look itself cuts a character
            raise not_text(start.count(b"\n", 0, error.start) + 1, encoding) from error


def not_text(line: int, encoding: str) -> Unfit:
    """The verdict on a line that is not text of the encoding."""
    return Unfit("encoding", f"Line {line} is not {encoding.upper()} text. Save the file as UTF-8.")
