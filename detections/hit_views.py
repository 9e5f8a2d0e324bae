"""The pages of one hit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from audit.asker import from_request
from audit.refusals import Refused
from detections import hit_forms
from detections.hit_progress import duration_words, open_steps, progress_of
from detections.hits import sheet as sheets
from detections.hits import steps
from detections.hits.timing import seconds_of
from detections.incident_types import incident_types
from detections.models import Hit


@login_required
@never_cache
@require_GET
def hit_detail(request: HttpRequest, hit_id: UUID) -> HttpResponse:
    """One hit, with the form of each step that is open."""
    return _hit_page(request, hit_id)


@login_required
@never_cache
@require_POST
def hit_step(request: HttpRequest, hit_id: UUID, step: str) -> HttpResponse:
    """Take one step; a refusal or a mistake shows the page again with what was typed."""
    if step not in STEPS:
        raise Http404
    by, now, move = from_request(request), timezone.now(), STEPS[step]
    form = move.form(request.POST, auto_id=f"{step}_%s")
    if not form.is_valid():
        return _hit_page(request, hit_id, bound={step: form}, status=422)
    try:
        done = move.verb(hit_id=hit_id, by=by, at=now, **form.cleaned_data)
    except Hit.DoesNotExist as error:
        raise Http404 from error
    except Refused as refused:
        return _hit_page(request, hit_id, bound={step: form}, status=403, refused=refused)
    messages.success(request, move.said)
    if isinstance(done, steps.Broadcast) and done.warning:
        messages.warning(request, f"The vehicle seen is not the one entered. Check before anyone acts: {done.warning}.")
    return redirect("detections:hit_desk") if step == "release" else redirect("detections:hit", hit_id)


@dataclass(frozen=True, slots=True)
class Move:
    """A step: its form and verb, what the page says when it is done, and how the page names it."""

    form: type[hit_forms.StepForm]
    verb: Callable[..., Any]
    said: str
    title: str
    button: str
    key: str
    words: str = ""


STEPS = {
    "take": Move(
        hit_forms.TakeForm,
        steps.take_hit,
        "The hit is yours.",
        "Take it",
        "Take this hit",
        "t",
        "Nobody else can work on it while it is yours.",
    ),
    "check": Move(
        hit_forms.CheckForm,
        steps.check_hit,
        "Your check by eye is on record.",
        "Check by eye",
        "Enter the check",
        "c",
    ),
    "verify": Move(
        hit_forms.VerifyForm,
        steps.verify_hit,
        "The verification is on record.",
        "Verify by CLETS and NCIC",
        "Enter the results",
        "v",
        "Result class only: the text of the answer stays in CLETS and NCIC.",
    ),
    "broadcast": Move(
        hit_forms.BroadcastForm,
        steps.record_broadcast,
        "The broadcast is on record.",
        "Call and broadcast",
        "Enter the broadcast",
        "b",
        "Per Communications Directives 510.43 and 500.02. “Unknown” is an answer where nobody saw it.",
    ),
    "close": Move(
        hit_forms.CloseForm, steps.dispose_hit, "The hit is closed.", "Close with its outcome", "Close the hit", "o"
    ),
    "release": Move(
        hit_forms.ReleaseForm,
        steps.release_hit,
        "You gave the hit back to the desk.",
        "Give it back",
        "Give it back to the desk",
        "g",
        "The steps done so far are kept for the next owner.",
    ),
}


@dataclass(frozen=True, slots=True)
class Step:
    """A step as the page of a hit shows it."""

    name: str
    title: str
    button: str
    key: str
    words: str
    warning: str
    quiet: bool
    form: hit_forms.StepForm


def _step(name: str, form: hit_forms.StepForm, sheet: sheets.HitSheet) -> Step:
    move, warning = STEPS[name], ""
    if name == "verify" and not sheet.may_verify:
        cited = sheet.profile["hit.verifier"].citation
        warning = (
            f"{cited.text} ({cited.section}) Tell the {' or '.join(sheet.profile['hit.verifier'].value)} of this hit."
        )
    form.show_for(sheet.hit, sheet.profile)
    return Step(name, move.title, move.button, move.key, move.words, warning, name == "release", form)


def _place(hit: Hit) -> list[dict[str, Any]]:
    """Where the car was seen, as the map takes it; nothing where the read has no position."""
    read = hit.detection
    if read.latitude is None or read.longitude is None:
        return []
    return [{"lat": read.latitude, "lon": read.longitude, "label": f"{read.camera.code} {read.camera.name}"}]


def _hit_page(
    request: HttpRequest,
    hit_id: UUID,
    *,
    bound: dict[str, hit_forms.StepForm] | None = None,
    status: int = 200,
    refused: Refused | None = None,
) -> HttpResponse:
    now = timezone.now()
    try:
        sheet = sheets.open_hit(hit_id=hit_id, by=from_request(request), at=now)
    except Hit.DoesNotExist as error:
        raise Http404 from error
    hit = sheet.hit
    mine = hit.taken_by_id == request.user.pk
    current, later = open_steps(hit, mine=mine) if sheet.working else ("", [])
    given = bound or {}
    shown = {name: _step(name, given.get(name) or STEPS[name].form(auto_id=f"{name}_%s"), sheet) for name in STEPS}
    context = {
        "hit": hit,
        "sheet": sheet,
        "progress": progress_of(hit),
        "seconds": [(words, duration_words(span)) for words, span in seconds_of(hit)],
        "incident_types": incident_types(),
        "mine": mine,
        "place": _place(hit),
        "current": shown.get(current),
        "later": [shown[name] for name in later],
        "asked": next(iter(given), ""),
        "refusal": refused.refusal if refused else None,
        "refusal_index": refused.record_index if refused else None,
    }
    return render(request, "detections/hit_detail.html", context, status=status)
