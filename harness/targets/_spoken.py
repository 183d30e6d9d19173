"""One step of a target file, compiled: the request that it makes, and what an answer to it means."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode

import msgspec

from harness.targets._page import Page
from harness.targets._signing import Signer, revealed, signer
from harness.targets._taking import condition, taker, unmet
from harness.targets._tampering import TAMPERED, tampered
from harness.targets._words import Condition, Sign, Step, Take
from harness.targets.template import Scope, compiled, holes

Outcome = Literal["ok", "fail", "unknown"]
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
NOBODY = "nobody"
"""In a scope: who asks has never logged in, and sends nothing of what a login gives, not even an empty token."""
_MAY_LACK = frozenset({"amount", "state", "cards", "account"})
"""What an answer may lack and still be read: a platform need not show everything in every state."""


class Call(msgspec.Struct):
    """One request, ready to send; `path` includes the query. `source` is the address to come from, if it matters."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""
    source: str = ""


class Spoken:
    """A step, compiled once."""

    def __init__(self, step: Step, session: Mapping[str, str], folder: Path) -> None:
        self.step = step
        self._path = compiled(step.place)
        self._query = compiled(step.query) if step.query else None
        self._headers = compiled({**session, **step.headers})
        bare = {name: said for name, said in session.items() if not _of_a_login(said)}
        self._bare = compiled({**bare, **step.headers})
        self._json = compiled(step.json) if step.json is not None else None
        self._form = compiled(step.form) if step.form is not None else None
        self._sign = _signing(step.sign, folder) if step.sign else None
        self._takes = [
            (name, taker(said), isinstance(said, Take) and said.optional)
            for name, said in step.take.items()
        ]
        self._ok = condition(step.ok_when) if step.ok_when else None
        self._fail = condition(step.fail_when) if step.fail_when else None
        self._redirects = bool(step.follow) or _looks_at_location(step)
        self.reads_only = step.method == "GET"

    def call(self, scope: dict[str, Any], before: Page | None) -> Call:
        """Return the request; raises LookupError where the page before has no such form."""
        headers = self._bare(scope) if NOBODY in scope else self._headers(scope)
        query = self._query(scope) if self._query else {}
        body: Any = self._json(scope) if self._json else self._form(scope) if self._form else None
        method, path = self.step.method, self._path(scope)
        if self.step.form_of:
            if before is None:
                raise LookupError(f"no page came before the form {self.step.form_of!r}")
            way = before.form(self.step.form_of)
            method, path = way.method, way.url
            fields = {**way.fields, **(body or {})}
            query, body = (query, fields) if method == "POST" else ({**query, **fields}, None)
        if TAMPERED in scope:
            amount = scope.get("intent", {}).get("amount", "")
            query, body = tampered(query, body, scope["goods"], amount, adds=not self.reads_only)
        if self._sign is not None:
            text = self._encoded({}, body).decode()
            scope.update(method=method, path=path, body=text)
            query, body = self._signed(scope, headers, query, body)
        if query:
            path += ("&" if "?" in path else "?") + urlencode(query)
        return Call(method, path, headers, self._encoded(headers, body))

    def taken(self, page: Page, scope: Scope) -> dict[str, Any]:
        """Return what the answer holds; raises LookupError or ValueError that names what is missing."""
        values: dict[str, Any] = {}
        for name, take, optional in self._takes:
            value = take(page, scope)
            if value is None and not optional and name not in _MAY_LACK:
                raise LookupError(f"{name} is missing")
            if value is not None or not optional:
                values[name] = value
        return values

    def judged(self, page: Page) -> tuple[Outcome, str]:
        """Say what an answer means before anything is taken from it, and why."""
        try:
            if self._fail is not None and self._fail(page):
                return "fail", f"HTTP {page.status}: fail_when holds"
            if page.status >= 500:
                return "unknown", f"HTTP {page.status}"
            if self._ok is not None:
                if self._ok(page):
                    return "ok", ""
                assert self.step.ok_when is not None
                return "fail", f"HTTP {page.status}: {_said(self.step.ok_when, page)}"
        except ValueError as error:
            return "unknown", f"the answer cannot be read: {error}"
        if page.status >= 400 or (page.status >= 300 and not self._redirects):
            to = f" to {page.location}" if page.location else ""
            return "fail", f"HTTP {page.status}{to}"
        return "ok", ""

    def _signed(
        self, scope: dict[str, Any], headers: dict[str, str], query: Any, body: Any
    ) -> tuple[Any, Any]:
        """Return query and body with the signature in; one that goes into a header is put there."""
        assert self._sign is not None
        assert self.step.sign is not None
        into = self.step.sign.into
        flat = {**query, **body} if isinstance(body, dict) else dict(query)
        signature = self._sign(flat, scope)
        if into.header:
            headers[into.header] = signature
        elif isinstance(body, dict):
            body = {**body, into.field: signature}
        else:
            query = {**query, into.field: signature}
        return query, body

    def _encoded(self, headers: dict[str, str], body: Any) -> bytes:
        if body is None:
            return b""
        if self._json is not None:
            headers["Content-Type"] = JSON
            return msgspec.json.encode(body)
        headers["Content-Type"] = FORM
        return urlencode(body).encode()


def _of_a_login(said: str) -> bool:
    return any(not hole.startswith("customer.") for hole in holes(said))


def _looks_at_location(step: Step) -> bool:
    return any(isinstance(said, Take) and said.location for said in step.take.values())


def _signing(said: Sign, folder: Path) -> Signer:
    return signer(said, revealed(said.key, folder))


def _said(said: Condition, page: Page) -> str:
    """Return what of `ok_when` does not hold, and how the answer begins, for people."""
    what, wanted, had = unmet(said, page)
    begin = " ".join(page.text[:160].split())
    return f"ok_when does not hold: {what} should be {wanted} and is {had}; the answer: {begin!r}"
