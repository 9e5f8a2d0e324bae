"""The request log holds neither query strings nor one-time tokens."""

import pytest
from django.test import RequestFactory

from alpr_site.middleware import RequestLog


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/hits/?owner=me", "GET /hits/"),
        ("/quick/fyWvQgnn9GpLDxgudRIEeA5xA6TT2T1cfLFIpE3D2wo/", "GET /quick/[hidden]/"),
        ("/photos/019f2b1e-0000-7000-8000-000000000001/?t=secret", "GET /photos/019f2b1e-0000-7000-8000-000000000001/"),
    ],
)
def test_what_is_logged_of_a_request(path, logged):
    assert RequestLog.format_request(RequestFactory().get(path)) == logged
