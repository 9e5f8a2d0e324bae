"""Hits for the programs of signed-in people (MDC, CAD): the same looks, steps and refusals as the pages, as JSON."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import APIException, NotAuthenticated, ParseError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit import asker
from detections import hit_wire
from detections.desk_filter import DeskFilter
from detections.hit_views import STEPS
from detections.hits import desk
from detections.hits.sheet import open_hit
from detections.hits.steps import Broadcast
from detections.ingest import parsing
from detections.models import Hit

MOST_BYTES = 16 * 1024
_WORDS = {
    403: "Not signed in, or refused by law or policy: the rule, its clause, and what to do next.",
    404: "No such hit for you, or no such step.",
    422: "A field is at fault; each is named.",
    503: "The record cannot be written. Nothing was shown or done.",
}
_TAGS = ["hits"]
# Halves of a character, which no database stores.
_HALVES = range(0xD800, 0xE000)


class StepParser(BaseParser):
    """A flat JSON object of texts and whole numbers. Raises ParseError; never reads on behind ``MOST_BYTES``."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """The object of the body; an empty body is an empty object."""
        body = stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise ParseError(f"A step has at most {MOST_BYTES // 1024} KB.")
        if not body.strip():
            return {}
        try:
            value = parsing.decode(body)
        except (parsing.BodyError, RecursionError) as error:
            raise ParseError("The body is no JSON object.") from error
        if not isinstance(value, dict) or not all(_is_plain(item) for item in value.values()):
            raise ParseError("A step is one JSON object of texts and whole numbers.")
        return value


class HitView(APIView):
    """What the doors have in common: who asks, when, and one form for every error."""

    parser_classes = [StepParser]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        self.visitor = getattr(request._request, "user", None)
        super().initial(request, *args, **kwargs)
        self.at: datetime = timezone.now()
        self.by = asker.from_request(request._request)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        # The framework has put its own user, or none, onto the request; the middleware around us asks for Django's.
        request._request.user = getattr(self, "visitor", None) or AnonymousUser()
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["Cache-Control"] = "no-store"
        return answer

    def handle_exception(self, exc: Exception) -> Any:
        match exc:
            case Hit.DoesNotExist():
                return _error(404, "hit.unknown", "There is no such hit for you.")
            case NotAuthenticated():
                return _error(403, "request.not_authenticated", "Sign in first.")
            case APIException():
                return _error(exc.status_code, f"request.{exc.default_code}", str(exc.detail))
        return super().handle_exception(exc)

    def sheet(self, hit_id: UUID) -> dict[str, Any]:
        return hit_wire.sheet(open_hit(hit_id=hit_id, by=self.by, at=self.at))


class Hits(HitView):
    """The desk as a list."""

    @extend_schema(
        operation_id="list_hits",
        tags=_TAGS,
        summary="List the hits of the desk, newest first, at most 100: a look, recorded",
        parameters=[
            OpenApiParameter("show", str, enum=list(desk.SHOWN), description="Which; open where not said."),
            OpenApiParameter("camera", str, description="The code of a camera."),
        ],
        responses={200: hit_wire.LIST}
        | {status: OpenApiResponse(hit_wire.ERROR, _WORDS[status]) for status in (403, 503)},
    )
    def get(self, request: Request) -> Response:
        asked = DeskFilter(request.query_params).asked()
        wanted = {name: asked[name] for name in ("show", "camera") if name in asked}
        found = desk.list_hits(by=self.by, at=self.at, **wanted)
        body = {"hits": [hit_wire.card(hit) for hit in found.hits], "more": found.more, "record": found.record_index}
        return Response(body)


class OneHit(HitView):
    """One hit."""

    @extend_schema(
        operation_id="get_hit",
        tags=_TAGS,
        summary="Open a hit with its read, its hot plate and its steps: a look, recorded",
        responses={200: hit_wire.SHEET}
        | {status: OpenApiResponse(hit_wire.ERROR, _WORDS[status]) for status in (403, 404, 503)},
    )
    def get(self, request: Request, hit_id: UUID) -> Response:
        return Response(self.sheet(hit_id))


class HitStep(HitView):
    """A step of a hit's road."""

    @extend_schema(
        operation_id="step_hit",
        tags=_TAGS,
        summary="Take, check, verify, broadcast, close or release a hit",
        description="The fields of a step are those of its form on the page. The answer is the hit as it now stands.",
        request={"application/json": hit_wire.STEP},
        responses={200: hit_wire.SHEET}
        | {status: OpenApiResponse(hit_wire.ERROR, _WORDS[status]) for status in (403, 404, 422, 503)},
    )
    def post(self, request: Request, hit_id: UUID, step: str) -> Response:
        if step not in STEPS:
            return _error(404, "hit.no_such_step", f"The steps are {', '.join(STEPS)}.")
        move = STEPS[step]
        given: dict[str, Any] = dict(request.data)
        form = move.form(given)
        unknown = sorted(set(given) - set(form.fields))
        if unknown:
            return _error(
                422, "hit.invalid", "A field is not known here.", fields={name: ["Not known."] for name in unknown}
            )
        if not form.is_valid():
            return _error(422, "hit.invalid", "A field is at fault.", fields=form.errors)
        done = move.verb(hit_id=hit_id, by=self.by, at=self.at, **form.cleaned_data)
        warning = done.warning if isinstance(done, Broadcast) else ""
        return Response(self.sheet(hit_id) | {"warning": warning})


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return not any(sign == "\0" or ord(sign) in _HALVES for sign in value)
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def _error(status: int, code: str, reason: str, **more: Any) -> Response:
    return Response({"code": code, "reason": reason, "citation": None} | more, status=status)
