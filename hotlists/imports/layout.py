"""Layouts of hot list files: where each field of an entry stands, and what the supplier's codes mean here.

One TOML file each (layouts/README.md). Those that come with the product lie in ``layouts/``; an installation's own in
the folder of the setting ``HOT_LIST_LAYOUTS``, where a file of the same name takes the place of ours.
"""

import logging
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from audit.plain_words import as_read
from hotlists.models import HotPlate

log = logging.getLogger(__name__)

SHIPPED = Path(__file__).parent / "layouts"
ROLES = (
    "plate", "state", "category", "file_type", "system", "entry_number", "vehicle", "reason", "entered_on",
)  # fmt: skip
JOINABLE = frozenset({"vehicle", "reason"})
CATEGORIES = frozenset(HotPlate.Category.values)
SYSTEMS = frozenset(HotPlate.System.values)
MOST_PLACES = 2_000
_KEYS = frozenset({"title", "about", "form", "delimiter", "encoding", "header", "header_lines", "length", "others",
                   "may_be_empty", "no_plate", "also_states", "system", "file_type", "category", "reason", "columns",
                   "dates", "file_types", "other_types"})  # fmt: skip
# Suppliers have many names for a file that policies refuse: it is refused under every one of them.
NAMES_OF = {
    "IMMIGRATION_VIOLATOR": re.compile(
        r"IMMIGR|(?:^|_)(?:ICE|IVF?|DEPORT[A-Z]*|REMOVAL_ORDER|ADMINISTRATIVE_WARRANT)(?:_|S?$)"
    )
}
_NAME = re.compile(r"[a-z0-9_]{1,60}")
_DATE_PARTS = frozenset({"%Y", "%y", "%m", "%d", "%j", "%b"})


class LayoutError(ValueError):
    """A layout file that says something it cannot; the message names the file and the key."""


@dataclass(frozen=True, slots=True)
class FileType:
    """One of the supplier's files: our name for it, and what its entries are. Empty: the layout's own."""

    name: str
    category: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """How one kind of file is read.

    ``columns``: for each field its names as compared (or its place from 1), or the first and last place of a
    fixed-width line. Fields of several columns or spans (vehicle, reason) are put together. ``file_types``: by code.
    """

    name: str
    title: str
    about: str
    form: str
    columns: Mapping[str, tuple[Any, ...]]
    joined: frozenset[str] = frozenset()
    delimiter: str = ","
    encoding: str = "utf-8"
    header: bool = True
    header_lines: int = 0
    length: int = 0
    refuses_others: bool = False
    may_be_empty: bool = False
    no_plate: frozenset[str] = frozenset()
    also_states: frozenset[str] = frozenset()
    system: str = ""
    file_type: str = ""
    category: str = "other"
    reason: str = ""
    date_formats: tuple[str, ...] = ("%Y-%m-%d",)
    no_date: frozenset[str] = frozenset({""})
    file_types: Mapping[str, FileType] = field(default_factory=dict)
    keeps_other_types: bool = True


def compared(name: str) -> str:
    """A column's name as it is compared: case, underscores and spaces do not matter."""
    return " ".join(name.replace("_", " ").split()).casefold()


def type_name(text: str) -> str:
    """A file type as it is written here: capitals, digits and single underscores, at most 40."""
    plain = text if text.isascii() else as_read(text)
    return re.sub(r"[^A-Z0-9]+", "_", plain.upper()).strip("_")[:40]


def all_layouts() -> dict[str, Layout]:
    """Every sound layout by name. A broken one of the installation's own is logged and left out."""
    own = Path(settings.HOT_LIST_LAYOUTS)
    files = sorted(SHIPPED.glob("*.toml")) + (sorted(own.glob("*.toml")) if own.is_dir() else [])
    found: dict[str, Layout] = {}
    for path in files:
        try:
            found[path.stem] = _load(path, path.stat().st_mtime_ns)
        except (LayoutError, OSError) as error:
            log.error("hot list layout left out: %s", error)
    return found


