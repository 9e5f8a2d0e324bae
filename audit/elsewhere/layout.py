"""Column layouts of audit exports: one TOML file a system (layouts/README.md)."""

import logging
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings

log = logging.getLogger(__name__)

SHIPPED = Path(__file__).parent / "layouts"
ROLES = ("at", "account", "organisation", "kind", "plate", "purpose", "reason", "case_number", "result_count")
DELIMITERS = (",", ";", "|", "\t")
_NAME = re.compile(r"[a-z0-9_]{1,60}")


class LayoutError(ValueError):
    """A layout file that says something it cannot; the message names the file and the key."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How one system's audit export is read. ``columns`` is role -> the names, as compared, its column may have."""

    name: str
    title: str
    about: str
    delimiter: str
    names_people: bool
    columns: Mapping[str, tuple[str, ...]]
    formats: tuple[str, ...]
    zone: ZoneInfo

    def instant(self, text: str) -> datetime:
        """The instant a cell states, aware and in UTC. Raises ValueError with words for a person."""
        for form in self.formats:
            try:
                at = datetime.fromisoformat(text) if form == "iso" else datetime.strptime(text, form)  # noqa: DTZ007 - the zone follows
            except ValueError:
                continue
            return (at if at.tzinfo else at.replace(tzinfo=self.zone)).astimezone(UTC)
        raise ValueError(f"is no time of the forms {', '.join(self.formats)}")


def compared(name: str) -> str:
    """A column's name as it is compared: case, underscores and spaces do not matter."""
    return " ".join(name.replace("_", " ").split()).casefold()


def all_layouts() -> dict[str, Layout]:
    """Every sound layout by name. A broken one of the installation's own is logged and left out."""
    own = Path(settings.QUERY_LAYOUTS)
    found: dict[str, Layout] = {}
    for path in sorted(SHIPPED.glob("*.toml")) + (sorted(own.glob("*.toml")) if own.is_dir() else []):
        try:
            found[path.stem] = read(path)
        except LayoutError as error:
            log.error("layout left out: %s", error)  # noqa: TRY400 - the words say all
    return found


def read(path: Path) -> Layout:
    """Read one layout file. Raises LayoutError."""
    try:
        raw = tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise LayoutError(f"{path.name}: {error}") from error
    if not _NAME.fullmatch(path.stem):
        raise LayoutError(f"{path.name}: a layout's name has small letters, digits and underscores only")
    columns = raw.get("columns", {})
    if unknown := sorted(set(columns) - set(ROLES)):
        raise LayoutError(f"{path.name}: columns.{unknown[0]}: there is no such role")
    if "at" not in columns or (raw.get("names_people") and "account" not in columns):
        missing = "at" if "at" not in columns else "account"
        raise LayoutError(f"{path.name}: columns.{missing}: is missing")
    if raw.get("delimiter", ",") not in DELIMITERS:
        raise LayoutError(f"{path.name}: delimiter: is none of comma, semicolon, bar and tab")
    return Layout(
        name=path.stem,
        title=str(raw.get("title", path.stem)),
        about=str(raw.get("about", "")),
        delimiter=raw.get("delimiter", ","),
        names_people=bool(raw.get("names_people")),
        columns={role: tuple(map(compared, names)) for role, names in columns.items()},
        formats=tuple(raw.get("time", {}).get("formats", ["iso"])),
        zone=_zone(path, raw.get("time", {}).get("zone", "agency")),
    )


def _zone(path: Path, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(settings.AGENCY["zone"] if name == "agency" else name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise LayoutError(f"{path.name}: time.zone: there is no zone {name}") from error
