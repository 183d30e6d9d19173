"""Heads of requests that came before, byte by byte: a client that keeps its connection repeats them.

What the parser once made of a head, it would make of it again; so a request with a known head needs no parser. Only
those are learnt that came in one piece, framed by their Content-Length or without a body, and that leave the
connection open.
"""

from typing import NamedTuple

from mock_upstreams.dialect import Request

HEADS_MAX = 256
HEAD_BYTES_MAX = 2048
_END = b"\r\n\r\n"
_NOT_PLAIN = frozenset({b"expect", b"transfer-encoding", b"upgrade"})
"""Headers that ask for more than one plain answer, or frame the body by other means."""


class _Head(NamedTuple):
    method: str
    target: str
    headers: tuple[tuple[bytes, bytes], ...]
    body_bytes: int


_heads: dict[bytes, _Head] = {}


def find(data: bytes) -> Request | None:
    """Return the request that is the whole of `data`, if its head is known; data must begin a request."""
    head, _, body = data.partition(_END)
    known = _heads.get(head)
    if known is None:
        return None
    method, target, headers, body_bytes = known
    return Request(method, target, headers, body) if len(body) == body_bytes else None


def learn(data: bytes, item: tuple[Request, bool] | int) -> None:
    """Remember the head of `data`, which began a request and the parser's `item`: it, and whether to stay."""
    head, _, body = data.partition(_END)
    if isinstance(item, int) or len(head) > HEAD_BYTES_MAX:
        return
    request, keep = item
    plain = not any(name.lower() in _NOT_PLAIN for name, _ in request.raw_headers)
    if keep and plain and request.body == body:
        if len(_heads) >= HEADS_MAX:
            _heads.clear()
        _heads[head] = _Head(request.method, request.target, tuple(request.raw_headers), len(body))
