"""Webhooks of plate software: recorded forms become reads, bad values refusals that name their field."""

import base64
import copy
import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detections.payloads import (
    IncomingRead,
    PayloadError,
    load,
    parse_frigate,
    parse_plate_recognizer,
    parse_rekor,
)

RECORDED = Path(__file__).parent / "payloads"
JPEG = base64.b64decode("/9j/4AAQSkZJRgABAQ==")
PARSERS = {
    "rekor_alpr_group": parse_rekor,
    "rekor_heartbeat": parse_rekor,
    "plate_recognizer_stream": parse_plate_recognizer,
    "plate_recognizer_stream_props": parse_plate_recognizer,
    "frigate_event": parse_frigate,
}


def recorded(name):
    return load((RECORDED / f"{name}.json").read_bytes())


def changed(message, path, value):
    """The message with one value replaced, or removed where the value is `...`."""
    message = copy.deepcopy(message)
    *parents, last = path
    inner = message
    for step in parents:
        inner = inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return message


def test_rekor_group():
    assert parse_rekor(recorded("rekor_alpr_group")) == [
        IncomingRead(
            client_key="DEMOAGENT-340611904-1772992741300",
            plate="0DEM123",
            captured_at=datetime(2026, 3, 8, 17, 59, 1, 300_000, tzinfo=UTC),
            state="CA",
            confidence=0.914402,
            latitude=38.5816,
            longitude=-121.4944,
            vehicle={"make": "toyota", "model": "rav4", "color": "silver-gray"},
            image_jpeg=JPEG,
            candidates=(("0DEM123", 0.914402), ("ODEM123", 0.841108), ("0DEM12", 0.7103)),
        )
    ]


def test_rekor_messages_without_a_plate_give_no_reads():
    assert parse_rekor(recorded("rekor_heartbeat")) == []


def test_an_older_rekor_agent_without_best_uuid_time_position_or_vehicle_is_understood():
    message = recorded("rekor_alpr_group")
    for name in ("best_uuid", "best_uuid_epoch_ms", "gps_latitude", "gps_longitude", "vehicle", "candidates"):
        del message[name]
    message |= {"vehicle_crop_jpeg": "", "best_region": "mo"}
    [read] = parse_rekor(message)
    assert read.client_key == "DEMOAGENT-340611904-1772992740120"
    assert read.captured_at == datetime(2026, 3, 8, 17, 59, 0, 120_000, tzinfo=UTC)
    assert (read.state, read.latitude, read.vehicle, read.image_jpeg, read.candidates) == (
        "MO",
        None,
        {},
        None,
        (),
    )


def test_a_filler_position_is_no_position():
    message = recorded("rekor_alpr_group") | {"gps_latitude": -1, "gps_longitude": -1}
    assert parse_rekor(message)[0].latitude is None


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("data_type",), "alpr_soup", "data_type"),
        (("data_type",), ..., "data_type"),
        (("best_plate_number",), ..., "best_plate_number"),
        (("best_plate_number",), "", "best_plate_number"),
        (("best_plate_number",), 123, "best_plate_number"),
        (("best_plate_number",), "A" * 5_000, "best_plate_number"),
        (("best_plate_number",), "0DEM\x00123", "best_plate_number"),
        (("best_plate_number",), "0DEM\ud800", "best_plate_number"),
        (("best_confidence",), float("nan"), "best_confidence"),
        (("best_confidence",), float("inf"), "best_confidence"),
        (("best_confidence",), 100.1, "best_confidence"),
        (("best_confidence",), True, "best_confidence"),
        (("best_confidence",), "91", "best_confidence"),
        pytest.param(("best_uuid_epoch_ms",), 10**5_000, "best_uuid_epoch_ms", id="5,001 digits"),
        (("best_uuid_epoch_ms",), -1, "best_uuid_epoch_ms"),
        (("gps_latitude",), 91, "gps_latitude"),
        (("gps_longitude",), None, "gps_longitude"),
        (("candidates",), {}, "candidates"),
        (("candidates",), [{}] * 1_001, "candidates"),
        (("candidates", 1), "ODEM123", "candidates[1]"),
        (("candidates", 1, "confidence"), -0.5, "candidates[1].confidence"),
        (("vehicle", "make"), "toyota", "vehicle.make"),
        (("vehicle", "make", 0, "name"), 7, "vehicle.make[0].name"),
        (("vehicle_crop_jpeg",), "not base64!", "vehicle_crop_jpeg"),
        (("vehicle_crop_jpeg",), "\u00e9", "vehicle_crop_jpeg"),
        (("vehicle_crop_jpeg",), base64.b64encode(b"GIF89a").decode(), "vehicle_crop_jpeg"),
        (("vehicle_crop_jpeg",), 12, "vehicle_crop_jpeg"),
        (("best_uuid",), "x" * 201, "best_uuid"),
    ],
)
def test_a_bad_rekor_value_is_refused_by_its_field(path, value, field):
    with pytest.raises(PayloadError) as refused:
        parse_rekor(changed(recorded("rekor_alpr_group"), path, value))
    assert refused.value.field == field
    assert refused.value.reason


