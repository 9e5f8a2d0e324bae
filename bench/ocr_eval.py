"""Measure the plate reader on labelled photographs: seconds a photograph, and the share read exactly.

Call it as `python bench/ocr_eval.py [--limit N] [--path FOLDER] [--verbose]`.

The folder holds photographs and `truth.tsv` (columns file and plate). Prints one JSON object a line. The
photographs are for measuring only: they are never committed and nothing is trained on them.
"""

import argparse
import csv
import json
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from audit.plates import fold  # noqa: E402  after the path is set, so that the script runs from any folder
from detections.ocr import OcrUnavailable, PlateReader, default_reader  # noqa: E402

DATA = ROOT.parent / "shared" / "data" / "plates"


def main() -> int:
    options = arguments()
    truth = options.path / "truth.tsv"
    if not truth.exists():
        say("ocr_photo_s", None, "s", 0, note=f"no photographs at {options.path}: not measured")
        say("ocr_exact_rate", None, "share", 0, note=f"no photographs at {options.path}: not measured")
        return 0
    with truth.open(newline="") as file:
        rows = sample(list(csv.DictReader(file, delimiter="\t")), options.limit)
    started = time.perf_counter()
    try:
        reader = default_reader()
    except OcrUnavailable as error:
        say("ocr_photo_s", None, "s", 0, note=f"{error} Not measured.")
        say("ocr_exact_rate", None, "share", 0, note=f"{error} Not measured.")
        return 0
    say("ocr_load_s", time.perf_counter() - started, "s", 1, note=f"{reader.name}, once per worker")
    measure(reader, rows, options.path, verbose=options.verbose)
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--limit", type=int, default=0, help="photographs to read, spread evenly; 0 for all")
    parser.add_argument("--path", type=Path, default=DATA, help="folder with the photographs and truth.tsv")
    parser.add_argument("--verbose", action="store_true", help="tell each photograph on standard error")
    return parser.parse_args()


def sample(rows: list[dict[str, str]], limit: int) -> list[dict[str, str]]:
    """So many rows, always the same ones, spread over the whole list."""
    if not 0 < limit < len(rows):
        return rows
    return [rows[index * len(rows) // limit] for index in range(limit)]


def measure(reader: PlateReader, rows: list[dict[str, str]], folder: Path, *, verbose: bool) -> None:
    seconds, exact, folded, among, silent = [], 0, 0, 0, 0
    for row in rows:
        content = (folder / row["file"]).read_bytes()
        started = time.perf_counter()
        readings = reader.read(content)
        seconds.append(time.perf_counter() - started)
        best = readings[0].plate if readings else ""
        exact += best == row["plate"]
        folded += fold(best) == fold(row["plate"])
        among += any(row["plate"] == plate for reading in readings for plate, _ in reading.candidates)
        silent += not readings
        if verbose:
            print(row["file"], row["plate"], best, f"{seconds[-1]:.2f}s", file=sys.stderr)
    n = len(rows)
    say("ocr_photo_s", statistics.mean(seconds), "s", n, seconds, note="whole photograph in, model loaded")
    say("ocr_exact_rate", exact / n, "share", n, note=f"{exact} of {n} plates exactly right")
    say("ocr_folded_rate", folded / n, "share", n, note="with look-alikes (0 and O, 8 and B) counted as equal")
    say("ocr_among_rate", among / n, "share", n, note="the plate is among all candidates offered to a person")
    say("ocr_silent_rate", silent / n, "share", n, note="no plate found: a person reads it")


def say(name: str, value: float | None, unit: str, n: int, each: list[float] | None = None, *, note: str) -> None:
    """One line of the bench's common form."""
    p50 = p95 = None
    if each:
        p50 = round(statistics.median(each), 3)
        p95 = round(sorted(each)[min(len(each) - 1, int(0.95 * len(each)))], 3)
    line = {"name": name, "value": value if value is None else round(value, 4), "unit": unit, "n": n}
    print(json.dumps(line | {"p50": p50, "p95": p95, "note": note}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
