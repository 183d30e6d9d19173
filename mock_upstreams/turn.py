"""One turn of the event loop at work: first whatever came, then all that is made of it, then all answers.

    heard, heard, heard ──▶ serve, serve, serve ──▶ write, write, write

Kernel and Python each drive the other's code from the processor's caches. Going back and forth between them for every
request costs a third more than three long strides do.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

AT_MOST = 64
"""How many are served before their answers go out and others have their turn: a few milliseconds of work."""


class Hearer(Protocol):
    """A connection."""

    def take(self, data: bytes) -> None:
        """Work on what came."""


class Turn:
    """What has come in this turn and what is to be said in it; `soon` does something at the turn's end."""

    def __init__(self, soon: Callable[[Callable[[], object]], object]) -> None:
        self._soon = soon
        self._heard: list[tuple[Hearer, bytes]] = []
        self.works: list[Callable[[], object]] = []
        self._said: list[tuple[asyncio.Transport, bytes]] = []
        self._serving = False

    def heard(self, hearer: Hearer, data: bytes) -> None:
        """Take what came on a connection; it is served within this turn."""
        self._heard.append((hearer, data))
        if len(self._heard) == 1 and not self._serving:
            self._soon(self.serve)

    def serve(self) -> None:
        """Serve what has come, in its order, and send the answers."""
        if self._serving:
            return
        now, self._heard = self._heard[:AT_MOST], self._heard[AT_MOST:]
        self._serving = True
        try:
            for hearer, data in now:
                hearer.take(data)
            self.work()
        finally:
            self._serving = False
            self.send()
            if self._heard:
                self._soon(self.serve)

    def work(self) -> None:
        """Do what waits until all has been heard: at the end, or when what comes next must find it done."""
        while self.works:
            works, self.works = self.works, []
            for work in works:
                work()

    def then(self, work: Callable[[], object]) -> None:
        """Do something once all that came has been heard; at once where nothing is being served."""
        if self._serving:
            self.works.append(work)
        else:
            work()

    def say(self, transport: asyncio.Transport, data: bytes) -> None:
        """Send an answer with those of this turn, or at once where nothing is being served."""
        if self._serving:
            self._said.append((transport, data))
        else:
            transport.write(data)

    def send(self) -> None:
        """Send what was said so far: a connection that is about to close says everything first."""
        said, self._said = self._said, []
        for transport, data in said:
            transport.write(data)
