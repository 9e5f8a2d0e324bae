"""The log for programs: checkpoint and consistency for anybody, the proof of a record for auditors."""

import base64
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit import asker
from audit.log import asking, checkpoints, proofs, statements
from audit.models import LedgerEntry


class CheckpointAnswer(serializers.Serializer):
    """The newest checkpoint; ``note`` is what to keep. Seconds of exposure are null while no witness took any."""

    origin = serializers.CharField()
    size = serializers.IntegerField()
    root_hash = serializers.CharField(help_text="Base64 of 32 bytes.")
    note = serializers.CharField(help_text="Signed note of C2SP, byte for byte, with the witnesses' lines.")
    made_at = serializers.DateTimeField()
    records = serializers.IntegerField(help_text="Records in the log now.")
    covered = serializers.IntegerField(help_text="Records that a witness has.")
    outside_age_seconds = serializers.FloatField(allow_null=True)
    exposed_seconds = serializers.FloatField(help_text="How long the oldest record has waited that no witness has.")


class ConsistencyAnswer(serializers.Serializer):
    """RFC 9162 section 2.1.4; hashes in base64."""

    old = serializers.IntegerField()
    old_root = serializers.CharField()
    new = serializers.IntegerField()
    new_root = serializers.CharField()
    proof = serializers.ListField(child=serializers.CharField())
    sound = serializers.BooleanField()


class ProofAnswer(serializers.Serializer):
    """The proof of a record; ``file`` is the same as a tlog-proof of C2SP. ``record`` is of this asking."""

    index = serializers.IntegerField()
    leaf = serializers.CharField(help_text="The canonical leaf, as it is hashed.")
    size = serializers.IntegerField()
    proof = serializers.ListField(child=serializers.CharField())
    file = serializers.CharField()
    record = serializers.IntegerField()


class NewestCheckpoint(APIView):
    """The newest checkpoint of the ledger. Open to anybody; it holds no plate and no name."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    @extend_schema(responses=CheckpointAnswer, tags=["log"])
    def get(self, request: Request) -> Response:
        at = timezone.now()
        if (newest := checkpoints.latest()) is None:
            raise NotFound
        exposed = checkpoints.exposure(at)
        answer = {
            "origin": newest.origin,
            "size": newest.size,
            "root_hash": base64.b64encode(bytes(newest.root)).decode(),
            "note": asking.with_cosignatures(newest),
            "made_at": newest.made_at,
            "records": exposed.head_size,
            "covered": exposed.size_covered,
            "outside_age_seconds": None if exposed.age is None else exposed.age.total_seconds(),
            "exposed_seconds": exposed.window.total_seconds(),
        }
        return Response(CheckpointAnswer(answer).data, headers={"Cache-Control": "public, max-age=10"})


class LogConsistency(APIView):
    """That the log's first ``new`` records begin with its first ``old``. Open to anybody."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]

    @extend_schema(responses=ConsistencyAnswer, tags=["log"])
    def get(self, request: Request, old: int, new: int) -> Response:
        try:
            shown = statements.continuation(old, new)
        except proofs.NoProof:
            raise NotFound from None
        return Response(shown.as_dict(), headers={"Cache-Control": "public, max-age=10"})


class RecordProof(APIView):
    """The proof that a record is in the log. For auditors; the asking is a record itself."""

    @extend_schema(responses=ProofAnswer, tags=["log"])
    def get(self, request: Request, index: int) -> Response:
        try:
            found = asking.prove(by=asker.from_request(request._request), at=timezone.now(), index=index)
        except LedgerEntry.DoesNotExist:
            raise NotFound from None
        answer = {
            "index": index,
            "leaf": found.entry.leaf().decode(),
            "size": found.checkpoint.size,
            "proof": [base64.b64encode(piece).decode() for piece in found.hashes],
            "file": found.file,
            "record": found.record_index,
        }
        return Response(ProofAnswer(answer).data)
