"""Column layouts: which column of a file is which field of a read. One TOML file each (layouts/README.md).

Those that come with the product lie in ``layouts/``; an installation's own in ``UPLOAD_LAYOUTS`` (a folder, by default
``layouts`` in the state folder), where a file of the same name takes the place of ours.
"""

import logging
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

log = logging.getLogger(__name__)

SHIPPED = Path(__file__).parent / "layouts"
ROLES = (
    "client_key", "plate", "captured_at", "camera", "state", "latitude", "longitude", "confidence", "image_reference",
    "vehicle",
)  # fmt: skip
REQUIRED = ("plate", "captured_at")
JOINABLE = frozenset({"captured_at", "vehicle"})
SPECIAL_TIMES = frozenset({"iso", "epoch s", "epoch ms"})
PARTS = frozenset({"%Y", "%y", "%m", "%d", "%H", "%I", "%M", "%S", "%f", "%p", "%z"})
STATED, AGENCY = "stated", "agency"
_KEYS = frozenset({"title", "about", "form", "delimiter", "encoding", "others", "ignored", "columns", "time", "units",
                   "cameras", "own_keys"})  # fmt: skip
_NAME = re.compile(r"[a-z0-9_]{1,60}")


class LayoutError(ValueError):
    """A layout file that says something it cannot; the message names the file and the key."""


@dataclass(frozen=True, slots=True)
class Column:
    """The names a column may have, as they are compared; with ``join``, columns whose texts are put together."""

    names: tuple[str, ...]
    join: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """How one kind of file is read. ``confidence`` is what full certainty is in it, ``degrees`` how many parts a degree
    has; ``zone`` is None where each time states its own; ``own_keys``: its keys are those that the devices send.
    """

    name: str
    title: str
    about: str
    form: str
    columns: Mapping[str, Column]
    time_format: str
    zone: ZoneInfo | None
    delimiter: str = ","
    encoding: str = "utf-8"
    refuses_others: bool = True
    ignored: frozenset[str] = frozenset()
    confidence: float = 1
    degrees: float = 1
    own_keys: bool = False
    cameras: Mapping[str, str] = field(default_factory=dict)


def compared(name: str) -> str:
    """A column's or a camera's name as it is compared: case, underscores and spaces do not matter."""
    return " ".join(name.replace("_", " ").split()).casefold()


def all_layouts() -> dict[str, Layout]:
    """Every sound layout by name. A broken one of the installation's own is logged and left out."""
    own = Path(getattr(settings, "UPLOAD_LAYOUTS", settings.STATE_DIR / "layouts"))
    files = sorted(SHIPPED.glob("*.toml")) + (sorted(own.glob("*.toml")) if own.is_dir() else [])
    found: dict[str, Layout] = {}
    for path in files:
        try:
            found[path.stem] = _load(path, path.stat().st_mtime_ns, settings.AGENCY["zone"])
        except (LayoutError, OSError) as error:
            log.error("layout left out: %s", error)
    return found


@lru_cache(maxsize=64)
def _load(path: Path, _: int, zone: str) -> Layout:
    try:
        content = tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LayoutError(f"{path.name}: is no TOML: {error}") from error
    try:
        return parse_layout(path.stem, content, agency_zone=zone)
    except LayoutError as error:
        raise LayoutError(f"{path.name}: {error}") from error


def parse_layout(name: str, content: Mapping[str, Any], *, agency_zone: str) -> Layout:
    """A layout from what its file holds; raises LayoutError for anything it cannot mean."""
    _require(_NAME.fullmatch(name), "the name of the file is not of a to z, 0 to 9 and _")
    _require(content.keys() <= _KEYS, f"unknown: {', '.join(sorted(content.keys() - _KEYS))}")
    form = content.get("form", "csv")
    _require(form in ("csv", "jsonl"), "form is csv or jsonl")
    delimiter = content.get("delimiter", ",")
    _require(delimiter in (",", ";", "\t", "|"), "delimiter is one of , ; | and tab")
    encoding = content.get("encoding", "utf-8")
    _require(encoding in ("utf-8", "cp1252"), "encoding is utf-8 or cp1252")
    others = content.get("others", "refuse")
    _require(others in ("refuse", "ignore"), "others is refuse or ignore")
    time, units = content.get("time", {}), content.get("units", {})
    return Layout(
        name=name,
        title=_text(content, "title"),
        about=_text(content, "about"),
        form=form,
        columns=_columns(content.get("columns", {}), joins=form == "csv"),
        time_format=_time_format(time.get("format", "iso")),
        zone=_zone(time.get("zone", STATED), time.get("format", "iso"), agency_zone),
        delimiter=delimiter,
        encoding=encoding,
        refuses_others=others == "refuse",
        ignored=frozenset(map(compared, content.get("ignored", []))),
        confidence=_unit(units, "confidence"),
        degrees=_unit(units, "degrees"),
        own_keys=content.get("own_keys", False) is True,
        cameras={compared(their): ours for their, ours in content.get("cameras", {}).items()},
    )


def _columns(content: Mapping[str, Any], *, joins: bool) -> dict[str, Column]:
    columns: dict[str, Column] = {}
    for role, given in content.items():
        _require(role in ROLES, f"columns.{role} is no field of a read")
        join = isinstance(given, dict)
        names = given.get("join") if join else given
        _require(isinstance(names, list) and names and all(isinstance(n, str) for n in names),
                 f"columns.{role} is a list of names")  # fmt: skip
        _require(not join or (joins and role in JOINABLE), f"columns.{role} cannot be joined")
        columns[role] = Column(tuple(map(compared, names)), join)
    for role in REQUIRED:
        _require(role in columns, f"columns.{role} is missing")
    return columns


def _time_format(given: Any) -> str:
    _require(isinstance(given, str) and (given in SPECIAL_TIMES or "%" in given),
             "time.format is iso, epoch s, epoch ms, or a pattern such as %m/%d/%Y %H:%M:%S")  # fmt: skip
    parts = re.findall(r"%.?", given)
    _require(given in SPECIAL_TIMES or set(parts) <= PARTS, f"time.format takes only {' '.join(sorted(PARTS))}")
    _require(len(parts) == len(set(parts)), "time.format names a part twice")
    complete = {"%m", "%d"} <= set(parts) and {"%Y", "%y"} & set(parts) and ("%I" in parts) == ("%p" in parts)
    _require(given in SPECIAL_TIMES or complete, "time.format needs year, month and day, and %p with %I")
    return str(given)


def _zone(given: Any, time_format: str, agency_zone: str) -> ZoneInfo | None:
    if given == STATED:
        _require(time_format in SPECIAL_TIMES or "%z" in time_format, "time.zone must be named: the format states none")
        return None
    _require("%z" not in time_format and not time_format.startswith("epoch"), "time.zone is stated by the format")
    try:
        return ZoneInfo(agency_zone if given == AGENCY else given)
    except (KeyError, ValueError, TypeError, OSError) as error:
        raise LayoutError("time.zone is stated, agency, or a name such as America/Los_Angeles") from error


def _unit(units: Mapping[str, Any], name: str) -> float:
    value = units.get(name, 1)
    _require(isinstance(value, int | float) and not isinstance(value, bool) and value > 0, f"units.{name} is a number")
    return float(value)


def _text(content: Mapping[str, Any], key: str) -> str:
    value = content.get(key)
    _require(isinstance(value, str) and 0 < len(value) <= 200, f"{key} is a text of up to 200 characters")
    return str(value)


def _require(holds: object, words: str) -> None:
    if not holds:
        raise LayoutError(words)