def test_plate_recognizer_stream():
    first, second = parse_plate_recognizer(recorded("plate_recognizer_stream"), JPEG)
    assert first == IncomingRead(
        client_key="demo-gantry:2026-03-08T17:59:01.300125+00:00:0",
        plate="0dem123",
        captured_at=datetime(2026, 3, 8, 17, 59, 1, 300_125, tzinfo=UTC),
        state="CA",
        confidence=0.897,
        vehicle={"make": "Toyota", "model": "RAV4", "color": "silver"},
        image_jpeg=JPEG,
        candidates=(("0DEM123", 0.897), ("ODEM123", 0.71), ("0DEM12", None)),
    )
    assert (second.plate, second.state, second.vehicle) == ("0exa456", "", {})
    assert first.client_key != second.client_key


def test_the_newer_plate_recognizer_form_reads_the_same_and_skips_vehicles_without_plate():
    [read] = parse_plate_recognizer(recorded("plate_recognizer_stream_props"))
    assert (read.plate, read.confidence, read.state) == ("0dem123", 0.897, "CA")
    assert read.captured_at == datetime(2026, 3, 8, 17, 59, 1, 300_125, tzinfo=UTC)
    assert read.vehicle == {"make": "Toyota", "model": "RAV4", "color": "silver"}
    assert read.candidates == (("0DEM123", 0.897), ("ODEM123", 0.71))
    assert read.image_jpeg is None


def test_plate_recognizer_messages_without_results_give_no_reads():
    assert parse_plate_recognizer({"hook": {"event": "heartbeat"}, "data": {"camera_id": "demo"}}) == []


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("data",), ..., "data"),
        (("data", "results"), ..., "data.results"),
        (("data", "results"), "none", "data.results"),
        (("data", "results", 0), 1, "data.results[0]"),
        (("data", "results", 0, "plate"), 1, "data.results[0].plate"),
        (("data", "results", 0, "score"), 1.5, "data.results[0].score"),
        (("data", "results", 0, "region"), "us-ca", "data.results[0].region"),
        (("data", "results", 0, "candidates", 0), None, "data.results[0].candidates[0]"),
        (("data", "results", 0, "plate"), {"props": {"plate": []}}, "data.results[0].plate.props.plate"),
        (("data", "results", 0, "color"), "silver", "data.results[0].color"),
        (("data", "timestamp"), "yesterday", "data.timestamp_local"),
        (("data", "camera_id"), 7, "data.camera_id"),
        (("hook", "event"), [], "hook.event"),
    ],
)
def test_a_bad_plate_recognizer_value_is_refused_by_its_field(path, value, field):
    message = recorded("plate_recognizer_stream")
    message["data"]["timestamp_local"] = "also wrong"
    with pytest.raises(PayloadError) as refused:
        parse_plate_recognizer(changed(message, path, value))
    assert refused.value.field == field


@pytest.mark.parametrize("stamp", ["2026-03-08 17:59:01", "2026-03-08T17:59:01.3"])
def test_a_time_without_zone_is_refused(stamp):
    message = changed(recorded("plate_recognizer_stream"), ("data", "timestamp_local"), stamp)
    with pytest.raises(PayloadError, match="no time zone"):
        parse_plate_recognizer(changed(message, ("data", "timestamp"), stamp))


