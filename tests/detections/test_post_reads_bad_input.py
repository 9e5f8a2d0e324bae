"""POST /api/v1/reads/: what is not right is refused with its field named, the rest is kept, and nothing answers 5xx."""

import gzip
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.test import Client, RequestFactory
from gunicorn.http.errors import InvalidChunkSize
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.models import LedgerEntry
from cameras.models import Camera, DeviceKey
from detections.api import MOST_JSON, Reads
from detections.ingest import parsing, rules
from detections.ingest.parsing import BodyError
from detections.ingest.reads import BadRead, NewRead
from detections.models import Detection, IngestKey
from tests import make
from tests.detections.test_post_reads import URL, a_read, camera, post  # noqa: F401 - fixtures

DEEP = 100_000


def good(**fields):
    return a_read("good", "0DEM999", **fields)


BAD_FIELDS = [
    ({"client_key": None}, "client_key", "missing"),
    ({"client_key": ""}, "client_key", "empty"),
    ({"client_key": "x" * 101}, "client_key", "100"),
    ({"client_key": 7}, "client_key", "text"),
    ({"client_key": "a\x00b"}, "client_key", "control"),
    ({"client_key": " a"}, "client_key", "space"),
    ({"plate": None}, "plate", "missing"),
    ({"plate": ""}, "plate", "empty"),
    ({"plate": "---"}, "plate", "empty"),
    ({"plate": 123}, "plate", "text"),
    ({"plate": ["0DEM123"]}, "plate", "text"),
    ({"plate": {"a": 1}}, "plate", "text"),
    ({"plate": True}, "plate", "text"),
    ({"plate": "0DEM123\x00"}, "plate", "control"),
    ({"plate": "0DEM\ud800"}, "plate", "half a character"),
    ({"plate": "0DEM12%"}, "plate", "place 7"),
    ({"plate": "0DEM_12"}, "plate", "place 5"),
    ({"plate": "0D\u0415M123"}, "plate", "Cyrillic"),
    ({"plate": "0D\u0395M123"}, "plate", "Greek"),
    ({"plate": "0DEM\u200b123"}, "plate", "invisible"),
    ({"plate": "0DEM12345"}, "plate", "one too many"),
    ({"plate": "0" * 5000}, "plate", "5000"),
    ({"state": "XX"}, "state", "state"),
    ({"state": 5}, "state", "text"),
    ({"captured_at": None}, "captured_at", "missing"),
    ({"captured_at": "2026-03-08T10:00:00"}, "captured_at", "zone"),
    ({"captured_at": "2026-03-08"}, "captured_at", "zone"),
    ({"captured_at": "yesterday"}, "captured_at", "date and time"),
    ({"captured_at": "2026-02-30T10:00:00Z"}, "captured_at", "date and time"),
    ({"captured_at": "0001-01-01T00:00:00+14:00"}, "captured_at", "our time"),
    ({"captured_at": "9999-12-31T23:59:59-14:00"}, "captured_at", "our time"),
    ({"captured_at": 1772992741}, "captured_at", "text"),
    ({"captured_at": 1e308}, "captured_at", "text"),
    ({"latitude": 91, "longitude": 0}, "latitude", "-90 to 90"),
    ({"latitude": -90.000001, "longitude": 0}, "latitude", "-90 to 90"),
    ({"latitude": 0, "longitude": 181}, "longitude", "-180 to 180"),
    ({"latitude": 38.5}, "longitude", "missing"),
    ({"longitude": -121.5}, "latitude", "missing"),
    ({"latitude": "38.5", "longitude": 0}, "latitude", "number"),
    ({"latitude": True, "longitude": 0}, "latitude", "number"),
    ({"latitude": 10**19, "longitude": 0}, "latitude", "-90 to 90"),
    ({"latitude": float("nan"), "longitude": 0}, "latitude", "number"),
    ({"latitude": float("inf"), "longitude": 0}, "latitude", "number"),
    ({"confidence": float("-inf")}, "confidence", "number"),
    ({"confidence": 1.01}, "confidence", "0 to 1"),
    ({"confidence": -0.1}, "confidence", "0 to 1"),
    ({"confidence": "high"}, "confidence", "number"),
    ({"confidence": []}, "confidence", "number"),
    ({"image_reference": "x" * 201}, "image_reference", "200"),
    ({"image_reference": "\n"}, "image_reference", "control"),
    ({"vehicle": {"make": "x"}}, "vehicle", "text"),
    ({"vehicle": "x" * 121}, "vehicle", "120"),
    ({"camera": 3}, "camera", "text"),
    ({"colour": "blue"}, "colour", "not a field"),
    ({"": 1}, "(empty name)", "not a field"),
    ({"\ud800": 1}, "\N{REPLACEMENT CHARACTER}", "not a field"),
    ({"x" * 300: 1}, "x" * 40, "not a field"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "field", "words"), BAD_FIELDS)
