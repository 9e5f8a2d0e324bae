"""Rows into reads: one function is made for a file, and judges each of its rows. No database.

Fast where a row is as it should be, exact where it is not: the fault names the field and never holds the value.
"""

import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import IO, Any, NamedTuple

from detections.ingest import parsing
from detections.ingest.parsing import FieldError, shown
from detections.ingest.reads import BadRead, NewRead
from detections.models import Detection
from detections.uploads import times
from detections.uploads.head import Head
from detections.uploads.layout import Layout, compared
from detections.uploads.lines import Line, Lines

UPLOAD = Detection.Source.UPLOAD.value
_NORMAL = parsing._NORMAL.fullmatch
_BETWEEN = "\x1f"
_REMEMBERED = 10_000


class Row(NamedTuple):
    """A row of the file: where it stands, which camera it names ("" for none), and what it says."""

    number: int
    offset: int
    length: int
    camera: str
    read: NewRead | BadRead


@dataclass(slots=True)
class Rows:
    """The rows of a file from where it stopped. ``offset`` and ``number`` are how far it is: after the last row."""

    lines: Lines
    layout: Layout
    head: Head

    def __iter__(self) -> Iterator[Row | None]:
        """None for an empty line, which is no row but takes time all the same."""
        return _json_rows(self) if self.layout.form == "jsonl" else _csv_rows(self)

    @property
    def offset(self) -> int:
        return self.lines.offset

    @property
    def number(self) -> int:
        return self.lines.number


def rows(file: IO[bytes], layout: Layout, head: Head, *, offset: int = 0, number: int = 0) -> Rows:
    """The rows from a byte that an earlier call stopped at; from the first one where that is 0."""
    if not offset:
        offset, number = head.offset, head.line
    quoted = layout.delimiter if layout.form == "csv" else ""
    return Rows(Lines(file, offset=offset, number=number, quoted=quoted), layout, head)


def _csv_rows(source: Rows) -> Iterator[Row | None]:
    judge, width, encoding = _judge(source.layout, source.head), len(source.head.names), source.layout.encoding
    here: list[Line] = []

    def feed() -> Iterator[str]:
        for line in source.lines:
            here.append(line)
            if line.fault or not line.text:
                yield ""
                continue
            try:
                yield line.text.decode(encoding)
            except UnicodeDecodeError:
                here[-1] = line._replace(fault=f"is not {encoding.upper()} text.")
                yield ""

    reader = csv.reader(feed(), delimiter=source.layout.delimiter, strict=True)
    while True:
        here.clear()
        try:
            values = next(reader, None)
        except csv.Error as error:
            line = here[-1]
            yield _bad(line, f"is no sound CSV: {error}.")
            continue
        if values is None:
            return
        line = here[-1]
        if line.fault:
            yield _bad(line, line.fault)
        elif len(values) != width:
            if not values:
                yield None
            else:
                open_end = source.lines.ends_open and source.lines.offset == line.offset + line.length
                more = " The file breaks off here." if open_end and len(values) < width else ""
                yield _bad(
                    line, f"has {len(values)} column{'s'[: len(values) != 1]}, and the first line has {width}.{more}"
                )
        else:
            camera, read = judge(values)
            yield Row(line.number, line.offset, line.length, camera, read)


def _json_rows(source: Rows) -> Iterator[Row | None]:
    layout = source.layout
    judge = _judge_object(layout)
    for line in source.lines:
        if line.fault:
            yield _bad(line, line.fault)
            continue
        if not line.text or line.text.isspace():
            yield None
            continue
        try:
            value = parsing.decode(line.text)
        except parsing.BodyError as error:
            broken = source.lines.ends_open and "not_json" in error.code
            yield _bad(line, "is not valid JSON: the file breaks off here." if broken else _of_line(error.reason))
            continue
        camera, read = judge(value)
        yield Row(line.number, line.offset, line.length, camera, read)


def _of_line(reason: str) -> str:
    return reason.removeprefix("The body ")


def _bad(line: Line, reason: str) -> Row:
    return Row(line.number, line.offset, line.length, "", BadRead(None, "", f"The line {reason}", "row.unreadable"))


