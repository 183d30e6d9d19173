"""Answers that are spoiled on purpose: their bodies before they are sealed, their bytes on the wire."""

import asyncio
from collections.abc import Callable, Iterator

import msgspec

from harness.core.delivery import Spoil
from mock_upstreams.dialect import Answer

DRIP_S_MAX = 20.0
"""Real seconds that the slowest answer takes: pieces grow rather than exceed it."""
NOISE = (
    b"<html><head><title>502 Bad Gateway</title></head><body><center>nginx</center></body></html>"
)


def unsealed(answer: Answer, spoil: Spoil) -> Answer:
    """Return the answer as it is sealed: with nonsense that is signed, under a wrong type."""
    if spoil.content_type:
        answer = msgspec.structs.replace(answer, content_type=spoil.content_type)
    if spoil.body and spoil.sealed:
        answer = _garbled(answer, spoil)
    return answer


def sealed(answer: Answer, spoil: Spoil) -> Answer:
    """Return a sealed answer as it is sent: with nonsense that the signature does not fit, and marked for the wire."""
    if spoil.body and not spoil.sealed:
        answer = _garbled(answer, spoil)
    broken = spoil.cut is not None or spoil.drip_bytes > 0
    return msgspec.structs.replace(answer, spoil=spoil) if broken else answer


def _garbled(answer: Answer, spoil: Spoil) -> Answer:
    half = answer.body[: len(answer.body) // 2]
    body = {"half": half, "noise": NOISE, "empty": b""}[spoil.body]
    return msgspec.structs.replace(answer, body=body)


def pieces(message: bytes, body_bytes: int, spoil: Spoil) -> Iterator[bytes]:
    """Return what is sent of a whole answer, in its pieces; the last `body_bytes` are the body.

    An answer without a body is cut in its head.
    """
    if spoil.cut is not None:
        left = body_bytes or len(message)
        message = message[: len(message) - left + int(left * spoil.cut)]
    size = len(message)
    if spoil.drip_bytes:
        gap_s = spoil.drip_gap_ms / 1e3
        size = max(spoil.drip_bytes, int(len(message) * gap_s / DRIP_S_MAX) + 1)
    for start in range(0, len(message), max(size, 1)):
        yield message[start : start + size]


def send(
    transport: asyncio.Transport, parts: Iterator[bytes], spoil: Spoil, done: Callable[[], object]
) -> None:
    """Write the pieces a gap apart, and call `done` at their end, unless the caller hangs up before."""
    part = next(parts, None)
    if part is None:
        done()
    elif not transport.is_closing():
        transport.write(part)
        gap_s = spoil.drip_gap_ms / 1e3 if spoil.drip_bytes else 0.0
        asyncio.get_running_loop().call_later(gap_s, send, transport, parts, spoil, done)
