"""Read by gunicorn by itself when started in this folder: neither open hit desks nor slow senders hold it up."""

import os
from typing import Any

# How long a sender may pause in the middle of a body, in seconds. A slow trickle still holds a thread: the proxy in
# front takes whole requests before it passes them on (docs/deploy.md).
BODY_SECONDS = float(os.environ.get("BODY_SECONDS", "30"))


def post_worker_init(worker: Any) -> None:
    """Let the live lines of this worker end, within a second, when it is told to stop."""
    from detections.stream import keep_while

    keep_while(lambda: worker.alive)


def pre_request(worker: Any, request: Any) -> None:
    """Give a body that has stopped coming an end; gunicorn sets the socket back after each request."""
    request.unreader.sock.settimeout(BODY_SECONDS)
