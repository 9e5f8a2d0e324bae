"""Draw the sample of an inspection again, with nothing but Python: no Django, no database, no trust.

    python redraw_sample.py SAMPLE.json FRAME.csv.gz [--leaves leaves.jsonl] [--checkpoint NOTE.txt]

SAMPLE.json and FRAME.csv.gz are the inspection's work papers. Checked is that the seed is the SHA-256 of its published
text, that the frame is the one of the report, and that of each stratum those with the smallest
SHA-256(seed LF stratum LF source LF ref) were drawn. With ``--leaves`` (leaves.jsonl of a ledger export from record 0)
also that the frame holds every query of the period that stands in the log, each with its leaf, and no other. With
``--checkpoint`` (a signed note, checked by platekeeper_verify.py) that the seed comes from it.

Exit code 0: the same. 1: something differs; it says what. 2: the files cannot be read.
"""

# ruff: noqa: T201 - what it prints is its answer
import argparse
import csv
import gzip
import hashlib
import io
import json
import sys

STRATA = ("none", "no_case", "repeat_plate", "off_shift", "outside_agency", "wide_area", "export")
QUERIES = ("search.run", "evidence.package", "evidence.fetch")
MOST_LINE = 1_000_000
MOST_ROWS = 50_000_000


class Unreadable(Exception):
    """A file is not what it should be."""


class Different(Exception):
    """What was said is not what comes out."""


class Hashed(io.RawIOBase):
    """A stream that is hashed while it is read."""

    def __init__(self, inner):
        super().__init__()
        self.inner, self.hash = inner, hashlib.sha256()

    def readable(self):
        return True

    def readinto(self, buffer):
        data = self.inner.read(len(buffer))
        self.hash.update(data)
        buffer[: len(data)] = data
        return len(data)


def main(arguments=None):
    options = argparse.ArgumentParser(description="Draw the sample of an inspection again.")
    options.add_argument("sample")
    options.add_argument("frame")
    options.add_argument("--leaves", help="leaves.jsonl of a ledger export that begins with record 0")
    options.add_argument("--checkpoint", help="the signed note that the seed names")
    given = options.parse_args(arguments)
    try:
        told = read_sample(given.sample)
        check_seed(told)
        print(f"seed: the SHA-256 of its text ({told['seed']})")
        if given.checkpoint:
            check_checkpoint(told["seed_source"], given.checkpoint)
            print("checkpoint: the one the seed names")
        drawn, own, count = redraw(told, given.frame, keep=bool(given.leaves))
        print(f"frame: {count} queries, as reported")
        if given.leaves:
            check_leaves(told["seed_source"], own, given.leaves)
            print("log: every query of the period stands in the frame, and no other")
        compare(told, drawn)
    except Different as error:
        print(f"DIFFERENT: {error}")
        return 1
    except (Unreadable, OSError, EOFError, ValueError, KeyError, TypeError) as error:
        print(f"UNREADABLE: {error or type(error).__name__}")
        return 2
    print(f"sample: {sum(map(len, drawn.values()))} draws in {len(STRATA)} strata")
    print("EQUAL: the sample was drawn as published.")
    return 0


def read_sample(path):
    with open(path, encoding="utf-8") as file:
        told = json.load(file)
    if told.get("format") != "platekeeper sample v1":
        raise Unreadable("the first file is no sample of version 1")
    if not 0 <= told["percent"] <= 100 or told["least"] < 0:
        raise Unreadable("the sizes make no sense")
    return told


def check_seed(told):
    if hashlib.sha256(told["seed_source"].encode()).hexdigest() != told["seed"]:
        raise Different("the seed is not the SHA-256 of its text")


def check_checkpoint(source, path):
    """The text names origin, size and root as the note's first three lines do."""
    with open(path, encoding="utf-8") as file:
        origin, size, root = file.read(4096).split("\n")[:3]
    lines = source.split("\n")
    if lines[1] != f"origin {origin}" or lines[3] != f"checkpoint {size} {root}":
        raise Different("the seed was made from another checkpoint")


def redraw(told, path, keep):
    """Of each stratum those with the smallest tickets; and, if kept, the leaf hashes of the log's own queries."""
    tickets: dict[str, list[tuple[bytes, str, int]]] = {name: [] for name in STRATA}
    own, count, seed = {}, 0, told["seed"]
    with gzip.open(path) as packed:
        hashed = Hashed(packed)
        rows = csv.reader(
            io.TextIOWrapper(io.BufferedReader(hashed, 1 << 18), encoding="utf-8", newline=""), strict=True
        )
        csv.field_size_limit(MOST_LINE)
        if next(rows, None) != ["source", "ref", "hash", "strata"]:
            raise Unreadable("the second file is no frame")
        for source, ref, digest, strata in rows:
            count += 1
            if count > MOST_ROWS:
                raise Unreadable(f"the frame has more than {MOST_ROWS} rows")
            if keep and source == "ledger":
                own[int(ref)] = digest
            for name in strata.split():
                text = f"{seed}\n{name}\n{source}\n{int(ref)}"
                tickets[name].append((hashlib.sha256(text.encode()).digest(), source, int(ref)))
    if hashed.hash.hexdigest() != told["frame_sha256"]:
        raise Different("the frame is not the one of the report")
    if count != told["frame_count"]:
        raise Different(f"the frame has {count} queries and not {told['frame_count']}")
    return {name: choose(told, found) for name, found in tickets.items()}, own, count


def choose(told, found):
    wanted = min(len(found), max(told["least"], -(-len(found) * told["percent"] // 100)))
    return [[source, ref] for _, source, ref in sorted(found)[:wanted]]


def compare(told, drawn):
    for name in STRATA:
        said = told["drawn"].get(name, [])
        if said != drawn[name]:
            lost = [one for one in drawn[name] if one not in said]
            more = [one for one in said if one not in drawn[name]]
            raise Different(
                f"stratum {name}: {len(lost)} were not drawn that should be {lost[:3]}, {len(more)} too many {more[:3]}"
            )
    if unknown := set(told["drawn"]) - set(STRATA):
        raise Different(f"unknown strata {sorted(unknown)}")


def check_leaves(source, own, path):
    """Each line is the canonical leaf of a record, or ``{"index":n,"leaf_hash":hex}`` where it was withheld."""
    lines = source.split("\n")
    starts, ends = lines[2].split()[1:]
    size = int(lines[3].split()[1])
    missing = dict(own)
    with open(path, "rb") as file:
        for number in range(size):
            line = file.readline(MOST_LINE).rstrip(b"\n")
            if not line:
                raise Unreadable(f"the leaves end at {number}, before the checkpoint's size {size}")
            leaf = json.loads(line)
            if leaf["index"] != number:
                raise Unreadable(f"line {number + 1} is record {leaf['index']}")
            if "recorded_at" not in leaf:
                digest, asked = leaf["leaf_hash"], number in own
            else:
                digest = hashlib.sha256(b"\x00" + line).hexdigest()
                asked = (
                    leaf["actor_kind"] == "person"
                    and leaf["action"] in QUERIES
                    and starts <= leaf["recorded_at"] < ends
                )
            if asked != (number in own):
                raise Different(
                    f"record {number} " + ("is missing in the frame" if asked else "is no query of the period")
                )
            if asked and missing.pop(number) != digest:
                raise Different(f"record {number} stands in the frame with another leaf")
    if missing:
        raise Different(f"the frame holds record {min(missing)}, which is beyond the checkpoint")


if __name__ == "__main__":
    sys.exit(main())
