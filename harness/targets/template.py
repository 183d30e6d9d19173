"""Templates of target files: `{{intent.account}}` in any text of a request, filled from nested mappings.

Compiled once, rendered per request; a name that the scope does not have is an error that names it.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from harness.core.errors import UsageError

Scope = Mapping[str, Any]
_HOLE = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


def compiled(value: Any) -> Callable[[Scope], Any]:
    """Return a function that fills the holes of a text, or of all texts in nested lists and mappings."""
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
    return _HOLE.findall(text)


def _text(text: str) -> Callable[[Scope], str]:
    parts = _HOLE.split(text)
    if len(parts) == 1:
        return lambda _scope: text
    if len(parts) == 3 and not parts[0] and not parts[2]:
        path = tuple(parts[1].split("."))
        return lambda scope: str(_lookup(scope, path))
    steps = [tuple(p.split(".")) if i % 2 else p for i, p in enumerate(parts)]

    def fill(scope: Scope) -> str:
        return "".join(s if isinstance(s, str) else str(_lookup(scope, s)) for s in steps)

    return fill


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
