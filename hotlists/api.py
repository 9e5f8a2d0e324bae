"""Hot plates for programs of signed-in staff: the same verbs and refusals as the pages."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit import asker, plates
from hotlists import operations
from hotlists.models import HotPlate


class NewHotPlate(serializers.Serializer):
    """What a client sends. Times are not sent: an entry lives from now, for ``life_hours`` elapsed hours."""

    hot_list = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    plate = serializers.CharField(max_length=plates.MAX_TYPED, help_text="? stands for one unknown character.")
    incident_number = serializers.CharField(max_length=30, required=False, allow_blank=True)
    state = serializers.ChoiceField(choices=list(plates.US_STATES), required=False, allow_blank=True)
    category = serializers.ChoiceField(choices=HotPlate.Category.choices)
    vehicle_description = serializers.CharField(max_length=200, required=False, allow_blank=True)
    case_number = serializers.CharField(max_length=20, required=False, allow_blank=True)
    xref = serializers.CharField(max_length=20, required=False, allow_blank=True)
    reason = serializers.CharField(max_length=500, allow_blank=True)
    life_hours = serializers.IntegerField(min_value=1, max_value=24 * 365)
    system = serializers.ChoiceField(choices=HotPlate.System.choices, required=False, allow_blank=True)
    system_entry_number = serializers.CharField(max_length=30, required=False, allow_blank=True)
    not_listed_why = serializers.CharField(max_length=300, required=False, allow_blank=True)


class ShownHotPlate(serializers.ModelSerializer):
    """An entry as the API shows it. Nobody entered an imported one: ``entered_by`` is null there."""

    entered_by = serializers.CharField(source="entered_by.username", allow_null=True, default=None)
    list_source = serializers.CharField(source="hot_list.source.name")
    hot_list = serializers.CharField(source="hot_list.name")
    informational_only = serializers.SerializerMethodField()

    class Meta:
        model = HotPlate
        fields = (
            "id", "plate", "partial", "incident_number", "state", "hot_list", "list_source", "informational_only",
            "category", "reason", "vehicle_description", "case_number", "xref", "system", "system_entry_number",
            "system_entered_at", "system_cleared_at", "not_listed_why", "entered_by", "effective_from", "expires_at",
            "renewal_of", "renewed_times", "withdrawn_at", "profile",
        )  # fmt: skip

    def get_informational_only(self, entry: HotPlate) -> bool:
        """Hits on a special list are information only (I.1)."""
        return entry.hot_list.kind == "special"


class ListQuery(serializers.Serializer):
    """Which entries, and which page of them."""

    tab = serializers.ChoiceField(choices=["live", "ended", "withdrawn"], default="live")
    page = serializers.IntegerField(min_value=1, max_value=1_000_000, default=1)
    hot_list = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False)
    mine = serializers.BooleanField(default=False)


class HotPlatePageAnswer(serializers.Serializer):
    """A page of entries; ``record`` is the ledger's number of this look."""

    tab = serializers.CharField()
    page = serializers.IntegerField()
    pages = serializers.IntegerField()
    counts = serializers.DictField(child=serializers.IntegerField())
    record = serializers.IntegerField()
    results = ShownHotPlate(many=True)


class HotPlates(APIView):
    """List hot plates. Entering one looks back over the reads, so the room of reads adds that (``HotPlateDoor``)."""

    authentication_classes = (SessionAuthentication,)
    permission_classes = (IsAuthenticated,)

    @extend_schema(operation_id="hot_plates_list", parameters=[ListQuery], responses=HotPlatePageAnswer)
    def get(self, request: Request) -> Response:
        """One page of the hot plates you may see. The look is on record."""
        query = ListQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        page = operations.list_hot_plates(
            tab=query.validated_data["tab"],
            page=query.validated_data["page"],
            hot_list=query.validated_data.get("hot_list"),
            mine=query.validated_data["mine"],
            by=asker.from_request(request._request),
            at=timezone.now(),
        )
        answer: dict[str, Any] = {"tab": page.tab, "page": page.number, "pages": page.pages, "counts": page.counts}
        results = ShownHotPlate(page.rows, many=True).data
        return Response(answer | {"record": page.record_index, "results": results}, headers=_NOT_KEPT)


_NOT_KEPT = {"Cache-Control": "no-store"}
