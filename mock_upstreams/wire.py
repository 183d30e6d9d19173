"""HTTP/1.1 on asyncio.Protocol with httptools: requests in, answers out, and every way of answering badly.

    bytes -> turn -> parser -> Request -> app(request, line) -> line.answer(...)    in the same turn, or later
                                                             -> line.hold()         silence
                                                             -> line.reset()        TCP RST
                                                             -> line.cut()          closed without an answer

Pipelined requests are answered one by one in their order. What is no HTTP is answered 400 and the connection
closed; what is too long, 413 or 431; what never ends, 408. Framing errors never reach the app.
"""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import cast

import httptools

from harness.core.delivery import Spoil
from mock_upstreams import known_heads, spoiling, target, upgrades
from mock_upstreams.answer_bytes import plain, render
from mock_upstreams.dialect import Answer, Request
from mock_upstreams.turn import Turn

BODY_BYTES_MAX = 1 << 20
HEAD_BYTES_MAX = 1 << 16
PIPELINE_MAX = 64
SWEEP_S = 15.0
CLOSING_TICKS = 50
_RST = struct.pack("ii", 1, 0)

App = Callable[[Request, "Line"], None]
Take = Callable[[bytes], bytes | None]
"""Answers a whole request at once, or leaves it to the app: None."""


class Line(asyncio.Protocol):
    """One connection. An app answers each request by exactly one of `answer`, `hold`, `reset` and `cut`."""

    __slots__ = (
        "_age",
        "_app",
        "_body",
        "_body_bytes",
        "_busy",
        "_head_bytes",
        "_head_only",
        "_headers",
        "_in_head",
        "_keep",
        "_lines",
        "_parser",
        "_quick",
        "_serving",
        "_strict",
        "_todo",
        "_transport",
        "_trouble",
        "_turn",
        "_url",
        "open",
    )

    def __init__(self, app: App, lines: "set[Line]", turn: Turn, quick: Take | None = None) -> None:
        self._quick = quick
        self._app = app
        self._lines = lines
        self._turn = turn
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport
        self._todo: deque[tuple[Request, bool] | int] = deque()
        self._busy = self._serving = self._head_only = False
        self._keep = True
        self._trouble = 0
        self._age = 0
        self.open = False
        self._url = b""
        self._strict = False
        self._fresh()

    # What the app says.

    def answer(self, answer: Answer) -> bool:
        """Send an answer; return False if the caller has gone."""
        if not self.open:
            return False
        if answer.spoil is not None:
            return self._spoil(answer, answer.spoil)
        self._busy = False
        said = render(answer, keep=self._keep, head_only=self._head_only)
        self._turn.say(self._transport, said)
        if not self._keep:
            self._shut()
        elif self._todo and not self._serving:
            self._serve()
        return True

    def _spoil(self, answer: Answer, spoil: Spoil) -> bool:
        """Send an answer piece by piece, as much of it as is to come, and close."""
        message = render(answer, keep=False, head_only=self._head_only)
        body_bytes = 0 if self._head_only or answer.status == 204 else len(answer.body)
        pieces = spoiling.pieces(message, body_bytes, spoil)
        self._turn.send()
        spoiling.send(self._transport, pieces, spoil, self.cut)
        return True

    def hold(self) -> None:
        """Say nothing; the connection stays until `cut`, or until the caller gives up."""

    def reset(self) -> None:
        """Reset the connection: the caller sees ECONNRESET."""
        if self.open:
            self._turn.send()
            sock = self._transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST)
            self.open = False
            self._transport.abort()

    def cut(self) -> None:
        """Close the connection in good order, without an answer."""
        if self.open:
            self._shut()

    # What asyncio says.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection."""
        self._transport = cast(asyncio.Transport, transport)
        self.open = True
        self._lines.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Forget the connection and whatever was still to be answered on it, but hear what came before its end."""
        self._turn.serve()
        self.open = False
        self._todo.clear()
        self._lines.discard(self)

    def data_received(self, data: bytes) -> None:
        """Leave what came to this turn."""
        self._turn.heard(self, data)

    def take(self, data: bytes) -> None:
        """Parse, then serve what is whole; a head that came before needs no parser."""
        if self._trouble or not self.open:
            return
        idle = self._age < 0 and not self._busy and not self._todo
        if idle and self._quick is not None and self._answered(self._quick, data):
            return
        if idle and (known := known_heads.find(data)) is not None:
            self._serve_one(known)
            return
        self._strict = len(data) > HEAD_BYTES_MAX
        begins = self._age < 0 or (self._in_head and not self._url and not self._headers)
        self._feed(data if data.isascii() or not begins else target.escaped(data))
        if idle and len(self._todo) == 1 and not self._trouble:
            known_heads.learn(data, self._todo[0])
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX:
                self._trouble = self._trouble or 431
        if self._trouble:
            self._todo.append(self._trouble)
        if not self._busy:
            self._serve()
        elif len(self._todo) > PIPELINE_MAX:
            self._transport.pause_reading()

    def _feed(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # Nothing here upgrades: the request is read again without its wish, and the next one is HTTP/1.1 again.
            again = upgrades.without(self._todo, self._parser.get_http_version())
            self._parser = httptools.HttpRequestParser(self)
            rest = again + data[upgrade.args[0] :]
            if rest:
                self._feed(rest)
        except httptools.HttpParserError:
            self._trouble = self._trouble or 400

    # What the parser says.

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._fresh()

    def on_url(self, part: bytes) -> None:
        """Take a part of the target: one that is split over packets comes in parts."""
        self._url += part

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; trailers after a chunked body are ignored."""
        if not self._in_head:
            return
        self._headers.append((name, value))
        if len(name) == 6 and name.lower() == b"expect" and not self._busy and self._is_1_1():
            self._turn.say(self._transport, b"HTTP/1.1 100 Continue\r\n\r\n")

    def _is_1_1(self) -> bool:
        """Say whether the caller waits for 100 Continue, and stays unless told not to: before HTTP/1.1 nobody does."""
        return self._parser.get_http_version() != "1.0"

    def on_headers_complete(self) -> None:
        """Begin the body."""
        self._in_head = False
        if self._strict and _size(self._url, self._headers) > HEAD_BYTES_MAX:
            self._trouble = self._trouble or 431

    def on_body(self, part: bytes) -> None:
        """Take a part of the body, up to the limit."""
        self._body_bytes += len(part)
        if self._body_bytes > BODY_BYTES_MAX:
            self._trouble = self._trouble or 413
        else:
            self._body.append(part)

    def on_message_complete(self) -> None:
        """Queue a whole request."""
        if self._trouble:
            return
        body = self._body
        whole = body[0] if len(body) == 1 else b"".join(body)
        method = self._parser.get_method().decode()
        url = self._url.decode("latin-1")
        asked = url if url[:1] == "/" else target.origin_form(url)
        request = Request(method, asked, self._headers, whole)
        self._todo.append((request, self._parser.should_keep_alive() and self._is_1_1()))
        self._url = b""
        self._in_head = False
        self._age = -1

    def _fresh(self) -> None:
        self._url = b""
        self._headers: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._head_bytes = self._body_bytes = 0
        self._in_head = True
        self._age = 0

    # Serving.

    def _serve(self) -> None:
        self._serving = True
        while self._todo and not self._busy and self.open:
            item = self._todo.popleft()
            if isinstance(item, int):
                self._refuse(item)
                break
            request, self._keep = item
            self._serve_one(request)
        self._serving = False
        if self.open and not self._transport.is_reading():
            self._transport.resume_reading()

    def _answered(self, quick: Take, data: bytes) -> bool:
        """Say whether a request, the whole of `data`, could be answered at once."""
        try:
            said = quick(data)
        except Exception as error:  # noqa: BLE001 - as below
            self._head_only = False
            self._broke("a usual create", error)
            return True
        if said is not None:
            self._turn.say(self._transport, said)
        return said is not None

    def _serve_one(self, request: Request) -> None:
        self._head_only = request.method == "HEAD"
        self._busy = True
        try:
            self._app(request, self)
        except Exception as error:  # noqa: BLE001 - a bug must show as a 500, never as a caller left waiting
            self._broke(f"{request.method} {request.path}", error)

    def _broke(self, what: str, error: Exception) -> None:
        context = {"message": what, "exception": error}
        asyncio.get_running_loop().call_exception_handler(context)
        self._keep = False
        self.answer(plain(500))

    def _refuse(self, status: int) -> None:
        self._keep = False
        self._head_only = False
        self.answer(plain(status))

    def _shut(self) -> None:
        self._turn.send()
        self.open = False
        self._transport.close()

    def grow_old(self) -> None:
        """Answer 408 to a request that two sweeps have seen unfinished."""
        if self._age < 0 or self._trouble or not (self._url or self._headers):
            return
        self._age += 1
        if self._age > 2:
            self._trouble = 408
            self._todo.append(408)
            if not self._busy:
                self._serve()


