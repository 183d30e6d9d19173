"""What somebody sends who does not even try to sign: the notification without its signature, or with an empty one."""

import re
from urllib.parse import urlsplit, urlunsplit

import msgspec

from mock_upstreams.dialect import Outgoing

_NAMED = r"(?:sign|sign_type|md5_str)"
_FIELD = re.compile(rf"(?P<before>^|&)(?P<name>{_NAMED})=[^&]*")
_MEMBER = re.compile(rf'"(?P<name>{_NAMED})"\s*:\s*"[^"]*"'.encode())
_WHOLE_MEMBER = re.compile(
    rf'(?:,\s*"{_NAMED}"\s*:\s*"[^"]*"|"{_NAMED}"\s*:\s*"[^"]*"\s*,?\s*)'.encode()
)
_ELEMENT = re.compile(rf"<(?P<name>{_NAMED})>.*?</(?P=name)>".encode(), re.DOTALL)


def unsigned(out: Outgoing, *, absent: bool = False) -> Outgoing:
    """Return the notification without its signature: fields, members, elements and headers empty, or not there."""
    parts = urlsplit(out.url)
    query = _fields(parts.query, absent=absent)
    body = out.body
    if body[:1] == b"{":
        body = _WHOLE_MEMBER.sub(b"", body) if absent else _MEMBER.sub(rb'"\g<name>":""', body)
    elif body[:1] == b"<":
        body = _ELEMENT.sub(b"" if absent else rb"<\g<name>></\g<name>>", body)
    else:
        body = _fields(body.decode("latin-1"), absent=absent).encode("latin-1")
    headers = tuple(
        (name, "" if _carries(name) else value)
        for name, value in out.headers
        if not (absent and _carries(name))
    )
    url = urlunsplit(parts._replace(query=query))
    return msgspec.structs.replace(out, url=url, body=body, headers=headers)


def _fields(text: str, *, absent: bool) -> str:
    if not absent:
        return _FIELD.sub(r"\g<before>\g<name>=", text)
    return "&".join(one for one in text.split("&") if not _FIELD.match(one))


def _carries(header: str) -> bool:
    return "signature" in header.lower()
