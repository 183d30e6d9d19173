"""One link: a port that stands for another, its connections, and what the weather does to them.

client ──▶ Front ──Flow up──▶ Back ──▶ server
       ◀──────── ◀─Flow down─
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import cast

from harness.core.chance import chance
from harness.core.event import Event
from harness.handles import HandleError
from harness.nemesis.network.flow import Flow
from harness.nemesis.network.weather import CALM, Bearing, Weather

_RST = struct.pack("ii", 1, 0)
Write = Callable[[Event], None]


class Connection:
    """One connection over a link: its two ends, their flows, and which strikes it met."""

    def __init__(self, link: "Link", number: int) -> None:
        self.link = link
        self.number = number
        self.front: asyncio.Transport
        self.back: asyncio.Transport | None = None
        self._flows: tuple[Flow, Flow] | None = None
        self._met: dict[str, bool] = {}
        self._ends = 0
        self._broken = False
        self._timer: asyncio.TimerHandle | None = None
        self._bearing: Bearing = CALM

    def opened(self, back: asyncio.Transport) -> tuple[Flow, Flow]:
        """Join both ends, under the weather of this moment."""
        self.back = back
        roll = partial(chance, self.link.seed, self.link.name, self.number)
        up = Flow(self.front, back, partial(roll, "up"), self.close, self._finished)
        down = Flow(back, self.front, partial(roll, "down"), self.close, self._finished)
        self._flows = up, down
        self.weathered()
        return up, down

    def weathered(self) -> None:
        """Take the weather as it is now."""
        bearing = self.link.weather.bearing(self.link.name, self.number)
        if bearing == self._bearing or self._flows is None:
            return
        was_half_open = self._bearing.up.half_open or self._bearing.down.half_open
        self._bearing = bearing
        for strike in bearing.spared:
            self._met.setdefault(strike, False)
        for strike in bearing.struck:
            self._met[strike] = True
        for flow, manner in zip(self._flows, (bearing.up, bearing.down), strict=True):
            flow.bend(manner)
        self._maybe_reset()
        if was_half_open and self._ends and not (bearing.up.half_open or bearing.down.half_open):
            self.close()

    def _maybe_reset(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        spans = [m.reset_after_ms for m in (self._bearing.up, self._bearing.down)]
        known = [ms for ms in spans if ms is not None]
        if known:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(min(known) / 1e3, self.reset)

    def reset(self) -> None:
        """Break both ends with a TCP RST."""
        self._broken = True
        for end in (self.front, self.back):
            if end is not None and not end.is_closing():
                sock = end.get_extra_info("socket")
                with suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST)
                end.abort()

    def close(self) -> None:
        """Close both ends in good order."""
        for end in (self.front, self.back):
            if end is not None and not end.is_closing():
                end.close()

    def _finished(self) -> None:
        """Close once both directions have passed on that there is no more."""
        if self._flows is not None and all(flow.finished for flow in self._flows):
            self.close()

    def lost(self, flow: Flow | None, error: Exception | None) -> None:
        """Take that one end has gone: pass it on, unless the weather keeps it back."""
        self._ends += 1
        if flow is not None and self._ends == 1:
            half_open = self._bearing.up.half_open or self._bearing.down.half_open
            if error is not None and not half_open:
                self.reset()
            elif not half_open:
                flow.over()
        if self._ends == (1 if self.back is None else 2):
            self._over()

    def _over(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self.link.forget(self)

    def row(self) -> Event | None:
        """Return the row of a connection that a strike could have met, else None."""
        if not self._met:
            return None
        up, down = self._flows or (None, None)
        return Event(
            vantage="nemesis",
            kind="connection",
            ref=self.link.name,
            order_no=f"{self.link.name}#{self.number}",
            outcome="fail" if self._broken else "ok",
            strikes=[strike for strike, struck in self._met.items() if struck],
            spared=[strike for strike, struck in self._met.items() if not struck],
            detail={"up_bytes": up.passed if up else 0, "down_bytes": down.passed if down else 0},
        )


class _End(asyncio.Protocol):
    """What both ends have in common: a flow away from here, and the other end's appetite."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.flow: Flow | None = None
        self.other: asyncio.Transport | None = None
        self.early = bytearray()
        self.ended_early = False

    def data_received(self, data: bytes) -> None:
        if self.flow is None:
            # A loop may have begun to read before it was asked not to.
            self.early += data
        else:
            self.flow.take(data)

    def join(self, flow: Flow, other: asyncio.Transport) -> None:
        """Take the flow away from here and the other end, and pass on what came too early."""
        self.flow, self.other = flow, other
        if self.early:
            flow.take(bytes(self.early))
        if self.ended_early:
            flow.end()

    def eof_received(self) -> bool:
        if self.flow is None:
            self.ended_early = True
        else:
            self.flow.end()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self.connection.lost(self.flow, exc)

    def pause_writing(self) -> None:
        if self.other is not None and self.other.is_reading():
            self.other.pause_reading()

    def resume_writing(self) -> None:
        if self.other is not None and not self.other.is_closing():
            self.other.resume_reading()


class _Front(_End):
    """The client's end: asks for the server's end before anything is read."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        front = cast(asyncio.Transport, transport)
        front.pause_reading()
        self.connection.front = front
        self.connection.link.connect(self)


class _Back(_End):
    """The server's end."""


class Link:
    """A port of ours in front of one of the others'."""

    def __init__(self, name: str, weather: Weather, seed: int, write: Write) -> None:
        self.name = name
        self.weather = weather
        self.seed = seed
        self.port = 0
        self._write = write
        self._to: tuple[str, int] | None = None
        self._connections: set[Connection] = set()
        self._made = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, host: str, port: int = 0) -> None:
        """Bind the port.

        Raises:
            OSError: it cannot be bound.
        """
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._front, host, port, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]

    def lead(self, host: str, port: int) -> None:
        """Say where the link leads; until then connections are reset."""
        self._to = (host, port)

    def weathered(self) -> None:
        """Tell every connection that the weather changed."""
        for connection in tuple(self._connections):
            connection.weathered()

    def _front(self) -> _Front:
        self._made += 1
        connection = Connection(self, self._made)
        self._connections.add(connection)
        return _Front(connection)

    def connect(self, front: _Front) -> None:
        """Connect a client's end to the server."""
        task = asyncio.get_running_loop().create_task(self._join(front))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _join(self, front: _Front) -> None:
        connection = front.connection
        back = _Back(connection)
        loop = asyncio.get_running_loop()
        try:
            if self._to is None:
                raise ConnectionRefusedError(f"{self.name} leads nowhere yet")
            to = await self.weather.way(self.name, connection.number, self._to)
            transport, _ = await loop.create_connection(lambda: back, *to)
        except (OSError, HandleError):
            connection.reset()
            return
        if connection.front.is_closing():
            transport.abort()
            return
        up, down = connection.opened(transport)
        front.join(up, transport)
        back.join(down, connection.front)
        if not connection.front.is_closing():
            connection.front.resume_reading()

    def forget(self, connection: Connection) -> None:
        """Write the row of a connection that is over."""
        if connection in self._connections:
            self._connections.discard(connection)
            if row := connection.row():
                self._write(row)

    async def close(self) -> None:
        """Stop listening, break what is open, and write its rows."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        for connection in tuple(self._connections):
            connection.close()
            self.forget(connection)