Judge = Callable[[list[str]], tuple[str, NewRead | BadRead]]


def _judge(layout: Layout, head: Head) -> Judge:
    """A function from the texts of a row to its camera and its read."""
    single = {role: places[0] for role, places in head.places.items() if len(places) == 1}
    joined = {role: places for role, places in head.places.items() if len(places) > 1}
    at_plate, at_time, at_camera = single["plate"], single.get("captured_at"), single.get("camera")
    at_state, at_north, at_east = single.get("state"), single.get("latitude"), single.get("longitude")
    at_sure, at_image, at_key = single.get("confidence"), single.get("image_reference"), single.get("client_key")
    at_vehicle, vehicles, parts = single.get("vehicle"), joined.get("vehicle"), joined.get("captured_at", ())
    # At least two places are used, so the getter gives a tuple.
    used = itemgetter(*sorted({place for places in head.places.values() for place in places}))
    described = _described(vehicles) if vehicles else None
    instant, prefix = times.reader(layout.time_format, layout.zone), f"{layout.name}{_BETWEEN}"
    north_of, sure_of = _scaled("latitude", 90, layout.degrees), _scaled("confidence", 1, layout.confidence)
    east_of, sha256 = _scaled("longitude", 180, layout.degrees), hashlib.sha256
    text, plate_of, own = _text, parsing.plate, _of_layout(layout)
    state_of = _remembering(lambda value: parsing.state(value.strip()))
    most_key = parsing.LONGEST["client_key"] - len(own)

    def judge(values: list[str]) -> tuple[str, NewRead | BadRead]:
        camera = values[at_camera].strip() if at_camera is not None else ""
        key = None
        try:
            written = values[at_plate].strip()
            if at_key is not None and values[at_key]:
                key = own + text(values[at_key].strip(), "client_key", most_key)
            else:
                key = sha256((prefix + _BETWEEN.join(used(values))).encode()).hexdigest()
            if not _NORMAL(written):
                text(written, "plate", 32)
                plate = plate_of(written)
            else:
                plate = written
            when = values[at_time] if at_time is not None else " ".join([values[place].strip() for place in parts])
            captured_at = instant(when.strip() if when[:1] == " " or when[-1:] == " " else when)
            north = north_of(values[at_north]) if at_north is not None else None
            east = east_of(values[at_east]) if at_east is not None else None
            if (north is None) is not (east is None):
                raise FieldError("latitude" if north is None else "longitude", "is missing: a position needs both.")
            if north == 0 and east == 0:  # what receivers say that have no position
                north = east = None
            vehicle = ""
            if at_vehicle is not None:
                vehicle = text(values[at_vehicle].strip(), "vehicle", 120)
            elif described is not None:
                vehicle = described(values)
            return camera, NewRead(
                key,
                plate,
                written,
                captured_at,
                state_of(values[at_state]) if at_state is not None else "",
                north,
                east,
                sure_of(values[at_sure]) if at_sure is not None else None,
                text(values[at_image].strip(), "image_reference", 200) if at_image is not None else "",
                vehicle,
                UPLOAD,
            )
        except FieldError as error:
            return camera, BadRead(key, error.field, error.reason, error.code)

    return judge


def _of_layout(layout: Layout) -> str:
    """What keeps the keys of an export apart from those of the devices."""
    return "" if layout.own_keys else f"{layout.name}:"


def _text(value: str, field: str, most: int) -> str:
    """A text that can be stored as it is; judged in full only where it is unusual."""
    if len(value) <= most and value.isprintable():
        return value
    return parsing.text(value, field, most=most)


