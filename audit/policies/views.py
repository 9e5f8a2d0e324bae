"""Doors of the policy: what is in force, the versions, two side by side. Nothing here shows plate data."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit import asker, policy
from audit.abilities import Ability, abilities_of
from audit.models import ProfileVersion
from audit.policies import determinations, disagreement, looks
from audit.policies.activation import DECIDERS
from audit.policies.difference import compare, show


def profile_of(stamp: str) -> policy.Profile:
    """The profile of a stamp in an address, or 404."""
    try:
        return policy.of_stamp(stamp)
    except policy.UnknownStamp:
        raise Http404 from None


def rows_of(profile: policy.Profile) -> list[dict]:
    """The values of a profile as rows of a table."""
    return [{"value": value, "shown": show(value.value)} for value in profile.values.values()]


@require_safe
@login_required
def policy_page(request: HttpRequest) -> HttpResponse:
    """The policy in force, what comes next, what waits, and the time line."""
    at = timezone.now()
    profile = policy.in_force(at)
    held = abilities_of(asker.from_request(request).member, at)
    context = {
        "profile": profile,
        "rows": rows_of(profile),
        "standings": determinations.standings(profile),
        "timeline": looks.timeline(at),
        "versions": looks.versions(),
        "waiting": looks.waiting(),
        "unknown": looks.unknown_activations(at),
        "may_manage": Ability.MANAGE_POLICY in held,
        "may_decide": not held.isdisjoint(DECIDERS),
    }
    return render(request, "audit/policy.html", context)


@require_safe
@login_required
def version(request: HttpRequest, stamp: str) -> HttpResponse:
    """One version in full: every value with its clause, and where its text comes from."""
    at, profile = timezone.now(), profile_of(stamp)
    kept = ProfileVersion.objects.select_related("prepared_by").filter(profile=profile.id, version=profile.version)
    row = kept.first()
    context = {
        "profile": profile,
        "rows": rows_of(profile),
        "kept": row,
        "sound": row is None or looks.text_matches(row),
        "standings": determinations.standings(profile),
        "periods": [period for period in looks.timeline(at) if period.stamp == stamp],
        "now": policy.in_force(at),
        "others": [one for one in looks.versions() if one.stamp != stamp],
        "may_manage": Ability.MANAGE_POLICY in abilities_of(asker.from_request(request).member, at),
    }
    return render(request, "audit/policy_version.html", context)


@require_safe
@login_required
def version_text(request: HttpRequest, stamp: str) -> HttpResponse:
    """The text of a version as a file, byte for byte what its fingerprint is of."""
    try:
        text = policy.text_of(stamp)
    except policy.UnknownStamp:
        raise Http404 from None
    answer = HttpResponse(text.encode(), content_type="application/toml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{stamp.replace("@", "_")}.toml"'
    return answer


@require_safe
@login_required
def differences(request: HttpRequest) -> HttpResponse:
    """Two versions side by side: what was added, changed and removed, with both clauses."""
    at = timezone.now()
    now = policy.in_force(at)
    before = profile_of(request.GET.get("from") or now.stamp)
    after = profile_of(request.GET.get("to") or now.stamp)
    context = {"before": before, "after": after, "changes": compare(before, after), "versions": looks.versions()}
    return render(request, "audit/policy_differences.html", context)


@require_safe
@login_required
def orders(request: HttpRequest) -> HttpResponse:
    """Where the orders of the two departments disagree, matter by matter."""
    return render(request, "audit/policy_orders.html", {"matters": disagreement.matters()})
