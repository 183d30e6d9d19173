"""Reads what comes in pages, whole: `{{page}}` counts from 1 until one brings nothing new.

walk(scope) page 1, page 2, ... an empty one, or one that was there before: past the end some show the last, or the
first; then page 1 once more: if it is another by now, lines have moved from page to page meanwhile, and all of it is
read anew.
"""

from collections.abc import Callable, Generator, Mapping
from typing import Any, TypeVar

import msgspec

from harness.targets._answer import Answer
from harness.targets._words import Steps, steps_of
from harness.targets.template import holes, texts_of

PAGED = ("wallet", "bill", "order_list")
"""The calls that may ask for `{{page}}`."""
MOST_PAGES = 1_000
TRIES = 3

Sent = TypeVar("Sent")
Came = TypeVar("Came")
Walk = Callable[[Mapping[str, Any]], Generator[Sent, Came, Answer]]


def is_paged(said: Steps | None) -> bool:
    """Say whether requests ask for `{{page}}`; else their one answer is all."""
    raw = msgspec.to_builtins(steps_of(said))
    return any("page" in holes(text) for text in texts_of(raw))


def paged(walk: Walk[Sent, Came], scope: Mapping[str, Any]) -> Generator[Sent, Came, Answer]:
    """Return the first page's answer with the lists of all; the first that is not ok is returned as it is."""
    answer = Answer("unknown")
    for _ in range(TRIES):
        first = answer = yield from walk({**scope, "page": "1"})
        pages: list[dict[str, Any]] = []
        while answer.outcome == "ok" and any(_lists(answer).values()):
            if _lists(answer) in pages:
                break
            pages.append(_lists(answer))
            if len(pages) == MOST_PAGES:
                return Answer(
                    "unknown", {}, answer.http_status, f"it has {MOST_PAGES} pages or more"
                )
            answer = yield from walk({**scope, "page": str(len(pages) + 1)})
        if answer.outcome != "ok":
            return answer
        again = yield from walk({**scope, "page": "1"})
        if again.values == first.values:
            return Answer("ok", {**first.values, **_strung(pages)}, first.http_status)
        answer = again
    return Answer("unknown", {}, answer.http_status, "it changed while its pages were read")


def _lists(answer: Answer) -> dict[str, Any]:
    """Return what of a page is one of many: lines, order numbers, and lines of a bill that were passed over."""
    return {name: value for name, value in answer.values.items() if isinstance(value, list | dict)}


def _strung(pages: list[dict[str, Any]]) -> dict[str, Any]:
    """String the lists of all pages together; of mappings of lists, those of each key."""
    whole: dict[str, Any] = {}
    for page in pages:
        for name, value in page.items():
            if isinstance(value, list):
                whole[name] = [*whole.get(name, ()), *value]
            else:
                known = whole.get(name, {})
                whole[name] = known | {key: [*known.get(key, ()), *value[key]] for key in value}
    return whole
