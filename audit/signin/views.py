"""Doors of sign-in that allauth does not have: the notice, the quick start's links, the locked accounts."""

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import auth, messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from audit import asker
from audit.actions import Action
from audit.devices.classes import renew_cookie
from audit.models import User
from audit.refusals import Refused
from audit.signin import machines, notes, quick, releases, sessions
from audit.signin.adapter import OwnSessions

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def notice(request: HttpRequest) -> HttpResponse:
    """The four statements of AC-8, kept until acknowledged by POST."""
    onward, at = _onward(request), timezone.now()
    if request.method != "POST":
        return render(request, "audit/notice.html", {"onward": onward, "others": machines.elsewhere(request, at=at)})
    notes.note(request, Action.NOTICE_ACCEPT, at=at)
    if "end_others" in request.POST:
        OwnSessions().end_sessions(machines.elsewhere(request, at=at))
        messages.success(request, "Your other sessions were ended.")
    User.objects.filter(username=request.user.get_username()).update(notice_accepted_at=at)
    sessions.mark_notice(request.session)
    response = HttpResponseRedirect(onward)
    renew_cookie(request, response)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def quick_link(request: HttpRequest, token: str) -> HttpResponse:
    """A page with a button, so that a preview of the link uses nothing up; the button signs in."""
    link = quick.find(token) if settings.QUICK_LINKS_ENABLED else None
    if link is None:
        raise Http404
    at = timezone.now()
    if refusal := quick.refuse(link, at=at):
        return render(request, "audit/quick_link_over.html", {"refusal": refusal}, status=410)
    if request.method != "POST":
        return render(request, "audit/quick_link.html", {"person": link.user})
    try:
        quick.use(link, by=notes.claimant(request, link.user), at=at)
    except Refused as refused:
        context = {"refusal": refused.refusal, "record_index": refused.record_index}
        return render(request, "audit/quick_link_over.html", context, status=410)
    _open_session(request, link.user)
    return HttpResponseRedirect(reverse("home"))


@require_http_methods(["GET", "HEAD"])
@never_cache
@login_required
def locked(request: HttpRequest) -> HttpResponse:
    """Accounts that the lock-out holds, for those who manage people."""
    at = timezone.now()
    return render(request, "audit/locked.html", {"locks": releases.locked(by=asker.from_request(request), at=at)})


@require_http_methods(["POST"])
@login_required
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Release one account."""
    person = get_object_or_404(User, pk=pk)
    releases.release(person, by=asker.from_request(request), at=timezone.now())
    messages.success(request, f"{person.display_name} can sign in again.")
    return HttpResponseRedirect(reverse("locked_accounts"))


def _open_session(request: HttpRequest, user: User) -> None:
    """Sign in under a new session key. The second factor is waived here and nowhere else; the notice is not."""
    if request.user.is_authenticated:
        auth.logout(request)
    auth.login(request, user, backend=BACKEND)
    sessions.begin(request.session, at=timezone.now(), second_factor=True)
    machines.begin(request)
    UserSession.objects.create_from_request(request)


def _onward(request: HttpRequest) -> str:
    """Where to go after the notice: only to a page of this site."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return asked if safe else reverse("home")
