"""All figures: ``python -m bench [name ...]``. One JSON object a line on standard output, progress on standard error.

Each bench runs in a process and a database of its own. Sizes are small enough for a few minutes on two cores.
"""

import argparse
import subprocess
import sys
import time

BENCHES = {
    "ledger": ["-m", "bench.ledger"],
    "ingest": ["-m", "bench.ingest"],
    "search": ["-m", "bench.search"],
    "hits": ["-m", "bench.hits"],
    "start": ["-m", "bench.start"],
    "ocr": ["bench/ocr_eval.py", "--limit", "8"],
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("name", nargs="*", choices=[*BENCHES, []], help="which benches (default all)")
    failed = []
    for name in options.parse_args().name or BENCHES:
        started = time.perf_counter()
        print(f"bench: {name}", file=sys.stderr, flush=True)
        if subprocess.run([sys.executable, *BENCHES[name]], check=False).returncode:
            failed.append(name)
        print(f"bench: {name} took {time.perf_counter() - started:.0f} s", file=sys.stderr, flush=True)
    if failed:
        raise SystemExit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
