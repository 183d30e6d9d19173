"""The bytes of an answer: status line, headers, body."""

from functools import lru_cache
from http import HTTPStatus

from mock_upstreams.dialect import Answer


@lru_cache(maxsize=256)
def _head(status: int, content_type: str, headers: tuple[tuple[str, str], ...]) -> bytes:
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "Unknown"
    lines = [f"HTTP/1.1 {status} {phrase}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if status != 204:
        lines.append(f"Content-Type: {content_type}")
        lines.append("Content-Length: ")
    return "\r\n".join(lines).encode()


def render(answer: Answer, *, keep: bool = True, head_only: bool = False) -> bytes:
    """Return an answer's bytes. Those with headers of their own are not remembered, since these differ each time."""
    make = _head.__wrapped__ if answer.headers else _head
    head = make(answer.status, answer.content_type, answer.headers)
    end = b"\r\n\r\n" if keep else b"\r\nConnection: close\r\n\r\n"
    if answer.status == 204:
        return head + end
    body = b"" if head_only else answer.body
    return b"%b%d%b%b" % (head, len(answer.body), end, body)


@lru_cache(maxsize=32)
def plain(status: int) -> Answer:
    """Return an answer that says its status in words."""
    phrase = HTTPStatus(status).phrase
    return Answer(f"{phrase}\n".encode(), status, "text/plain; charset=utf-8")
