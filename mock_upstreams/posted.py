"""The fields of a posted form, urlencoded or multipart/form-data: PHP's curl sends the latter when handed an array.

fields_of    either kind; whatever is not multipart is read as urlencoded
php_post     what PHP's $_POST holds: nothing unless the Content-Type says which kind of form it is
form_or_json either kind, or JSON, where the Content-Type says so: as ThinkPHP's `post()` does
"""

import re
from typing import Any

import msgspec

from mock_upstreams import form
from mock_upstreams.dialect import Request

_BOUNDARY = re.compile(r'boundary="?([0-9A-Za-z\'()+_,./:=? -]{1,70}?)"?\s*(?:;|$)', re.IGNORECASE)
_NAME = re.compile(r'(?:^|;)\s*name=(?:"((?:[^"\\]|\\.)*)"|([^\s";]+))', re.IGNORECASE)
_KIND_END = re.compile(r"[;, ]")
_JSON = "application/json"
_object = msgspec.json.Decoder(dict[str, Any]).decode
_URLENCODED, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


def php_post(request: Request) -> dict[str, str]:
    """Return the fields as PHP does: none for another method than POST, for JSON, or where no Content-Type says form.

    Source: PHP 8.2.36's own web server, run 2026-11-30.
    """
    if request.method != "POST":
        return {}
    said = _content_type(request)
    kind = _kind(said)
    if kind == _URLENCODED:
        return form.read_body(request.body)
    return _multipart(said, request.body) if kind == _MULTIPART else {}


def is_form(request: Request) -> bool:
    """Say whether PHP takes a request for a urlencoded form that was posted."""
    return request.method == "POST" and _kind(_content_type(request)) == _URLENCODED


def fields_of(request: Request) -> dict[str, str]:
    """Return the fields of a form of either kind, whatever else the Content-Type says; files are left out."""
    said = _content_type(request)
    if said.lower().startswith(_MULTIPART):
        return _multipart(said, request.body)
    return form.read(request.body.decode("latin-1"))


def form_or_json(request: Request) -> dict[str, str]:
    """Return the fields of a form of either kind, or of a JSON object; what is no plain value there is left out.

    Source: topthink/framework 5.0 `library/think/Request.php`, `post()`, read 2026-12-01.
    """
    if _JSON not in _content_type(request).lower():
        return fields_of(request)
    try:
        told = _object(request.body)
    except (msgspec.DecodeError, RecursionError):
        return {}
    return {name: _text(value) for name, value in told.items() if _plain(value)}


def _kind(said: str) -> str:
    return _KIND_END.split(said.strip().lower(), maxsplit=1)[0]


def _plain(value: Any) -> bool:
    return value is not None and not isinstance(value, dict | list)


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def _content_type(request: Request) -> str:
    """Return the last one; no dictionary is made of the headers, since forms come by the thousand."""
    for name, value in reversed(request.raw_headers):
        if len(name) == len("content-type") and name.lower() == b"content-type":
            return value.decode("latin-1")
    return ""


def _multipart(kind: str, body: bytes) -> dict[str, str]:
    """Return what stands between the boundaries, by name; what was cut short, up to there."""
    found = _BOUNDARY.search(kind)
    if found is None:
        return {}
    first, *parts = (b"\r\n" + body).split(b"\r\n--" + found[1].encode())
    fields = {}
    for part in () if first else parts:
        if part.startswith(b"--"):
            break
        head, ends, value = part.partition(b"\r\n\r\n")
        name = _name(head.decode("utf-8", "replace"))
        if ends and name:
            fields[name] = value.decode("utf-8", "replace")
    return fields


def _name(head: str) -> str:
    for line in head.split("\r\n"):
        title, _, rest = line.partition(":")
        if title.strip().lower() == "content-disposition" and "filename=" not in rest.lower():
            found = _NAME.search(rest)
            quoted, bare = found.groups() if found else ("", "")
            return (quoted or bare or "").replace('\\"', '"')
    return ""
