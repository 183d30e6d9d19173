"""Compiles what a target file takes from answers, and what it says an answer must be."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jmespath
import msgspec
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from harness.core.errors import UsageError
from harness.targets._page import Page
from harness.targets._words import Condition, Step, Take
from harness.targets.template import Scope, compiled

Taker = Callable[[Page, Scope], Any]
_SHOWN = 160
"""Characters of an answer that a person is shown."""


def taker(said: str | Take) -> Taker:
    """Return what finds a value in a page: text, a list of texts where all are asked for, or None.

    What it returns may raise ValueError: the page is not of the kind that is looked for.

    Raises:
        UsageError: a JMESPath or a regular expression cannot be read.
    """
    if isinstance(said, str):
        search = searcher(said)
        return lambda page, _scope: search(page.json)
    source = _source(said)
    if not said.regex:
        return source
    pattern = _pattern(said.regex)

    def narrowed(page: Page, scope: Scope) -> Any:
        text = source(page, scope)
        texts = text if isinstance(text, list) else [] if text is None else [text]
        found = [m[m.lastindex or 0] for one in texts for m in pattern.finditer(str(one))]
        return found if said.all else next(iter(found), None)

    return narrowed


def holds(said: Condition | None) -> Callable[[Page], bool]:
    """Return whether a page is what is said; one that cannot be read is not, and nothing said never holds."""
    if said is None:
        return lambda _: False
    test = condition(said)

    def held(page: Page) -> bool:
        try:
            return test(page)
        except ValueError:
            return False

    return held


def condition(said: Condition) -> Callable[[Page], bool]:
    """Return what says whether a page is as it must be; raises ValueError where JSON is looked at and none came.

    Raises:
        UsageError: a JMESPath or a regular expression cannot be read.
    """
    tests: list[Callable[[Page], bool]] = []
    if said.status is not None:
        statuses = [said.status] if isinstance(said.status, int) else said.status
        tests.append(lambda page: page.status in statuses)
    if said.body is not None:
        tests.append(lambda page: page.text.strip() == said.body)
    if said.contains:
        tests.append(lambda page: said.contains in page.text)
    if said.regex:
        regex = _pattern(said.regex)
        tests.append(lambda page: regex.search(page.text) is not None)
    if said.location:
        location = _pattern(said.location)
        tests.append(lambda page: bool(page.location and location.search(page.location)))
    if said.json:
        search = searcher(said.json)
        if said.equals is msgspec.UNSET:
            tests.append(lambda page: bool(search(page.json)))
        else:
            tests.append(lambda page: search(page.json) == said.equals)
    return lambda page: all(test(page) for test in tests)


def unmet(said: Condition, page: Page) -> tuple[str, str, str]:
    """Return the first part of a condition that a page does not meet: what it looks at, what that should be, and is.

    Raises ValueError where JSON is looked at and none came.
    """
    begin = _json(" ".join(page.text[:_SHOWN].split()))
    if said.status is not None and not holds(Condition(status=said.status))(page):
        statuses = said.status if isinstance(said.status, list) else [said.status]
        return "status", " or ".join(map(str, statuses)), str(page.status)
    if said.body is not None and page.text.strip() != said.body:
        return "body", _json(said.body), begin
    if said.contains and said.contains not in page.text:
        return "body", _json(f"...{said.contains}..."), begin
    if said.regex and not holds(Condition(regex=said.regex))(page):
        return "body", f"/{said.regex}/", begin
    if said.location and not holds(Condition(location=said.location))(page):
        return "location", f"/{said.location}/", _json(page.location)
    wanted = "there" if said.equals is msgspec.UNSET else _json(said.equals)
    return said.json, wanted, _json(searcher(said.json)(page.json))[:_SHOWN]


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def mistakes(step: Step) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield what in a step cannot be compiled: where in it, and why."""
    parts: list[tuple[tuple[str, ...], Callable[[], object]]] = [
        *(((key,), partial(compiled, getattr(step, key))) for key in _TEMPLATES),
        *((("take", name), partial(taker, said)) for name, said in step.take.items()),
    ]
    if step.sign is not None:
        parts.append((("sign", "text"), partial(compiled, step.sign.text)))
        parts.append((("sign", "key", "value"), partial(compiled, step.sign.key.value)))
    if step.form_of:
        parts.append((("form_of",), partial(selector, step.form_of)))
    for key, said in (("ok_when", step.ok_when), ("fail_when", step.fail_when)):
        if said is not None:
            parts.append(((key,), partial(condition, said)))
    for where, build in parts:
        try:
            build()
        except UsageError as error:
            yield where, str(error)


_TEMPLATES = ("get", "post", "put", "delete", "query", "headers", "json", "form")


def searcher(path: str) -> Callable[[Any], Any]:
    """Compile a JMESPath; plain dotted names, the most of them, are walked without its machinery.

    Raises:
        UsageError: it is none.
    """
    names = path.split(".")
    if not all(name.isidentifier() for name in names):
        try:
            return jmespath.compile(path).search
        except jmespath.exceptions.JMESPathError as error:
            told = " ".join(str(error).split())
            raise UsageError(f"{path!r} is no JMESPath: {told}") from None

    def walk(value: Any) -> Any:
        for name in names:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    return walk


def _source(said: Take) -> Taker:
    if said.json:
        search = searcher(said.json)
        return lambda page, _scope: search(page.json)
    if said.css:
        return _css(said)
    if said.header:
        return lambda page, _scope: page.headers.get(said.header.lower())
    if said.cookie:
        return lambda page, _scope: page.cookies().get(said.cookie)
    if said.location:
        return lambda page, _scope: page.location or None
    if said.value:
        fill = compiled(said.value)
        return lambda _page, scope: fill(scope)
    return lambda page, _scope: page.text


def selector(text: str) -> str:
    """Return a CSS selector that can be parsed.

    Raises:
        UsageError: it cannot.
    """
    try:
        LexborHTMLParser("<p>").css(text)
    except SelectolaxError:
        raise UsageError(f"{text!r} is no CSS selector") from None
    return text


def _css(said: Take) -> Taker:
    selector(said.css)
    if said.cells:
        selector(said.cells)
        return lambda page, _scope: [
            [cell.text(strip=True) for cell in row.css(said.cells)]
            for row in page.html.css(said.css)
        ]

    def texts(page: Page) -> Any:
        nodes = page.html.css(said.css)
        found = [
            node.attributes.get(said.attribute) if said.attribute else node.text(strip=True)
            for node in nodes
        ]
        known = [one for one in found if one is not None]
        return known if said.all else next(iter(known), None)

    return lambda page, _scope: texts(page)


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise UsageError(f"{text!r} is no regular expression: {error}") from None
