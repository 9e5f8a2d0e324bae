"""How fast an outsider verifies an export, and with how much memory: ``python -m bench.verifier [--records N]``.

The export is made up, in the real format and by the product's writer, with all clear values; the verifier runs as a
program of its own, as an outsider runs it. Memory is the sum over its processes of what each held at its peak.
"""

import argparse
import base64
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.scratch import figure, say

LARGE, SMALL = 1_000_000, 100_000
START = datetime(2026, 1, 1, tzinfo=UTC)
ORIGIN = "bench.example/ledger"
# A checkpoint for so many records: at 100 records a minute, one a minute.
BETWEEN = 100


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--records", type=int, default=LARGE, help="records of the large export (default %(default)s)")
    options.add_argument("--folder", help="where there is room for 1.9 kB a record (default: the temporary folder)")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="platekeeper-bench-", dir=given.folder) as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "alpr_site.settings.dev",
            "DATABASE_URL": "postgresql://none@127.0.0.1/none",
            "REDIS_URL": "redis://127.0.0.1/0",
            "PLATEKEEPER_STATE": folder,
            "SIGNING_KEY_FILE": f"{folder}/key.pem",
            "SECRET_KEY": "only-for-benches-0123456789-abcdefghijklmnopqrstuvwxyz",
        }
        for records in (SMALL, given.records):
            _measure(Path(folder) / str(records), records)


def _measure(folder: Path, records: int) -> None:
    started = time.perf_counter()
    size = _write(folder, records)
    say(f"verifier: {records:,} records, {size / 2**20:,.0f} MB, written in {time.perf_counter() - started:.0f} s")
    for jobs in (1, os.cpu_count() or 1):
        seconds, memory, processor = _verify(folder, jobs)
        note = f"{jobs} processes, signatures and all clear values, a checkpoint for {BETWEEN} records"
        note += f"; {processor:.0f} s of processor time, load {os.getloadavg()[0]:.1f}"
        figure("ledger_verify_per_s", records / seconds, "1/s", n=records, note=note)
        figure("verifier_memory_mb", memory, "MB", n=records, note=f"{jobs} processes, sum of their peaks")
    shutil.rmtree(folder)


def _verify(folder: Path, jobs: int) -> tuple[float, float, float]:
    """Seconds, MB at the peak, seconds of processor time."""
    from audit.log.export_folder import VERIFIER

    started, before, peaks = time.perf_counter(), os.times(), {}
    command = [sys.executable, "-I", str(VERIFIER), str(folder), "--json", "--jobs", str(jobs)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as program:
        while program.poll() is None:
            peaks |= _peaks(program.pid)
            time.sleep(0.05)
        verdict = json.loads(program.stdout.read()) if program.stdout else {}
    after = os.times()
    if verdict.get("code") != 0 or verdict.get("signatures") != "checked":
        raise SystemExit(f"the bench's own export does not verify: {verdict}")
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - started, sum(peaks.values()) / 1024, processor


def _peaks(pid: int) -> dict[int, int]:
    """Peak resident kB of a process and of its children that are there now."""
    found = {}
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for one in (pid, *map(int, children)):
            for line in Path(f"/proc/{one}/status").read_text().splitlines():
                if line.startswith("VmHWM"):
                    found[one] = int(line.split()[1])
    except OSError:  # it has just ended
        return found
    return found


def _write(folder: Path, records: int) -> int:
    """An export of so many records; its bytes."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from audit import merkle, signing
    from audit.log import export_folder

    signing.create_key(Path(os.environ["SIGNING_KEY_FILE"]))
    folder.mkdir()
    key, tree, notes = Ed25519PrivateKey.generate(), merkle.Range(), (folder.with_suffix(".notes")).open("w+")
    public = key.public_key().public_bytes_raw()
    key_id = hashlib.sha256(ORIGIN.encode() + b"\n\x01" + public).digest()[:4]

    def lines() -> Iterator[tuple[bytes, bytes]]:
        for index in range(records):
            leaf_hash, pair = _record(index)
            tree.append(leaf_hash)
            if tree.size % BETWEEN == 0 or tree.size == records:
                text = f"{ORIGIN}\n{tree.size}\n{base64.b64encode(tree.root()).decode()}\n"
                signature = base64.b64encode(key_id + key.sign(text.encode())).decode()
                notes.write(f"{text}\n\u2014 {ORIGIN} {signature}\n\x00")
            yield pair

    def kept() -> Iterator[str]:
        notes.seek(0)
        rest = ""
        while piece := notes.read(1 << 20):
            *whole, rest = (rest + piece).split("\x00")
            yield from whole

    keys = {"origins": [{"origin": ORIGIN, "since_size": 0}], "keys": [_key(public)]}
    content = export_folder.Contents(0, records, lines(), (), kept(), keys, covered=records)
    export_folder.write(folder, content)
    notes.close()
    return sum(path.stat().st_size for path in folder.iterdir())


def _key(public: bytes) -> dict[str, Any]:
    return {"public_key": base64.b64encode(public).decode(), "since_size": 0, "record": None, "statement": ""}


def _record(index: int) -> tuple[bytes, tuple[bytes, bytes]]:
    """Leaf hash and the two lines of an invented search."""
    from audit import leaf, merkle
    from audit.log import export_lines

    values = [
        f'{{"from": "2026-06-01T07:00:00Z", "plate": "0BEN{index % 1000:03}", "to": "2026-06-16T07:00:00Z"}}',
        "stolen from the Elm Street garage last night",
        f"26-{index % 1_000_000:06}",
        "",
        '{"cameras": 12, "found": 3}',
    ]
    salts = secrets.token_bytes(160)
    named = dict(zip(leaf.SENSITIVE, leaf.slices(leaf.commitments(values, salts)), strict=True))
    at = (START + timedelta(milliseconds=600 * index)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    body = (
        '{"action":"search.run","actor":17,"actor_kind":"person","address":"192.0.2.17",'
        f'"at":"{at}","case_number":"{named["case_number"].hex()}","citation":"","detail":"{named["detail"].hex()}",'
        f'"device_class":"desk","duration_us":{1200 + index % 900},"index":{index},'
        '"organisation":"Demonstration Police Department","outcome":"allowed","profile":"sacpd_525_08@2024-06-13",'
        f'"purpose":"locate","query":"{named["query"].hex()}","reason":"{named["reason"].hex()}",'
        f'"recorded_at":"{at}","result_count":3,"rule_code":"","session":"k3v9x2ab","subject_id":"{index:032x}",'
        f'"subject_label":"{named["subject_label"].hex()}","subject_type":"search","username":"detective.garcia","v":1}}'
    ).encode()
    leaf_hash = merkle.leaf_hash(body)
    return leaf_hash, (body + b"\n", export_lines.clear_line(index, leaf_hash, values, leaf.slices(salts)))


if __name__ == "__main__":
    main()
