"""One direction of a connection: bytes in, bytes out as the weather lets them."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial

from harness.faults._link import GOOD, Manner

HELD_MAX = 1 << 20
"""So many bytes may be under way in one direction before its source has to wait."""


class Flow:
    """Bytes from `source` to `sink`; in good weather they pass in the same tick."""

    __slots__ = (
        "_close",
        "_done",
        "_due_s",
        "_ended",
        "_held",
        "_kept_back",
        "_loop",
        "_manner",
        "_queue",
        "_roll",
        "_serial",
        "_sink",
        "_source",
        "_waits",
        "finished",
        "passed",
    )

    def __init__(
        self,
        source: asyncio.Transport,
        sink: asyncio.Transport,
        roll: Callable[[int], float],
        close: Callable[[], None],
        done: Callable[[], None],
    ) -> None:
        """Take both ends, a keyed chance by the chunk's number, what closes all, and whom to tell the end."""
        self._source = source
        self._sink = sink
        self._roll = roll
        self._close = close
        self._done = done
        self._waits = self._kept_back = False
        self.finished = False
        self._loop = asyncio.get_running_loop()
        self._manner = GOOD
        self._due_s = 0.0
        self._queue: deque[tuple[float, Callable[[], None]]] = deque()
        self._held = 0
        self._serial = 0
        self._ended = False
        self.passed = 0

    def bend(self, manner: Manner) -> None:
        """Behave so from now on; what is under way keeps its time."""
        self._manner = manner
        if self._kept_back and not manner.half_open:
            self.end()

    def take(self, data: bytes) -> None:
        """Pass some bytes on."""
        if self._manner is GOOD and not self._queue:
            self.passed += len(data)
            self._sink.write(data)
        elif not self._manner.swallowed and not self._ended:
            self._slowly(data)

    def end(self) -> None:
        """Pass on that there is no more, after what is under way."""
        self._kept_back = self._manner.half_open
        if not self._kept_back and not self._ended:
            self._ended = True
            self._at(self._due_s, self._finish)

    def over(self) -> None:
        """Close the connection, after what is under way: the source has gone."""
        self._ended = True
        self._at(self._due_s, self._close)

    def _slowly(self, data: bytes) -> None:
        manner = self._manner
        limit = manner.limit_bytes
        if limit is not None:
            data = data[: max(0, limit - self.passed)]
        self.passed += len(data)
        late_s = manner.delay_ms / 1e3
        if manner.jitter_ms:
            self._serial += 1
            late_s += manner.jitter_ms / 1e3 * self._roll(self._serial)
        due_s = max(self._due_s, self._loop.time() + late_s)
        for piece in _pieces(data, manner.chunk_bytes):
            if manner.bytes_per_s:
                due_s += len(piece) / manner.bytes_per_s
            self._hold(due_s, piece)
            due_s += manner.gap_ms / 1e3
        self._due_s = due_s
        if limit is not None and self.passed >= limit:
            self._ended = True
            self._at(due_s, self._close)

    def _hold(self, due_s: float, piece: bytes) -> None:
        self._held += len(piece)
        if self._held > HELD_MAX and self._source.is_reading():
            self._source.pause_reading()
        self._at(due_s, partial(self._release, piece))

    def _release(self, piece: bytes) -> None:
        self._held -= len(piece)
        if not self._sink.is_closing():
            self._sink.write(piece)
        if self._held <= HELD_MAX and not self._source.is_closing():
            self._source.resume_reading()

    def _finish(self) -> None:
        self.finished = True
        if not self._sink.is_closing():
            self._sink.write_eof()
        self._done()

    def _at(self, due_s: float, act: Callable[[], None]) -> None:
        """Do something in its turn: a loop's own timers keep no order among those of one instant."""
        if not self._queue and due_s <= self._loop.time():
            act()
            return
        self._queue.append((due_s, act))
        if not self._waits:
            self._waits = True
            self._loop.call_at(due_s, self._run)

    def _run(self) -> None:
        while self._queue and self._queue[0][0] <= self._loop.time():
            self._queue.popleft()[1]()
        self._waits = bool(self._queue)
        if self._waits:
            self._loop.call_at(self._queue[0][0], self._run)


def _pieces(data: bytes, size: int | None) -> Iterator[bytes]:
    if size is None:
        yield data
        return
    for start in range(0, len(data), size):
        yield data[start : start + size]
