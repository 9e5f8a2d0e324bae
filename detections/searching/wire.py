"""A search as JSON, in and out: serializers that check the shape, and the answers. docs/api.md says it for people."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.urls import reverse
from rest_framework import serializers

from audit.models import User
from cameras.models import Camera, Site
from detections.models import Search
from detections.photo_tokens import Look
from detections.read_choice import choose
from detections.searching import present
from detections.searching.asked import Asked
from detections.searching.page import Page, Sighting
from detections.searching.places import MOST_SCENES, USUAL_METRES
from detections.searching.plate_token import seal_plate
from detections.searching.question import MOST_CORNERS, Area, Circle, Kind, Match, Polygon, QuestionError, Scene
from detections.searching.run import reviewers

MOST_CAMERAS = 10_000


class InstantField(serializers.DateTimeField):
    """ISO 8601 with a zone: a machine has no local time."""

    def enforce_timezone(self, value: datetime) -> datetime:
        """The instant as it came; one without a zone is refused."""
        if value.tzinfo is None:
            raise serializers.ValidationError("An instant needs its zone: Z or an offset.", code="naive")
        return value


class CameraCodesField(serializers.ListField):
    """Codes of cameras that read plates; as value the cameras. One query, however many they are."""

    child = serializers.CharField(max_length=40)

    def to_internal_value(self, data: Any) -> list[Camera]:
        """The cameras in the order of the codes, each once; refuses a code that there is not."""
        told = super().to_internal_value(data)
        if len(told) > MOST_CAMERAS:
            raise serializers.ValidationError([f"At most {MOST_CAMERAS:,} cameras."])
        codes = dict.fromkeys(told)
        readers = Camera.objects.exclude(kind=Camera.Kind.VIDEO).filter(code__in=list(codes))
        found = {camera.code: camera for camera in readers}
        if missing := next((code for code in codes if code not in found), None):
            raise serializers.ValidationError([f"There is no camera {missing} that reads plates."])
        return [found[code] for code in codes]


class AreaSerializer(serializers.Serializer):
    """A place: ``circle`` [latitude, longitude, metres], ``polygon`` [[latitude, longitude], ...], or ``site``."""

    circle = serializers.ListField(child=serializers.FloatField(), min_length=3, max_length=3, required=False)
    polygon = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2),
        min_length=3,
        max_length=MOST_CORNERS,
        required=False,
    )
    site = serializers.SlugRelatedField(slug_field="name", queryset=Site.objects.all(), required=False)
    metres = serializers.FloatField(required=False, help_text="Around the site; 500 unless said.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Exactly one of the three ways, kept as ``area``."""
        ways = [name for name in ("circle", "polygon", "site") if name in attrs]
        if len(ways) != 1:
            raise serializers.ValidationError("Give one of circle, polygon and site.")
        try:
            return {"area": _area(attrs)}
        except QuestionError as error:
            raise serializers.ValidationError({ways[0]: error.reason}) from error


class SceneSerializer(serializers.Serializer):
    """A place and a time, ``from_at <= captured < to_at``."""

    area = AreaSerializer()
    from_at = InstantField()
    to_at = InstantField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"scene": Scene(attrs["area"]["area"], attrs["from_at"], attrs["to_at"])}
        except QuestionError as error:
            raise serializers.ValidationError({"to_at": error.reason}) from error