@lru_cache(maxsize=64)
def _load(path: Path, _: int) -> Layout:
    try:
        content = tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LayoutError(f"{path.name}: is no TOML: {error}") from error
    try:
        return parse_layout(path.stem, content)
    except LayoutError as error:
        raise LayoutError(f"{path.name}: {error}") from error


def parse_layout(name: str, content: Mapping[str, Any]) -> Layout:
    """A layout from what its file says. Raises LayoutError naming the key."""
    _require(_NAME.fullmatch(name), "the file's name is a to z, 0 to 9 and _, at most 60")
    _require(set(content) <= _KEYS, f"does not know {', '.join(sorted(set(content) - _KEYS))}")
    form = _one_of(content, "form", "csv", "csv", "fixed")
    header = _flag(content, "header", default=form == "csv")
    columns, joined = _columns(content.get("columns", {}), form=form, header=header)
    length = _number(content, "length")
    if form == "fixed":
        ends = max(last for spans in columns.values() for _, last in spans)
        _require(ends <= (length or ends), "a column reaches over the length of a line")
        length = length or ends
    dates = content.get("dates", {})
    return Layout(
        name=name,
        title=_text(content, "title", 200),
        about=_text(content, "about", 200),
        form=form,
        columns=columns,
        joined=joined,
        delimiter=_one_of(content, "delimiter", ",", ",", ";", "|", "\t"),
        encoding=_one_of(content, "encoding", "utf-8", "utf-8", "ascii", "latin-1", "cp1252"),
        header=header,
        header_lines=_number(content, "header_lines"),
        length=length,
        refuses_others=_one_of(content, "others", "ignore", "ignore", "refuse") == "refuse",
        may_be_empty=_flag(content, "may_be_empty"),
        no_plate=frozenset(one.upper().strip() for one in _texts(content, "no_plate")),
        also_states=_states(content),
        file_types=_file_types(content.get("file_types", {})),
        keeps_other_types=_one_of(content, "other_types", "keep", "keep", "refuse") == "keep",
        date_formats=tuple(_date_format(one) for one in _texts(dates, "formats", ["%Y-%m-%d"])),
        no_date=frozenset(["", *_texts(dates, "empty")]),
        **_constants(content),
    )


def _constants(content: Mapping[str, Any]) -> dict[str, str]:
    """What is the same for every row where no column says otherwise."""
    system, category = content.get("system", ""), content.get("category", "other")
    _require(system in SYSTEMS | {""}, f"system is one of {', '.join(sorted(SYSTEMS))}")
    _require(category in CATEGORIES, f"category is one of {', '.join(sorted(CATEGORIES))}")
    reason, named = content.get("reason", ""), content.get("file_type", "")
    _require(isinstance(reason, str) and len(reason) <= 200, "reason is a text of up to 200 characters")
    _require(isinstance(named, str) and named == type_name(named), "file_type is capitals, digits and _")
    return {"system": system, "category": category, "reason": reason, "file_type": named}


def _columns(
    content: Mapping[str, Any], *, form: str, header: bool
) -> tuple[dict[str, tuple[Any, ...]], frozenset[str]]:
    columns: dict[str, tuple[Any, ...]] = {}
    joined = set()
    for role, given in content.items():
        _require(role in ROLES, f"columns.{role} is no field of an entry")
        parts = given
        if isinstance(given, dict):
            _require(role in JOINABLE and set(given) == {"join"}, f"columns.{role} cannot be put together")
            joined.add(role)
            parts = given["join"]
        if form == "fixed":
            columns[role] = _spans(role, parts if role in joined else [parts])
        elif header:
            _require(isinstance(parts, list) and parts and all(isinstance(one, str) for one in parts),
                     f"columns.{role} is a list of names")  # fmt: skip
            columns[role] = tuple(map(compared, parts))
        else:
            places = parts if isinstance(parts, list) else [parts]
            _require(places and all(type(one) is int and 0 < one <= MOST_PLACES for one in places)
                     and (role in joined or len(places) == 1),
                     f"columns.{role} is a place from 1")  # fmt: skip
            columns[role] = tuple(places)
    _require("plate" in columns, "columns.plate is missing")
    return columns, frozenset(joined)


