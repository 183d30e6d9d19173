"""Talks to the platform as one customer, and keeps the last request and answer of each call as text."""

from collections.abc import Mapping
from typing import Any

import httpx
import msgspec

from harness.core.errors import UsageError
from harness.doctor.facts import Told
from harness.doctor.masking import Masker
from harness.safety import pinned
from harness.targets._answer import Answer
from harness.targets._spoken import Call
from harness.targets.adapter import Adapter

ANSWER_S = 10.0
SHOWN = 800
"""Characters of a body that a person is shown."""


class Reply(msgspec.Struct):
    """An answer as an adapter reads it."""

    status: int
    headers: dict[str, str]
    body: bytes


class Talk:
    """One customer's connection; each request is sent once."""

    def __init__(
        self,
        adapter: Adapter,
        base_url: str,
        masker: Masker,
        *,
        pins: Mapping[str, str],
        address: str = "",
    ) -> None:
        transport = httpx.HTTPTransport(local_address=address or None)
        there, headers, self._more = pinned(base_url.rstrip("/"), pins)
        self._there = there
        self._http = httpx.Client(
            timeout=ANSWER_S, trust_env=False, transport=transport, headers=headers
        )
        self._adapter = adapter
        self._base_url = base_url.rstrip("/")
        self._masker = masker
        self._request = self._reply = self._body = self._error = ""

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def ask(self, name: str, scope: Mapping[str, Any]) -> Told:
        """Make one call, in as many requests as it takes; never raises for what the platform does."""
        self._request = self._reply = self._body = self._error = ""
        try:
            answer, sent = self._walk(name, scope)
        except UsageError as error:
            return Told(name=name, outcome="fail", reason=str(error), request=self._request)
        reason = self._error or answer.reason
        return Told(
            name=name,
            outcome=answer.outcome,
            reason=self._masker.masked(reason),
            status=answer.http_status,
            values=answer.values,
            ended=answer.ended,
            sent=sent,
            request=self._request,
            reply=self._reply,
            body=self._body,
        )

    def _walk(self, name: str, scope: Mapping[str, Any]) -> tuple[Answer, bool]:
        flow = self._adapter.flow(name, scope)
        call, sent = next(flow), True
        while True:
            came = self._send(call)
            sent = came is not False
            try:
                call = flow.send(came)
            except StopIteration as end:
                return end.value, sent

    def _send(self, call: Call) -> Reply | bool:
        self._request = self._masker.masked(request_text(self._base_url, call))
        self._reply = self._body = self._error = ""
        try:
            came = self._http.request(
                call.method,
                f"{self._there}{call.path}",
                headers=call.headers,
                content=call.body or None,
                extensions=self._more,
            )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            self._error = str(error)
            return False
        except httpx.HTTPError as error:
            self._error = f"{type(error).__name__}: {error}"
            return True
        reply = Reply(came.status_code, _headers(came), came.content)
        self._body = reply.body.decode("utf-8", "replace")
        self._reply = self._masker.masked(_reply_text(reply, self._body))
        return reply


def request_text(base_url: str, call: Call) -> str:
    """Return a request as people read it."""
    lines = [f"{call.method} {base_url}{call.path}"]
    lines += [f"{name}: {value}" for name, value in call.headers.items()]
    body = call.body.decode("utf-8", "replace")
    return "\n".join([*lines, *(["", body[:SHOWN]] if body else [])])


def _reply_text(reply: Reply, body: str) -> str:
    shown = ("content-type", "location", "set-cookie")
    lines = [f"HTTP {reply.status}"]
    kept = {
        name: reply.headers[name].replace("\n", ", ") for name in shown if name in reply.headers
    }
    lines += [f"{name}: {text}" for name, text in kept.items()]
    return "\n".join([*lines, "", body[:SHOWN]])


def _headers(came: httpx.Response) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, text in came.headers.multi_items():
        key = name.lower()
        again = key == "set-cookie" and key in headers
        headers[key] = f"{headers[key]}\n{text}" if again else text
    return headers
