"""Imported lists: a state's stolen vehicles, whose last file was refused, and a list that was not renewed.

All plates begin with the digit zero, which California does not issue, and come from one fixed seed.
"""

import io
import random
from datetime import datetime, timedelta

from audit import asker
from audit.models import User
from hotlists.imports.hand_in import hand_in
from hotlists.imports.run import take_in
from hotlists.lists.sources import SourceFacts, create_list, create_source
from hotlists.models import HotList, HotListImport, HotListSource

STATE, LATE = "State stolen vehicles", "Neighbour county stolen plates"
ROWS, OLDER_ROWS, LATE_ROWS = 2_000, 1_900, 120
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_CARS = ("FORD F150", "TOYTCAMRY", "HONDCIVIC", "CHEVMALIB", "NISSALTIM", "HYUNELANT", "DODGCHARG", "SUBAFOREST")
_COLOURS = ("BLK", "WHI", "SIL", "RED", "BLU", "GRY")
_REASONS = ("TAKEN FROM A CAR PARK", "TAKEN WITH ITS KEYS", "NOT RETURNED TO ITS HIRER", "TAKEN FROM A DRIVEWAY")
_FAULTS = {140: "plate", 611: "date", 1204: "length"}


def import_lists(at: datetime) -> int:
    """Make the two lists and hand their files in; returns how many files, 0 where they are there already."""
    if HotList.objects.filter(name__in=[STATE, LATE]).count() == 2:
        return 0
    by = asker.person(User.objects.get(username="demo-administrator"))
    state = _list(
        STATE, SourceFacts("SVS", "California Department of Justice", "state", "svs", 1440, "svs_fixed"), by, at
    )
    late = _list(
        LATE, SourceFacts("Neighbour county", "Neighbour County Sheriff", "agency", "neighbour", 720, "generic_csv"),
        by, at,
    )  # fmt: skip
    files = (
        (state, "svs-yesterday.txt", svs_file(OLDER_ROWS, at), at - timedelta(hours=20)),
        (state, "svs-today.txt", svs_file(ROWS, at), at - timedelta(hours=2)),
        (state, "svs-damaged.txt", svs_file(ROWS, at, faults=True), at - timedelta(hours=1)),
        (late, "stolen-plates.csv", late_file(at), at - timedelta(hours=16)),
    )
    return sum(_take(hot_list, name, content, by, when) for hot_list, name, content, when in files)


def svs_file(rows: int, at: datetime, *, faults: bool = False) -> bytes:
    """Lines of 100 characters as the layout ``svs_fixed`` has them; with ``faults``, three that are wrong."""
    chance = random.Random(525_08)  # noqa: S311 - a demonstration's file, the same each time
    lines = []
    for number in range(1, rows + 1):
        plate = (
            f"0{chance.choice(_LETTERS)}{chance.choice(_LETTERS)}{chance.choice(_LETTERS)}{chance.randrange(1000):03}"
        )
        day = f"{at - timedelta(days=chance.randrange(1, 900)):%Y%m%d}"
        kind = chance.choices(("STV", "SLR", "SFR"), weights=(8, 3, 1))[0]
        car, colour = chance.choice(_CARS), chance.choice(_COLOURS)
        year, reason = f"{chance.randrange(1998, 2026)}", chance.choice(_REASONS)
        fault = _FAULTS.get(number, "") if faults else ""
        plate, day = ("0BAD*PLATE" if fault == "plate" else plate), ("20261340" if fault == "date" else day)
        entry, vehicle = f"DEMO{number:08}", f"{year}{car[:4]:<4}{car[4:7]:<3}4D{colour:<7}"
        line = f"{plate:<10}CA{kind:<3}{entry:<15}{day}{vehicle}{reason:<42}"
        lines.append(line[:73] if fault == "length" else line)
    return ("\r\n".join(lines) + "\r\n").encode("ascii")


def late_file(at: datetime) -> bytes:
    """A CSV with rows of the file type that the policy drops among the others."""
    chance, out = random.Random(462), io.StringIO()  # noqa: S311 - as above
    out.write("plate,state,file type,entry number,date entered,reason\n")
    for number in range(1, LATE_ROWS + 1):
        kind = "IMMIGRATION_VIOLATOR" if number % 20 == 0 else "LICENSE_PLATE"
        day = at - timedelta(days=chance.randrange(1, 90))
        plate = f"0N{chance.choice(_LETTERS)}{chance.choice(_LETTERS)}{chance.randrange(1000):03}"
        out.write(f"{plate},CA,{kind},NB{number:06},{day:%Y-%m-%d},Plate taken off a parked car\n")
    return out.getvalue().encode()


def _list(name: str, facts: SourceFacts, by: asker.Asker, at: datetime) -> HotList:
    found = HotList.objects.filter(name=name).first()
    if found is not None:
        return found
    source = HotListSource.objects.filter(name=facts.name).first() or create_source(facts, by=by, at=at)
    return create_list(name=name, source_id=source.pk, near=HotList.Near.LOOKALIKE, by=by, at=at)


def _take(hot_list: HotList, name: str, content: bytes, by: asker.Asker, at: datetime) -> bool:
    """Hand a file in and take it in here and now: the demonstration needs no worker."""
    if HotListImport.objects.filter(hot_list=hot_list, name=name).exists():
        return False
    started = hand_in(
        hot_list_id=hot_list.pk,
        layout=hot_list.source.layout,
        name=name,
        stream=io.BytesIO(content),
        origin=HotListImport.Origin.UPLOAD,
        by=by,
        at=at,
    )
    take_in(started.pk, lambda: at + timedelta(seconds=5))
    return True
