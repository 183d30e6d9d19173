"""What somebody sends who does not even try to sign: the notification without its signature, or with empty ones."""

import re
from urllib.parse import urlsplit, urlunsplit

import msgspec

from mock_upstreams.dialect import Outgoing

_NAMED = r"(?:sign|sign_type|md5_str)"
_FIELD = re.compile(rf"(?P<before>^|&)(?P<name>{_NAMED})=[^&]*")
_MEMBER = re.compile(rf'"(?P<name>{_NAMED})"\s*:\s*"[^"]*"'.encode())
_ELEMENT = re.compile(rf"<(?P<name>{_NAMED})>.*?</(?P=name)>".encode(), re.DOTALL)


def unsigned(out: Outgoing) -> Outgoing:
    """Return the notification with whatever carries its signature left empty: fields, members, elements, headers."""
    parts = urlsplit(out.url)
    query = _FIELD.sub(r"\g<before>\g<name>=", parts.query)
    body = out.body
    if body[:1] == b"{":
        body = _MEMBER.sub(rb'"\g<name>":""', body)
    elif body[:1] == b"<":
        body = _ELEMENT.sub(rb"<\g<name>></\g<name>>", body)
    else:
        body = _FIELD.sub(r"\g<before>\g<name>=", body.decode("latin-1")).encode("latin-1")
    headers = tuple(
        (name, "" if "signature" in name.lower() else value) for name, value in out.headers
    )
    url = urlunsplit(parts._replace(query=query))
    return msgspec.structs.replace(out, url=url, body=body, headers=headers)
