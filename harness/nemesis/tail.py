"""Reads journals as they grow: each look gives the whole rows that have come since the last one."""

from collections.abc import Iterator
from pathlib import Path


class Tail:
    """Follows some journals; one that does not exist yet has no rows yet, and a torn line waits for its end."""

    def __init__(self, journals: list[Path]) -> None:
        self._offsets = dict.fromkeys(journals, 0)

    def lines(self) -> Iterator[bytes]:
        """Give the lines that the journals have gained."""
        for path in self._offsets:
            if not path.exists():
                continue
            with path.open("rb") as journal:
                journal.seek(self._offsets[path])
                whole, newline, _torn = journal.read().rpartition(b"\n")
            self._offsets[path] += len(whole) + len(newline)
            yield from whole.splitlines()
