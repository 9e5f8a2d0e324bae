"""What a publication holds, as one JSON document: all that is shown, and nothing that is withheld."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings

from audit import policy
from audit.log import checkpoints
from audit.models import Designation
from audit.policy import Profile
from registry import transparency
from registry.models import MonthFigure, Publication, Sharing
from registry.publishing.figures import Breakdown, Figure
from registry.publishing.periods import last_closed, month_after
from registry.publishing.suppression import TOTAL, Cell
from registry.publishing.tables import Before, Published, all_shares, published_tables

FORMAT = "platekeeper transparency v1"
DEFAULT_BELOW = 11
# Stored on a counted month by the demonstration: such figures are invented, and the page says so.
DEMONSTRATION = "demonstration"
# Elements a policy must have (Civil Code 1798.90.51(b)(2), 1798.90.53), and by which keys of a profile it has them.
ELEMENTS = (
    ("(A)", "The authorized purposes", ("purposes",)),
    ("(B)", "Job titles of who may use it, and their training", ("access.allowed", "train.gate")),
    ("(C)", "How it is monitored, with periodic audits", ("audit.queries", "audit.log_review")),
    ("(D)", "Purposes, process and limits of sharing", ("share.recipient_classes", "share.steps")),
    ("(E)", "Title of the official custodian", ("custodian",)),
    ("(F)", "Measures to ensure accuracy and correct errors", ("accuracy.measures",)),
    ("(G)", "How long data is kept, and how its destruction is decided", ("retention", "purge.approvals")),
)


# What of the content is of the moment it was prepared, in words for who decides.
PRESENT = {
    "policy": "the policy or the number of cameras",
    "policy_text": "the policy's text",
    "people": "the designee or custodian",
    "completeness": "what the policy covers",
    "agencies": "the lists of agencies",
}


def build(at: datetime, last: Publication | None) -> dict[str, Any]:
    """The content as it stands, in English. Nothing in it is rounded or estimated."""
    profile = policy.in_force(at)
    below = profile.get("publish.suppress_below", DEFAULT_BELOW)
    upto = closed_upto(at)
    figures = published_tables(upto, below, shown_before(last))
    return present_part(at) | {
        "format": FORMAT,
        "agency": settings.AGENCY["name"],
        "closed_upto": upto.isoformat(),
        "prepared_at": at.isoformat(timespec="seconds"),
        "withheld_below": below,
        "demonstration": MonthFigure.objects.filter(figure=DEMONSTRATION, month__lt=upto).exists(),
        "periods": list(figures[0].table.periods) if figures else [],
        "figures": [_figure(one, profile) for one in figures],
        "shares": [_share(share, rows) for share, rows in all_shares(figures)],
        "cells": _counted_cells(figures),
        "ledger": _ledger(at),
    }


def present_part(at: datetime) -> dict[str, Any]:
    """The parts named in ``PRESENT`` as they stand."""
    profile, people = policy.in_force(at), _people(at)
    return {
        "policy": policy_part(at),
        "policy_text": _policy_text(profile),
        "people": people,
        "completeness": completeness(profile, people),
        "agencies": _agencies(at),
    }


def policy_part(at: datetime) -> dict[str, Any]:
    """The page's policy part as it stands, in English."""
    part = transparency.as_json(at)
    del part["ledger"], part["built_at"]
    return json.loads(json.dumps(part, default=str))


def as_bytes(content: Mapping[str, Any]) -> bytes:
    """The published JSON, byte for byte the same for the same content."""
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def sha256(data: bytes) -> str:
    """In hex."""
    return hashlib.sha256(data).hexdigest()


def closed_upto(at: datetime) -> date:
    """The first day that no counted month before it covers. One query."""
    newest = MonthFigure.objects.filter(month__lte=last_closed(at)).order_by("-month").values_list("month", flat=True)
    month = newest.first()
    return month_after(month) if month else month_after(last_closed(at))


def shown_before(last: Publication | None) -> Before:
    """Of every cell of the last publication, whether it was shown."""
    if last is None:
        return {}
    before: dict[str, dict[Cell, bool]] = {}
    for figure in last.content["figures"]:
        known = before.setdefault(figure["code"], {})
        for row in figure["rows"]:
            known.update({(row["class"], period): value is not None for period, value in row["values"].items()})
    return before


