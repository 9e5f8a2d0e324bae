"""What every signed-in request must satisfy: a session within its limits, a second factor, the notice accepted."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from audit import asker, devices, ledger, remembered
from audit.actions import Action
from audit.ledger import LedgerUnavailable
from audit.models import User
from audit.refusals import Refused
from audit.signin import machines, notes, rules, second_factor, sessions

Inner = Callable[[HttpRequest], HttpResponse]

CUT_OFF = "Your account was switched off or its password was changed."
RUN_OUT = "Your account has ended. Ask your supervisor to request access for you again."
SIGN_OUT = "account_logout"
NOTICE_VIEW = "notice"
# A person without any factor may enrol one; a person with one must use it.
ENROLMENT = frozenset(
    {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_list_webauthn",
        "mfa_view_recovery_codes",
        "account_reauthenticate",
    }
)
USE_OF_FACTOR = frozenset({"mfa_reauthenticate", "mfa_reauthenticate_webauthn"})
# Needs neither factor nor notice: it only changes who is signed in, or says so.
OPEN = frozenset({SIGN_OUT, "quick_link", "account_inactive"})
# allauth's ways round a forgotten password: mail is no proof of who somebody is, so they are shut.
SHUT = frozenset(
    {
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
    }
)
REMOVALS = frozenset({"mfa_remove_webauthn", "mfa_deactivate_totp"})


class SessionLimits:
    """Idle and absolute limits, counted on the server (AC-11, AC-12, IA-11); a suspended account ends at once."""

    def __init__(self, get_response: Inner) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with remembered.during_request():
            return self._answer(request)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        at = timezone.now()
        owner = request.session.get(SESSION_KEY)
        signed_in = request.user.is_authenticated  # not when switched off, or the password changed
        if owner is not None:
            why = _over(request, at) if signed_in else CUT_OFF
            if why:
                return _leave_no_trace(self._end(request, owner, why, at))
        if signed_in:
            try:
                machines.note_change(request, at=at)
            except LedgerUnavailable:
                return _answer_unavailable(request)
        if signed_in and not _is_background(request):
            sessions.touch(request.session, at=at)
        response = self.get_response(request)
        if signed_in and not request.user.is_authenticated:
            _leave_no_trace(response)
        return response

    def _end(self, request: HttpRequest, owner: str, why: str, at: datetime) -> HttpResponse:
        """End the session whatever else fails, then record that and say why."""
        user = User.objects.filter(pk=owner).first()
        key = request.session.session_key or ""
        request.session.flush()
        request.user = AnonymousUser()
        if user is not None:
            by = asker.person(user, address=asker.address_of(request), session=key[:8])
            try:
                ledger.note(Action.SESSION_EXPIRE, by=by, at=at, purpose=notes.PURPOSE, reason=why)
            except LedgerUnavailable:
                return _answer_unavailable(request)
        return _turn_away(request, why)


class SecondFactorRequired:
    """No page without a second factor used in this session (IA-2(1), IA-2(2)); ``/admin/`` included."""

    def __init__(self, get_response: Inner) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        name = _name(request)
        if name in SHUT:
            return _refuse(request, Refused(rules.NO_SELF_RESET.refuse("A password cannot be reset by mail here.")))
        if not request.user.is_authenticated or name in OPEN or name == NOTICE_VIEW:
            return None
        if sessions.has_factor(request.session):
            return _keep_last_factor(request, name, kwargs)
        enrolled = second_factor.has_any(request.user)
        if name in (USE_OF_FACTOR if enrolled else ENROLMENT):
            return None
        if enrolled:
            return _lead(request, _way_to_use(request.user), "Use your second factor first.")
        return _lead(request, "mfa_index", "Set up your second factor first.")


class NoticeAndConsent:
    """The system-use notice comes before anything else (AC-8), enrolment included."""

    def __init__(self, get_response: Inner) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        name = _name(request)
        if not request.user.is_authenticated or name in OPEN or name == NOTICE_VIEW:
            return None
        if sessions.has_notice(request.session):
            return None
        return _lead(request, NOTICE_VIEW, "Read and accept the notice first.")


def _over(request: HttpRequest, at: datetime) -> str:
    """Why this session has ended: by its limits, on this machine, or because the account has."""
    if isinstance(request.user, User) and request.user.has_run_out(at):
        return RUN_OUT
    terminal = devices.terminal_of(request)
    return sessions.over(request.session, at=at, exempt=terminal is not None and terminal.idle_exempt)


def _name(request: HttpRequest) -> str:
    return request.resolver_match.view_name if request.resolver_match is not None else ""


def _is_background(request: HttpRequest) -> bool:
    """Whether the page asked by itself, without a hand on it: such requests keep no session alive."""
    paths = getattr(settings, "SESSION_BACKGROUND_PATHS", ("/hits/stream/",))
    return request.headers.get("X-Background") == "1" or request.path in paths


def _is_machine(request: HttpRequest) -> bool:
    accept = request.headers.get("Accept", "")
    return request.path.startswith("/api/") or ("application/json" in accept and "text/html" not in accept)


def _is_partial(request: HttpRequest) -> bool:
    """Whether a script asked: it would put a whole page where a part belongs, so it is told to load the page itself."""
    return "HX-Request" in request.headers or "text/event-stream" in request.headers.get("Accept", "")


def _turn_away(request: HttpRequest, why: str) -> HttpResponse:
    """To the sign-in page, with the reason in words; 401 for machines and scripts."""
    login = reverse("account_login")
    if _is_machine(request):
        return JsonResponse({"code": "session.over", "reason": why, "next_step": "Sign in again."}, status=401)
    messages.info(request, why)
    if _is_partial(request):
        return HttpResponse(status=401, headers={"HX-Redirect": login})
    if request.method == "GET":
        return redirect_to_login(request.get_full_path(), login)
    return HttpResponseRedirect(login)


def _lead(request: HttpRequest, to: str, why: str) -> HttpResponse:
    """To the page that must come first, and from there on to the one asked for."""
    if _is_machine(request):
        return JsonResponse({"code": "session.incomplete", "reason": why, "next_step": why}, status=403)
    url = reverse(to)
    if _is_partial(request):
        return HttpResponse(status=403, headers={"HX-Redirect": url})
    if request.method == "GET":
        url += "?" + urlencode({"next": request.get_full_path()})
    return HttpResponseRedirect(url)


def _way_to_use(user: User) -> str:
    app = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()
    return "mfa_reauthenticate" if app else "mfa_reauthenticate_webauthn"


def _keep_last_factor(request: HttpRequest, name: str, kwargs: dict[str, Any]) -> HttpResponse | None:
    """Refuse on the ledger and in words what signals.keep_last_factor would refuse in the database."""
    if name not in REMOVALS or request.method != "POST":
        return None
    mine = Authenticator.objects.filter(user=request.user)
    found = mine.filter(pk=kwargs["pk"]) if "pk" in kwargs else mine.filter(type=Authenticator.Type.TOTP)
    authenticator = found.exclude(type=Authenticator.Type.RECOVERY_CODES).first()
    if authenticator is None:
        return None
    refusal = rules.refuse_last_factor(second_factor.others(authenticator))
    if refusal is None:
        return None
    by = asker.from_request(request)
    try:
        recorded = notes.refused(by, Refused(refusal), at=timezone.now(), action=Action.FACTOR_CHANGE)
    except LedgerUnavailable:
        return _answer_unavailable(request)
    return _refuse(request, recorded)


def _refuse(request: HttpRequest, refused: Refused) -> HttpResponse:
    context = {"refusal": refused.refusal, "record_index": refused.record_index}
    return render(request, "errors/refused.html", context, status=403)


def _answer_unavailable(request: HttpRequest) -> HttpResponse:
    """What alpr_site.middleware says when a view lets LedgerUnavailable out; a middleware must say it itself."""
    words = {
        "code": "ledger.unavailable",
        "reason": "The access record cannot be written, so nothing was done and nothing is shown.",
        "next_step": "Try again in a minute.",
    }
    if _is_machine(request):
        return JsonResponse(words, status=503, headers={"Retry-After": "30"})
    return render(None, "errors/503.html", words, status=503)


def _leave_no_trace(response: HttpResponse) -> HttpResponse:
    """The browser forgets the pages it kept (AC-11(1))."""
    response["Clear-Site-Data"] = '"cache"'
    return response
