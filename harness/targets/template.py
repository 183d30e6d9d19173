"""Templates of target files: `{{intent.account}}` or `{{amount_fen | yuan}}` in any text of a request.

Compiled once, rendered per request; a name that the scope does not have is an error that names it, and so is a
filter that does not exist.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from harness.core.errors import UsageError, did_you_mean
from harness.core.units import fen_from_yuan, yuan_from_fen

Scope = Mapping[str, Any]
Fill = Callable[[Scope], Any]
_HOLE = re.compile(r"\{\{\s*([\w.]+)\s*((?:\|\s*\w+\s*)*)\}\}")

FILTERS: dict[str, Callable[[Any], Any]] = {
    "yuan": lambda value: yuan_from_fen(int(value)),
    "fen": lambda value: fen_from_yuan(str(value)),
    "md5": lambda value: hashlib.md5(str(value).encode(), usedforsecurity=False).hexdigest(),
    "sha256": lambda value: hashlib.sha256(str(value).encode()).hexdigest(),
    "base64": lambda value: base64.b64encode(str(value).encode()).decode(),
    "urlencode": lambda value: quote(str(value), safe=""),
    "json": lambda value: msgspec.json.encode(value).decode(),
    "number": lambda value: _number(str(value)),
    "upper": lambda value: str(value).upper(),
    "lower": lambda value: str(value).lower(),
}
"""What may stand after a bar; each takes what stands before it."""


def compiled(value: Any) -> Callable[[Scope], Any]:
    """Return a function that fills the holes of a text, or of all texts in nested lists and mappings.

    Raises:
        UsageError: a filter does not exist.
    """
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        parts = [(key, compiled(inner)) for key, inner in value.items()]
        return lambda scope: {key: fill(scope) for key, fill in parts}
    if isinstance(value, list | tuple):
        items = [compiled(inner) for inner in value]
        return lambda scope: [fill(scope) for fill in items]
    return lambda _scope: value


def filled(value: Any, scope: Scope) -> Any:
    """Fill the holes once.

    Raises:
        UsageError: the scope has no such name.
    """
    return compiled(value)(scope)


def holes(text: str) -> list[str]:
    """Return the names that a text asks for."""
    return [name for name, _ in _HOLE.findall(text)]


def _text(text: str) -> Fill:
    parts = _HOLE.split(text)
    if len(parts) == 1:
        return lambda _scope: text
    fills = [_hole(parts[at], parts[at + 1]) for at in range(1, len(parts), 3)]
    literals = parts[::3]
    if len(fills) == 1 and not any(literals):
        return _whole(parts[1]) if not parts[2].strip() else fills[0]

    def fill(scope: Scope) -> str:
        said = [literals[0]]
        for one, literal in zip(fills, literals[1:], strict=True):
            said += (str(one(scope)), literal)
        return "".join(said)

    return fill


def _whole(name: str) -> Fill:
    """Return what fills a text that is one hole and nothing else: a list stays one, for JSON."""
    path = tuple(name.split("."))

    def fill(scope: Scope) -> Any:
        value = _lookup(scope, path)
        return value if isinstance(value, list) else str(value)

    return fill


def _hole(name: str, bars: str) -> Fill:
    path = tuple(name.split("."))
    words = [word.strip() for word in bars.split("|") if word.strip()]
    if not words:
        return lambda scope: str(_lookup(scope, path))
    for word in words:
        if word not in FILTERS:
            raise UsageError(f"no filter {word!r}{did_you_mean(word, FILTERS)}")
    filters = [FILTERS[word] for word in words]

    def fill(scope: Scope) -> Any:
        value = _lookup(scope, path)
        for one in filters:
            value = one(value)
        return value if isinstance(value, int | float) and words[-1] == "number" else str(value)

    return fill


def _number(text: str) -> int | float:
    """Return a number, which in JSON stands without quotes where it is all of a text.

    Raises:
        UsageError: it is none.
    """
    try:
        return int(text) if text.lstrip("-").isdecimal() else float(text)
    except ValueError:
        raise UsageError(f"{text!r} is no number") from None


def _lookup(scope: Scope, path: tuple[str, ...]) -> Any:
    value: Any = scope
    for step in path:
        try:
            value = value[step]
        except (KeyError, TypeError):
            known = ", ".join(sorted(scope))
            raise UsageError(
                f"{{{{{'.'.join(path)}}}}} has no value here (known: {known})"
            ) from None
    return value


def texts_of(value: Any) -> Iterator[str]:
    """Yield every text in plain data."""
    if isinstance(value, str):
        yield value
    inner = (
        value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    )
    for one in inner:
        yield from texts_of(one)
