"""The ways by which the same reads go in: the product's verb, and what it is compared with.

Each way is a context manager over the batches; it yields one job for each, and only the jobs are on the clock.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import cycle
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cameras.models import Camera
    from detections.ingest.reads import NewRead

Batch = Sequence["NewRead"]
Job = Callable[[], Any]


class Ways:
    """The ways, each batch from the next camera. ``hot`` maps driven hot plates to the ids of their entries."""

    def __init__(self, hot: dict[str, Any]) -> None:
        from cameras.models import Camera

        self.hot = hot
        cameras = list(Camera.objects.filter(kind=Camera.Kind.FIXED).order_by("number"))
        self.first, self.cameras = cameras[0], cycle(cameras)

    @contextmanager
    def pipeline(self, batches: Sequence[Batch], at: datetime) -> Iterator[list[Job]]:
        """The product's own verb: keys, reads, dictionary, hits, history, outbox and the ledger record."""
        from audit import asker
        from detections.ingest.verb import record_reads

        def record(batch: Batch, camera: "Camera") -> None:
            by = asker.device(camera.code, address="127.0.0.1")
            answers = record_reads(by=by, camera=camera, reads=batch, at=at)
            if other := next((answer for answer in answers if answer.status != "recorded"), None):
                raise SystemExit(f"not all was recorded: {other.status}, {other.reason}")

        yield [lambda b=batch, c=camera: record(b, c) for batch, camera in zip(batches, self.cameras, strict=False)]

    @contextmanager
    def bulk_create(self, batches: Sequence[Batch], at: datetime) -> Iterator[list[Job]]:
        """What Django offers for the same rows in the same tables, one commit a batch; the hits are known before."""
        yield [
            lambda b=batch, c=camera: self._create(b, c, at)
            for batch, camera in zip(batches, self.cameras, strict=False)
        ]

    @contextmanager
    def copy(self, batches: Sequence[Batch], at: datetime) -> Iterator[list[Job]]:
        """The ceiling: the same read objects by the same COPY into a bare table, one commit a batch."""
        from detections.ingest import rows
        from detections.ingest.ids import uuid7s

        def store(batch: Batch) -> None:
            rows.copy_reads(list(zip(uuid7s(len(batch), at), batch, strict=True)), camera=self.first)

        with _bare() as table:
            statement, rows._COPY = rows._COPY, rows._COPY.replace("detections_detection", table)
            try:
                yield [lambda b=batch: store(b) for batch in batches]
            finally:
                rows._COPY = statement

    @contextmanager
    def encoded(self, batches: Sequence[Batch], at: datetime) -> Iterator[list[Job]]:
        """The ceiling of the server alone: COPY into a bare table of rows encoded before the clock began."""
        from detections.ingest import rows
        from detections.ingest.ids import uuid7s
        from detections.ingest.wire import server_cursor

        def store(statement: str, ready: bytes) -> None:
            with server_cursor() as cursor, cursor.copy(statement) as copy:
                copy.write(ready)

        with _bare() as table:
            statement = rows._COPY.replace("detections_detection", table)
            jobs: list[Job] = []
            for batch in batches:
                pairs = list(zip(uuid7s(len(batch), at), batch, strict=True))
                ready = rows._HEADER + rows._encoded(pairs, self.first.number, rows._uuid(None)) + rows._END
                jobs.append(lambda ready=ready: store(statement, ready))
            yield jobs

    def _create(self, batch: Batch, camera: "Camera", at: datetime) -> None:
        from django.db import transaction

        from audit.ids import uuid7
        from detections.models import Detection, Hit, IngestKey, OutboxEvent

        rows = [_detection(read, camera) for read in batch]
        keys = [
            IngestKey(camera_number=camera.number, key=uuid7(), body=uuid7(), read_id=row.pk, reason="") for row in rows
        ]
        hits = [
            Hit(
                detection_id=row.pk,
                camera_id=camera.number,
                captured_at=row.captured_at,
                hot_plate_id=self.hot[row.plate],
                plate=row.plate,
                created_at=at,
            )
            for row in rows
            if row.plate in self.hot
        ]
        with transaction.atomic():
            Detection.objects.bulk_create(rows)
            IngestKey.objects.bulk_create(keys)
            Hit.objects.bulk_create(hits)
            Hit.history.bulk_history_create(hits, default_date=at)  # type: ignore[attr-defined]
            OutboxEvent.objects.bulk_create(OutboxEvent(created_at=at, topic="hit.new", hit=hit) for hit in hits)


def _detection(read: "NewRead", camera: "Camera") -> Any:
    from detections.models import Detection

    return Detection(
        plate=read.plate,
        state=read.state,
        captured_at=read.captured_at,
        camera=camera,
        latitude=read.latitude,
        longitude=read.longitude,
        confidence=read.confidence,
        image_reference=read.image_reference,
        vehicle=read.vehicle,
    )


@contextmanager
def _bare() -> Iterator[str]:
    """The name of a table of the same columns without keys, indexes, constraints or triggers."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bare_read (LIKE detections_detection)")
    try:
        yield "bare_read"
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE bare_read")
