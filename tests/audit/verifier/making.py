"""Exports for tests, made with the product's writer from invented records; and the verifier as a program."""

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings

from audit import leaf
from audit.log import export_folder, export_lines
from tests.audit.verifier.outside import Log, consistency, frontier, leaf_hash

VERIFIER = Path(settings.BASE_DIR) / "audit" / "verifier" / "platekeeper_verify.py"
# A run in which the library for signatures cannot be found.
WITHOUT_SIGNATURES = (
    "import runpy, sys; sys.modules['cryptography'] = None; runpy.run_path(sys.argv.pop(1), run_name='__main__')"
)
START = datetime(2026, 6, 16, 19, 0, tzinfo=UTC)


def record(index: int, chance: Random, **fields: Any) -> tuple[bytes, list[str | None], bytes]:
    """An invented record: its leaf, clear values and salts."""
    values: list[str | None] = [
        json.dumps({"plate": f"0TST{index % 1000:03}"}),
        f"Stolen from the Elm Street garage, report {index}",
        f"26-{index % 1_000_000:06}",
        "",
        json.dumps({"found": index % 7}),
    ]
    values = fields.pop("values", values)
    salts = chance.randbytes(160)
    commitments = leaf.slices(leaf.commitments([value or "" for value in values], salts))
    moment = leaf.instant(START + timedelta(seconds=index))
    content = {
        "v": 1,
        "index": index,
        "at": moment,
        "recorded_at": moment,
        "action": "search.run",
        "outcome": "allowed",
        "actor_kind": "person",
        "actor": 7,
        "username": "detective.garcia",
        "organisation": "Demonstration Police Department",
        "address": "192.0.2.7",
        "device_class": "desk",
        "session": "abcdefgh",
        "purpose": "locate",
        "subject_type": "search",
        "subject_id": f"0198-{index:08}",
        "result_count": index % 7,
        "duration_us": 1200 + index % 800,
        "rule_code": "",
        "citation": "",
        "profile": "sacpd_525_08@2024-06-13",
    } | fields
    content |= {name: piece.hex() for name, piece in zip(leaf.SENSITIVE, commitments, strict=True)}
    return leaf.canonical(content), values, salts


def make_export(
    folder: Path,
    count: int = 40,
    *,
    first: int = 0,
    upto: int | None = None,
    checkpoints: Sequence[int] = (),
    withheld: Sequence[str] = (),
    hidden: Sequence[int] = (),
    log: Log | None = None,
    seed: int = 1,
    keys: dict | None = None,
    changed: dict[int, dict[str, Any]] | None = None,
) -> Log:
    """An export of ``[first, upto)`` of a log of ``count`` records, with its checkpoints (the last at ``count``)."""
    log, chance = log or Log(), Random(seed)
    upto = count if upto is None else upto
    folder.mkdir(parents=True, exist_ok=True)
    lines, hashes = [], []
    for index in range(count):
        body, values, salts = record(index, chance, **(changed or {}).get(index, {}))
        hashes.append(leaf_hash(body))
        if index in hidden:
            line = export_lines.hidden_line(index, hashes[-1])
            lines.append((line, line))
        else:
            clear = export_lines.clear_line(index, hashes[-1], values, leaf.slices(salts), withheld)
            lines.append((body + b"\n", clear))
    log.hashes = hashes
    sizes = sorted({*checkpoints, count})
    contents = export_folder.Contents(
        first=first,
        upto=upto,
        lines=lines[first:upto],
        frontier=frontier(hashes[:first]),
        notes=[log.checkpoint(size) for size in sizes],
        keys=keys or log.keys(),
        covered=count,
        consistency=consistency(upto, hashes),
        about={"agency": "Demonstration Police Department", "withheld_fields": list(withheld)},
    )
    export_folder.write(folder, contents)
    return log


def verify(*arguments: object, signatures: bool = True) -> tuple[int, dict]:
    """The verifier's exit code and verdict, in a process of its own that sees no Django; never a traceback."""
    start = [sys.executable, "-I", str(VERIFIER)]
    if not signatures:
        start = [sys.executable, "-I", "-c", WITHOUT_SIGNATURES, str(VERIFIER)]
    command = [*start, *map(str, arguments), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env={}, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode in (0, 1, 2), done.stderr
    return done.returncode, json.loads(done.stdout)


def faults(verdict: dict) -> str:
    """What was wrong, as one text."""
    return verdict["unreadable"] + "; ".join(f"{one['index']}: {one['words']}" for one in verdict["faults"])
