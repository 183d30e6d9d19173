"""HTTP/1.1 over gevent sockets, made for one purpose: to know what was sent and what was not.

A client that quietly repeats a request whose answer was lost would hide the very incident that a run makes, so
every request is sent once. Connections are kept alive and handed out last in, first out; one that
the server has closed meanwhile is noticed before it is used.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

import gevent
import gevent.socket
import gevent.ssl
import httptools

from harness.core.clock import tick_s
from harness.traffic.seams import NoAnswerError, NotSentError, Reply
from harness.traffic.steps import Break

T = TypeVar("T")
_BLOCK = 65_536
_IDLE_S = 4.0
"""Servers close idle connections after 5 s or more; reusing one just then would lose a request."""
_SAFE_IN_TARGET = "/:?#[]@!$&'()*+,;=%-._~"


class GeventTransport:
    """Sends requests from greenlets; `connect_s` and `answer_s` are real seconds."""

    def __init__(
        self,
        *,
        connect_s: float = 5.0,
        answer_s: float = 10.0,
        pins: Mapping[str, str] | None = None,
    ) -> None:
        """Take how long to wait, and the addresses of hosts that are not to be resolved again.

        A pin of `host:port` is where the line to it begins. What is sent does not change by that: a platform that looks
        at Host and Referer sees nothing of a line that is struck.
        """
        self._pins = pins or {}
        self._connect_s = connect_s
        self._answer_s = answer_s
        self._origins: dict[str, _Origin] = {}

    def send(
        self,
        url: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        *,
        source: str = "",
        breaks: Break = "",
    ) -> Reply:
        """Send one request to the origin of `url`, once; see seams.Transport."""
        key = f"{source} {url}" if source else url
        origin = self._origins.get(key) or self._origins.setdefault(
            key, _Origin(url, source, self._pins)
        )
        head = _head(method, origin.prefix + path, origin.host, headers, len(body))
        sock = origin.connection(self._connect_s)
        reusable = False
        try:
            message = head + body
            if breaks:
                sock.sendall(message if breaks == "whole" else message[: -1 - len(body) // 2])
                raise ConnectionResetError("the customer's line broke")
            incoming = self._exchange(sock, message)
            reusable = incoming.reusable
        except (OSError, httptools.HttpParserError) as error:
            raise NoAnswerError(f"{type(error).__name__}: {error}") from error
        finally:
            origin.put_back(sock, reusable=reusable)
        return incoming.reply()

    def sleep(self, seconds: float) -> None:
        """Let real time pass, and other greenlets run."""
        gevent.sleep(max(0.0, seconds))

    def together(self, deeds: Sequence[Callable[[], T]]) -> list[T]:
        """Do each in a greenlet of its own; an error in one is raised here."""
        tasks = [gevent.spawn(deed) for deed in deeds]
        # What joinall returns stands in the order in which they ended.
        gevent.joinall(tasks)
        return [task.get() for task in tasks]

    def close(self) -> None:
        """Close the idle connections; gevent really closes what was closed on the next turn of its loop."""
        for origin in self._origins.values():
            origin.close()
        gevent.sleep(0)

    def _exchange(self, sock: Any, message: bytes) -> "_Incoming":
        deadline = tick_s() + self._answer_s
        incoming = _Incoming()
        parser = httptools.HttpResponseParser(incoming)
        incoming.parser = parser
        sock.settimeout(self._answer_s)
        sock.sendall(message)
        while not incoming.whole:
            sock.settimeout(max(0.001, deadline - tick_s()))
            data = sock.recv(_BLOCK)
            if data:
                parser.feed_data(data)
            else:
                incoming.end_of_stream()
        return incoming


class _Origin:
    """A scheme, host and port, as one address calls on it, with its idle connections."""

    def __init__(self, url: str, source: str = "", pins: Mapping[str, str] | None = None) -> None:
        self._source = (source, 0) if source else None
        parts = urlsplit(url)
        self._tls = parts.scheme == "https"
        self._name = parts.hostname or ""
        self._port = parts.port or (443 if self._tls else 80)
        self._address = (pins or {}).get(self._name, self._name)
        if (link := (pins or {}).get(f"{self._name}:{self._port}")) is not None:
            self._address, _, port = link.rpartition(":")
            self._port = int(port)
        self.host = parts.netloc.rpartition("@")[2]
        self.prefix = parts.path.rstrip("/")
        self._idle: list[tuple[float, Any]] = []

    def connection(self, timeout_s: float) -> Any:
        """Return a live connection, an idle one if there is one."""
        while self._idle:
            since, sock = self._idle.pop()
            if tick_s() - since < _IDLE_S and _alive(sock):
                return sock
            sock.close()
        try:
            sock = gevent.socket.create_connection(
                (self._address, self._port), timeout_s, self._source
            )
            sock.setsockopt(gevent.socket.IPPROTO_TCP, gevent.socket.TCP_NODELAY, 1)
            if self._tls:
                context = gevent.ssl.create_default_context()
                sock = context.wrap_socket(sock, server_hostname=self._name)
        except OSError as error:
            raise NotSentError(f"{type(error).__name__}: {error}") from error
        return sock

    def put_back(self, sock: Any, *, reusable: bool) -> None:
        """Keep a connection for the next request, or close it; TLS is not kept, since it cannot be peeked into."""
        if reusable and not self._tls:
            self._idle.append((tick_s(), sock))
        else:
            sock.close()

    def close(self) -> None:
        while self._idle:
            self._idle.pop()[1].close()


class _Incoming:
    """What the parser has told of one answer so far."""

    parser: Any

    def __init__(self) -> None:
        self.whole = False
        self.reusable = False
        self._status = 0
        self._headers: dict[str, str] = {}
        self._body: list[bytes] = []

    def on_header(self, name: bytes, value: bytes) -> None:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        if key == "set-cookie" and key in self._headers:
            text = f"{self._headers[key]}\n{text}"
        self._headers[key] = text

    def on_headers_complete(self) -> None:
        self._status = self.parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        if self._status < 200:
            # An interim answer; the one that counts follows on the same connection.
            self._headers.clear()
            return
        self.whole = True
        self.reusable = self.parser.should_keep_alive()

    def end_of_stream(self) -> None:
        """Take the end of the stream for the end of the body, if the answer said no length; else it was cut off."""
        sized = "content-length" in self._headers or "transfer-encoding" in self._headers
        if self._status < 200 or sized:
            raise ConnectionResetError("closed before the answer was whole")
        self.whole = True

    def reply(self) -> Reply:
        return Reply(self._status, self._headers, b"".join(self._body))


def _alive(sock: Any) -> bool:
    """Say whether an idle connection is still open with nothing to read."""
    sock.settimeout(0.0)
    try:
        sock.recv(1, gevent.socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _head(method: str, target: str, host: str, headers: Mapping[str, str], length: int) -> bytes:
    if not target.isascii() or " " in target:
        target = quote(target, safe=_SAFE_IN_TARGET)
    lines = [f"{method} {target or '/'} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if length or method in ("POST", "PUT"):
        lines.append(f"Content-Length: {length}")
    text = "\r\n".join(lines)
    if text.count("\n") != len(lines) - 1 or text.count("\r") != len(lines) - 1:
        raise NotSentError("a line break inside a request's head")
    return f"{text}\r\n\r\n".encode()
