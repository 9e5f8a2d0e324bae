"""The public counter: what this is, how it is used, and the voluntary registry."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit import asker
from audit.refusals import Refused
from registry import consent, demo_mailbox, operations, rules, transparency
from registry.forms import LostLinkForm, SignUpForm
from registry.language import in_the_readers_language
from registry.letters import MailNotSent


@require_safe
@in_the_readers_language
def home_public(request: HttpRequest) -> HttpResponse:
    """The front page for someone who is not signed in."""
    return render(request, "registry/home_public.html", {"page": transparency.build(timezone.now())})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
@in_the_readers_language
def sign_up(request: HttpRequest) -> HttpResponse:
    """The form of the voluntary registry (H.1)."""
    at = timezone.now()
    if request.method != "POST":
        return _form_page(request, SignUpForm(at=at))
    form = SignUpForm(request.POST, at=at)
    if not form.is_valid():
        return _form_page(request, form)
    try:
        operations.sign_up(
            form.offer(), consent_version=form.agreed_to(), traps=form.traps(), by=asker.from_request(request), at=at
        )
    except Refused as error:
        form.renew(at)
        return _form_page(request, form, error)
    except MailNotSent:
        form.add_error(None, _("The message could not be sent just now. Please try again in a while."))
        return _form_page(request, form, status=503)
    return redirect("registry:sent")


@require_safe
@never_cache
@in_the_readers_language
def sent(request: HttpRequest) -> HttpResponse:
    """The same words to everyone, whatever is in the registry."""
    mailbox = demo_mailbox.folder() if demo_mailbox.is_open() else ""
    return render(request, "registry/sent.html", {"mailbox": mailbox})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters()
@in_the_readers_language
def lost_link(request: HttpRequest) -> HttpResponse:
    """Have the private link sent again, with the same words to everyone."""
    form = LostLinkForm(request.POST or None)
    context: dict[str, object] = {"form": form}
    status = 200
    if form.is_valid():
        try:
            operations.send_link_again(form.cleaned_data["email"], by=asker.from_request(request), at=timezone.now())
        except Refused as error:
            context |= {"refusal": error.refusal, "record_index": error.record_index}
            status = 429
        except MailNotSent:
            form.add_error(None, _("The message could not be sent just now. Please try again in a while."))
            status = 503
        else:
            return redirect("registry:link_sent")
    return render(request, "registry/lost_link.html", context, status=status)


@require_safe
@never_cache
@in_the_readers_language
def link_sent(request: HttpRequest) -> HttpResponse:
    """The same words to everyone, whatever is in the registry."""
    mailbox = demo_mailbox.folder() if demo_mailbox.is_open() else ""
    return render(request, "registry/link_sent.html", {"mailbox": mailbox})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@in_the_readers_language
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """A button, since mail programs open links by themselves; pressed, it confirms."""
    at = timezone.now()
    if request.method != "POST":
        works = operations.is_confirmable(token, at)
        return render(request, "registry/confirm.html", {"works": works}, status=200 if works else 404)
    try:
        private = operations.confirm(token, by=asker.from_request(request), at=at)
    except Refused as error:
        return _refused_page(request, error)
    messages.success(request, _("Thank you. Your camera is registered."))
    return redirect("registry:mine", private)


@require_safe
@never_cache
@in_the_readers_language
def mine(request: HttpRequest, token: str) -> HttpResponse:
    """One's own entry, and the button to withdraw it."""
    try:
        camera = operations.open_own(token, by=asker.from_request(request), at=timezone.now())
    except Refused as error:
        return _refused_page(request, error)
    return render(request, "registry/mine.html", {"camera": camera, "token": token, "points": _points(camera)})


@require_POST
@never_cache
@in_the_readers_language
def withdraw(request: HttpRequest, token: str) -> HttpResponse:
    """Remove the contact data."""
    try:
        operations.withdraw(token, by=asker.from_request(request), at=timezone.now())
    except Refused as error:
        return _refused_page(request, error)
    messages.success(request, _("Withdrawn. Your contact data has been removed."))
    return redirect("registry:mine", token)


@require_safe
@never_cache
@in_the_readers_language
def demo_mail(request: HttpRequest) -> HttpResponse:
    """The last messages of the quick start; there is no such page anywhere else."""
    if not demo_mailbox.is_open():
        raise Http404
    context = {"letters": demo_mailbox.newest(), "mailbox": demo_mailbox.folder()}
    return render(request, "registry/demo_mail.html", context)


def _form_page(
    request: HttpRequest, form: SignUpForm, refused: Refused | None = None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "points": consent.VERSIONS[consent.CURRENT], "terms_version": consent.CURRENT}
    if refused:
        context |= {"refusal": refused.refusal, "record_index": refused.record_index}
        status = 429 if refused.refusal.code == rules.TOO_MANY.code else 403
    return render(request, "registry/sign_up.html", context, status=status)


def _refused_page(request: HttpRequest, error: Refused) -> HttpResponse:
    context = {"refusal": error.refusal, "record_index": error.record_index}
    return render(request, "registry/link_over.html", context, status=404)


def _points(camera: operations.RegisteredCamera) -> tuple[object, ...]:
    return tuple(consent.VERSIONS.get(camera.consent_version, ()))
