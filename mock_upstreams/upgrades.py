"""Requests that wish to go on in another protocol, as Java's own client does on plain HTTP (`Upgrade: h2c`).

Nothing here upgrades, as HTTP allows; but the parser takes such a request for one without a body, and what follows its
head for the other protocol. Source: RFC 9110 7.8; java.net.http.HttpClient of Java 11 and later, read 2026-12-01.
"""

from collections import deque

from mock_upstreams.dialect import Request

_GONE = frozenset({b"upgrade", b"expect"})
"""Who waited to be told to continue has been told when his head was read first."""


def without(queued: "deque[tuple[Request, bool] | int]", version: str) -> bytes:
    """Take back the request that was queued last, and return its head without its wish; nothing if it had none."""
    last = queued[-1] if queued else 0
    if isinstance(last, int):
        return b""
    request = last[0]
    if all(name.lower() != b"upgrade" for name, _ in request.raw_headers):
        return b""  # a CONNECT
    queued.pop()
    line = f"{request.method} {request.target} HTTP/{version}\r\n".encode("latin-1")
    kept = [field for field in request.raw_headers if field[0].lower() not in _GONE]
    return line + b"".join(b"%b: %b\r\n" % field for field in kept) + b"\r\n"
