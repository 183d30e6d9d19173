"""Forms as multipart/form-data, which PHP's curl sends whenever it is handed an array."""

import re

from mock_upstreams import form
from mock_upstreams.dialect import Request

_BOUNDARY = re.compile(r'boundary="?([0-9A-Za-z\'()+_,./:=? -]{1,70}?)"?\s*(?:;|$)', re.IGNORECASE)
_NAME = re.compile(r'(?:^|;)\s*name="((?:[^"\\]|\\.)*)"', re.IGNORECASE)


def fields_of(request: Request) -> dict[str, str]:
    """Return the fields of a form of either kind; a part with no name, or a file, is left out.

    Raises:
        ValueError: it says that it is multipart, and is not.
    """
    kind = request.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/form-data"):
        return form.read(request.body.decode("latin-1"))
    boundary = _BOUNDARY.search(kind)
    if boundary is None:
        raise ValueError("boundary")
    return parts_of(request.body, boundary[1].encode())


def parts_of(body: bytes, boundary: bytes) -> dict[str, str]:
    """Return what stands between the boundaries, by name.

    Raises:
        ValueError: the first or the last boundary is missing.
    """
    first, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if first or not parts or not parts[-1].startswith(b"--"):
        raise ValueError("multipart/form-data")
    fields = {}
    for part in parts[:-1]:
        head, found, value = part.partition(b"\r\n\r\n")
        name = _name(head.decode("utf-8", "replace"))
        if found and name:
            fields[name] = value.decode("utf-8", "replace")
    return fields


def _name(head: str) -> str:
    for line in head.split("\r\n"):
        title, _, rest = line.partition(":")
        if title.strip().lower() == "content-disposition" and "filename=" not in rest.lower():
            found = _NAME.search(rest)
            return found[1].replace('\\"', '"').replace("%22", '"') if found else ""
    return ""
