"""Doors: the mocks under the real host names, for platforms whose SDK has a host built in and insists on TLS.

    hosts entry    api.mch.weixin.qq.com -> 127.0.0.1       TLS door on 443, plain door on 80
    proxy variable HTTPS_PROXY=http://127.0.0.1:PORT        plain door: CONNECT, or an absolute-form target

    client ==TLS==> TLS door --bytes--> the upstream's own port       told apart by the name that TLS asks for,
                                                                      or, where it asks for none, by Host
    client --CONNECT name:443--> plain door --bytes--> TLS door
    client --Host: name--------> plain door --bytes--> the upstream's own port

A door moves bytes and changes none, so that whatever a strike does to a connection arrives as it is. A name that is no
upstream's is refused: nothing here ever reaches the outside. A connection stays with the upstream of its first request;
upstreams that have a host in common are told apart by its path.
"""

import asyncio
import socket
import ssl
import struct
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from mock_upstreams.trust import ASKED_FOR, Authority

HEAD_BYTES_MAX = 1 << 14
HEAD_WAIT_S = 15.0
HANDSHAKE_WAIT_S = 10.0
CHUNK = 1 << 16
_RST = struct.pack("ii", 1, 0)
_CONNECTED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_NOBODY = b"no upstream of this run has the host\n"
_REFUSED = (
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(_NOBODY), _NOBODY)
)


class Place(NamedTuple):
    """Where something listens."""

    host: str
    port: int


class Doors:
    """A TLS door and a plain one in front of some upstreams."""

    def __init__(
        self,
        authority: Authority,
        hosts: Mapping[str, str],
        shared: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """Take the authority, each host name's upstream URL, and what several have: URLs by how paths begin."""
        self._authority = authority
        self._places = {name.lower(): _place(url) for name, url in hosts.items()}
        self._shared = {
            name.lower(): {begins: _place(url) for begins, url in urls.items()}
            for name, urls in (shared or {}).items()
        }
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._tls: Place
        self._plain: Place

    async def open(self, host: str, *, tls_port: int = 0, plain_port: int = 0) -> None:
        """Bind both doors; 0 takes a free port.

        Raises:
            OSError: a port cannot be bound.
        """
        context = self._authority.context(self._places)
        tls = await asyncio.start_server(
            self._through_tls,
            host,
            tls_port,
            ssl=context,
            ssl_handshake_timeout=HANDSHAKE_WAIT_S,
            limit=HEAD_BYTES_MAX,
        )
        self._servers.append(tls)
        plain = await asyncio.start_server(
            self._through_plain, host, plain_port, limit=HEAD_BYTES_MAX
        )
        self._servers.append(plain)
        self._tls = Place(host, tls.sockets[0].getsockname()[1])
        self._plain = Place(host, plain.sockets[0].getsockname()[1])

    def card(self) -> dict[str, object]:
        """Return what a platform must trust, and how it gets here."""
        return {
            "ca": str(self._authority.path),
            "proxy": f"http://{self._plain.host}:{self._plain.port}",
            "tls": f"https://{self._tls.host}:{self._tls.port}",
            "hosts": sorted(self._places),
        }

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)  # a connection says that it is lost one turn after it was dropped

    async def _through_tls(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._track()
        name, head = getattr(writer.get_extra_info("ssl_object"), ASKED_FOR, ""), b""
        if not name or name in self._shared:
            if not (head := await _head(reader)):
                writer.transport.abort()
                return
            name = name or _asked(head)
        await self._run(reader, writer, self._place_of(name, head), head)

    async def _through_plain(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._track()
        if not (head := await _head(reader)):
            writer.transport.abort()
            return
        method, _, rest = head.partition(b" ")
        if method == b"CONNECT":
            name, port = _named(rest.split(b" ", 1)[0])
            place, head = None, b""
            if name in self._places:
                writer.write(_CONNECTED)
                head = await _head(reader) if port == 80 and name in self._shared else b""
                place = self._place_of(name, head) if port == 80 else self._tls
            await self._run(reader, writer, place, head)
        else:
            await self._run(reader, writer, self._place_of(_asked(head), head), head)

    def _place_of(self, name: str, head: bytes) -> Place | None:
        shared = self._shared.get(name, {})
        fits = [begins for begins in shared if _path(head).startswith(begins)]
        return shared[max(fits, key=len)] if fits else self._places.get(name)

    async def _run(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        place: Place | None,
        head: bytes,
    ) -> None:
        if place is None:
            writer.write(_REFUSED)
            writer.close()
            return
        try:
            inner, outer = await asyncio.open_connection(*place)
        except OSError:
            _reset(writer)
            return
        try:
            outer.write(head)
            async with asyncio.TaskGroup() as both:
                both.create_task(_copy(reader, outer))
                both.create_task(_copy(inner, writer))
        except* (ConnectionError, ssl.SSLError, TimeoutError):
            _reset(writer)
            _reset(outer)
        finally:
            outer.close()
            writer.close()

    def _track(self) -> None:
        """Remember the task that serves a connection, for it to be ended with the doors."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _head(reader: asyncio.StreamReader) -> bytes:
    """Return the head of a connection's first request; nothing if none came in time."""
    try:
        return await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_WAIT_S)
    except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
        return b""


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Move bytes until their sender has no more, and pass that on."""
    while data := await reader.read(CHUNK):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
    else:
        writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with a TCP RST, as the other end of the door was ended."""
    sock = writer.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST)
    writer.transport.abort()


def _asked(head: bytes) -> str:
    """Return the host of a request: its absolute-form target's, else its Host header's."""
    target = head.split(b" ", 2)[1] if head.count(b" ") > 1 else b""
    if b"://" in target:
        return (urlsplit(target.decode("latin-1")).hostname or "").lower()
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"host":
            return _named(value.strip())[0]
    return ""


def _path(head: bytes) -> str:
    """Return the path of a request, whichever form its target has."""
    target = head.split(b" ", 2)[1] if head.count(b" ") > 1 else b""
    _, absolute, rest = target.partition(b"://")
    path = b"/" + rest.partition(b"/")[2] if absolute else target
    return path.partition(b"?")[0].decode("latin-1")


def _named(text: bytes) -> tuple[str, int]:
    name, _, port = text.decode("latin-1").lower().rpartition(":")
    return (name, int(port)) if name and port.isdigit() else (text.decode("latin-1").lower(), 443)


def _place(url: str) -> Place:
    parts = urlsplit(url)
    assert parts.hostname is not None, url
    return Place(parts.hostname, parts.port or 80)
