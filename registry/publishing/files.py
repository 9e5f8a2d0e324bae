"""The files of a publication: everything shown, as JSON and as CSV, the same bytes whenever they are asked for."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from audit.spreadsheet import cell
from registry.publishing.content import as_bytes

JSON, FIGURES, AGENCIES, SHARES = "transparency.json", "figures.csv", "agencies.csv", "shares.csv"
MEDIA = {JSON: "application/json", FIGURES: "text/csv", AGENCIES: "text/csv", SHARES: "text/csv"}


def files_of(content: Mapping[str, Any]) -> dict[str, bytes]:
    """Every file by its name."""
    return {name: file_of(name, content) for name in MEDIA}


def file_of(name: str, content: Mapping[str, Any]) -> bytes:
    """One file. Raises KeyError for a name that there is not."""
    return _MAKERS[name](content)


def _figures(content: Mapping[str, Any]) -> bytes:
    rows = (
        (figure["code"], row["class"] or "total", row["label"], period, *_cell(value))
        for figure in content["figures"]
        for row in figure["rows"]
        for period, value in row["values"].items()
    )
    return _csv(("figure", "class", "label", "period", "value", "withheld"), rows)


def _agencies(content: Mapping[str, Any]) -> bytes:
    rows = (
        (direction, one["name"], one["state"], one["class"], one["since"], one["authority"])
        for direction, agencies in content["agencies"].items()
        for one in agencies
    )
    return _csv(("direction", "agency", "state", "legal_class", "since", "authority"), rows)


def _shares(content: Mapping[str, Any]) -> bytes:
    rows = (
        (share["code"], *share["part"], share["whole"], period, *_cell(value))
        for share in content["shares"]
        for period, value in share["tenths_of_percent"].items()
    )
    return _csv(("share", "figure", "class", "of_figure", "period", "tenths_of_percent", "withheld"), rows)


def _cell(value: int | None) -> tuple[str, str]:
    return ("", "yes") if value is None else (str(value), "")


def _csv(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(map(cell, row) for row in rows)
    return out.getvalue().encode()


_MAKERS = {JSON: as_bytes, FIGURES: _figures, AGENCIES: _agencies, SHARES: _shares}
