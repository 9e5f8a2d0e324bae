"""One hot plate for programs of signed-in staff: see, withdraw, renew, note and clear its CLETS/NCIC entry."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import NotFound
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit import asker
from hotlists import operations
from hotlists.api import ShownHotPlate
from hotlists.models import HotPlate


class Withdrawal(serializers.Serializer):
    """Why an entry ends before its time."""

    reason = serializers.CharField(max_length=300, allow_blank=True)


class Renewal(serializers.Serializer):
    """The new reason, and the new entry's life in elapsed hours from now."""

    reason = serializers.CharField(max_length=500, allow_blank=True)
    life_hours = serializers.IntegerField(min_value=1, max_value=24 * 365)


class SystemEntry(serializers.Serializer):
    """The plate's CLETS or NCIC entry."""

    system = serializers.ChoiceField(choices=HotPlate.System.choices)
    entry_number = serializers.CharField(max_length=30)


class OneHotPlate(APIView):
    """What the addresses of one entry share: who asks, and that an entry one may not see does not exist."""

    authentication_classes = (SessionAuthentication,)
    permission_classes = (IsAuthenticated,)

    def run(self, request: Request, verb: Callable[..., HotPlate], status: int = 200, **facts: Any) -> Response:
        """Call the verb and answer with the entry; 404 where the asker may not see it."""
        try:
            entry = verb(by=asker.from_request(request._request), at=timezone.now(), **facts)
        except HotPlate.DoesNotExist:
            raise NotFound from None
        return Response(ShownHotPlate(entry).data, status=status, headers={"Cache-Control": "no-store"})

    @staticmethod
    def valid(form: serializers.Serializer) -> dict[str, Any]:
        """What was sent, checked for its shape: 400 for any other."""
        form.is_valid(raise_exception=True)
        return dict(form.validated_data)


class Open(OneHotPlate):
    @extend_schema(operation_id="hot_plates_open", responses=ShownHotPlate)
    def get(self, request: Request, entry_id: UUID) -> Response:
        """One hot plate you may see. The look is on record."""
        return self.run(request, lambda **who: operations.open_hot_plate(entry_id=entry_id, **who).entry)


class Withdraw(OneHotPlate):
    @extend_schema(operation_id="hot_plates_withdraw", request=Withdrawal, responses=ShownHotPlate)
    def post(self, request: Request, entry_id: UUID) -> Response:
        """End it before its time; the record stays."""
        return self.run(
            request, operations.withdraw_hot_plate, entry_id=entry_id, **self.valid(Withdrawal(data=request.data))
        )


class Renew(OneHotPlate):
    @extend_schema(operation_id="hot_plates_renew", request=Renewal, responses={201: ShownHotPlate})
    def post(self, request: Request, entry_id: UUID) -> Response:
        """A new entry with a new reason in its place (E.2)."""
        facts = self.valid(Renewal(data=request.data))
        life = timedelta(hours=facts.pop("life_hours"))
        return self.run(request, operations.renew_hot_plate, 201, entry_id=entry_id, life=life, **facts)


class EnterSystem(OneHotPlate):
    @extend_schema(operation_id="hot_plates_system_entry", request=SystemEntry, responses=ShownHotPlate)
    def post(self, request: Request, entry_id: UUID) -> Response:
        """Note its CLETS or NCIC entry (E.2)."""
        return self.run(
            request, operations.record_system_entry, entry_id=entry_id, **self.valid(SystemEntry(data=request.data))
        )


class ClearSystem(OneHotPlate):
    @extend_schema(operation_id="hot_plates_clear", request=None, responses=ShownHotPlate)
    def post(self, request: Request, entry_id: UUID) -> Response:
        """Note that its CLETS or NCIC entry was cleared there."""
        return self.run(request, operations.clear_system_entry, entry_id=entry_id)
