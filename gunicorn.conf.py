"""Read by gunicorn by itself when started in this folder: neither open hit desks nor slow senders hold it up."""

import os
import threading
from typing import Any

# How long a sender may pause in the middle of a body, in seconds. A slow trickle still holds a thread: the proxy in
# front takes whole requests before it passes them on (docs/deploy.md).
BODY_SECONDS = float(os.environ.get("BODY_SECONDS", "30"))

# How many threads of a process keep their database connection for the next request: with a thread for every open desk,
# all of them together would be more than PostgreSQL takes.
KEPT_CONNECTIONS = int(os.environ.get("KEPT_CONNECTIONS", "32"))
_keepers: set[int] = set()
_lock = threading.Lock()


def post_worker_init(worker: Any) -> None:
    """Leave threads for pages beside the live desks, and let their lines end within a second of being told to stop."""
    from detections.live.feed import feed
    from detections.live.line import keep_while

    feed.most = max(worker.cfg.threads - 32, worker.cfg.threads * 3 // 4)
    keep_while(lambda: worker.alive)


def pre_request(worker: Any, request: Any) -> None:
    """Give a body that has stopped coming an end; gunicorn sets the socket back after each request."""
    request.unreader.sock.settimeout(BODY_SECONDS)


def post_request(worker: Any, request: Any, environ: dict[str, Any], response: Any) -> None:
    """Let this thread keep its database connection if few others do, else give it back."""
    from django.db import connection, connections

    me = threading.get_ident()
    with _lock:
        _keepers.discard(me)
        keeps = connection.connection is not None and len(_keepers) < KEPT_CONNECTIONS
        if keeps:
            _keepers.add(me)
    if not keeps:
        connections.close_all()
