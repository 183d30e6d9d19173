"""Urlencoded forms, read and written as PHP does; fast, since every create of some wires is one."""

from collections.abc import Mapping
from urllib.parse import quote_plus, unquote_to_bytes


def read(raw: str) -> dict[str, str]:
    """Return the fields of `a=1&b=%E4%BD%A0`; the last of a repeated name wins; what is not UTF-8 is replaced.

    `raw` is Latin-1: one character a byte, as it came.
    """
    if "+" in raw:
        raw = raw.replace("+", " ")
    if "%26" in raw or "%3D" in raw or "%3d" in raw:
        # A value holds one of the separators: each part must be decoded on its own.
        fields = {_decode(k): _decode(v) for k, v in _split(raw).items()}
    else:
        fields = _split(_decode(raw))
    fields.pop("", None)
    return fields


def _split(raw: str) -> dict[str, str]:
    return {name: value for name, _, value in [part.partition("=") for part in raw.split("&")]}


def _decode(raw: str) -> str:
    r"""Undo percent signs: as the escapes `\xNN` they are decoded in C, twenty times faster than in Python."""
    if "%" in raw:
        escaped = raw.replace("\\", "\\\\").replace("%", "\\x").encode("latin-1")
        try:
            octets = escaped.decode("unicode_escape").encode("latin-1")
        except UnicodeDecodeError:
            octets = unquote_to_bytes(raw.encode("latin-1"))
    else:
        octets = raw.encode("latin-1")
    return octets.decode("utf-8", "replace")


def write(fields: Mapping[str, str]) -> str:
    """Return the fields as a query or form, UTF-8, blanks as `+`."""
    return "&".join(f"{quote_plus(k)}={quote_plus(v)}" for k, v in fields.items())
