"""Follows journals as they grow, whole lines only: what was read is not read again, what is half written waits.

tail = Tail([gateways, operators])       or Tail(lambda: folder.glob("*.ndjson")), for files that come later
for line in tail.lines(): ...
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

MOST_BYTES = 8 << 20
"""Read from one journal at a time, so that a late reader of a long run needs little memory."""


class Tail:
    """Where we are in each of some files, which may not be there yet."""

    def __init__(self, paths: Callable[[], Iterable[Path]] | Sequence[Path]) -> None:
        self._paths = paths if callable(paths) else lambda: paths
        self._offsets: dict[Path, int] = {}

    def lines(self) -> Iterator[bytes]:
        """Yield what the files have gained since the last time, file by file.

        Raises:
            OSError: a file cannot be read.
        """
        for path in self._paths():
            while data := self._more(path):
                yield from data.splitlines()

    def _more(self, path: Path) -> bytes:
        if not path.exists():
            return b""
        with path.open("rb") as file:
            file.seek(self._offsets.get(path, 0))
            whole, newline, _torn = file.read(MOST_BYTES).rpartition(b"\n")
        self._offsets[path] = self._offsets.get(path, 0) + len(whole) + len(newline)
        return whole + newline
