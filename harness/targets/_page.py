"""What a platform answered: its JSON, its HTML, its forms, and where it leads a browser on to."""

import re
from collections.abc import Mapping
from functools import cached_property
from html import unescape
from typing import Any
from urllib.parse import urljoin

import msgspec
from selectolax.lexbor import LexborHTMLParser, LexborNode

_SCRIPT = re.compile(
    r"""location(?:\.href)?\s*=\s*["']([^"']+)["']|location\.(?:replace|assign)\(\s*["']([^"']+)["']"""
)
_COOKIE_PATH = re.compile(r"(?:^|;)\s*path\s*=([^;]*)", re.IGNORECASE)
_REFRESH = re.compile(r"""url\s*=\s*["']?([^"'>]+)""", re.IGNORECASE)
_SUBMITS = re.compile(r"\.submit\s*\(")


class Way(msgspec.Struct):
    """Where a page leads on to: `url` is absolute, `fields` are a form's."""

    method: str
    url: str
    fields: dict[str, str] = {}


class Page:
    """One answer and where it stood; header names are lower case, several cookies stand on lines of their own."""

    def __init__(self, url: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.url = url
        self.status = status
        self.headers = headers
        self.body = body

    @cached_property
    def text(self) -> str:
        """The body, whatever is no UTF-8 replaced."""
        return self.body.decode("utf-8", "replace")

    @cached_property
    def json(self) -> Any:
        """The body as JSON; raises ValueError that says what came instead."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            begin = self.text.lstrip()[:60].replace("\n", " ")
            what = "HTML" if begin.startswith("<") else "something else" if begin else "nothing"
            raise ValueError(f"JSON was expected and {what} came: {begin!r}") from error

    @cached_property
    def html(self) -> LexborHTMLParser:
        """The body as HTML."""
        return LexborHTMLParser(self.text)

    @property
    def location(self) -> str:
        """Where a redirect leads to, absolute, or nothing."""
        to = self.headers.get("location", "")
        return urljoin(self.url, to) if to and 300 <= self.status < 400 else ""

    def cookies(self) -> dict[str, str | None]:
        """Return the cookies that were set, None for those that were taken away."""
        return {name: value for name, _, value in self.set_cookies()}

    def set_cookies(self) -> list[tuple[str, str, str | None]]:
        """Return name, path as said (or empty) and value of each cookie that was set; None takes it away."""
        found: list[tuple[str, str, str | None]] = []
        for line in self.headers.get("set-cookie", "").split("\n"):
            pair, _, terms = line.partition(";")
            name, sign, value = pair.strip().partition("=")
            if sign:
                gone = "max-age=0" in terms.replace(" ", "").lower() or "1970" in terms
                path = _COOKIE_PATH.search(terms)
                found.append((name, path[1].strip() if path else "", None if gone else value))
        return found

    def form(self, selector: str) -> Way:
        """Return a form with the fields that a browser would send; raises LookupError where there is none."""
        found = self.html.css_first(selector)
        if found is None:
            raise LookupError(f"the page has no form {selector!r}")
        return self._form(found)

    def onward(self) -> Way | None:
        """Return where a browser goes on to by itself: a redirect, a refresh, a script, a form that sends itself."""
        if self.location:
            return Way("GET", self.location)
        for meta in self.html.css("meta[http-equiv]"):
            if (meta.attributes.get("http-equiv") or "").lower() == "refresh":
                to = _REFRESH.search(meta.attributes.get("content") or "")
                if to:
                    return Way("GET", urljoin(self.url, to[1].strip()))
        form = self.html.css_first("form")
        if form is not None and _SUBMITS.search(self.text):
            return self._form(form)
        script = _SCRIPT.search(self.text)
        if script:
            to_url = (script[1] or script[2]).replace("\\/", "/")
            return Way("GET", urljoin(self.url, unescape(to_url)))
        return None

    def _form(self, form: LexborNode) -> Way:
        method = (form.attributes.get("method") or "get").upper()
        url = urljoin(self.url, form.attributes.get("action") or "")
        fields: dict[str, str] = {}
        for field in form.css("input[name], textarea[name], select[name]"):
            if (value := _value(field)) is not None:
                fields[field.attributes["name"] or ""] = value
        return Way(method, url, fields)


def _value(field: LexborNode) -> str | None:
    """Return what a browser sends of a field nobody touched, None for nothing."""
    attributes = field.attributes
    if field.tag == "textarea":
        return field.text()
    if field.tag == "select":
        chosen = field.css_first("option[selected]") or field.css_first("option")
        return (chosen.attributes.get("value") or chosen.text()) if chosen else None
    kind = (attributes.get("type") or "text").lower()
    if kind in {"submit", "button", "image", "reset", "file"}:
        return None
    if kind in {"checkbox", "radio"}:
        return (attributes.get("value") or "on") if "checked" in attributes else None
    return attributes.get("value") or ""
