"""A worker of its own: ``python -m tests.detections.uploads.take_in_process <upload> <rows a part>``."""

import sys
from uuid import UUID

import django


def main() -> None:
    django.setup()
    from django.utils import timezone

    from detections.uploads import hand_in, run, window

    hand_in.current_app.send_task = lambda *_, **__: None
    window.BATCH = int(sys.argv[2])
    print("begins", flush=True)  # noqa: T201
    done = run.take_in(upload_id=UUID(sys.argv[1]), clock=timezone.now)
    print(done.status if done else "nothing to do", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