def test_a_bad_field_is_named_and_the_rest_of_the_batch_is_kept(post, change, field, words):  # noqa: F811
    bad = a_read("bad") | change
    response = post([good(), bad])
    assert response.status_code == 200
    kept, refused = response.json()
    assert kept["status"] == "recorded"
    assert refused["status"] == "refused"
    assert refused["code"] == "read.invalid"
    assert refused["field"] == field
    assert refused["reason"].startswith(field)
    assert words in refused["reason"]
    assert refused["id"] is None
    alone = post(bad)
    assert alone.status_code == 400
    assert alone.json() == refused
    assert Detection.objects.count() == IngestKey.objects.count() == 1


RAW = [
    ('{"client_key":"k","plate":"0DEM123","plate":"0DEM124","captured_at":"2026-01-01T00:00Z"}', "plate", "twice"),
    ('{"client_key":"k","plate":"0DEM123","captured_at":"2026-01-01T00:00Z","latitude":NaN}', "latitude", "number"),
    ('{"client_key":"k","plate":"0DEM123","captured_at":"2026-01-01T00:00Z","latitude":Infinity}', "latitude", "no"),
    ('{"client_key":"k","plate":"0DEM123","captured_at":"2026-01-01T00:00Z","confidence":' + "9" * 5000 + "}",
     "confidence", "number"),
    ('{"client_key":"k","plate":"0DEM123","captured_at":"2026-01-01T00:00Z","confidence":1e999}', "confidence", "0 to"),
    ('{"client_key":"k","plate":"\\ud800","captured_at":"2026-01-01T00:00Z"}', "plate", "half"),
    ('{"client_key":"k","plate":"\\u0000","captured_at":"2026-01-01T00:00Z"}', "plate", "control"),
    ('"0DEM123"', "", "object"),
    ("[]", "", "object"),
    ("null", "", "object"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "field", "words"), RAW)
def test_what_json_should_not_hold_spoils_only_its_own_read(post, raw, field, words):  # noqa: F811
    kept, refused = post(f"[{json.dumps(good())},{raw}]").json()
    assert kept["status"] == "recorded"
    assert refused["status"] == "refused"
    assert refused["field"] == field
    assert words in refused["reason"]


BODIES = [
    (b" ", 400, "body.not_json"),
    (b"{", 400, "body.not_json"),
    (b"\xff\xfe", 400, "body.not_utf8"),
    (b'{"client_key": "\xed\xa0\x80"}', 400, "body.not_utf8"),
    (b"\xef\xbb\xbf{}", 400, "body.not_json"),
    (b"[]", 400, "body.empty"),
    (b"null", 400, "body.not_reads"),
    (b"NaN", 400, "body.not_reads"),
    (b"9" * 5000, 400, "body.not_reads"),
    (b'"text"', 400, "body.not_reads"),
    (b"[" * DEEP, 400, "body.too_deep"),
    (b"[" * DEEP + b"]" * DEEP, 400, "body.too_deep"),
    (b'{"a":' * DEEP + b"1" + b"}" * DEEP, 400, "body.too_deep"),
    (b"[" + b"{}," * 1000 + b"{}]", 413, "body.too_many"),
    (b" " * (MOST_JSON + 1), 413, "body.too_large"),
]


@pytest.mark.parametrize(("body", "status", "code"), BODIES, ids=lambda value: str(value)[:25])
def test_a_body_that_is_no_list_of_reads(post, body, status, code):  # noqa: F811
    response = post(body)
    assert response.status_code == status
    assert response.json()["code"] == code
    assert response.json()["reason"]
    assert not Detection.objects.exists()
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                                  "application/json; charset=utf-16", "", "nonsense"])  # fmt: skip
def test_only_json_is_taken(camera, kind):  # noqa: F811
    headers = {"Authorization": f"Bearer {make.device_key(camera)}"}
    response = Client().generic("POST", URL, json.dumps(a_read()), content_type=kind, headers=headers)
    assert response.status_code == 415
    assert response.json()["code"].startswith("body.")


