"""Incident type codes a dispatcher is offered (D.6), in a file of their own: each department has its own."""

import tomllib
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("incident_types.toml")


@cache
def incident_types() -> tuple[tuple[str, str], ...]:
    """Code and words of each, in the order of the file."""
    return tuple((row["code"], row["words"]) for row in tomllib.loads(FILE.read_text())["code"])