def _size(url: bytes, headers: list[tuple[bytes, bytes]]) -> int:
    return len(url) + sum(len(name) + len(value) for name, value in headers)


class Listener:
    """A port that is being served."""

    def __init__(self, server: asyncio.Server, lines: set[Line]) -> None:
        self._server = server
        self._lines = lines
        self.port: int = server.sockets[0].getsockname()[1]
        self._sweeper = asyncio.get_running_loop().call_later(SWEEP_S, self._sweep)

    def _sweep(self) -> None:
        for line in tuple(self._lines):
            line.grow_old()
        self._sweeper = asyncio.get_running_loop().call_later(SWEEP_S, self._sweep)

    async def close(self) -> None:
        """Stop listening, and close every connection once what was said on it is on its way."""
        self._sweeper.cancel()
        self._server.close()
        for line in tuple(self._lines):
            line.cut()
        for _ in range(CLOSING_TICKS):
            if not self._lines:
                return
            await asyncio.sleep(0.01)


async def listen(
    app: App, host: str, port: int, turn: Turn | None = None, quick: Take | None = None
) -> Listener:
    """Serve an app on a port; 0 takes a free one. Ports that share a turn are served together.

    Raises:
        OSError: the port cannot be bound.
    """
    lines: set[Line] = set()
    loop = asyncio.get_running_loop()
    turn = turn or Turn(loop.call_soon)
    server = await loop.create_server(
        lambda: Line(app, lines, turn, quick), host, port, backlog=1024
    )
    return Listener(server, lines)
