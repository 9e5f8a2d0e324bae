"""Numbered progress lines on the terminal: ``[3/8] tables ... 1.2 s``."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Steps:
    """Counts steps towards a total; ``str()`` of it hands the count on to another process."""

    def __init__(self, total: int, done: int = 0) -> None:
        self.total, self.done = total, done

    @classmethod
    def parse(cls, text: str) -> "Steps":
        done, total = text.split("/")
        return cls(int(total), int(done))

    def __str__(self) -> str:
        return f"{self.done}/{self.total}"

    @contextmanager
    def next(self, title: str) -> Iterator[None]:
        """Show one step while it runs, and then how long it took."""
        self.done += 1
        print(f"[{self}] {title} ...", end="", flush=True)
        began = time.monotonic()
        try:
            yield
        except BaseException:
            print(" stopped", flush=True)
            raise
        print(f" {time.monotonic() - began:.1f} s", flush=True)
