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

SHORT_S = 0.25
"""Spans below this are kept to the point: a millisecond is more than a hundredth of them."""
_NEAR_S, FAR_S = 0.002, 0.5
HURRIED, HURRY_S = 50, 0.02
"""How many items are done at once when all are hurried, and after what pause the next ones."""
_Item = tuple[float, int, bool, Callable[..., object], *tuple[object, ...]]
"""When, a serial, whether to the point, what, and its arguments."""
Args = TypeVarTuple("Args")


class Agenda:
    """Acts by the clock, in the order of their times, and of their coming where these are equal."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._items: list[_Item] = []
        self._serials = count()
        self._timer: asyncio.TimerHandle | asyncio.Handle | None = None
        self._set_for_s = 0.0

    def __len__(self) -> int:
        return len(self._items)

    def at(self, due_s: float, act: Callable[[*Args], object], *args: *Args) -> None:
        """Do something at a time of `tick_s`; in the next turn of the loop if that is over."""
        short = due_s - tick_s() < SHORT_S
        heappush(self._items, (due_s, next(self._serials), short, act, *args))
        if self._timer is None or due_s < self._set_for_s:
            self._set()

    async def wait_until(self, due_s: float) -> None:
        """Wait for a time of `tick_s` that is near, to the point; what is far was hurried here and goes now."""
        while 0 < (left_s := due_s - tick_s()) < FAR_S:  # noqa: ASYNC110 - for a time, not for an event
            await asyncio.sleep(left_s - _NEAR_S if left_s > _NEAR_S else 0)

    def hurry(self) -> None:
        """Do now, in its order, all that waits, a part of it in each turn of the loop."""
        waiting, self._items = sorted(self._items, reverse=True), []
        self._in_turn(waiting)

    def _in_turn(self, waiting: list[_Item]) -> None:
        for _ in range(min(HURRIED, len(waiting))):
            _do(waiting.pop())
        if waiting:
            self._loop.call_later(HURRY_S, self._in_turn, waiting)

    def clear(self) -> None:
        """Forget everything."""
        self._items.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due_s, _, short, *_ = self._items[0]
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
            _do(heappop(self._items))
        if self._items and self._timer is None:
            self._set()


def _do(item: _Item) -> None:
    item[3](*item[4:])
