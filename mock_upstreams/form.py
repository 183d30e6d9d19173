"""Urlencoded forms, read and written as PHP does; fast, since every create of some wires is one."""

import codecs
from collections.abc import Mapping
from functools import lru_cache
from string import printable
from urllib.parse import quote, quote_plus, unquote_to_bytes


def read(raw: str) -> dict[str, str]:
    """Return the fields of `a=1&b=%E4%BD%A0`; the last of a repeated name wins; what is not UTF-8 is replaced.

    `raw` is Latin-1: one character a byte, as it came.
    """
    if "+" in raw:
        raw = raw.replace("+", " ")
    if not raw.isascii():
        raw = quote(raw, safe=printable, encoding="latin-1")
    fields = {
        (_decode(name) if "%" in name else name): (_decode(value) if "%" in value else value)
        for name, _, value in [part.partition("=") for part in raw.split("&")]
    }
    fields.pop("", None)
    return fields


@lru_cache(maxsize=1024)
def _decode(raw: str) -> str:
    r"""Undo percent signs: as the escapes `\xNN` they are decoded in C, twenty times faster than in Python.

    Remembered, since addresses come again with every order.
    """
    try:
        escaped = raw.replace("\\", "\\\\").replace("%", "\\x").encode("ascii")
        octets = _unescape(escaped)[0].encode("latin-1")
    except UnicodeDecodeError:
        octets = unquote_to_bytes(raw)
    return octets.decode("utf-8", "replace")


_unescape = codecs.getdecoder("unicode_escape")


def write(fields: Mapping[str, str]) -> str:
    """Return the fields as a query or form, UTF-8, blanks as `+`."""
    return "&".join(f"{quote_plus(k)}={quote_plus(v)}" for k, v in fields.items())
