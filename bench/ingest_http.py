"""``ingest_http_reads_per_s``: posts of 1,000 reads to one real web worker, and the time of a post of one."""

import http.client
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bench import web
from bench.more_reads import more_reads
from bench.reads_at_scale import Filling
from bench.scratch import figure
from bench.timing import milliseconds, p50

if TYPE_CHECKING:
    from detections.ingest.reads import NewRead

READS, SIZE, SINGLES = 60_000, 1_000, 200
SEED = 900


def measure_http(filling: Filling) -> None:
    """Reads of the last hour from one camera, one post after the other on one connection."""
    from django.utils import timezone

    from cameras.models import Camera
    from tests import make

    camera = Camera.objects.get(code="FIXED-007")
    headers = {"Authorization": f"Bearer {make.device_key(camera)}", "Content-Type": "application/json"}
    reads = _as_json(more_reads(filling.upto, READS + 10 * SIZE + SINGLES, seed=SEED), timezone.now())
    posts = [json.dumps(reads[start : start + SIZE]) for start in range(0, READS + 10 * SIZE, SIZE)]
    with web.server() as port:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        milliseconds(lambda body: _post(line, headers, body), posts[:10])
        taken = milliseconds(lambda body: _post(line, headers, body), posts[10:])
        held = f"{filling.reads:,} reads and 300,000 hot plates held"
        note = f"posts of {SIZE:,} on one connection, one gunicorn worker; {held}; target >= 5,000"
        figure("ingest_http_reads_per_s", READS / sum(taken) * 1000, "reads/s", n=READS, note=note)
        figure("ingest_http_post_ms", p50(taken), "ms", samples=taken, note=note)
        alone = milliseconds(lambda read: _post(line, headers, json.dumps(read)), reads[-SINGLES:])
        figure("ingest_http_one_read_ms", p50(alone), "ms", samples=alone, note=f"posts of one read; {held}")
        line.close()


def _as_json(reads: list["NewRead"], now: datetime) -> list[dict[str, Any]]:
    """As a device would send them; captured within the last hour."""
    return [
        {
            "client_key": f"http-{number}-{now.timestamp()}",
            "plate": read.plate,
            "state": read.state,
            "captured_at": (now - timedelta(seconds=3600 - 3600 * number / len(reads))).isoformat(),
            "confidence": read.confidence,
            "image_reference": read.image_reference,
            "vehicle": read.vehicle,
        }
        for number, read in enumerate(reads)
    ]


def _post(line: http.client.HTTPConnection, headers: dict[str, str], body: str) -> None:
    """Every answer must say that all was recorded."""
    line.request("POST", "/api/v1/reads/", body, headers)
    response = line.getresponse()
    content = response.read()
    answers = json.loads(content) if response.status == 200 else []
    answers = answers if isinstance(answers, list) else [answers]
    if response.status != 200 or {answer["status"] for answer in answers} != {"recorded"}:
        raise SystemExit(f"The server answered {response.status}: {content[:300]!r}")
