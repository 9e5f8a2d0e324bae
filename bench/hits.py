"""From an accepted read to its hit on the wire: ``hit_latency_ms``, through a real gunicorn and a real stream.

A desk listens to the server-sent events; reads of live hot plates are posted one by one; the clock runs from the
moment the post is sent (so the ingest itself is in it) to the event's arrival at the listener.
"""

import http.client
import json
import queue
import threading
import time

from bench import web
from bench.scratch import figure, say, scratch

READS = 60


def main() -> None:
    with scratch("platekeeper_bench_hits"):
        cookie, key, plates = _prepare()
        with web.server(threads=64) as port:
            arrivals: queue.SimpleQueue[float] = queue.SimpleQueue()
            _listen(port, cookie, arrivals)
            samples = [_one(port, key, plate, arrivals) for plate in plates]
        ordered = sorted(samples)
        note = "post sent -> event received; one desk, one web process"
        figure("hit_latency_ms", ordered[int(len(ordered) * 0.95)], "ms", samples=samples, note=note)


def _prepare() -> tuple[str, str, list[str]]:
    """A dispatcher's session cookie, a device key, and live hot plates."""
    from django.utils import timezone

    from tests import make

    now = timezone.now()
    dispatcher = make.user("bench-dispatcher", "dispatcher", classification="dispatcher")
    camera = make.camera("BENCH-01", approver=dispatcher)
    plates = [f"0BEN{number:04d}" for number in range(READS)]
    for plate in plates:
        make.hot_plate(plate, at=now, entered_by=dispatcher)
    cookie = web.signed_in(dispatcher).cookies["sessionid"].value
    return cookie, make.device_key(camera), plates


def _listen(port: int, cookie: str, arrivals: "queue.SimpleQueue[float]") -> None:
    """Open the stream; put the instant of each event about a hit into ``arrivals``."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    line.request("GET", "/hits/stream/", headers={"Cookie": f"sessionid={cookie}", "Accept": "text/event-stream"})
    answer = line.getresponse()
    if answer.status != 200:
        raise SystemExit(f"the stream answered {answer.status}")

    def read() -> None:
        for raw in answer:
            if raw.startswith(b"event: hit"):
                arrivals.put(time.perf_counter())

    threading.Thread(target=read, daemon=True).start()
    time.sleep(1)
    say("hits: the desk listens")


def _one(port: int, key: str, plate: str, arrivals: "queue.SimpleQueue[float]") -> float:
    from django.utils import timezone

    body = {"client_key": plate, "plate": plate, "state": "CA", "captured_at": timezone.now().isoformat()}
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    sent = time.perf_counter()
    line.request("POST", "/api/v1/reads/", json.dumps(body), headers)
    answer = line.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise SystemExit(f"the read was answered {answer.status}: {text[:200]!r}")
    arrived = arrivals.get(timeout=30)
    time.sleep(0.3)  # the next hit is a message of its own
    return (arrived - sent) * 1000


if __name__ == "__main__":
    main()
