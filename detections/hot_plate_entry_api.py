"""Entering a hot plate by API: the same verb as the form, with its look back in the answer."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from audit import asker
from detections.look_back import LookBack, enter_hot_plate
from hotlists.api import HotPlates, NewHotPlate, ShownHotPlate
from hotlists.operations import Wanted


class NewHotPlateWithWord(NewHotPlate):
    """What a client sends; ``attested``: not based solely on a protected class, without which nothing is searched."""

    attested = serializers.BooleanField(default=False)


class LookBackAnswer(serializers.Serializer):
    """What came of looking back: the search with its count, else why there is none.

    ``count`` is capped at 1000, and ``more`` says so; open the search by /api/v1/searches/{search}/.
    """

    since = serializers.DateTimeField()
    search = serializers.UUIDField(allow_null=True)
    count = serializers.IntegerField(allow_null=True)
    more = serializers.BooleanField()
    refusal = serializers.DictField(allow_null=True)
    trouble = serializers.CharField(allow_blank=True)


class EnteredHotPlate(ShownHotPlate):
    """The entry as the API shows it, and its look back; null where the policy names none."""

    look_back = LookBackAnswer(allow_null=True)

    class Meta(ShownHotPlate.Meta):
        fields = (*ShownHotPlate.Meta.fields, "look_back")  # type: ignore[assignment] # one more than the other


class HotPlateDoor(HotPlates):
    """List hot plates, and enter one."""

    @extend_schema(operation_id="hot_plates_enter", request=NewHotPlateWithWord, responses={201: EnteredHotPlate})
    def post(self, request: Request) -> Response:
        """Enter a hot plate (E.1, E.2) and look back. A refused entry is 403 with its code, clause and next step."""
        form = NewHotPlateWithWord(data=request.data)
        form.is_valid(raise_exception=True)
        facts = dict(form.validated_data)
        attested = facts.pop("attested")
        wanted = Wanted(hot_list_id=facts.pop("hot_list"), life=timedelta(hours=facts.pop("life_hours")), **facts)
        by, at = asker.from_request(request._request), timezone.now()
        entered = enter_hot_plate(wanted, by=by, at=at, attested=attested)
        answer = dict(ShownHotPlate(entered.entry).data)
        answer["look_back"] = _told(entered.look_back) if entered.look_back else None
        return Response(answer, status=201, headers={"Cache-Control": "no-store"})


def _told(found: LookBack) -> dict[str, Any]:
    search = found.search
    return {
        "since": _instant(found.since),
        "search": str(search.pk) if search else None,
        "count": search.result_count if search else None,
        "more": bool(search and search.result_capped),
        "refusal": found.refused.as_dict() if found.refused else None,
        "trouble": found.trouble,
    }


def _instant(at: datetime) -> str:
    return timezone.localtime(at).isoformat()
