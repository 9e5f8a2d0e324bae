"""A publication's content as the templates show it, in the reader's language. No query."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext

from registry import transparency
from registry.models import PartnerAgency
from registry.publishing.figures import BY_CODE

MOST_MONTHS = 24
MOST_CLASSES = 4  # with more, the drawing shows the total alone


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: ``head`` names the columns, each row its period and cells; ``charted`` tables are drawn above."""

    id: str
    caption: str
    head: list[str]
    rows: list[tuple[str, list[str]]]
    chart: str = ""


@dataclass(frozen=True, slots=True)
class FigureView:
    """A figure or share with its tables."""

    code: str
    title: str
    words: str
    tables: list[Grid]
    withheld: bool
    empty: bool = False


@dataclass(frozen=True, slots=True)
class PageView:
    """All that the page shows of a publication."""

    page: transparency.Transparency
    figures: list[FigureView]
    closed_upto: date
    last_month: str
    prepared_at: datetime
    content: Mapping[str, Any]
    completeness: list[dict[str, Any]]
    lists: list[tuple[str, str, list[dict[str, str]]]]


def page_of(content: Mapping[str, Any]) -> PageView:
    """What the templates take."""
    closed = date.fromisoformat(content["closed_upto"])
    months = [period for period in content["periods"] if "Q" not in period and "-" in period]
    return PageView(
        page=transparency.from_content(content["policy"]),
        figures=[_figure(one, content) for one in content["figures"]] + [_share(one) for one in content["shares"]],
        closed_upto=closed,
        last_month=say_period(months[-1]) if months else "",
        prepared_at=datetime.fromisoformat(content["prepared_at"]),
        content=content,
        completeness=[row | {"title": gettext(row["title"])} for row in content["completeness"]],
        lists=[
            ("has_access", gettext("Agencies with access to our reads"), _agencies(content, "has_access")),
            ("shares", gettext("Agencies that share their reads with us"), _agencies(content, "shares")),
        ],
    )


def say_period(period: str) -> str:
    """A month, quarter or year in words."""
    if "Q" in period:
        return gettext("Quarter %(number)s of %(year)s") % {"number": period[-1], "year": period[:4]}
    if "-" in period:
        return date_format(date.fromisoformat(f"{period}-01"), "YEAR_MONTH_FORMAT")
    return period


def _figure(figure: Mapping[str, Any], content: Mapping[str, Any]) -> FigureView:
    classes, total = figure["rows"][:-1], figure["rows"][-1]
    months, longer = _split(content["periods"])
    heads = [gettext("Period"), *(gettext(row["label"]) for row in classes), gettext("Total")]
    title, code = gettext(figure["title"]), figure["code"]
    chart = BY_CODE[code].chart if code in BY_CODE else "bar"
    tables = []
    if len(classes) <= MOST_CLASSES:
        rows = [(say_period(one), [_number(row["values"][one]) for row in figure["rows"]]) for one in months]
        tables.append(Grid(f"t-{code}", gettext("By month"), heads, rows, chart))
    else:
        rows = [(say_period(one), [_number(total["values"][one])]) for one in months]
        tables.append(Grid(f"t-{code}", gettext("By month"), [heads[0], heads[-1]], rows, chart))
        tables.append(_by_class(code, classes, months[-3:]))
    if longer:
        of = figure["rows"] if len(classes) <= MOST_CLASSES else [total]
        rows = [(say_period(one), [_number(row["values"][one]) for row in of]) for one in longer]
        head = heads if len(classes) <= MOST_CLASSES else [heads[0], heads[-1]]
        tables.append(Grid(f"q-{code}", gettext("By quarter and year"), head, rows))
        if len(classes) > MOST_CLASSES:
            tables.append(_by_class(f"{code}-longer", classes, longer[-3:]))
    withheld = any(row["values"][one] is None for row in figure["rows"] for one in (*months, *longer))
    empty = not any(total["values"][one] for one in (*months, *longer)) and not withheld
    return FigureView(code, title, gettext(figure["words"]), tables, withheld, empty)


def _by_class(code: str, classes: list[Mapping[str, Any]], periods: list[str]) -> Grid:
    rows = [(gettext(row["label"]), [_number(row["values"][one]) for one in periods]) for row in classes]
    head = [gettext("What"), *(say_period(one) for one in periods)]
    return Grid(f"c-{code}", gettext("In detail"), head, rows)


def _share(share: Mapping[str, Any]) -> FigureView:
    values = share["tenths_of_percent"]
    months, longer = _split(list(values))
    head = [gettext("Period"), gettext("Percent")]
    rows = [(say_period(one), [_percent(values[one])]) for one in (*months, *longer)]
    grid = Grid(f"t-{share['code']}", gettext("By month, quarter and year"), head, rows)
    withheld = any(value is None for value in values.values())
    return FigureView(share["code"], gettext(share["title"]), gettext(share["words"]), [grid], withheld)


def _split(periods: list[str]) -> tuple[list[str], list[str]]:
    months = [one for one in periods if "-" in one and "Q" not in one]
    return months[-MOST_MONTHS:], sorted(one for one in periods if one not in months)


def _number(value: int | None) -> str:
    return gettext("withheld") if value is None else f"{value:,}"


def _percent(tenths: int | None) -> str:
    return gettext("not shown") if tenths is None else f"{tenths / 10:.1f}"


def _agencies(content: Mapping[str, Any], direction: str) -> list[dict[str, str]]:
    classes = {
        PartnerAgency.LegalClass.CA_LAW: "",
        PartnerAgency.LegalClass.CA_PROSECUTOR: gettext("prosecutor"),
        PartnerAgency.LegalClass.CA_PUBLIC: gettext("public agency"),
        PartnerAgency.LegalClass.OUT_OF_STATE: gettext("another state"),
        PartnerAgency.LegalClass.FEDERAL: gettext("federal agency"),
        PartnerAgency.LegalClass.PRIVATE: gettext("private party"),
    }
    rows = []
    for one in content["agencies"][direction]:
        mark = one["authority"].rpartition("[")[2].rstrip("]") if one["authority"].endswith("]") else ""
        rows.append({"name": one["name"], "kind": classes.get(one["class"], ""), "mark": mark, "since": one["since"]})
    return rows