def _spans(role: str, given: Any) -> tuple[tuple[int, int], ...]:
    for span in given:
        _require(
            isinstance(span, list) and len(span) == 2 and all(type(one) is int for one in span)
            and 1 <= span[0] <= span[1] <= MOST_PLACES,
            f"columns.{role} is its first and last place in the line, from 1",
        )  # fmt: skip
    return tuple((first, last) for first, last in given)


def _file_types(content: Mapping[str, Any]) -> dict[str, FileType]:
    """The supplier's codes, as they are compared, with what they mean."""
    found: dict[str, FileType] = {}
    for name, given in content.items():
        _require(name == type_name(name), f"file_types.{name}: a name is capitals, digits and _")
        _require(isinstance(given, dict) and set(given) <= {"codes", "category", "reason"},
                 f"file_types.{name} has codes, category and reason")  # fmt: skip
        category, reason = given.get("category", ""), given.get("reason", "")
        _require(category in CATEGORIES | {""}, f"file_types.{name}.category is none of ours")
        _require(isinstance(reason, str) and len(reason) <= 200, f"file_types.{name}.reason is a short text")
        one = FileType(name, category, reason)
        for code in {type_name(code) for code in [name, *_texts(given, "codes")]}:
            _require(code not in found, f"file_types.{name}: the code {code} is there twice")
            hidden = [other for other, names in NAMES_OF.items() if names.search(code) and not names.search(name)]
            _require(not hidden, f"file_types.{name}: the code {code} is of {' and '.join(hidden)}")
            found[code] = one
    return found


def _states(content: Mapping[str, Any]) -> frozenset[str]:
    given = _texts(content, "also_states")
    _require(all(re.fullmatch(r"[A-Z]{2}", one) for one in given), "also_states are codes of two capitals")
    return frozenset(given)


def _date_format(given: str) -> str:
    parts = re.findall(r"%.?", given)
    _require(set(parts) <= _DATE_PARTS and len(parts) == len(set(parts)), "dates.formats take %Y %y %m %d %j %b")
    whole = {"%Y", "%y"} & set(parts) and ("%j" in parts or ("%d" in parts and {"%m", "%b"} & set(parts)))
    _require(whole, "dates.formats need year, month and day")
    return given


def _one_of(content: Mapping[str, Any], key: str, default: str, *allowed: str) -> str:
    value = content.get(key, default)
    _require(value in allowed, f"{key} is one of {', '.join(map(repr, allowed))}")
    return str(value)


def _flag(content: Mapping[str, Any], key: str, *, default: bool = False) -> bool:
    value = content.get(key, default)
    _require(isinstance(value, bool), f"{key} is true or false")
    return bool(value)


def _number(content: Mapping[str, Any], key: str) -> int:
    value = content.get(key, 0)
    _require(type(value) is int and 0 <= value <= MOST_PLACES, f"{key} is a number up to {MOST_PLACES}")
    return int(value)


def _texts(content: Mapping[str, Any], key: str, default: list[str] | None = None) -> list[str]:
    value = content.get(key, default or [])
    _require(isinstance(value, list) and all(isinstance(one, str) for one in value), f"{key} is a list of texts")
    return list(value)


def _text(content: Mapping[str, Any], key: str, most: int) -> str:
    value = content.get(key)
    _require(isinstance(value, str) and 0 < len(value) <= most, f"{key} is a text of up to {most} characters")
    return str(value)


def _require(holds: object, words: str) -> None:
    if not holds:
        raise LayoutError(words)
