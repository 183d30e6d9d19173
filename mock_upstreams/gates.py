"""Gates: where a strike lets a delivery wait for something to happen, instead of for a span of time.

    told     the reply of an exchange, until the notification of the same order has been answered
    undone   a notification, until its trade was closed or refunded
    crowd    notifications of different orders, until enough of them are there

Whatever waits goes on when its time is over, and at once when strikes are healed.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from functools import partial

from harness.core.delivery import Gate

Place = tuple[str, str]
"""An upstream's name and its own number of a record."""
Go = Callable[[], object]


class Waiting:
    """One that waits: `go` is called once, whoever comes first."""

    __slots__ = ("_go", "timer")

    def __init__(self, go: Go) -> None:
        self._go: Go | None = go
        self.timer: asyncio.TimerHandle | None = None

    def release(self) -> None:
        """Let it go, if it has not gone."""
        go, self._go = self._go, None
        if self.timer is not None:
            self.timer.cancel()
        if go is not None:
            go()


class Gates:
    """All gates of a process; lives on the event loop that made it."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[tuple[str, Place], list[Waiting]] = defaultdict(list)
        self._crowds: dict[str, dict[Waiting, Place]] = defaultdict(dict)
        self._healed = False

    def wait(self, gate: Gate, place: Place, at_most_s: float, go: Go) -> None:
        """Call `go` when the gate opens, after `at_most_s` real seconds if nothing happens."""
        if self._healed:
            go()
            return
        waiting = Waiting(go)
        if gate.on == "crowd":
            self._gather(gate, place, at_most_s, waiting)
            return
        key = (gate.on, place)
        self._waiting[key].append(waiting)
        waiting.timer = self._loop.call_later(at_most_s, self._leave, key, waiting)

    async def passed(self, gate: Gate, place: Place, at_most_s: float) -> None:
        """Return when the gate opens."""
        opened: asyncio.Future[None] = self._loop.create_future()
        self.wait(gate, place, at_most_s, partial(_open, opened))
        await opened

    def happened(self, on: str, place: Place) -> None:
        """Open the gates that waited for this."""
        if self._waiting:
            for waiting in self._waiting.pop((on, place), ()):
                waiting.release()

    def heal(self) -> None:
        """Open everything, for good."""
        self._healed = True
        for key in tuple(self._waiting):
            self.happened(*key)
        for crowd in tuple(self._crowds):
            self._burst(crowd)

    def _leave(self, key: tuple[str, Place], waiting: Waiting) -> None:
        left = self._waiting[key]
        left.remove(waiting)
        if not left:
            del self._waiting[key]
        waiting.release()

    def _gather(self, gate: Gate, place: Place, at_most_s: float, waiting: Waiting) -> None:
        """Copies of one order count once: a crowd is of different orders."""
        crowd = self._crowds[gate.id]
        crowd[waiting] = place
        if len(set(crowd.values())) >= gate.size:
            self._burst(gate.id)
        else:
            waiting.timer = self._loop.call_later(at_most_s, self._burst, gate.id)

    def _burst(self, crowd: str) -> None:
        for waiting in self._crowds.pop(crowd, ()):
            waiting.release()


def _open(opened: asyncio.Future[None]) -> None:
    if not opened.done():
        opened.set_result(None)
