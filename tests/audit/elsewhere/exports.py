"""Audit exports for tests: all plates begin with the digit zero, all names are invented."""

import io
from datetime import date

from audit.elsewhere.hand_in import Export, hand_in
from audit.elsewhere.run import take_in
from audit.elsewhere.systems import enter_system
from tests import make
from tests.make import NOON

HEAD = "Date/Time (UTC),User Name,Agency,Query Type,License Plate,Reason,Case Number,Results,Radius"
FIRST, LAST = date(2026, 6, 1), date(2026, 6, 7)  # a week from Monday to Sunday


def row(
    time="06/02/2026 03:04:05 PM",
    user="detective",
    plate="0DEM123",
    reason="Stolen from Elm Street",
    case="26-123456",
    results="3",
    radius="",
):
    return f"{time},{user},Sacramento PD,Plate,{plate},{reason},{case},{results},{radius}"


def text(*rows, head=HEAD):
    return ("\r\n".join([head, *rows]) + "\r\n").encode()


def learn(by, **fields):
    facts = {"name": "LEARN", "layout": "learn_audit", "expected_from": FIRST} | fields
    return enter_system(**facts, by=make.by(by), at=NOON)


def handed_in(system, content, by, *, at=NOON, first=FIRST, last=LAST, name="export.csv"):
    return hand_in(Export(system.pk, name, first, last), io.BytesIO(content), by=make.by(by), at=at)


def taken_in(system, content, by, **facts):
    return take_in(handed_in(system, content, by, **facts).pk, lambda: NOON)
