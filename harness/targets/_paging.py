"""Reads what comes in pages, whole: `{{page}}` counts from 1 until one brings nothing new.

walk(scope) page 1, page 2, ... an empty one, or the one before it again; then page 1 once more: if it is another by
now, lines have moved from page to page meanwhile, and all of it is read anew.
"""

from collections.abc import Callable, Generator, Mapping
from typing import Any, TypeVar

import msgspec

from harness.targets._answer import Answer
from harness.targets._words import Steps, steps_of
from harness.targets.template import holes, texts_of

MOST_PAGES = 100
TRIES = 3

Sent = TypeVar("Sent")
Came = TypeVar("Came")
Walk = Callable[[Mapping[str, Any]], Generator[Sent, Came, Answer]]


def is_paged(said: Steps | None) -> bool:
    """Say whether requests ask for `{{page}}`; else their one answer is all."""
    raw = msgspec.to_builtins(steps_of(said))
    return any("page" in holes(text) for text in texts_of(raw))


def paged(walk: Walk[Sent, Came], scope: Mapping[str, Any]) -> Generator[Sent, Came, Answer]:
    """Return the first page's answer with the `lines` of all; the first that is not ok is returned as it is."""
    answer = Answer("unknown")
    for _ in range(TRIES):
        first = yield from walk({**scope, "page": "1"})
        answer, lines = first, list(first.values.get("lines", []))
        page = 1
        while answer.outcome == "ok" and answer.values["lines"] and page < MOST_PAGES:
            page, before = page + 1, answer.values["lines"]
            answer = yield from walk({**scope, "page": str(page)})
            if answer.values.get("lines") == before:
                break
            lines += answer.values.get("lines", [])
        if answer.outcome != "ok":
            return answer
        again = yield from walk({**scope, "page": "1"})
        if again.values == first.values:
            return Answer("ok", {**first.values, "lines": lines}, first.http_status)
        answer = again
    return Answer("unknown", {}, answer.http_status, "it changed while its pages were read")
