"""The search for programs of signed-in people: the same verbs as the pages, and JSON for every answer."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import APIException, NotAuthenticated, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit import asker
from audit.models import User
from detections.searching import wire
from detections.searching.approval import ask_approval
from detections.searching.json_body import SearchParser
from detections.searching.page import CursorError, Page, SearchNotFound, open_companion, open_page
from detections.searching.question import QuestionError
from detections.searching.run import ApprovalNotFound, run_approved, run_search
from detections.searching.stop import SearchStopped, stop_search
from detections.searching.time_limit import SEARCH_LIMIT_MS, SearchTooSlow

_WORDS = {
    403: "Not signed in, or refused by law or policy: the rule, its clause, and what to do next.",
    404: "No such search of yours, or a place in it that was never given out.",
    409: "You stopped the search; nothing was shown.",
    422: "A field is at fault; each is named.",
    503: "It took too long and was stopped, or its record cannot be written. Nothing was shown.",
}
_TAGS = ["searches"]


def _answers(success: dict[int, Any], *errors: int) -> dict[int, Any]:
    return success | {status: OpenApiResponse(wire.ErrorSerializer, _WORDS[status]) for status in errors}


def _error(status: int, code: str, reason: str, **more: Any) -> Response:
    return Response({"code": code, "reason": reason, "citation": None} | more, status=status)


class SearchView(APIView):
    """What the doors of the search have in common: who asks, when, and one form for every error."""

    parser_classes = [SearchParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.visitor = getattr(request._request, "user", None)
        super().initial(request, *args, **kwargs)
        self.at: datetime = timezone.now()
        self.user = cast(User, request.user)
        self.by = asker.from_request(request._request)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        # The framework has put its own user, or none, onto the request; the middleware around us asks for Django's.
        request._request.user = getattr(self, "visitor", None) or AnonymousUser()
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["Cache-Control"] = "no-store"
        return answer

    def handle_exception(self, exc: Exception) -> Any:
        match exc:
            case ValidationError():
                return _error(422, "search.invalid", "A field is at fault.", fields=exc.detail)
            case QuestionError():
                return _error(422, "search.invalid", exc.reason, fields={exc.field: [exc.reason]})
            case SearchNotFound() | CursorError() | ApprovalNotFound():
                return _error(404, "search.unknown", "There is no such search of yours, or no such place in it.")
            case SearchStopped():
                return _error(409, "search.stopped", "You stopped the search. Nothing was shown.")
            case SearchTooSlow():
                seconds = SEARCH_LIMIT_MS // 1000
                step = "Choose a shorter time, a smaller area or some cameras."
                return _error(503, "search.too_slow", f"Stopped after {seconds} seconds.", next_step=step)
            case NotAuthenticated():
                return _error(403, "request.not_authenticated", "Sign in first.")
            case APIException():
                return _error(exc.status_code, f"request.{exc.default_code}", str(exc.detail))
        return super().handle_exception(exc)

    def asked(self, request: Request) -> wire.SearchSerializer:
        """The body, checked for its shape; raises ValidationError."""
        body = wire.SearchSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return body

    def page(self, look: Callable[[], Page]) -> Response:
        return Response(wire.page(look(), user=self.user, at=self.at))


class Searches(SearchView):
    """Run a search."""

    @extend_schema(
        operation_id="run_search",
        tags=_TAGS,
        summary="Run a search",
        request=wire.SearchSerializer,
        responses=_answers({201: wire.StartedSerializer}, 403, 409, 422, 503),
    )
    def post(self, request: Request) -> Response:
        body = self.asked(request)
        ticket = body.validated_data.get("ticket")
        found = run_search(by=self.by, at=self.at, asked=body.asked(self.user, self.at), ticket=ticket)
        return Response(wire.started(found), status=201)


class SearchPage(SearchView):
    """A page of an own search."""

    @extend_schema(
        operation_id="get_search_page",
        tags=_TAGS,
        summary="Open a page of your search: a look, recorded",
        parameters=[OpenApiParameter("after", str, description="From `next` of the page before.")],
        responses=_answers({200: wire.PageSerializer}, 403, 404, 503),
    )
    def get(self, request: Request, search_id: UUID) -> Response:
        cursor = request.query_params.get("after", "")[:500]
        return self.page(lambda: open_page(by=self.by, at=self.at, search_id=search_id, cursor=cursor))


class SearchSightings(SearchView):
    """The sightings behind one plate of an answer."""

    @extend_schema(
        operation_id="get_search_sightings",
        tags=_TAGS,
        summary="Open the sightings behind a plate of your search: a look, recorded",
        parameters=[OpenApiParameter("of", str, description="As `sightings` of the plate has it.")],
        responses=_answers({200: wire.PageSerializer}, 403, 404, 503),
    )
    def get(self, request: Request, search_id: UUID) -> Response:
        token = request.query_params.get("of", "")[:500]
        return self.page(lambda: open_companion(by=self.by, at=self.at, search_id=search_id, token=token))


class SearchStop(SearchView):
    """Stop an own running search."""

    @extend_schema(
        operation_id="stop_search",
        tags=_TAGS,
        summary="Stop your running search in the database",
        request=wire.TicketSerializer,
        responses=_answers({200: wire.StoppedSerializer}, 403, 422),
    )
    def post(self, request: Request) -> Response:
        body = wire.TicketSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return Response({"stopped": stop_search(by=self.by, at=self.at, ticket=body.validated_data["ticket"])})


class SearchApprovals(SearchView):
    """Ask for the approval of a wide search."""

    @extend_schema(
        operation_id="ask_search_approval",
        tags=_TAGS,
        summary="Ask to have a wide search approved",
        request=wire.SearchSerializer,
        responses=_answers({202: wire.AskedSerializer}, 403, 422),
    )
    def post(self, request: Request) -> Response:
        approval = ask_approval(by=self.by, at=self.at, asked=self.asked(request).asked(self.user, self.at))
        return Response({"id": str(approval.pk), "why_wide": approval.why_wide}, status=202)


class SearchApprovalRun(SearchView):
    """Run a wide search that was approved."""

    @extend_schema(
        operation_id="run_approved_search",
        tags=_TAGS,
        summary="Run your wide search as it was approved: once, in time",
        request=None,
        responses=_answers({201: wire.StartedSerializer}, 403, 404, 409, 503),
    )
    def post(self, request: Request, approval_id: UUID) -> Response:
        found = run_approved(by=self.by, at=self.at, approval_id=approval_id)
        return Response(wire.started(found), status=201)
