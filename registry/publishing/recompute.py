"""The program with which anyone recomputes a publication: one file, no other needed. It is served as it stands."""

import csv
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

USAGE = "python recompute_transparency.py FOLDER   (holding transparency.json, figures.csv, shares.csv, agencies.csv)"


def source() -> bytes:
    """This file's own text."""
    return Path(__file__).read_bytes()


def check(folder: Path) -> list[str]:
    """What does not fit together in a folder with the files of one version. Empty when all does."""
    content = json.loads((folder / "transparency.json").read_bytes())
    return [*_sums(content), *_shares(content), *_same_as_csv(content, folder)]


def parent(period: str) -> str:
    """The longer period that a period belongs to; "" for a year."""
    if "Q" in period:
        return period[:4]
    return f"{period[:4]}-Q{(int(period[5:]) + 2) // 3}" if "-" in period else ""


def _sums(content: dict[str, Any]) -> list[str]:
    """Every sum of shown numbers: classes to total, months to quarter, quarters to year."""
    wrong = []
    for figure in content["figures"]:
        rows = {row["class"]: row["values"] for row in figure["rows"]}
        for period in content["periods"]:
            parts = [values[period] for name, values in rows.items() if name]
            if parts and not _adds_up(rows[""][period], parts):
                wrong.append(f"{figure['code']} {period}: the classes do not add up to the total")
            shorter = [one for one in content["periods"] if parent(one) == period]
            for name, values in rows.items():
                if shorter and not _adds_up(values[period], [values[one] for one in shorter]):
                    wrong.append(f"{figure['code']} {name or 'total'} {period}: the shorter periods do not add up")
    return wrong


def _adds_up(whole: int | None, parts: list[int | None]) -> bool:
    if whole is None or None in parts:
        return True
    return whole == sum(part or 0 for part in parts)


def _shares(content: dict[str, Any]) -> list[str]:
    rows = {(figure["code"], row["class"]): row["values"] for figure in content["figures"] for row in figure["rows"]}
    wrong = []
    for share in content["shares"]:
        part, whole = rows.get(tuple(share["part"]), {}), rows[share["whole"], ""]
        for period, said in share["tenths_of_percent"].items():
            number, of = part.get(period, 0), whole[period]
            right = None if number is None or not of else round(1000 * number / of)
            if said != right:
                wrong.append(f"{share['code']} {period}: {said} is said, {right} comes out")
    return wrong


def _same_as_csv(content: dict[str, Any], folder: Path) -> list[str]:
    said = {
        (figure["code"], row["class"] or "total", period): "" if value is None else str(value)
        for figure in content["figures"]
        for row in figure["rows"]
        for period, value in row["values"].items()
    }
    with (folder / "figures.csv").open(newline="", encoding="utf-8") as file:
        read = {(row["figure"], row["class"].lstrip("'"), row["period"]): row["value"] for row in csv.DictReader(file)}
    return [
        f"figures.csv: {' '.join(key)} differs from transparency.json" for key in said if read.get(key) != said[key]
    ]


def main() -> int:
    """Print the hash of each file, to hold beside those in the ledger, and what does not fit. 0: all fits."""
    if len(sys.argv) != 2:
        sys.stderr.write(f"{USAGE}\n")
        return 2
    folder = Path(sys.argv[1])
    for path in sorted(folder.iterdir()):
        sys.stdout.write(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n")
    wrong = check(folder)
    sys.stdout.write("\n".join([*wrong, "" if wrong else "Every sum and every share comes out as published.\n"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
