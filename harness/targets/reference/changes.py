"""Which orders are being changed, or were a moment ago: what was read before that is not repeated to anybody.

    a step changes an order --> under way --commit, or not--> changed --some seconds--> forgotten

A change is known here before anybody can see it in the database, and until it is surely over. So whoever asks after he
has found an older reading knows whether it still is true, whatever became of the cache in which it lay.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from harness.targets.reference.clock import tick_s

REMEMBERED_S = 10.0


class Round(set[str]):
    """The orders that the steps of one transaction change; `doubtful` if nobody knows whether it came about."""

    def __init__(self, changes: "Changes") -> None:
        super().__init__()
        self._changes = changes
        self.doubtful = False

    def add(self, order_no: str) -> None:
        """Take note of an order, before its row is written."""
        if order_no not in self:
            super().add(order_no)
            self._changes.began(order_no)


class Changes:
    """Shared by the threads that write and by whoever answers reads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: Counter[str] = Counter()
        self._ended_s: dict[str, float] = {}
        """In the order in which they ended."""

    @contextmanager
    def of_a_round(self) -> Iterator[Round]:
        """Collect what a transaction changes; after it, it has been changed, also if it came to nothing."""
        changed = Round(self)
        try:
            yield changed
        finally:
            # In doubt an order stays under way: the server may still do what it was told.
            if not changed.doubtful:
                self._ended(changed)

    def began(self, order_no: str) -> None:
        """An order is being changed from now on."""
        with self._lock:
            self._under_way[order_no] += 1

    def _ended(self, orders: Round) -> None:
        with self._lock:
            now_s = tick_s()
            for order_no in orders:
                self._under_way[order_no] -= 1
                if not self._under_way[order_no]:
                    del self._under_way[order_no]
                self._ended_s.pop(order_no, None)
                self._ended_s[order_no] = now_s
            while self._ended_s:
                oldest = next(iter(self._ended_s))
                if self._ended_s[oldest] > now_s - REMEMBERED_S:
                    break
                del self._ended_s[oldest]

    def since(self, order_no: str, read_s: float) -> bool:
        """Say whether an order may have changed since somebody began to read it; yes, if that is too long ago."""
        with self._lock:
            return (
                read_s <= tick_s() - REMEMBERED_S
                or order_no in self._under_way
                or read_s <= self._ended_s.get(order_no, read_s - 1)
            )
