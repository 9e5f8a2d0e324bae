"""No log holds query strings, one-time tokens, or what someone typed into the address."""

import logging
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client, RequestFactory

from alpr_site.logs import HideAddresses
from alpr_site.middleware import RequestLog

TOKEN = "fyWvQgnn9GpLDxgudRIEeA5xA6TT2T1cfLFIpE3D2wo"


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/hits/?owner=me", "GET /hits/"),
        ("/quick/fyWvQgnn9GpLDxgudRIEeA5xA6TT2T1cfLFIpE3D2wo/", "GET /quick/[hidden]/"),
        (f"/registry/mine/{TOKEN}/", "GET /registry/mine/[hidden]/"),
        ("/search/0DEM123/", "GET [unknown address]"),
        ("/0DEM123", "GET [unknown address]"),
        ("/photos/019f2b1e-0000-7000-8000-000000000001/?t=secret", "GET /photos/019f2b1e-0000-7000-8000-000000000001/"),
    ],
)
def test_what_is_logged_of_a_request(path, logged):
    assert RequestLog.format_request(RequestFactory().get(path)) == logged


@pytest.fixture
def lines():
    """Every line that the console handler would write, while the test runs."""
    written: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record):
            written.append(record.getMessage())

    handler = Keep()
    handler.addFilter(HideAddresses())
    logging.getLogger("django").addHandler(handler)
    yield written
    logging.getLogger("django").removeHandler(handler)


def test_djangos_own_log_hides_what_was_typed_into_an_address(db, lines):
    Client().get("/search/0DEM123/?plate=0DEM123")
    assert lines == ["Not Found: [unknown address]"]


def test_djangos_own_log_hides_the_token_of_a_refused_form(db, lines):
    Client(enforce_csrf_checks=True).post(f"/registry/mine/{TOKEN}/withdraw/")
    assert [line for line in lines if "/registry/mine/[hidden]/withdraw/" in line]
    assert TOKEN not in "".join(lines)


def test_djangos_own_log_keeps_ids_and_drops_queries(db, lines):
    Client().put("/hits/stream/?t=secret")
    logging.getLogger("django.request").warning(
        "Forbidden: %s", "/photos/019f2b1e-0000-7000-8000-000000000001/?t=secret"
    )
    assert lines[-1] == "Forbidden: /photos/019f2b1e-0000-7000-8000-000000000001/"
    assert "secret" not in "".join(lines)


def test_every_handler_hides_addresses():
    assert all("addresses" in handler["filters"] for handler in settings.LOGGING["handlers"].values())


def test_the_proxys_log_hides_the_same():
    text = (Path(settings.BASE_DIR) / "deploy" / "nginx.conf").read_text()
    logged = text[text.index("log_format") :].partition(";")[0]
    assert "$platekeeper_address" in logged
    assert not re.search(r"\$(request|request_uri|args|uri|query_string|http_referer)\b", logged)
    hidden = text[text.index("map ") : text.index("log_format")]
    assert all(name in hidden for name in ("/quick/", "/registry/(mine|confirm)", "^404"))
    assert re.search(r"error_log \S+ crit;", text)