def test_compressed_bodies_are_not_taken(post):  # noqa: F811
    response = post(gzip.compress(json.dumps(a_read()).encode()), **{"Content-Encoding": "gzip"})
    assert (response.status_code, response.json()["code"]) == (415, "body.encoding")


class Endless(BytesIO):
    """A body without an end, sent in chunks; counts how much of it was read."""

    taken = 0

    def read(self, size=-1):
        assert size >= 0, "the whole body was asked for"
        self.taken += size
        return b" " * size


def _streamed(key, stream, **meta):
    request = RequestFactory().post(
        URL, b"{}", content_type="application/json", headers={"Authorization": f"Bearer {key}"}
    )
    request.META |= {"wsgi.input": stream} | meta
    request._stream = stream
    return Reads.as_view()(request)


def test_200_megabytes_are_refused_by_their_header_and_not_read(camera):  # noqa: F811
    stream = Endless()
    request = RequestFactory().post(
        URL, b"{}", content_type="application/json", headers={"Authorization": f"Bearer {make.device_key(camera)}"}
    )
    request._stream = stream
    request.META["CONTENT_LENGTH"] = str(200 * 1024 * 1024)
    response = Reads.as_view()(request)
    assert response.status_code == 413
    assert stream.taken == 0


def test_a_stream_without_length_is_cut_at_the_limit(camera):  # noqa: F811
    stream = Endless()
    meta = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    response = _streamed(make.device_key(camera), stream, **meta)
    assert response.status_code == 413
    assert stream.taken == MOST_JSON + 1


def test_a_read_sent_in_chunks_is_taken(camera):  # noqa: F811
    meta = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    body = BytesIO(json.dumps(a_read()).encode())
    assert json.loads(_streamed(make.device_key(camera), body, **meta).content)["status"] == "recorded"


@pytest.mark.parametrize("length", ["-5", "1e3", "\u0663", pytest.param("9" * 5000, id="long")])
def test_a_content_length_that_is_no_length(camera, length):  # noqa: F811
    response = _streamed(make.device_key(camera), BytesIO(b"[]"), CONTENT_LENGTH=length)
    assert response.status_code in (400, 413)


def test_a_body_that_breaks_off(camera):  # noqa: F811
    response = _streamed(make.device_key(camera), BytesIO(b"[]"), CONTENT_LENGTH="100")
    assert response.status_code == 400
    assert json.loads(response.content)["code"] == "body.cut_short"


class BrokenChunks(BytesIO):
    """What gunicorn does at a chunk header that is no number: an exception of its own, no OSError."""

    def read(self, *_):
        raise InvalidChunkSize(b"zz")


def test_a_bad_chunk_header_is_the_senders_mistake(camera):  # noqa: F811
    meta = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    response = _streamed(make.device_key(camera), BrokenChunks(), **meta)
    assert response.status_code == 400
    assert json.loads(response.content)["code"] == "body.cut_short"


def test_another_cameras_code_is_refused(post):  # noqa: F811
    make.camera("CAM-02")
    response = post(a_read(camera="CAM-02"))
    assert (response.status_code, response.json()["code"]) == (403, "camera.not_yours")
    kept, refused = post([good(camera="CAM-01"), a_read(camera="CAM-02")]).json()
    assert kept["status"] == "recorded"
    assert (refused["status"], refused["code"], refused["field"]) == ("refused", "camera.not_yours", "camera")


@pytest.mark.parametrize("header", [
    {}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "Bearer abc"},
    {"Authorization": "Basic dTpw"}, {"Authorization": "Bearer aaaaaaaa." + "b" * 32}, {"X-Api-Key": "\x00"},
    {"Authorization": "Bearer \u00e9"}, {"X-Api-Key": ""},
])  # fmt: skip
def test_without_a_good_key_nothing_is_taken(camera, header):  # noqa: F811
    response = Client().post(URL, json.dumps(a_read()), content_type="application/json", headers=header)
    assert response.status_code == 401
    assert response.json()["code"] in ("key.missing", "key.unknown")
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert not Detection.objects.exists()


def test_a_revoked_key_is_dead_at_once(camera):  # noqa: F811
    clear = make.device_key(camera)
    DeviceKey.objects.update(revoked=True)
    response = Client().post(
        URL, json.dumps(a_read()), content_type="application/json", headers={"Authorization": f"Bearer {clear}"}
    )
    assert (response.status_code, response.json()["code"]) == (401, "key.unknown")


