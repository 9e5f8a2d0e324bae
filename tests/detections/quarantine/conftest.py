"""No broker in these tests: what is enqueued is written down."""

import pytest

from detections.uploads import hand_in


@pytest.fixture(autouse=True)
def queued(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids that were put into the queue."""
    ids: list[str] = []
    monkeypatch.setattr(
        hand_in.current_app, "send_task", lambda task, kwargs, **_: ids.append(kwargs["upload_id"]), raising=False
    )
    return ids
