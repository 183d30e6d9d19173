"""A small keep-alive HTTP/1.1 client that says what a caller of money must know: was it sent or not.

Any answer, whatever its status, is an `HttpAnswer`. `NotSentError` is the only failure after which nothing can have
happened; `NoAnswerError` may mean anything.
"""

import asyncio
from typing import Any, cast

import httptools
import msgspec


class NotSentError(Exception):
    """No connection could be made: the upstream has not heard of it."""


class NoAnswerError(Exception):
    """It was sent, or part of it was, and no whole answer came: the outcome is unknown."""


class HttpAnswer(msgspec.Struct):
    """An answer; header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class HttpClient:
    """Keeps connections per origin; safe for any number of concurrent calls of one event loop."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._idle: dict[tuple[str, int], list[_Connection]] = {}

    async def send(
        self, origin: str, method: str, target: str, headers: dict[str, str], body: bytes = b""
    ) -> HttpAnswer:
        """Send one request to `http://host:port` and return the answer.

        Raises:
            NotSentError: there was no connection.
            NoAnswerError: the time was up, the connection broke, or the answer was no HTTP.
        """
        where = _host_and_port(origin)
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        start = f"{method} {target} HTTP/1.1\r\nHost: {where[0]}:{where[1]}\r\n"
        raw = f"{start}{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        connection = await self._connection(where)
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await connection.exchange(raw)
        except TimeoutError:
            raise NoAnswerError("no answer in time") from None
        finally:
            connection.release(self._idle.setdefault(where, []))
        return answer

    async def _connection(self, where: tuple[str, int]) -> "_Connection":
        idle = self._idle.get(where)
        while idle:
            connection = idle.pop()
            if connection.usable:
                return connection
        try:
            async with asyncio.timeout(self._timeout_s):
                loop = asyncio.get_running_loop()
                return (await loop.create_connection(_Connection, *where))[1]
        except (OSError, TimeoutError) as error:
            raise NotSentError(str(error) or "no connection in time") from None

    def close(self) -> None:
        """Close the idle connections."""
        for connections in self._idle.values():
            for connection in connections:
                connection.abandon()
        self._idle.clear()


class _Connection(asyncio.Protocol):
    """One connection; at most one exchange at a time."""

    def __init__(self) -> None:
        self.usable = False
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[HttpAnswer] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own kind
        self.usable = True

    async def exchange(self, raw: bytes) -> HttpAnswer:
        """Send and wait; usable again only once the whole answer has been read."""
        assert self._transport is not None
        self.usable = False
        self._waiting = asyncio.get_running_loop().create_future()
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []
        self._parser: Any = httptools.HttpResponseParser(self)
        self._transport.write(raw)
        return await self._waiting

    def release(self, idle: list["_Connection"]) -> None:
        """Keep the connection if its exchange ended cleanly, else close it."""
        self._waiting = None
        if self.usable:
            idle.append(self)
        else:
            self.abandon()

    def abandon(self) -> None:
        self.usable = False
        if self._transport is not None:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        if self._waiting is None or self._waiting.done():
            self.abandon()  # it spoke out of turn: whose answer this is nobody can say
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(f"no HTTP: {error}")

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(f"connection lost: {exc or 'closed'}")

    def _fail(self, why: str) -> None:
        self.usable = False
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(NoAnswerError(why))

    # Called by the parser.

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        self.usable = bool(self._parser.should_keep_alive())
        answer = HttpAnswer(self._parser.get_status_code(), self._headers, b"".join(self._body))
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(answer)


def _host_and_port(origin: str) -> tuple[str, int]:
    host, _, port = origin.removeprefix("http://").rstrip("/").partition(":")
    return host, int(port or 80)
