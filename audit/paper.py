"""Papers: PDF sheets that a court, a council or a screen reader can use (tagged, PDF/UA-1), made by Typst.

The same template, data and instant give the same bytes. Data goes in as JSON and is only ever text: nothing in it is
run. Templates are in ``templates/paper``; they see no other file than those, and the pictures handed in.
"""

import json
import re
import tempfile
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import typst
from django.conf import settings

STANDARD: Final = "ua-1"
# PDF/UA forbids a character without a glyph. Each try names every such character at once, so one retry is the rule.
TRIES = 4
_MISSING = re.compile(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed')
_RUST_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")
_RUST_SHORT = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}
# Characters that show nothing or turn the text around them: on a sheet for a court they are named instead.
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
_KEPT = frozenset("\n\u00ad\u200c\u200d")


class PaperError(Exception):
    """The paper could not be made: an unreadable picture, or a fault of the template. No half paper is given."""


def pdf(template: str, data: Mapping[str, Any], *, at: datetime, files: Mapping[str, bytes] | None = None) -> bytes:
    """Make a PDF from ``templates/paper/<template>`` (a name such as "evidence.typ").

    ``data`` is plain JSON data (the template reads it as ``paper.data``); ``at`` is the date the document bears;
    ``files`` are pictures by the name under which the template asks for them. A character no font shows, or that
    would be invisible, is written as its number, such as [U+4E2D]. Raises PaperError.
    """
    text = {"data": _visible(json.loads(json.dumps(data))), "at": at.isoformat()}
    with tempfile.TemporaryDirectory(prefix="platekeeper-paper-") as folder:
        root = Path(folder)
        for source in templates().glob("*.typ"):
            (root / source.name).write_bytes(source.read_bytes())
        for name, content in (files or {}).items():
            if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*\.(jpg|png)", name):
                raise ValueError("a picture of a paper has a plain name and ends in .jpg or .png")
            (root / name).write_bytes(content)
        for _ in range(TRIES):
            try:
                return _compile(root / template, text, at)
            except typst.TypstError as error:
                missing = _without_glyph(f"{error.message}\n{error.diagnostic}")
                if not missing:
                    raise PaperError(str(error.message)) from error
                text["data"] = _numbered(text["data"], missing)
            except RuntimeError as error:
                raise PaperError(str(error)) from error
    raise PaperError("some characters can be neither shown nor named")


def templates() -> Path:
    """The folder of the papers' templates."""
    return Path(settings.BASE_DIR) / "templates" / "paper"


def _compile(main: Path, text: dict[str, Any], at: datetime) -> bytes:
    made = typst.compile(
        str(main),
        root=str(main.parent),
        format="pdf",
        font_paths=_fonts(),
        sys_inputs={"paper": json.dumps(text, ensure_ascii=False)},
        pdf_standards=[STANDARD],
        timestamp=int(at.timestamp()),
    )
    if not isinstance(made, bytes):
        raise PaperError("no document came out")
    return made


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    """The fonts in the wheel and no others: the machine's own would make other bytes elsewhere."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def _visible(value: Any) -> Any:
    """The data with every character that hides or reorders text written as its number."""
    hidden = {
        character
        for character in _characters(value)
        if unicodedata.category(character) in _HIDDEN and character not in _KEPT
    }
    return _numbered(value, hidden) if hidden else value


def _characters(value: Any) -> set[str]:
    if isinstance(value, str):
        return set(value)
    if isinstance(value, dict):
        return set().union(*(_characters(part) for part in value.values()))
    if isinstance(value, list):
        return set().union(*(_characters(part) for part in value))
    return set()


def _numbered(value: Any, characters: set[str]) -> Any:
    if isinstance(value, str):
        table = {ord(character): f"[U+{ord(character):04X}]" for character in characters}
        return value.translate(table)
    if isinstance(value, dict):
        return {name: _numbered(part, characters) for name, part in value.items()}
    if isinstance(value, list):
        return [_numbered(part, characters) for part in value]
    return value


def _without_glyph(message: str) -> set[str]:
    """The characters that Typst says no font could show."""
    found = "".join(_RUST_ESCAPE.sub(_unescape, text) for text in _MISSING.findall(message))
    return {character for character in found if not character.isascii() or ord(character) < 32}


def _unescape(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return _RUST_SHORT.get(match[2], match[2])
