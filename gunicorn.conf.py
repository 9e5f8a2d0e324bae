"""Read by gunicorn by itself when started in this folder: open hit desks must not hold back a stop of the server."""

from typing import Any


def post_worker_init(worker: Any) -> None:
    """Let the live lines of this worker end, within a second, when it is told to stop."""
    from detections.stream import keep_while

    keep_while(lambda: worker.alive)
