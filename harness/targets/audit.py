"""The final reads: every order that a customer was given a number for, asked of the platform once more.

Each customer logs in anew and reads their own orders, as they would in a dispute.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import httpx
import msgspec

from harness.core.event import Event
from harness.targets.adapter import Adapter, Answer

AT_ONCE = 16
TRIES = 4
PAUSE_S = 0.5


class Known(msgspec.Struct, frozen=True):
    """One order number as a customer was given it."""

    intent: int
    customer: int
    order_no: str


class Auditor:
    """Reads orders through the target's own API; `write` receives one `audit` row per order."""

    def __init__(
        self,
        adapter: Adapter,
        base_url: str,
        customer_of: Callable[[int], Mapping[str, str]],
        write: Callable[[Event], None],
    ) -> None:
        self._adapter = adapter
        self._customer_of = customer_of
        self._write = write
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        self._http = httpx.AsyncClient(base_url=base_url, timeout=10, limits=limits)
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def read_all(self, orders: Iterable[Known]) -> None:
        """Read every order; what cannot be read is written as unknown."""
        by_customer: dict[int, list[Known]] = {}
        for known in orders:
            by_customer.setdefault(known.customer, []).append(known)
        async with self._http:
            await asyncio.gather(*(self._customer(n, own) for n, own in by_customer.items()))

    async def _customer(self, number: int, orders: list[Known]) -> None:
        async with self._slots:
            scope: dict[str, Any] = {"customer": dict(self._customer_of(number))}
            if self._adapter.has("login"):
                login = await self._ask("login", scope)
                scope["token"] = str(login.values.get("token", ""))
            for known in orders:
                answer = await self._ask("status", {**scope, "order_no": known.order_no})
                self._write(_row(known, answer))

    async def _ask(self, name: str, scope: Mapping[str, Any]) -> Answer:
        """Ask until there is an answer that says something, a few times at most."""
        answer = self._adapter.unanswered(sent=True)
        for left in reversed(range(TRIES)):
            answer = await self._once(name, scope)
            if answer.outcome != "unknown" or not left:
                break
            await asyncio.sleep(PAUSE_S)
        return answer

    async def _once(self, name: str, scope: Mapping[str, Any]) -> Answer:
        call = self._adapter.call(name, scope)
        try:
            came = await self._http.request(
                call.method, call.path, headers=call.headers, content=call.body
            )
        except httpx.HTTPError as error:
            answer = self._adapter.unanswered(sent=True)
            answer.reason = type(error).__name__
            return answer
        return self._adapter.read(name, came.status_code, came.headers, came.content)


def _row(known: Known, answer: Answer) -> Event:
    detail: dict[str, str | int | list[str]] = {"reason": answer.reason} if answer.reason else {}
    if cards := answer.values.get("cards"):
        detail["cards"] = cards
    # Only "there is no such order" is a definite no; being refused entry, or told to wait, says nothing of it.
    lost = answer.outcome == "fail" and answer.http_status in {404, 410}
    return Event(
        vantage="platform",
        kind="audit",
        intent=known.intent,
        order_no=known.order_no,
        outcome="ok" if answer.outcome == "ok" else "fail" if lost else "unknown",
        state=str(answer.values.get("state", "")),
        amount_fen=answer.values.get("amount_fen"),
        http_status=answer.http_status,
        detail=detail,
    )
