"""How much processor time the server's processes take: from /proc, by what each process is."""

import os
import time
from pathlib import Path
from typing import Self

_TICKS = os.sysconf("SC_CLK_TCK")


class ProcessorTime:
    """Between entering and leaving; ``shares`` are cores busy on average for web, database and the whole machine."""

    def __enter__(self) -> Self:
        self._before, self._began = _spent(), time.monotonic()
        return self

    def __exit__(self, *args: object) -> None:
        self._after, self._took = _spent(), time.monotonic() - self._began

    def shares(self) -> dict[str, float]:
        """Cores by name."""
        return {name: (self._after[name] - self._before[name]) / self._took for name in self._after}


def _spent() -> dict[str, float]:
    """Seconds of processor time so far; ``machine`` counts everything that is not idle, other people's work too."""
    found = {"web": 0.0, "database": 0.0}
    mine = _descendants(os.getpid())
    for pid in mine:
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        name = "web" if b"gunicorn" in command else "database" if b"postgres" in command else ""
        if name:
            found[name] += sum(int(value) for value in fields[11:15]) / _TICKS  # its own, and of children that ended
    machine = [int(value) for value in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return found | {"machine": (sum(machine) - machine[3] - machine[4]) / _TICKS}


def _descendants(root: int) -> set[int]:
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found, wave = {root}, {root}
    while wave := {pid for pid, parent in parents.items() if parent in wave} - found:
        found |= wave
    return found
