"""One exchange with the platform: render the request, send it once, read what the answer meant, measure it."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import msgspec

from harness.core.clock import tick_s
from harness.traffic.seams import (
    Answer,
    Call,
    Ear,
    NoAnswerError,
    NotSentError,
    Reply,
    Shop,
    Transport,
)
from harness.traffic.steps import Break, Heard


class Exchanged(msgspec.Struct, frozen=True):
    """What an exchange came to, and how long the customer waited for it."""

    answer: Answer
    took_us: int


class Counter:
    """Where customers talk to the platform: a shop's language over a transport, with an ear at the wall."""

    def __init__(self, base_url: str, shop: Shop, transport: Transport, hear: Ear) -> None:
        self.shop = shop
        self.transport = transport
        self.hear = hear
        self._base_url = base_url

    def exchange(
        self, name: str, scope: Mapping[str, Any], since_s: float | None = None
    ) -> Exchanged:
        """Make one call; `since_s` is the tick to measure from, if the customer has wanted it for longer than now."""
        began_s = tick_s() if since_s is None else since_s
        answer, size = self._answer(name, scope)
        took_s = tick_s() - began_s
        self.hear(name, took_s * 1e3, size, "" if answer.outcome == "ok" else answer.reason)
        return Exchanged(answer, int(took_s * 1e6))

    def _answer(self, name: str, scope: Mapping[str, Any]) -> tuple[Answer, int]:
        flow, breaks = self.shop.flow(name, scope), scope.get("breaks", "")
        size = steps = 0
        try:
            call = next(flow)
        except StopIteration as end:
            return end.value, size  # nothing needs to be sent to know it
        token = str((scope.get("intent") or {}).get("token", ""))
        while True:
            if token:
                steps += 1
                call.headers.setdefault("traceparent", traceparent(token, name, steps))
            # What breaks is the call that orders, not the pages before it.
            heard = self._heard(call, "" if call.method == "GET" else breaks)
            if not isinstance(heard, bool):
                size += len(heard.body)
            try:
                call = flow.send(heard)
            except StopIteration as end:
                return end.value, size

    def _heard(self, call: Call, breaks: Break) -> Reply | bool:
        """Return the reply to one request, or without one whether it was sent."""
        url = self._base_url
        more: dict[str, Any] = {"source": call.source} if call.source else {}
        if breaks:
            more["breaks"] = breaks
        try:
            return self.transport.send(url, call.method, call.path, call.headers, call.body, **more)
        except NotSentError:
            return False
        except NoAnswerError:
            return True


def traceparent(token: str, name: str, step: int) -> str:
    """Return a W3C trace context: one trace for an intent, one span for each of its requests, by name and step.

    Source: W3C Trace Context, https://www.w3.org/TR/trace-context/ section 3.2, read 2026-11-23.
    """
    trace = blake2b(token.encode(), digest_size=16).hexdigest()
    span = blake2b(f"{token} {name} {step}".encode(), digest_size=8).hexdigest()
    return f"00-{trace}-{span}-01"


def heard_of(done: Exchanged, **otherwise: Any) -> Heard:
    """Return what an exchange told, with what is known better than from its answer."""
    answer = done.answer
    values = answer.values
    heard = Heard(
        outcome=answer.outcome,
        http_status=answer.http_status,
        reason=answer.reason,
        order_no=values.get("order_no", ""),
        amount_fen=values.get("amount_fen"),
        pay_url=values.get("pay_url", ""),
        state=answer.refused or values.get("state", "") or values.get("ticket_state", ""),
        cards=tuple(values.get("cards", ())),
        account=values.get("account", ""),
        compensation_fen=values.get("compensation_fen"),
        balance_fen=values.get("balance_fen"),
    )
    return msgspec.structs.replace(heard, **otherwise) if otherwise else heard
