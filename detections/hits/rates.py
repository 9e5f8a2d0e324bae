"""How often machines misread and lists are stale: rates per camera and per source with the numbers behind them.

Special lists' hits count nowhere, not even in totals and for nobody: so a figure never tells that such a list exists
(I.2.a), and everyone who may see the rates sees the same.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q

from audit import gate, ledger
from audit.abilities import Ability
from audit.actions import Action
from audit.asker import Asker
from detections.models import Hit, PossibleMatch
from hotlists.models import HotList

PURPOSE = "accuracy of readers and lists"
PERIODS = (7, 30, 90)
FEW = 30
Z = 1.959964  # 95 % of a normal distribution lies within so many standard deviations
_ORDINARY = Q(hot_plate__hot_list__kind=HotList.Kind.ORDINARY, informational=False)
_MISREAD = (Hit.Check.MISREAD, Hit.Check.WRONG_STATE)


@dataclass(frozen=True, slots=True)
class Rate:
    """``wrong`` of ``of``; ``missed`` of the wrong ones came to light as possible matches and were no hits.

    Shares are between 0 and 1; ``low`` and ``high`` bound the true share with 95 % confidence (Wilson).
    """

    name: str
    wrong: int
    of: int
    missed: int = 0

    @property
    def share(self) -> float:
        return self.wrong / self.of if self.of else 0.0

    @property
    def low(self) -> float:
        return wilson(self.wrong, self.of)[0]

    @property
    def high(self) -> float:
        return wilson(self.wrong, self.of)[1]

    @property
    def few(self) -> bool:
        """Whether it rests on so little that the share alone would mislead."""
        return self.of < FEW


@dataclass(frozen=True, slots=True)
class Rates:
    """Both tables, their totals, the period ``[since, until)`` and the record of the look."""

    cameras: list[Rate]
    every_camera: Rate
    sources: list[Rate]
    every_source: Rate
    days: int
    since: datetime
    until: datetime
    record_index: int | None


def open_rates(*, by: Asker, at: datetime, days: int = 30, form: str = "page") -> Rates:
    """The rates of the last so many days (one of ``PERIODS``, else 30). No plate is in them; the look is recorded."""
    days = days if days in PERIODS else 30
    with ledger.act(Action.HIT_RATES, by=by, at=at, purpose=PURPOSE, query={"days": days, "form": form}) as record:
        gate.admit(by, Ability.VIEW_HIT_RATES, at=at)
        since = at - timedelta(days=days)
        cameras, sources = _misreads(since, at), _stale(since, at)
        record.result_count = len(cameras) + len(sources)
    return Rates(
        cameras, _sum("All cameras", cameras), sources, _sum("All sources", sources), days, since, at, record.index
    )


def wilson(wrong: int, of: int) -> tuple[float, float]:
    """The Wilson score interval of ``wrong`` in ``of`` at 95 %; all of 0 to 1 where nothing was counted."""
    if not of:
        return 0.0, 1.0
    share, z2 = wrong / of, Z * Z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = Z / (1 + z2 / of) * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return max(0.0, middle - half) if wrong else 0.0, min(1.0, middle + half) if wrong < of else 1.0


def _misreads(since: datetime, until: datetime) -> list[Rate]:
    """Per camera, of the reads that somebody compared with their picture, those the machine got wrong.

    A possible match that showed the hot plate is such a read; the hit that its correction made is not a second one.
    """
    same = PossibleMatch.objects.filter(_ORDINARY, status=PossibleMatch.Status.SAME)
    mended = same.filter(detection_id=OuterRef("detection_id"), hot_plate=OuterRef("hot_plate"))
    checked = Hit.objects.filter(
        _ORDINARY, checked_at__gte=since, checked_at__lt=until, check_result__in=[Hit.Check.CORRECT, *_MISREAD]
    ).filter(~Exists(mended))
    wrong = Count("pk", filter=Q(check_result__in=_MISREAD))
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for code, of, misread in checked.values_list("camera__code").annotate(of=Count("pk"), wrong=wrong).order_by():
        found[code] = [misread, of, 0]
    missed = same.filter(decided_at__gte=since, decided_at__lt=until)
    for code, count in missed.values_list("camera__code").annotate(count=Count("pk")).order_by():
        found[code] = [found[code][0] + count, found[code][1] + count, count]
    return _worst_first(Rate(code, *numbers) for code, numbers in found.items())


def _stale(since: datetime, until: datetime) -> list[Rate]:
    """Per source, of the hits that were verified by a query, those whose entry was not current or had no record."""
    confirmed = Q(clets_result=Hit.Result.CONFIRMED) | Q(ncic_result=Hit.Result.CONFIRMED)
    cleared = Q(clets_result=Hit.Result.NOT_CURRENT) | Q(ncic_result=Hit.Result.NOT_CURRENT)
    verified = Hit.objects.filter(_ORDINARY, verified_at__gte=since, verified_at__lt=until).exclude(
        clets_result="", ncic_result=""
    )
    gone = Count("pk", filter=cleared | ~confirmed)
    rows = verified.values_list("hot_plate__hot_list__source__name").annotate(gone=gone, of=Count("pk")).order_by()
    return _worst_first(Rate(name, wrong, of) for name, wrong, of in rows)


def _sum(name: str, rates: list[Rate]) -> Rate:
    return Rate(
        name, sum(rate.wrong for rate in rates), sum(rate.of for rate in rates), sum(rate.missed for rate in rates)
    )


def _worst_first(rates: Iterable[Rate]) -> list[Rate]:
    """By what the rate is at least: one wrong read of two does not stand above thirty of a hundred."""
    return sorted(rates, key=lambda rate: (-rate.low, -rate.of, rate.name))
