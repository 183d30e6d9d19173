"""The final reads: every order that a customer was given a number for, asked of the platform once more.

Each customer logs in anew and reads their own orders, as they would in a dispute.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from time import sleep as pause
from typing import Any
from urllib.parse import urlsplit

import msgspec

from harness.core.event import Event
from harness.targets.adapter import Adapter, Answer

AT_ONCE = 8
TRIES = 4
PAUSE_S = 0.5
ANSWER_S = 10.0


class Known(msgspec.Struct, frozen=True):
    """One order number as a customer was given it."""

    intent: int
    customer: int
    order_no: str


class Auditor:
    """Reads orders through the target's own API; `write` receives one `audit` row per order, from several threads.

    Plain blocking connections in a few threads: per read they cost a tenth of what an async client does, and a
    run of ten thousand orders is read in seconds.
    """

    def __init__(
        self,
        adapter: Adapter,
        base_url: str,
        customer_of: Callable[[int], Mapping[str, str]],
        write: Callable[[Event], None],
    ) -> None:
        self._adapter = adapter
        self._base_url = urlsplit(base_url)
        self._customer_of = customer_of
        self._write = write

    async def read_all(self, orders: Iterable[Known]) -> None:
        """Read every order; what cannot be read is written as unknown."""
        by_customer: dict[int, list[Known]] = {}
        for known in orders:
            by_customer.setdefault(known.customer, []).append(known)
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            reading = [
                loop.run_in_executor(pool, self._customer, number, own)
                for number, own in by_customer.items()
            ]
            await asyncio.gather(*reading)

    def _customer(self, number: int, orders: list[Known]) -> None:
        scope: dict[str, Any] = {"customer": dict(self._customer_of(number))}
        host, port = self._base_url.hostname or "", self._base_url.port
        with closing(HTTPConnection(host, port, timeout=ANSWER_S)) as connection:
            if self._adapter.has("login"):
                login = self._ask(connection, "login", scope)
                scope["token"] = str(login.values.get("token", ""))
            for known in orders:
                answer = self._ask(connection, "status", {**scope, "order_no": known.order_no})
                self._write(_row(known, answer))

    def _ask(self, connection: HTTPConnection, name: str, scope: Mapping[str, Any]) -> Answer:
        """Ask until there is an answer that says something, a few times at most."""
        answer = self._once(connection, name, scope)
        for _ in range(TRIES - 1):
            if answer.outcome != "unknown":
                break
            pause(PAUSE_S)
            answer = self._once(connection, name, scope)
        return answer

    def _once(self, connection: HTTPConnection, name: str, scope: Mapping[str, Any]) -> Answer:
        call = self._adapter.call(name, scope)
        path = f"{self._base_url.path.rstrip('/')}{call.path}"
        try:
            connection.request(call.method, path, call.body or None, call.headers)
            came = connection.getresponse()
            body = came.read()
        except (OSError, HTTPException) as error:
            connection.close()
            answer = self._adapter.unanswered(sent=True)
            answer.reason = type(error).__name__
            return answer
        return self._adapter.read(name, came.status, dict(came.getheaders()), body)


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
