"""Doors of changing the policy: prepare the next version, propose, decide, file a determination."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from audit import asker, gate, ledger, policy
from audit.abilities import Ability, abilities_of
from audit.actions import Action
from audit.models import ActivationProposal
from audit.policies import activation, determinations, document, looks, prepare, toml_text, typing_in
from audit.policies.forms import DecisionForm, DeterminationForm, ProposalForm, TextForm, local
from audit.policies.views import profile_of
from audit.refusals import Refused


def admit(request: HttpRequest, action: Action) -> None:
    """Let through who manages the policy; anybody else is refused, on record."""
    by, at = asker.from_request(request), timezone.now()
    if by.user is None or Ability.MANAGE_POLICY not in abilities_of(by.user, at):
        with ledger.act(action, by=by, at=at, purpose=prepare.PURPOSE):
            gate.admit(by, Ability.MANAGE_POLICY, at=at)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def prepare_fields(request: HttpRequest, stamp: str) -> HttpResponse:
    """The next version of a profile, a group of rules at a time. Nothing typed is lost when something is wrong."""
    admit(request, Action.POLICY_PREPARE)
    profile_of(stamp)
    base = document.raw_of(policy.text_of(stamp), stamp)
    if request.method != "POST":
        return _fields_page(request, stamp, base | {"profile": base["profile"] | {"version": ""}})
    typed = {name: str(value).replace("\r\n", "\n") for name, value in request.POST.items()}
    try:
        draft = typing_in.merged(typing_in.draft_of(typed.get("draft", "")), base, typed)
        text = toml_text.write(draft)
    except policy.ProfileError as error:
        return _fields_page(request, stamp, base, error.problems, typed=typed)
    if "as_text" in typed:
        form = TextForm(initial={"text": text, "note": typed.get("note", "")})
        return render(request, "audit/policy_text.html", {"form": form, "stamp": stamp, "problems": ()})
    if "show" in typed:
        return _fields_page(request, stamp, draft, typed=typed | {"group": typed["show"]})
    try:
        row = _prepared(request, text, typed.get("note", ""), stamp)
    except policy.ProfileError as error:
        return _fields_page(request, stamp, draft, error.problems, typed=typed)
    except Refused as error:
        return _fields_page(request, stamp, draft, typed=typed, refused=error)
    return redirect("audit:policy_version", str(row))


def _fields_page(
    request: HttpRequest,
    stamp: str,
    draft: dict[str, Any],
    problems: tuple[document.Problem, ...] = (),
    *,
    typed: dict[str, str] | None = None,
    refused: Refused | None = None,
) -> HttpResponse:
    """The page of one group of rules: the one asked for, or the one where the first thing is wrong."""
    typed, base = typed or {}, document.raw_of(policy.text_of(stamp), stamp)
    groups = typing_in.groups_of(draft)
    names = [name for name, _ in groups]
    wrong = [name for problem in problems if (name := typing_in.group_of(problem.key)) in names]
    group = next((name for name in [*wrong, typed.get("group", "")] if name in names), names[0] if names else "")
    left = {row["key"] for row in draft["value"]}
    context = {
        "stamp": stamp,
        "head": draft["profile"],
        "draft": toml_text.write(draft),
        "note": typed.get("note", ""),
        "groups": [(name, number, name in wrong) for name, number in groups],
        "group": group,
        "fields": typing_in.fields_of(draft, base, group, problems),
        "added": typing_in.NEW,
        "taken_out": [row["key"] for row in base["value"] if row["key"] not in left],
        "strengths": typing_in.STRENGTHS,
        "instruments": base["instruments"],
        "problems": problems,
        "kinds": typing_in.KINDS,
        "refusal": refused.refusal if refused else None,
        "record_index": refused.record_index if refused else None,
    }
    status = 403 if refused else 400 if problems else 200
    return render(request, "audit/policy_fields.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def prepare_text(request: HttpRequest, stamp: str) -> HttpResponse:
    """The next version of a profile as its whole text."""
    admit(request, Action.POLICY_PREPARE)
    profile_of(stamp)
    form = TextForm(request.POST or None, initial={"text": policy.text_of(stamp)})
    context: dict[str, Any] = {"form": form, "stamp": stamp, "problems": ()}
    if not form.is_valid():
        return render(request, "audit/policy_text.html", context, status=400 if form.errors else 200)
    try:
        row = _prepared(request, form.cleaned_data["text"], form.cleaned_data["note"], stamp)
    except policy.ProfileError as error:
        return render(request, "audit/policy_text.html", context | {"problems": error.problems}, status=400)
    except Refused as error:
        context |= {"refusal": error.refusal, "record_index": error.record_index}
        return render(request, "audit/policy_text.html", context, status=403)
    return redirect("audit:policy_version", str(row))


def _prepared(request: HttpRequest, text: str, note: str, stamp: str) -> Any:
    """Keep the version; what is wrong with its text is found before the act, so that no failed act is recorded."""
    prepare.check(text)
    row = prepare.prepare(text=text, note=note, based_on=stamp, by=asker.from_request(request), at=timezone.now())
    messages.success(request, "Kept. It changes nothing until it is proposed and another person approves it.")
    return row


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def propose(request: HttpRequest, stamp: str) -> HttpResponse:
    """Propose a version for a day and hour; a GET with ``at`` fills in that of an activation to be taken back."""
    admit(request, Action.POLICY_PROPOSE)
    profile, at = profile_of(stamp), timezone.now()
    form = ProposalForm(request.POST or None, initial=_instead(request))
    context: dict[str, Any] = {"form": form, "profile": profile, "now": policy.in_force(at)}
    if not form.is_valid():
        return render(request, "audit/policy_propose.html", context, status=400 if form.errors else 200)
    note = form.cleaned_data["note"]
    try:
        row = activation.propose(
            stamp=stamp, effective_from=form.instant(), note=note, by=asker.from_request(request), at=at
        )
    except Refused as error:
        context |= {"refusal": error.refusal, "record_index": error.record_index}
        return render(request, "audit/policy_propose.html", context, status=403)
    messages.success(request, "Proposed. It comes in force only when another person approves it.")
    return redirect("audit:policy_proposal", row.pk)


def _instead(request: HttpRequest) -> dict[str, Any]:
    try:
        instant = datetime.fromisoformat(request.GET.get("at", ""))
    except ValueError:
        return {}
    return {"effective_from": local(instant), "exact": instant.isoformat()} if instant.tzinfo else {}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def proposal(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """One proposal with all it would change, and the decision of a second person."""
    by, at = asker.from_request(request), timezone.now()
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        form = DecisionForm(request.POST)
        if form.is_valid():
            approve, words = form.cleaned_data["decision"] == "approve", form.cleaned_data["words"]
            try:
                activation.decide(proposal_id=proposal_id, approve=approve, words=words, by=by, at=at)
            except ActivationProposal.DoesNotExist:
                raise Http404 from None
            except Refused as error:
                context, status = {"refusal": error.refusal, "record_index": error.record_index}, 403
            else:
                messages.success(request, "Approved." if approve else "Refused.")
                return redirect("audit:policy_proposal", proposal_id)
        else:
            status = 400
    else:
        form = DecisionForm()
    try:
        shown = looks.proposed(proposal_id, user=by.member, at=at)
    except ActivationProposal.DoesNotExist:
        raise Http404 from None
    may_decide = not abilities_of(by.member, at).isdisjoint(activation.DECIDERS)
    context |= {"shown": shown, "form": form, "may_decide": may_decide}
    return render(request, "audit/policy_proposal.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def determine(request: HttpRequest, conflict: str) -> HttpResponse:
    """File what a signed paper decides about a contradiction of the policy in force."""
    admit(request, Action.POLICY_DETERMINE)
    at = timezone.now()
    standings = {one.conflict.name: one for one in determinations.standings(policy.in_force(at))}
    if conflict not in standings:
        raise Http404
    standing = standings[conflict]
    form = DeterminationForm(request.POST or None, conflict=standing.conflict)
    context: dict[str, Any] = {"form": form, "standing": standing}
    if not form.is_valid():
        return render(request, "audit/policy_determine.html", context, status=400 if form.errors else 200)
    try:
        determinations.file(conflict=conflict, paper=form.paper(), by=asker.from_request(request), at=at)
    except Refused as error:
        context |= {"refusal": error.refusal, "record_index": error.record_index}
        return render(request, "audit/policy_determine.html", context, status=403)
    messages.success(request, f"Filed. Released: {', '.join(standing.waits)}.")
    return redirect("audit:policy")
