"""Rates on their page: percentages, and the bar that shows a share with its interval."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from detections.hits.rates import Rate

register = template.Library()


@register.filter
def percent(share: float) -> str:
    """A share between 0 and 1 in whole per cent; what is more than nothing is never said to be 0 %."""
    number = share * 100
    if 0 < number < 1:
        return "less than 1 %"
    return f"{number:.0f} %" if number <= 99 or number == 100 else "more than 99 %"


@register.simple_tag
def rate_bar(rate: Rate) -> SafeString:
    """A bar from 0 to 100 %: the interval as a block, the share as a line. The numbers stand in the table as well."""
    low, high, share = (f"{value * 100:.2f}" for value in (rate.low, rate.high, rate.share))
    words = f"{rate.name}: {percent(rate.share)}, true rate between {percent(rate.low)} and {percent(rate.high)}"
    return format_html(
        '<svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<line class="rate-plot__grid" x1="50" y1="0" x2="50" y2="10"/>'
        '<rect class="rate-plot__between" x="{}" y="3" width="{}" height="4"/>'
        '<line class="rate-plot__share" x1="{}" y1="0" x2="{}" y2="10"/></svg>',
        words, low, f"{float(high) - float(low):.2f}", share, share,
    )  # fmt: skip
