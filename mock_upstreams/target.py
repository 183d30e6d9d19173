"""The target of a request as servers take it, whatever was sent."""

from urllib.parse import quote_from_bytes

_ASCII = bytes(range(128))


def escaped(data: bytes) -> bytes:
    """Return a request with its target's raw bytes as escapes: PHP sends URLs as they are, and servers take them."""
    line, end, rest = data.partition(b"\r\n")
    return quote_from_bytes(line, safe=_ASCII).encode() + end + rest


def origin_form(target: str) -> str:
    """Return `/path?query` of `http://host/path?query`; anything else stays as it is."""
    scheme, found, rest = target.partition("://")
    if not found or not scheme.isalpha():
        return target
    slash, mark = rest.find("/"), rest.find("?")
    if slash < 0 or 0 <= mark < slash:
        return "/" + rest[mark:] if mark >= 0 else "/"
    return rest[slash:]
