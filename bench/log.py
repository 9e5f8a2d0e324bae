"""Figures of checkpoints and proofs: over a ledger of so many records, filled by COPY with a true tree."""

import argparse
import hashlib
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.scratch import figure, say, scratch

RECORDS, PROOFS, CHECKPOINTS = 1_000_000, 500, 100
LIMIT_SECONDS = 60


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--records", type=int, default=RECORDS)
    records = options.parse_args().records
    with scratch("platekeeper_bench_log"):
        from django.conf import settings

        from audit import signing

        signing.create_key(Path(settings.LOG_KEY_FILE))
        say(f"log: {records:,} records")
        _fill(records)
        _proofs(records)
        _checkpoints()


def _fill(records: int) -> None:
    """Records with real nodes and roots; their leaves are invented."""
    from django.db import connection
    from django.utils import timezone

    from audit import merkle

    tree, now = merkle.Range(), timezone.now()
    columns = (
        "index, version, at, recorded_at, action, outcome, actor_kind, username, organisation, address, device_class, "
        "session, purpose, subject_type, subject_id, duration_us, rule_code, citation, profile, commitments, "
        "leaf_hash, nodes, root"
    )
    fixed = (1, now, now, "search.run", "allowed", "system", "bench", "bench", "local", "", "", "locate", "", "")
    with connection.cursor() as cursor, cursor.copy(f"COPY audit_ledgerentry ({columns}) FROM STDIN") as copy:
        for index in range(records):
            hashed = hashlib.sha256(index.to_bytes(8, "big")).digest()
            nodes = tree.append(hashed)
            copy.write_row((index, *fixed, 1, "", "", "", bytes(160), hashed, nodes, tree.root()))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE audit_ledgerentry")


def _proofs(records: int) -> None:
    from audit.log import proofs

    rand = random.Random(11)
    places = [rand.randrange(records) for _ in range(PROOFS)]
    note = f"{records:,} records, one query each"
    made = [_milliseconds(lambda at=at: proofs.inclusion(at, records)) for at in places]
    figure("log_inclusion_proof_ms", statistics.median(made), "ms", samples=made, note=note)
    made = [_milliseconds(lambda at=at: proofs.consistency(at + 1, records)) for at in places]
    figure("log_consistency_proof_ms", statistics.median(made), "ms", samples=made, note=note)


def _checkpoints() -> None:
    """Each after one record more: signed, kept in the file and the database; then taken by a witness process."""
    from django.conf import settings
    from django.utils import timezone

    from audit import asker, ledger
    from audit.actions import Action
    from audit.log import checkpoints, keys, witnesses
    from audit.log.notes import decode64

    public = keys.load(str(settings.LOG_KEY_FILE)).public_key().public_bytes_raw()
    with _Witness(Path(settings.STATE_DIR), settings.LOG_ORIGIN_NAME, public) as (url, key):
        witness = witnesses.Witness("bench", url, decode64(key))
        settings.WITNESSES = [("bench", url, key)]
        made, sent = [], []
        for _ in range(CHECKPOINTS):
            ledger.note(Action.LEDGER_VERIFY, by=asker.system("bench"), at=timezone.now(), purpose="bench")
            made.append(_milliseconds(lambda: checkpoints.make(timezone.now())))
            sent.append(_milliseconds(lambda: _sent(witness)))
    figure("log_checkpoint_ms", statistics.median(made), "ms", samples=made, note="signed, in file and database")
    figure("log_witness_ms", statistics.median(sent), "ms", samples=sent, note="proof, POST, fsync, cosignature kept")


def _sent(witness: object) -> None:
    from django.utils import timezone

    from audit.log import witnesses

    copy = witnesses.send(witness, timezone.now())  # type: ignore[arg-type]
    if copy is None or copy.fault:
        raise RuntimeError(f"the witness did not take it: {copy and copy.fault}")


def _milliseconds(verb: Callable[[], object]) -> float:
    began = time.perf_counter()
    verb()
    return (time.perf_counter() - began) * 1000


class _Witness:
    """A witness process in a folder of its own; (address, public key)."""

    def __init__(self, folder: Path, log: str, public: bytes) -> None:
        import base64

        program = Path(__file__).parents[1] / "audit" / "log" / "witness.py"
        self.command = [sys.executable, str(program), "serve", "--folder", str(folder / "witness"), "--port", "0"]
        self.command += ["--name", "bench", "--origin-key", f"{log}={base64.b64encode(public).decode()}"]

    def __enter__(self) -> tuple[str, str]:
        self.run = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        facts, until = {}, time.monotonic() + LIMIT_SECONDS
        while self.run.stdout is not None and "listens" not in facts and time.monotonic() < until:
            word, _, rest = self.run.stdout.readline().strip().partition(" ")
            facts[word] = rest
        # What it says from here on is not wanted, and must not fill the pipe.
        if self.run.stdout is not None:
            subprocess.Popen(["/bin/sh", "-c", "cat >/dev/null"], stdin=self.run.stdout, env=os.environ)
        return f"http://{facts['listens']}", facts["public-key"]

    def __exit__(self, *_: object) -> None:
        self.run.kill()
        self.run.wait(timeout=LIMIT_SECONDS)


if __name__ == "__main__":
    main()
