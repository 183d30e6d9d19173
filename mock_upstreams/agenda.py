"""What is to be done later, a million items if need be: one heap, and one timer for its first item.

A task or a timer of its own for each would cost a kilobyte apiece. Timers of an event loop come a millisecond late or
so; items that say so are waited for to the point, for ladders that a time scale has made short.
"""

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import TypeVarTuple

from harness.core.clock import tick_s

SHORT_S = 0.1
"""Spans below this are kept to the point: a millisecond is more than a hundredth of them."""
_NEAR_S = 0.002
Args = TypeVarTuple("Args")


class Agenda:
    """Acts by the clock, in the order of their times, and of their coming where these are equal."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._items: list[tuple[float, int, bool, Callable[..., object], tuple[object, ...]]] = []
        self._serials = count()
        self._timer: asyncio.TimerHandle | asyncio.Handle | None = None
        self._set_for_s = 0.0

    def __len__(self) -> int:
        return len(self._items)

    def after(self, span_s: float, act: Callable[[*Args], object], *args: *Args) -> None:
        """Do something after a span of real time."""
        due_s = tick_s() + span_s
        item = (due_s, next(self._serials), span_s < SHORT_S, act, args)
        heappush(self._items, item)
        if self._timer is None or due_s < self._set_for_s:
            self._set()

    def clear(self) -> None:
        """Forget everything."""
        self._items.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due_s, _, short, _, _ = self._items[0]
        self._set_for_s = due_s
        left_s = due_s - tick_s()
        if left_s <= 0 or (short and left_s < _NEAR_S):
            self._timer = self._loop.call_soon(self._wake)
        else:
            self._timer = self._loop.call_later(left_s - (_NEAR_S if short else 0.0), self._wake)

    def _wake(self) -> None:
        self._timer = None
        now_s = tick_s()
        while self._items and self._items[0][0] <= now_s:
            _, _, _, act, args = heappop(self._items)
            act(*args)
        if self._items and self._timer is None:
            self._set()