class SearchSerializer(serializers.Serializer):
    """A search with its purpose. What may not be asked is for the rules, so that the refusal is on record."""

    kind = serializers.ChoiceField([kind.value for kind in Kind], default=Kind.PLATE.value)
    plate = serializers.CharField(
        required=False, allow_blank=True, max_length=64, help_text="In a pattern: ? is one character, * any number."
    )
    match = serializers.ChoiceField([match.value for match in Match], required=False)
    folded = serializers.BooleanField(default=False, help_text="A pattern takes look-alikes for each other.")
    containing = serializers.CharField(
        required=False, allow_blank=True, max_length=64, help_text="Characters the plate has somewhere, with a pattern."
    )
    state = serializers.CharField(required=False, allow_blank=True, max_length=64)
    cameras = CameraCodesField(required=False)
    area = AreaSerializer(required=False)
    # The stubs know no max_length: with many=True it is the list's.
    scenes = SceneSerializer(many=True, required=False, max_length=MOST_SCENES)  # type: ignore[call-arg]
    at_least = serializers.IntegerField(default=2, min_value=2, max_value=MOST_SCENES)
    within_s = serializers.IntegerField(default=120, min_value=1, max_value=3600)
    cameras_together = serializers.IntegerField(default=3, min_value=2, max_value=50)
    from_at = InstantField(required=False)
    to_at = InstantField(required=False, help_text="Left out: up to now.")
    purpose = serializers.CharField(max_length=60, help_text="A code of the policy in force.")
    reason = serializers.CharField(max_length=500)
    case_number = serializers.CharField(required=False, allow_blank=True, max_length=30)
    attested = serializers.BooleanField(default=False, help_text="Not based solely on a protected class.")
    reviewer = serializers.CharField(required=False, max_length=150, help_text="User name, for another use (D.1.c).")
    review = serializers.CharField(required=False, allow_blank=True, max_length=500)
    ticket = serializers.UUIDField(required=False, help_text="Yours: by it you can stop the search while it runs.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What the kind needs is there, and nothing that it has no use for."""
        kind = attrs["kind"]
        needs = {"scenes": ["scenes"], "canvass": ["area", "from_at"]}.get(kind, ["from_at"])
        missing = {name: ["This field is required."] for name in needs if not attrs.get(name)}
        unfit = {
            "scenes": ["plate", "containing", "match", "area", "from_at", "to_at"],
            "convoy": ["area", "containing"],
        }
        idle = [name for name in [*unfit.get(kind, []), *([] if kind == "scenes" else ["scenes"])] if attrs.get(name)]
        missing |= {name: [f"A search of kind {kind} has no {name}."] for name in idle}
        if missing:
            raise serializers.ValidationError(missing)
        return attrs

    def asked(self, user: User, at: datetime) -> Asked:
        """The valid search as the verb takes it. Raises ValidationError for a reviewer who is none."""
        values = dict(self.validated_data)
        values.pop("ticket", None)
        kind = Kind(values.pop("kind"))
        usual = Match.PATTERN if kind is Kind.CANVASS else Match.EXACT
        values["match"] = Match(values["match"]) if "match" in values else usual
        values["cameras"] = tuple(values.get("cameras", ()))
        values["scenes"] = tuple(told["scene"] for told in values.get("scenes", ()))
        if "area" in values:
            values["area"] = values["area"]["area"]
        if "reviewer" in values:
            person = reviewers(at, but=user).filter(username=values["reviewer"]).first()
            if person is None:
                raise serializers.ValidationError({"reviewer": ["Nobody of this name documents a use."]})
            values["reviewer"] = person
        return Asked(kind=kind, **values)


class ReadSerializer(serializers.Serializer):
    """A read of an answer. ``address`` opens it for ten minutes, ``choice`` chooses it for a hold or a package."""

    number = serializers.IntegerField()
    id = serializers.UUIDField()
    plate = serializers.CharField()
    state = serializers.CharField()
    captured_at = serializers.DateTimeField()
    camera = serializers.CharField()
    place = serializers.CharField()
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    confidence = serializers.FloatField(allow_null=True)
    has_picture = serializers.BooleanField()
    address = serializers.CharField()
    choice = serializers.CharField()


class PlateSerializer(serializers.Serializer):
    """A plate that was at several scenes (``places``: their numbers from 1) or travelled along (camera codes)."""

    plate = serializers.CharField()
    state = serializers.CharField()
    count = serializers.IntegerField(help_text="At how many scenes, or cameras.")
    places = serializers.ListField(child=serializers.CharField())
    reads = serializers.IntegerField()
    first = serializers.DateTimeField()
    last = serializers.DateTimeField()
    sightings = serializers.CharField()


class StartedSerializer(serializers.Serializer):
    """A search that was run. ``count`` is capped; ``more`` says that there are more than it tells."""

    id = serializers.UUIDField()
    count = serializers.IntegerField()
    more = serializers.BooleanField()
    record = serializers.IntegerField(help_text="Its record on the ledger.")
    page = serializers.CharField(help_text="The address of its first page.")


class TicketSerializer(serializers.Serializer):
    """The ticket that the running search was sent with."""

    ticket = serializers.UUIDField()


class StoppedSerializer(serializers.Serializer):
    """Whether a search of this ticket still ran, and was stopped."""

    stopped = serializers.BooleanField()


class AskedSerializer(serializers.Serializer):
    """A wide search that now waits for a sergeant or an ALPR administrator."""

    id = serializers.UUIDField()
    why_wide = serializers.CharField()


class PageSerializer(serializers.Serializer):
    """A page: reads, or plates where scenes or a convoy were asked for. ``next`` is null on the last."""

    search = serializers.UUIDField()
    kind = serializers.ChoiceField([kind.value for kind in Kind])
    record = serializers.IntegerField(help_text="The record of this look.")
    reads = ReadSerializer(many=True)
    plates = PlateSerializer(many=True)
    more = serializers.BooleanField()
    next = serializers.CharField(allow_null=True)


class ErrorSerializer(serializers.Serializer):
    """What every error says; a refusal by law has all of it."""

    code = serializers.CharField(help_text="Stable, for programs.")
    reason = serializers.CharField()
    citation = serializers.CharField(required=False, allow_null=True)
    clause = serializers.CharField(required=False)
    profile = serializers.CharField(required=False)
    next_step = serializers.CharField(required=False)
    record = serializers.IntegerField(required=False, allow_null=True)
    fields = serializers.DictField(required=False, help_text="Field -> what is wrong with it.")  # type: ignore[assignment]


def started(search: Search) -> dict[str, Any]:
    """The answer to a search that was run."""
    return {
        "id": str(search.pk),
        "count": search.result_count,
        "more": search.result_capped,
        "record": search.record_index,
        "page": reverse("detections_api:search", args=[search.pk]),
    }


def page(of: Page, *, user: User, at: datetime) -> dict[str, Any]:
    """A page of an answer."""
    search, here = of.search, reverse("detections_api:search", args=[of.search.pk])
    look = Look(search.purpose, search.reason, search.case_number)
    return {
        "search": str(search.pk),
        "kind": of.question.kind.value,
        "record": of.record_index,
        "reads": [_read(sighting, look, search.pk, user=user, at=at) for sighting in of.sightings],
        "plates": _plates(of),
        "more": of.more,
        "next": f"{here}?after={of.next_cursor}" if of.next_cursor else None,
    }


def _read(sighting: Sighting, look: Look, search_id: UUID, *, user: User, at: datetime) -> dict[str, Any]:
    read = sighting.read
    return {
        "number": sighting.number,
        "id": str(read.pk),
        "plate": read.plate,
        "state": read.state,
        "captured_at": read.captured_at.isoformat(),
        "camera": read.camera.code,
        "place": sighting.place,
        "latitude": sighting.latitude,
        "longitude": sighting.longitude,
        "confidence": read.confidence,
        "has_picture": read.photo is not None,
        "address": present.read_address(read, look, user=user, at=at),
        "choice": choose(read.ref, search_id),
    }


def _plates(of: Page) -> list[dict[str, Any]]:
    scenes = of.question.kind is Kind.SCENES
    codes = {} if scenes else present.camera_codes([number for found in of.companions for number in found.places])
    door = reverse("detections_api:search_sightings", args=[of.search.pk])
    return [
        {
            "plate": found.plate,
            "state": found.state,
            "count": found.count,
            "places": [str(number + 1) if scenes else codes.get(number, str(number)) for number in found.places],
            "reads": found.reads,
            "first": found.first.isoformat(),
            "last": found.last.isoformat(),
            "sightings": f"{door}?of={seal_plate(found.plate, of.search.pk)}",
        }
        for found in of.companions
    ]


def _area(told: dict[str, Any]) -> Area:
    if "circle" in told:
        return Circle(*told["circle"])
    if "polygon" in told:
        return Polygon(tuple(cast(tuple[float, float], tuple(corner)) for corner in told["polygon"]))
    return Circle(told["site"].latitude, told["site"].longitude, told.get("metres", USUAL_METRES))
