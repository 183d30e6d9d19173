"""A small HTTP/1.1 client for notifications: many at once, connections kept, each answer read to its end.

An attempt that fails for whatever reason is one `CallError`; nothing is ever sent twice behind the caller's back.

A platform says where it wants to be notified, and may say anything. What is not this machine, nor a host that was
allowed with its address, is not connected to: `NotAllowedError`.
"""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address
from typing import cast
from urllib.parse import SplitResult, urlsplit

import httptools

from harness.core.clock import tick_s
from mock_upstreams.dialect import Outgoing

IDLE_S = 2.0
"""A kept connection older than this is not used: servers close idle ones after 5 s or more, and a race is lost mail."""
BODY_BYTES_MAX = 1 << 16
_FRAMES = frozenset({b"content-length", b"transfer-encoding"})


class CallError(Exception):
    """No answer came, for the reason that is said."""


class NotAllowedError(CallError):
    """Nothing was sent: the host is neither this machine nor allowed."""


@dataclass(slots=True)
class Heard:
    """One answer."""

    status: int = 0
    body: bytes = b""
    parts: list[bytes] = field(default_factory=list)


class _Wire(asyncio.Protocol):
    """One connection to a platform; one call at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.free_since_s = 0.0
        self._parser: httptools.HttpResponseParser
        self._heard: Heard
        self._done: asyncio.Future[Heard] | None = None
        self._bytes = 0
        self._began = self._framed = False
        self.reusable = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def call(self, message: bytes) -> "asyncio.Future[Heard]":
        self._parser = httptools.HttpResponseParser(self)
        self._heard = Heard()
        self._bytes = 0
        self._began = self._framed = self.reusable = False
        self._done = asyncio.get_running_loop().create_future()
        self.transport.write(message)
        return self._done

    def data_received(self, data: bytes) -> None:
        if self._done is None or self._done.done():
            self.transport.abort()
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(f"no HTTP answer: {error}")

    def connection_lost(self, exc: Exception | None) -> None:
        if self._done is None or self._done.done():
            return
        if self._began and exc is None and not self._framed:
            # An answer that names no length ends with the connection; one that does was cut short.
            self._finish()
        else:
            self._fail(f"connection lost: {exc or 'closed'}")

    def on_header(self, name: bytes, value: bytes) -> None:  # noqa: ARG002 - that it is there is enough
        if name.lower() in _FRAMES:
            self._framed = True

    def on_headers_complete(self) -> None:
        self._heard.status = self._parser.get_status_code()
        self._began = self._heard.status >= 200

    def on_body(self, part: bytes) -> None:
        self._bytes += len(part)
        if self._bytes <= BODY_BYTES_MAX:
            self._heard.parts.append(part)

    def on_message_complete(self) -> None:
        if self._heard.status >= 200:
            self.reusable = self._parser.should_keep_alive()
            self._finish()

    def _finish(self) -> None:
        self._heard.body = b"".join(self._heard.parts)
        if self._done is not None and not self._done.done():
            self._done.set_result(self._heard)

    def _fail(self, reason: str) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(CallError(reason))
        self.transport.abort()


class Caller:
    """Sends notifications and waits for what the platform says."""

    def __init__(self, pins: Mapping[str, str] | None = None) -> None:
        """`pins` are the hosts elsewhere that may be called, each with the one address to call."""
        self._pins = pins or {}
        self._idle: dict[tuple[str, str, int], list[_Wire]] = {}

    async def call(self, out: Outgoing, wait_s: float) -> Heard:
        """Send one notification; return the answer.

        Raises:
            NotAllowedError: it may not go there.
            CallError: it could not be sent, or no whole answer came within `wait_s`.
        """
        try:
            async with asyncio.timeout(wait_s):
                return await self._call(out)
        except TimeoutError:
            raise CallError(f"no answer within {wait_s:.1f} s") from None

    async def _call(self, out: Outgoing) -> Heard:
        url = _split(out.url)
        place = (url.scheme, url.hostname or "", _port(url))
        wire = self._take(place) or await self._connect(place)
        try:
            heard = await wire.call(_message(out, url))
        except BaseException:
            wire.transport.abort()
            raise
        if wire.reusable and not wire.transport.is_closing():
            wire.free_since_s = tick_s()
            self._idle.setdefault(place, []).append(wire)
        else:
            wire.transport.close()
        return heard

    async def _connect(self, place: tuple[str, str, int]) -> _Wire:
        scheme, host, port = place
        tls = _tls() if scheme == "https" else None
        try:
            address = self._pins.get(host) or await _here(host)
            loop = asyncio.get_running_loop()
            _, wire = await loop.create_connection(
                _Wire, address, port, ssl=tls, server_hostname=host if tls else None
            )
        except OSError as error:
            raise CallError(f"cannot connect: {error}") from None
        return wire

    def _take(self, place: tuple[str, str, int]) -> _Wire | None:
        idle = self._idle.get(place)
        while idle:
            wire = idle.pop()
            if not wire.transport.is_closing() and tick_s() - wire.free_since_s < IDLE_S:
                return wire
            wire.transport.close()
        return None

    def close(self) -> None:
        """Close every kept connection."""
        for wires in self._idle.values():
            for wire in wires:
                wire.transport.close()
        self._idle.clear()


async def _here(host: str) -> str:
    """Return a host's address on this machine: a name may be one of its own, as /etc/hosts says.

    Raises:
        NotAllowedError: it is elsewhere, or has an address elsewhere too.
        OSError: it has no address.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not all(ip_address(address).is_loopback for address in addresses):
        raise NotAllowedError(
            f"{host} is not this machine: list it under allow_hosts in the target file, and say --allow-host {host}"
        )
    return addresses[0]


def _message(out: Outgoing, url: SplitResult) -> bytes:
    target = url.path or "/"
    if url.query:
        target = f"{target}?{url.query}"
    lines = [f"{out.method} {target} HTTP/1.1", f"Host: {url.netloc.rpartition('@')[2]}"]
    lines += [f"{name}: {value}" for name, value in out.headers]
    if out.body or out.method != "GET":
        lines.append(f"Content-Length: {len(out.body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + out.body


def _split(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        _port(url)
    except ValueError as error:
        raise CallError(f"no URL to notify: {error}") from None
    if url.scheme not in {"http", "https"} or not url.hostname or not text.isascii():
        raise CallError(f"no URL to notify: {text[:100]!r}")
    if any(c <= " " for c in text):
        raise CallError("no URL to notify: white space in it")
    return url


def _port(url: SplitResult) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
