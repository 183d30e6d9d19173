"""Journals: every process appends its events to a file of its own, NDJSON, one event a line.

    with Journal(folder / "gateways.ndjson", run="r1", recorder="gateways") as journal:
        journal.write(Event(vantage="gateway", kind="captured", ...))

Writing costs microseconds and never waits for a disk: lines gather in memory and a thread of the journal's own
hands them to the kernel, so that what was written is there even if the process is killed a moment later
(the kernel keeps it; only the last `FLUSH_S` can be missing). Sequence numbers are gap-free, so whatever is
missing is seen: no `close` row, a gap, or a torn last line.
"""

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from harness.core.clock import now_ns
from harness.core.errors import HarnessError
from harness.core.event import Event

FLUSH_S = 0.05


class Journal:
    """An append-only file of events with a gap-free sequence. Safe to write from several threads."""

    def __init__(self, path: Path, *, run: str, recorder: str, vantage: str) -> None:
        self.path = path
        self.run = run
        self.recorder = recorder
        self._vantage = vantage
        self._seq = 0
        self._lines: list[bytes] = []
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._encode = msgspec.json.Encoder().encode
        self._file = path.open("ab", buffering=0)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._flush_forever, daemon=True, name="journal")
        self.write(Event(vantage=vantage, kind="open"))
        self._thread.start()

    def write(self, event: Event) -> None:
        """Take an event; number it; stamp it with now unless it carries a time."""
        event.run = self.run
        event.recorder = self.recorder
        if not event.time_ns:
            event.time_ns = now_ns()
        with self._lock:
            event.seq = self._seq
            self._seq += 1
            self._lines.append(self._encode(event))

    def line(self, make: Callable[[int], bytes]) -> None:
        """Take a row that `make` writes, once it is told its number."""
        with self._lock:
            self._lines.append(make(self._seq))
            self._seq += 1

    def flush(self) -> None:
        """Hand every line taken so far to the kernel; whoever records meanwhile does not wait for it.

        Raises:
            OSError: the disk is full, or gone.
        """
        with self._writing:
            with self._lock:
                lines, self._lines = self._lines, []
            if lines:
                lines.append(b"")
                self._write_all(b"\n".join(lines))

    def _write_all(self, data: bytes) -> None:
        """Write to the end: an unbuffered file may take less than it is given."""
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]

    def close(self) -> None:
        """Write the `close` row and end; a second call does nothing."""
        if self._stop.is_set():
            return
        self.write(Event(vantage=self._vantage, kind="close"))
        self._stop.set()
        self._thread.join()
        self.flush()
        self._file.close()

    def _flush_forever(self) -> None:
        while not self._stop.wait(FLUSH_S):
            try:
                self.flush()
            except OSError as error:
                # A recorder that cannot record must not go on: the run ends as one whose process died.
                sys.stderr.write(f"{self.path}: {error.strerror}; ending\n")
                sys.stderr.flush()
                os._exit(HarnessError.exit_code)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def read(path: Path) -> list[Event]:
    """Read a journal's whole lines; a torn last line is left out.

    Raises:
        msgspec.DecodeError: a line in the middle is no event.
    """
    decode = msgspec.json.Decoder(Event).decode
    return [decode(line) for line in path.read_bytes().split(b"\n")[:-1]]
