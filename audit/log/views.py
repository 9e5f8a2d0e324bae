"""Doors of the log: what anybody may see, and for auditors the proof of a record."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from audit import asker
from audit.abilities import Ability, abilities_of
from audit.log import asking, checkpoints, keys, proofs, published, statements
from audit.models import LedgerEntry

public = cache_control(public=True, max_age=10)


@require_safe
def log_page(request: HttpRequest) -> HttpResponse:
    """The log's newest checkpoint, what is not outside yet, who has what, and what all this proves and does not."""
    at = timezone.now()
    may_ask = request.user.is_authenticated and bool(
        abilities_of(request.user, at) & {Ability.MANAGE_LOG, Ability.READ_LEDGER}
    )
    return render(request, "audit/log_page.html", {"log": published.page(at), "may_ask": may_ask})


@require_safe
@public
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest checkpoint as a signed note, byte for byte, with the witnesses' lines."""
    newest = checkpoints.latest()
    if newest is None:
        raise Http404
    return HttpResponse(asking.with_cosignatures(newest), content_type="text/plain; charset=utf-8")


@require_safe
@public
def checkpoint_list(request: HttpRequest) -> HttpResponse:
    """The last 200 checkpoints, oldest first."""
    return HttpResponse(published.listed(), content_type="text/plain; charset=utf-8")


@require_safe
@public
def key_list(request: HttpRequest) -> HttpResponse:
    """Names, public keys and witnesses of the log."""
    return JsonResponse(keys.published(), json_dumps_params={"indent": 1})


@require_safe
def consistency(request: HttpRequest, old: int, new: int) -> HttpResponse:
    """That the log of one size is the beginning of the log of another: the page.

    Like every page it bears the name of who is signed in, so no cache between here and the reader may keep it.
    """
    return render(request, "audit/log_consistency.html", {"shown": _shown(old, new)})


@require_safe
@public
def consistency_json(request: HttpRequest, old: int, new: int) -> HttpResponse:
    """The same for programs."""
    return JsonResponse(_shown(old, new).as_dict())


@require_safe
@login_required
def proof(request: HttpRequest, index: int) -> HttpResponse:
    """The way from a record to a signed root, drawn, and the button for the file."""
    shown = _prove(request, index)
    return render(request, "audit/log_proof.html", {"proof": shown, "path": statements.drawing(shown)})


@require_POST
@login_required
def proof_file(request: HttpRequest, index: int) -> HttpResponse:
    """The proof as a file that anybody can check without this program."""
    found = _prove(request, index)
    name = f"record-{index}.tlog-proof"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(found.file, content_type="text/plain; charset=utf-8", headers=headers)


@require_POST
@login_required
def checkpoint_now(request: HttpRequest) -> HttpResponse:
    """A checkpoint on demand, handed to the witnesses at once."""
    from audit.log.tasks import hand_out

    try:
        made = asking.ask_checkpoint(by=asker.from_request(request), at=timezone.now())
    except checkpoints.WillNotSign as error:
        messages.error(request, f"{error} An alarm was raised.")
    else:
        hand_out()
        messages.success(request, f"The checkpoint covers {made.size} records. The witnesses get it now.")
    return redirect("audit:log")


def _prove(request: HttpRequest, index: int) -> asking.Proof:
    try:
        return asking.prove(by=asker.from_request(request), at=timezone.now(), index=index)
    except LedgerEntry.DoesNotExist:
        raise Http404 from None


def _shown(old: int, new: int) -> statements.Continuation:
    try:
        return statements.continuation(old, new)
    except proofs.NoProof:
        raise Http404 from None