def _remembering(judge: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same function, which judges what comes again and again once: states, positions, makes and models."""
    known: dict[Any, Any] = {}

    def remembered(value: Any) -> Any:
        try:
            return known[value]
        except KeyError:
            found = judge(value)
            if len(known) >= _REMEMBERED:
                known.clear()
            known[value] = found
            return found

    return remembered


def _described(places: tuple[int, ...]) -> Callable[[list[str]], str]:
    """A vehicle in words out of several columns, as many of them as say something."""
    cells = itemgetter(*places)
    joined = _remembering(lambda parts: _text(" ".join(filter(None, map(str.strip, parts))), "vehicle", 120))
    return lambda values: joined(cells(values))


def _scaled(field: str, most: float, unit: float) -> Callable[[str], float | None]:
    """Numbers of a column whose whole is ``unit``; an empty cell is None."""
    low = 0.0 if field == "confidence" else -most

    def number(value: str) -> float | None:
        value = value.strip()
        if not value:
            return None
        if len(value) > 30 or not value.isascii() or "_" in value:
            raise FieldError(field, "must be a number.")
        try:
            found = float(value) / unit
        except ValueError as error:
            raise FieldError(field, "must be a number.") from error
        if not low <= found <= most:
            raise FieldError(field, f"must be from {low * unit:g} to {most * unit:g}.")
        return found

    return _remembering(number)


def _judge_object(layout: Layout) -> Callable[[Any], tuple[str, NewRead | BadRead]]:
    """A function from a JSON object to its camera and its read: by the layout's names, with the API's types."""
    roles = {name: role for role, column in layout.columns.items() for name in column.names}
    instant = times.reader(layout.time_format, layout.zone)
    seconds = layout.time_format.startswith("epoch")

    def judge(value: Any) -> tuple[str, NewRead | BadRead]:
        camera, key = "", None
        try:
            if not isinstance(value, dict):
                raise FieldError("", "A row is an object.")
            if isinstance(value, parsing._Twice):
                raise FieldError(shown(value.key), "is given twice.")
            fields = _fields(value, roles, layout)
            if fields.get("camera") is not None:
                camera = parsing.text(fields["camera"], "camera", most=120).strip()
            key = _key(fields, layout)
            return camera, _built(fields, key, layout, instant, seconds)
        except FieldError as error:
            return camera, BadRead(key, error.field, error.reason, error.code)

    return judge


def _fields(value: dict[str, Any], roles: dict[str, str], layout: Layout) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, given in value.items():
        same = compared(name)
        role = roles.get(same)
        if role is None:
            if layout.refuses_others and same not in layout.ignored:
                raise FieldError(shown(name), "is not a field of a read.")
            continue
        if role in fields:
            raise FieldError(role, "is given twice.")
        fields[role] = given
    for role in ("plate", "captured_at"):
        if fields.get(role) is None:
            raise FieldError(role, "is missing.")
    return fields


def _key(fields: dict[str, Any], layout: Layout) -> str:
    if fields.get("client_key"):
        own = _of_layout(layout)
        return own + parsing.text(fields["client_key"], "client_key", most=parsing.LONGEST["client_key"] - len(own))
    said = _BETWEEN.join(f"{role}={fields[role]!r}" for role in sorted(fields))
    return hashlib.sha256(f"{layout.name}{_BETWEEN}{said}".encode(errors="surrogatepass")).hexdigest()


def _built(fields: dict[str, Any], key: str, layout: Layout, instant: times.Read, seconds: bool) -> NewRead:
    when = fields["captured_at"]
    if seconds and isinstance(when, int | float) and not isinstance(when, bool):
        when = str(when)
    elif not isinstance(when, str):
        raise FieldError("captured_at", "must be text." if not seconds else "must be a number.")
    written = parsing.text(fields["plate"], "plate")
    north, east = parsing.position(
        _part(fields, "latitude", layout.degrees), _part(fields, "longitude", layout.degrees)
    )
    return NewRead(
        key,
        parsing.plate(written),
        written,
        instant(parsing.text(when, "captured_at")),
        parsing.state(fields.get("state")),
        north,
        east,
        parsing.number(_part(fields, "confidence", layout.confidence), "confidence", 0, 1),
        parsing.text(fields.get("image_reference"), "image_reference"),
        parsing.text(fields.get("vehicle"), "vehicle"),
        UPLOAD,
    )


def _part(fields: dict[str, Any], role: str, unit: float) -> Any:
    """The value in whole units; what is no number is left for the parser to refuse."""
    value = fields.get(role)
    return value / unit if isinstance(value, int | float) and not isinstance(value, bool) and unit != 1 else value
