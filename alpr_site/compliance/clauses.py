"""The clauses of the orders, read from the files beside this module. Pure."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
LISTS = ("also", "rules", "actions", "published", "tests")
WORDS = ("works", "missing", "duty")


class ClauseError(Exception):
    """A file of clauses is wrong; the text names the file, the clause and the reason."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause in our own short words, and what is named as standing behind it.

    ``also`` are other ways of citing it. ``works`` says how the data itself holds it, ``missing`` what is not there
    yet, ``duty`` what only the agency can do.
    """

    section: str
    says: str
    also: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    works: str = ""
    missing: str = ""
    duty: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """All sections it is cited by."""
        return (self.section, *self.also)


@dataclass(frozen=True, slots=True)
class Order:
    """A document with its clauses, in order; ``instruments`` are the names rules and profiles cite it by."""

    code: str
    title: str
    instruments: tuple[str, ...]
    clauses: tuple[Clause, ...]


@cache
def orders() -> tuple[Order, ...]:
    """All documents, in the order of their files. Raises ClauseError."""
    return tuple(_order(path) for path in sorted(FOLDER.glob("orders_*.toml")))


def _order(path: Path) -> Order:
    try:
        raw = tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as error:
        raise ClauseError(f"{path.name}: {error}") from error
    clauses = tuple(_clause(path, row) for row in raw["clause"])
    sections = [clause.section for clause in clauses]
    if twice := {section for section in sections if sections.count(section) > 1}:
        raise ClauseError(f"{path.name}: stands twice: {', '.join(sorted(twice))}")
    return Order(path.stem.split("_", 2)[2], raw["title"], tuple(raw["instruments"]), clauses)


def _clause(path: Path, row: dict[str, Any]) -> Clause:
    if unknown := set(row) - {"id", "says", *LISTS, *WORDS}:
        raise ClauseError(f"{path.name}: {row.get('id')}: unknown {', '.join(sorted(unknown))}")
    also, rules, actions, published, tests = (tuple(row.get(name, ())) for name in LISTS)
    works, missing, duty = (str(row.get(name, "")) for name in WORDS)
    return Clause(row["id"], row["says"], also, rules, actions, published, tests, works, missing, duty)
