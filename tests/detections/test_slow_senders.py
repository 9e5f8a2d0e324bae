"""A real gunicorn with senders that stop, or talk nonsense, in the middle of a body."""

import json
import socket
import time

import pytest

from tests import make
from tests.detections.test_stream_stop import server  # noqa: F401 - a fixture


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setenv("BODY_SECONDS", "1")


def said(port, headers, body):
    """The status and the body of the answer to these bytes."""
    head = f"POST /api/v1/reads/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{headers}\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(head.encode() + body)
        answer = b""
        while b"}" not in answer and (piece := line.recv(65536)):
            answer += piece
    top, _, content = answer.partition(b"\r\n\r\n")
    return int(top.split()[1]), json.loads(content[content.index(b"{") : content.rindex(b"}") + 1])


@pytest.mark.slow
def test_a_body_that_stops_coming_or_is_no_body_is_answered_400(impatient, server):  # noqa: F811
    _, port = server
    key = f"Authorization: Bearer {make.device_key(make.camera())}\r\n"
    started = time.monotonic()
    status, answer = said(port, f"{key}Content-Length: 100\r\n", b"[]")
    assert (status, answer["code"]) == (400, "body.cut_short")
    assert time.monotonic() - started < 10
    status, answer = said(port, f"{key}Transfer-Encoding: chunked\r\n", b"zz\r\n[]\r\n0\r\n\r\n")
    assert (status, answer["code"]) == (400, "body.cut_short")
