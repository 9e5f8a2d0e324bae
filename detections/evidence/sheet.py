"""The PDF sheet of a package: what ``templates/paper/evidence.typ`` shows, as plain text, and its pictures."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from audit import paper
from detections.evidence.contents import Packed, instant
from detections.models import EvidencePackage

METRES_PER_DEGREE = 111_320.0
# More records than these are in custody.json only; the sheet says so.
CUSTODY_SHOWN = 400


def make(
    package: EvidencePackage, packed: Sequence[Packed], custody: dict[str, Any], purpose: str, *, at: datetime
) -> bytes:
    """The sheet as PDF bytes. Raises paper.PaperError."""
    pictures = {_name(one): one.picture for one in packed if one.picture}
    records = custody["records"]
    data = {
        "agency": settings.AGENCY["name"],
        "package": str(package.pk),
        "case_number": package.case_number,
        "made_by": package.made_by.display_name,
        "organisation": package.made_by.organisation or settings.AGENCY["name"],
        "made_at": instant(at),
        "purpose": purpose,
        "reason": package.reason,
        "recipient": package.recipient,
        "report_number": package.report_number,
        "profile": package.profile,
        "record": package.record_index,
        "reads": [one.facts | {"picture": _name(one)} for one in packed],
        "plot": plot(packed),
        "custody": records[-CUSTODY_SHOWN:],
        "custody_left_out": max(0, len(records) - CUSTODY_SHOWN),
        "custody_complete": custody["complete"],
    }
    return paper.pdf("evidence.typ", data, at=at, files=pictures)


def plot(packed: Sequence[Packed]) -> dict[str, Any] | None:
    """Points on a square of side 1, north up, with a scale in metres; None where no read has a position."""
    placed = [(one.number, one.facts["position"]) for one in packed if one.facts["position"]["latitude"] is not None]
    if not placed:
        return None
    middle = sum(place["latitude"] for _, place in placed) / len(placed)
    east = METRES_PER_DEGREE * math.cos(math.radians(middle))
    spots: dict[tuple[float, float], list[int]] = {}
    for number, place in placed:
        spots.setdefault((place["longitude"] * east, place["latitude"] * METRES_PER_DEGREE), []).append(number)
    xs, ys = [x for x, _ in spots], [y for _, y in spots]
    side = max(max(xs) - min(xs), max(ys) - min(ys), 200.0) * 1.3
    left, top = (max(xs) + min(xs) - side) / 2, (max(ys) + min(ys) + side) / 2
    scale = _round_below(side / 3)
    return {
        "points": [
            {"x": round((x - left) / side, 4), "y": round((top - y) / side, 4), "label": ", ".join(map(str, numbers))}
            for (x, y), numbers in spots.items()
        ],
        "scale": round(scale / side, 4),
        "scale_words": f"{scale:,.0f} m" if scale < 1000 else f"{scale / 1000:,.0f} km",
    }


def _round_below(metres: float) -> float:
    """The largest of 1, 2 or 5 times a power of ten that is not above."""
    power = 10 ** math.floor(math.log10(metres))
    return next(step * power for step in (5, 2, 1) if step * power <= metres)


def _name(one: Packed) -> str:
    """The picture's name for the template; "" where there is none that can be shown."""
    return f"read-{one.number}.jpg" if one.picture else ""
