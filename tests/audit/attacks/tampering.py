"""The attacks of a database superuser (security.md 2.4), each on a live log inside a transaction that is rolled back.

The attacker has every right over the database and, to be on the safe side, the log's signing key too: what remains is
what others keep outside. ``reseal`` is what makes a forgery fit itself: leaves, nodes and roots computed anew.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from audit import asker, ledger, merkle, verify
from audit.actions import Action
from audit.log import export_folder, export_source
from audit.models import LedgerDetail, LedgerEntry
from audit.verifier import platekeeper_verify as outsider
from tests import make
from tests.audit.verifier.outside import Log, consistency

SIZE, BEHIND = 200, 150


@dataclass(frozen=True)
class Attack:
    """What it does, its name in the table, and what is expected to see it: gap check, tree, A (50 behind), B (head)."""

    name: str
    run: Callable[[], None]
    seen: tuple[bool, bool, bool, bool]


def fill(count: int = SIZE) -> None:
    """A live log of so many records."""
    for number in range(verify.head().size, count):
        ledger.note(
            Action.SEARCH_RUN,
            by=asker.system("attacked"),
            at=make.NOON + timedelta(minutes=number),
            purpose="locate",
            reason=f"Stolen from Elm Street, report {number}",
            query={"plate": f"0ATT{number:03}"},
        )


@contextmanager
def copy_of_the_log() -> Iterator[None]:
    """The log with its triggers off, as a superuser would have it; nothing that is done to it stays."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
            for table in ("audit_ledgerentry", "audit_ledgerdetail"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        transaction.set_rollback(True)


def do(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def reseal(first: int = 0) -> None:
    """Every leaf hash, node and root from an index on, so that the forgery is whole in itself."""
    tree = merkle.Range()
    for entry in LedgerEntry.objects.order_by("index"):
        leaf_hash = merkle.leaf_hash(entry.leaf())
        nodes = tree.append(leaf_hash)
        if entry.index >= first:
            row = {"leaf_hash": leaf_hash, "nodes": nodes, "root": tree.root()}
            LedgerEntry.objects.filter(pk=entry.pk).update(**row)


def delete(first: int, upto: int) -> None:
    LedgerDetail.objects.filter(entry_id__gte=first, entry_id__lt=upto).delete()
    do("DELETE FROM audit_ledgerentry WHERE index >= %s AND index < %s", first, upto)


def renumber(after: int, by: int) -> None:
    """Move the numbers of all records behind an index, in two steps so that no two are ever the same."""
    for step in (1_000_000, by - 1_000_000):
        for table, column in (("audit_ledgerentry", "index"), ("audit_ledgerdetail", "entry_id")):
            do(f"UPDATE {table} SET {column} = {column} + %s WHERE {column} > %s", step, after)  # noqa: S608


def swap(one: int, other: int) -> None:
    for old, new in ((one, 1_000_000), (other, one), (1_000_000, other)):
        do("UPDATE audit_ledgerdetail SET entry_id = %s WHERE entry_id = %s", new, old)
        do("UPDATE audit_ledgerentry SET index = %s WHERE index = %s", new, old)


def edit(index: int) -> None:
    do("UPDATE audit_ledgerentry SET username = 'somebody else' WHERE index = %s", index)


def fork(upto: int, more: int) -> None:
    """An older backup, and forged records grown on it."""
    delete(upto, SIZE)
    for number in range(more):
        by, at = asker.system("forger"), make.NOON + timedelta(days=1, minutes=number)
        ledger.append_in_transaction(Action.SEARCH_RUN, by=by, at=at, purpose="locate", query={"plate": "0FORGED"})


def _both(first: Callable[[], None]) -> Callable[[], None]:
    def attack() -> None:
        first()
        reseal()

    return attack


def _shift() -> None:
    do(
        "UPDATE audit_ledgerentry SET recorded_at = recorded_at - interval '3 hours', at = at - interval '3 hours'"
        " WHERE index BETWEEN 60 AND 159"
    )


def _delete_and_renumber() -> None:
    delete(77, 78)
    renumber(77, -1)


def _inner() -> None:
    """A record that is the inner node of two others in disguise: its leaf hash is theirs, the two are gone."""
    rows = [bytes(entry.leaf_hash) for entry in LedgerEntry.objects.filter(index__in=(10, 11)).order_by("index")]
    delete(11, 12)
    do("UPDATE audit_ledgerentry SET leaf_hash = %s WHERE index = 10", merkle.node_hash(*rows))
    renumber(11, -1)


def _clear() -> None:
    do('UPDATE audit_ledgerdetail SET query = \'{"plate": "0OTHER1"}\' WHERE entry_id = 44')


def _clear_gone() -> None:
    do("DELETE FROM audit_ledgerdetail WHERE entry_id = 44")


Y, N = True, False
SUPERUSER = [
    Attack("edit one row", lambda: edit(70), (N, Y, Y, Y)),
    Attack("edit + recompute the tree", _both(lambda: edit(70)), (N, N, Y, Y)),
    Attack("delete a middle row", lambda: delete(77, 78), (Y, Y, Y, Y)),
    Attack("delete middle + renumber + recompute", _both(_delete_and_renumber), (N, N, Y, Y)),
    Attack("delete the last row", lambda: delete(199, 200), (N, N, N, Y)),
    Attack("delete the last 40 rows", lambda: delete(160, 200), (N, N, N, Y)),
    Attack("swap two rows", lambda: swap(20, 90), (N, Y, Y, Y)),
    Attack("swap + recompute", _both(lambda: swap(20, 90)), (N, N, Y, Y)),
    Attack("replace the database by an older backup", lambda: delete(120, 200), (N, N, Y, Y)),
    Attack("older backup + grow a forged fork", lambda: fork(120, 90), (N, N, Y, Y)),
    Attack("shift the clock of 100 rows + recompute", _both(_shift), (N, N, Y, Y)),
    Attack("rewrite the newest row + recompute", _both(lambda: edit(199)), (N, N, N, Y)),
]
# Beyond the twelve: what the tree and the commitments add.
FURTHER = [
    Attack("a leaf that looks like an inner node", _inner, (N, Y, Y, Y)),
    Attack("another clear value beside the record", _clear, (N, Y, Y, Y)),
    Attack("the clear values of a record deleted", _clear_gone, (N, Y, N, N)),
]


def gaps() -> bool:
    """The plainest check: are there as many records as the last number says?"""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), max(index) + 1 FROM audit_ledgerentry")
        count, size = cursor.fetchone()
    return count != size


def outside(folder: Path, log: Log, kept: Sequence[str]) -> outsider.Report:
    """What a person outside sees who asks for the whole log and holds it against checkpoints they kept.

    The export is made from the database as it is, and signed by the log's own key over whatever is there.
    """
    lines = list(export_source.lines(0, 1 << 40, (), ()))
    log.hashes = [bytes(entry.leaf_hash) for entry in LedgerEntry.objects.order_by("index")]
    size = len(lines)
    contents = export_folder.Contents(
        first=0,
        upto=size,
        lines=lines,
        frontier=(),
        notes=[log.checkpoint(size)],
        keys=log.keys(),
        covered=size,
        consistency=consistency(size, log.hashes),
    )
    folder.mkdir()
    export_folder.write(folder, contents)
    paths = []
    for number, note in enumerate(kept):
        paths.append(folder.parent / f"{folder.name}-kept-{number}")
        paths[-1].write_text(note)
    return look(str(folder), *(part for path in paths for part in ("--checkpoint", str(path))))


def look(*arguments: str) -> outsider.Report:
    """The verifier in this process: its report, in which what cannot be read is a fault too."""
    options, report = outsider.options_of(list(arguments)), outsider.Report()
    try:
        outsider.run(options.paths, options, report)
    except outsider.Missing:
        pass
    except outsider.Unreadable as error:
        report.fault(str(error))
    return report


def table(attacks: Sequence[Attack]) -> str:
    """The table of docs/verify.md."""
    head = "| attack | gap check | tree in the log | checkpoint 50 behind | checkpoint at the head |\n"
    head += "| --- | --- | --- | --- | --- |\n"
    rows = [f"| {one.name} | {' | '.join('seen' if it else '-' for it in one.seen)} |\n" for one in attacks]
    counts = [sum(one.seen[place] for one in attacks) for place in range(4)]
    return (
        head + "".join(rows) + f"| **seen, of {len(attacks)}** | " + " | ".join(f"**{it}**" for it in counts) + " |\n"
    )