@pytest.mark.parametrize("stamp", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_time_outside_the_calendar_is_refused(stamp):
    message = changed(recorded("plate_recognizer_stream"), ("data", "timestamp_local"), stamp)
    with pytest.raises(PayloadError, match="outside the years"):
        parse_plate_recognizer(changed(message, ("data", "timestamp"), stamp))


def test_an_upload_that_is_no_jpeg_is_refused():
    with pytest.raises(PayloadError, match="not a JPEG"):
        parse_plate_recognizer(recorded("plate_recognizer_stream"), b"<html>")


def test_frigate_event():
    assert parse_frigate(recorded("frigate_event")) == [
        IncomingRead(
            client_key="1772992741.300125-demo01:2026-03-08T17:59:02.400125+00:00",
            plate="0DEM123",
            captured_at=datetime(2026, 3, 8, 17, 59, 1, 300_125, tzinfo=UTC),
            confidence=0.9312,
        )
    ]


def test_a_frigate_update_that_leaves_the_plate_alone_gives_no_second_read():
    message = recorded("frigate_event")
    message["before"]["recognized_license_plate"] = "0DEM123"
    assert parse_frigate(message) == []
    assert parse_frigate(message | {"type": "end"}) == []
    message["after"]["recognized_license_plate"] = "0DEM128"
    assert parse_frigate(message)[0].plate == "0DEM128"


def test_a_frigate_event_that_starts_with_its_plate_is_a_read():
    message = recorded("frigate_event")
    assert len(parse_frigate(message | {"type": "new", "before": message["after"]})) == 1


def test_a_frigate_event_about_a_person_is_passed_over_unread():
    message = recorded("frigate_event")
    message["after"] |= {"label": "person", "sub_label": ["0DEM123", 0.9], "start_time": "wrong"}
    assert parse_frigate(message) == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"recognized_license_plate": ["0DEM123", 0.5]}, ("0DEM123", 0.5)),
        ({"sub_label": ["0DEM123", 0.79]}, ("0DEM123", 0.79)),
        ({"sub_label": "0dem 123"}, ("0dem 123", None)),
        ({"sub_label": ["Delivery van", 0.79]}, None),
        ({"sub_label": None}, None),
    ],
)
def test_frigates_plate_is_found_in_either_place_and_form(fields, expected):
    message = recorded("frigate_event")
    message["after"] |= {"recognized_license_plate": None, "recognized_license_plate_score": None} | fields
    reads = parse_frigate(message)
    assert [(read.plate, read.confidence) for read in reads] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("type",), "begin", "type"),
        (("after",), None, "after"),
        (("after", "label"), ..., "after.label"),
        (("after", "start_time"), ..., "after.start_time"),
        (("after", "start_time"), float("nan"), "after.start_time"),
        (("after", "start_time"), 1e300, "after.start_time"),
        (("after", "frame_time"), "now", "after.frame_time"),
        (("after", "id"), None, "after.id"),
        (("after", "recognized_license_plate"), ["0DEM123"], "after.recognized_license_plate"),
        (("after", "recognized_license_plate"), 5, "after.recognized_license_plate"),
        (("after", "recognized_license_plate_score"), 93, "after.recognized_license_plate_score"),
        (("before",), "none", "before"),
    ],
)
def test_a_bad_frigate_value_is_refused_by_its_field(path, value, field):
    with pytest.raises(PayloadError) as refused:
        parse_frigate(changed(recorded("frigate_event"), path, value))
    assert refused.value.field == field


@pytest.mark.parametrize("name", PARSERS)
def test_no_client_key_holds_the_plate(name):
    for read in PARSERS[name](recorded(name)):
        assert read.plate.upper() not in read.client_key.upper()


@pytest.mark.parametrize("name", PARSERS)
def test_the_same_message_again_has_the_same_keys(name):
    assert PARSERS[name](recorded(name)) == PARSERS[name](recorded(name))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"\xff\xfe\xfa", "not valid JSON"),
        (b'{"a": NaN}', "NaN"),
        (b'{"a": -Infinity}', "Infinity"),
        (b'{"a": 1, "a": 2}', "given twice"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"7" * 5_000, "not valid JSON"),
    ],
)
def test_a_body_that_is_not_strict_json_is_refused(body, words):
    with pytest.raises(PayloadError, match=words):
        load(body)


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**4_000),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(["0DEM123", "alpr_group", "\ud800", "\x00", "2026-03-08T10:00:00Z", "/9j/", "us-ca", "car"]),
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


def paths_in(value, path=()):
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, below in inner:
        yield (*path, step)
        yield from paths_in(below, (*path, step))


@pytest.mark.parametrize("parse", [parse_rekor, parse_plate_recognizer, parse_frigate])
@given(payload=anything)
def test_any_json_at_all_gives_reads_or_a_payload_error(parse, payload):
    with suppress(PayloadError):
        assert isinstance(parse(payload), list)


@pytest.mark.parametrize("name", PARSERS)
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_recorded_form_with_any_value_broken_gives_reads_or_a_payload_error(name, data):
    message = recorded(name)
    path = data.draw(st.sampled_from(sorted(paths_in(message), key=str)))
    broken = changed(message, path, data.draw(anything | st.just(...)))
    with suppress(PayloadError):
        for read in PARSERS[name](broken):
            assert read.captured_at.tzinfo is not None
            assert read.confidence is None or 0 <= read.confidence <= 1
            json.dumps([read.client_key, read.plate, dict(read.vehicle)]).encode()