@pytest.mark.parametrize(
    "query", ["?key={}", "?api_key={}", "?anything={}", "?{}", "?token=x", "?Authorization=Bearer"]
)
@pytest.mark.parametrize("with_header", [True, False])
def test_a_key_in_the_address_is_refused(camera, query, with_header):  # noqa: F811
    clear = make.device_key(camera)
    headers = {"Authorization": f"Bearer {clear}"} if with_header else {}
    response = Client().post(
        URL + query.format(clear), json.dumps(a_read()), content_type="application/json", headers=headers
    )
    assert (response.status_code, response.json()["code"]) == (400, "key.in_query")
    assert "header" in response.json()["reason"]
    assert clear not in response.content.decode()


def test_a_signed_in_person_is_no_device(detective, signed_in):
    response = signed_in(detective).post(URL, json.dumps(a_read()), content_type="application/json")
    assert response.status_code == 401


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_other_methods(camera, method):  # noqa: F811
    headers = {"Authorization": f"Bearer {make.device_key(camera)}", "Accept": "text/html"}
    response = getattr(Client(), method)(URL, headers=headers)
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")


def test_a_device_gets_json_whatever_it_accepts(post):  # noqa: F811
    assert post(a_read(), Accept="image/webp").json()["status"] == "recorded"


def test_nothing_of_a_donors_or_retired_camera_is_stored(camera):  # noqa: F811
    profile = make_profile()
    donor = Camera(owner_class="donor", code="D-1")
    assert rules.refuse_camera(donor, make.NOON, profile).code == "read.donor_camera"
    retired = Camera(owner_class="agency", code="R-1", retired_at=make.NOON)
    assert rules.refuse_camera(retired, make.NOON, profile).code == "camera.retired"
    assert rules.refuse_camera(retired, make.NOON - timedelta(seconds=1), profile) is None


def test_a_camera_retired_in_the_meantime_is_refused_by_the_verb_and_recorded(camera):  # noqa: F811
    from audit import asker
    from audit.refusals import Refused
    from detections.ingest.verb import record_reads

    camera.retired_at = make.NOON
    read = NewRead("k", "0DEM123", "0DEM123", make.NOON)
    with pytest.raises(Refused) as refused:
        record_reads(by=asker.device(camera.code, address="local"), camera=camera, reads=[read], at=make.NOON)
    entry = LedgerEntry.objects.get()
    assert (entry.outcome, entry.rule_code) == ("refused", "camera.retired")
    assert refused.value.record_index == entry.index
    assert not Detection.objects.exists()


@pytest.mark.parametrize(("days", "outcome"), [(0, None), (1, "read.past_ceiling")])
def test_the_ceiling_is_arithmetic(days, outcome):
    profile = make_profile()
    cutoff = rules.ceiling_cutoff(make.NOON, profile)
    assert cutoff == datetime(2024, 6, 16, 19, tzinfo=UTC)
    refusal = rules.refuse_past_ceiling(cutoff - timedelta(days=days), cutoff, profile)
    assert (refusal and refusal.code) == outcome


def make_profile():
    from audit import policy

    return policy.load("sacpd_525_08")


texts = st.text(max_size=30) | st.sampled_from(["0DEM123", "k", "2026-01-01T00:00:00Z", "CA"])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4))
reads = st.dictionaries(st.sampled_from(sorted(parsing.FIELDS)) | texts, values, max_size=10)


@settings(max_examples=400, deadline=None)
@given(reads | values)
def test_any_json_becomes_a_sound_read_or_a_named_refusal(raw):
    judged = parsing.parse_read(parsing.decode(json.dumps(raw).encode()), "CAM-01")
    if isinstance(judged, BadRead):
        assert judged.reason
        json.dumps([judged.field, judged.reason, judged.client_key], ensure_ascii=False).encode()
    else:
        assert judged.captured_at.tzinfo is not None
        assert 1 <= len(judged.plate) <= 8


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet='[]{}",:0eE+-.\\uNaN ', max_size=60).map(str.encode))
def test_any_bytes_are_json_or_a_body_error(body):
    with suppress(BodyError):
        parsing.decode(body)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(reads | values, min_size=1, max_size=5))
def test_the_endpoint_never_breaks(post, batch):  # noqa: F811
    response = post([good(), *batch])
    assert response.status_code == 200
    assert len(response.json()) == len(batch) + 1
