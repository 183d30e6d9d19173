"""Urlencoded forms, read and written as PHP does; fast, since every create of some wires is one."""

import codecs
from collections.abc import Mapping
from functools import lru_cache
from string import printable
from urllib.parse import quote, quote_plus, unquote_to_bytes

import msgspec


def read_body(body: bytes) -> dict[str, str]:
    """Return what `read` returns, in half the time for a form without quotes and backslashes.

    Such a form is one step from being JSON, which is read in C; whatever does not fit is left to `read`.
    """
    fields = None if b'"' in body or b"%22" in body or b"\\" in body else _through_json(body)
    return read(body.decode("latin-1")) if fields is None else fields


def _through_json(body: bytes) -> dict[str, str] | None:
    escaped = body.replace(b"&", b'","').replace(b"=", b'":"').replace(b"%", b"\\x")
    try:
        text = _unescape(escaped.replace(b"+", b" "))[0].encode("latin-1")
        fields = None if b"\\" in text else _from_json(b'{"%b"}' % text)
    except (UnicodeDecodeError, msgspec.DecodeError):
        return None
    if fields:
        fields.pop("", None)
    return fields


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
_from_json = msgspec.json.Decoder(dict[str, str]).decode


def write(fields: Mapping[str, str]) -> str:
    """Return the fields as a query or form, UTF-8, blanks as `+`."""
    return "&".join(f"{quote_plus(k)}={quote_plus(v)}" for k, v in fields.items())