def completeness(profile: Profile, people: Iterable[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Which of the elements that the Civil Code asks of a policy this one has, and where."""
    custodian = next((f"{one['title']} {one['name']}" for one in people if one["kind"] == "custodian"), "")
    rows = []
    for code, title, keys in ELEMENTS:
        where = [_where(key, profile, custodian) for key in keys]
        rows.append({"element": code, "title": title, "there": all(where), "where": [one for one in where if one]})
    return rows


def _where(key: str, profile: Profile, custodian: str) -> str:
    if key == "purposes":
        return str(profile.purposes[0].citation) if profile.purposes else ""
    if key == "custodian":
        return custodian
    if key == "retention":
        if policy.undetermined(profile, transparency.BLOCKED):
            return ""
        key = "retention.alpr.ceiling" if "retention.alpr.ceiling" in profile.values else "retention.alpr.floor"
    return str(profile.values[key].citation) if key in profile.values else ""


def _policy_text(profile: Profile) -> dict[str, Any]:
    clauses: dict[tuple[str, str], str] = {}
    sources = [value.citation for value in profile.values.values() if value.strength != "product choice"]
    sources += [purpose.citation for purpose in profile.purposes]
    sources += [prohibition.citation for prohibition in profile.prohibitions]
    for citation in sources:
        clauses.setdefault((str(citation), citation.text), citation.text)
    rows = [{"citation": cited, "text": text} for cited, text in clauses]
    return {"title": profile.title, "version": profile.version, "stamp": profile.stamp, "clauses": rows}


def _people(at: datetime) -> list[dict[str, str]]:
    rows = Designation.objects.at(at).order_by("kind", "-starts_at")
    return [
        {"kind": row.kind, "title": row.title, "name": row.name, "since": row.starts_at.date().isoformat()}
        for row in rows
    ]


def _agencies(at: datetime) -> dict[str, list[dict[str, Any]]]:
    rows = Sharing.objects.at(at).select_related("agency").order_by("agency__name", "starts_at", "pk")
    lists: dict[str, list[dict[str, Any]]] = {direction: [] for direction in Sharing.Direction.values}
    for row in rows:
        agency = row.agency
        lists[row.direction].append(
            {
                "name": agency.name,
                "state": agency.state,
                "class": agency.legal_class,
                "since": row.starts_at.date().isoformat(),
                "authority": row.authority,
            }
        )
    return lists


def _figure(one: Published, profile: Profile) -> dict[str, Any]:
    figure, periods = one.figure, one.table.periods
    rows = [
        {
            "class": code,
            "label": _label(figure, code, profile),
            "values": {period: one.shown((code, period)) for period in periods},
        }
        for code in (*one.table.classes, TOTAL)
    ]
    return {
        "code": figure.code,
        "title": figure.title,
        "words": figure.words,
        "formula": figure.formula,
        "source": figure.source,
        "withheld_small": figure.withheld_small,
        "rows": rows,
    }


def _label(figure: Figure, code: str, profile: Profile) -> str:
    if code == TOTAL:
        return "Total"
    if figure.breakdown == Breakdown.PURPOSE:
        known = profile.purpose(code)
        return known.label if known else code
    return dict(figure.classes).get(code, code)


def _share(share: Any, rows: Mapping[str, int | None]) -> dict[str, Any]:
    return {
        "code": share.code,
        "title": share.title,
        "words": share.words,
        "part": list(share.part),
        "whole": share.whole,
        "tenths_of_percent": dict(rows),
    }


def _counted_cells(figures: list[Published]) -> dict[str, int]:
    withheld = sum(len(one.withheld) for one in figures)
    every = sum((len(one.table.classes) + 1) * len(one.table.periods) for one in figures)
    # How many of them are small themselves is not said: it would narrow what each can be.
    return {"shown": every - withheld, "withheld": withheld}


def _ledger(at: datetime) -> dict[str, Any] | None:
    """The newest checkpoint that stands outside, or else the newest; None before the first."""
    outside = checkpoints.latest_outside()
    row = outside[0] if outside else checkpoints.latest()
    if row is None:
        return None
    return {
        "origin": row.origin,
        "size": row.size,
        "root": bytes(row.root).hex(),
        "note": row.note,
        "made_at": row.made_at.isoformat(timespec="seconds"),
        "taken_by": outside[1].place if outside else "",
    }
