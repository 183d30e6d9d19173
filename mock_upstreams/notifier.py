"""Notifications: each climbs its ladder until the platform acknowledges it.

    attempt 1 --strikes--> deliveries --caller--> acknowledged? stop
        | gap of the ladder (upstream time), from the attempt's end
    attempt 2 ...

One row a delivery that was planned, also if a strike left nothing of it to send.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import msgspec

from harness.core.clock import now_ns, tick_s
from harness.core.delivery import Conduct, Delivery, Leg, Signature
from harness.core.event import Event
from harness.faults._strike import Outcome
from mock_upstreams.caller import CallError
from mock_upstreams.dialect import Dialect, Notice, Outgoing
from mock_upstreams.house import House

ACK_WAIT_S_MIN = 1.0
"""A platform's handling time does not shrink with the scale, so neither does the wait below this."""


class Who(msgspec.Struct, frozen=True, gc=False):
    """Whom an exchange or a notification is for: the intent if known, and the key of its chance."""

    intent: int | None
    key: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A notification on its ladder."""

    upstream: str
    dialect: Dialect
    notice: Notice
    url: str
    who: Who
    facts: dict[str, str | int]


class Notifier:
    """Keeps every ladder of a process."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, upstream: str, dialect: Dialect, notice: Notice, url: str, who: Who) -> None:
        """Begin a ladder; `create` has one silent step, which only a strike can make heard."""
        letter = Letter(upstream, dialect, notice, url, who, dialect.facts(notice))
        self._house.totals.pending += 1
        task = asyncio.get_running_loop().create_task(self._climb(letter))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def close(self) -> None:
        """Take every ladder away."""
        for task in self._tasks:
            task.cancel()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._house.totals.pending -= 1
        error = None if task.cancelled() else task.exception()
        if error is not None:
            context = {"message": "a ladder broke", "exception": error}
            task.get_loop().call_exception_handler(context)

    async def _climb(self, letter: Letter) -> None:
        silent = letter.notice.op == "create"
        gaps_ms = () if silent else letter.dialect.ladder_ms
        conduct = Conduct.SILENT if silent else Conduct.SEND
        for attempt in range(1, len(gaps_ms) + 2):
            if attempt > 1:
                await asyncio.sleep(self._house.real_s(gaps_ms[attempt - 2]))
            planned = Delivery(
                leg=Leg.NOTIFY,
                op=letter.notice.op,
                attempt=attempt,
                fields=letter.facts,
                conduct=conduct,
            )
            if await self._attempt(letter, planned):
                return

    async def _attempt(self, letter: Letter, planned: Delivery) -> bool:
        """Make one attempt with all its copies; return True if the upstream heard its acknowledgement."""
        spot = self._house.strikes.at(letter.upstream, Leg.NOTIFY, planned.op)
        met = self._house.strikes.meet(spot, letter.who.key, letter.who.intent, planned)
        if not met.deliveries:
            self._row(letter, planned, met, detail={"sent": 0})
            self._house.recorder.moved()
            return False
        instants: dict[float, list[Delivery]] = defaultdict(list)
        for delivery in met.deliveries:
            if delivery.conduct is not Conduct.SILENT:
                instants[delivery.after_ms].append(delivery)
        if not instants:
            self._row(letter, planned, met, kind="unsent", detail={"sent": 0})
        groups = (self._send_together(letter, ms, group, met) for ms, group in instants.items())
        return any(await asyncio.gather(*groups))

    async def _send_together(
        self, letter: Letter, after_ms: float, group: Iterable[Delivery], met: Outcome
    ) -> bool:
        """Send copies at the same instant, each on a connection of its own: all are signed before any is sent."""
        if after_ms > 0:
            await asyncio.sleep(self._house.real_s(after_ms))
        signed = [(d, await self._render(letter, d)) for d in group]
        return any(await asyncio.gather(*(self._send(letter, d, out, met) for d, out in signed)))

    async def _render(self, letter: Letter, delivery: Delivery) -> Outgoing:
        render = letter.dialect.notify
        if not letter.dialect.signs_slowly:
            return render(letter.notice, delivery, letter.url)
        loop = asyncio.get_running_loop()
        args = (letter.notice, delivery, letter.url)
        return await loop.run_in_executor(self._house.pool, render, *args)

    async def _send(self, letter: Letter, delivery: Delivery, out: Outgoing, met: Outcome) -> bool:
        sent_ns, began_s = now_ns(), tick_s()
        status, acked, reason = 0, False, ""
        self._house.totals.notified += 1
        self._house.recorder.moved()
        wait_s = max(self._house.real_s(letter.dialect.ack_wait_ms), ACK_WAIT_S_MIN)
        try:
            heard = await self._house.caller.call(out, wait_s)
        except CallError as error:
            reason = str(error)
        else:
            status = heard.status
            acked = letter.dialect.acked(status, heard.body)
        lost = delivery.conduct is Conduct.LOSE
        forged = delivery.signature is Signature.FORGED
        detail: dict[str, str | int | list[str]] = {"sent": 1, "forged": int(forged)}
        detail |= {"lost": 1} if lost else {}
        detail |= {"reason": reason} if reason else {}
        self._row(
            letter,
            delivery,
            met,
            time_ns=sent_ns,
            http_status=status,
            took_us=int((tick_s() - began_s) * 1e6),
            outcome=_outcome(status, acked=acked, lost=lost),
            detail=detail,
        )
        heard_it = acked and not lost and not forged
        self._house.totals.acked += heard_it
        self._house.recorder.moved()
        return heard_it

    def _row(
        self,
        letter: Letter,
        delivery: Delivery,
        met: Outcome,
        *,
        outcome: Literal["ok", "fail", "unknown"] = "unknown",
        detail: dict[str, str | int | list[str]],
        kind: Literal["notify", "unsent"] = "notify",
        time_ns: int = 0,
        http_status: int = 0,
        took_us: int = 0,
    ) -> None:
        order = letter.notice.order
        record = order or letter.notice.trade
        assert record is not None
        self._house.recorder.row(
            Event(
                vantage=letter.dialect.side,
                kind=kind,
                time_ns=time_ns,
                intent=letter.who.intent,
                order_no=record.order_no,
                ref=record.ref,
                channel=letter.upstream,
                account=order.account if order else "",
                sku=order.product.id if order else "",
                amount_fen=int(delivery.fields["amount_fen"]),
                state=str(delivery.fields["state"]),
                outcome=outcome,
                attempt=delivery.attempt,
                http_status=http_status,
                took_us=took_us,
                strikes=met.struck,
                spared=met.spared,
                detail={"op": delivery.op, "copy": delivery.copy, **detail},
            )
        )


def _outcome(status: int, *, acked: bool, lost: bool) -> Literal["ok", "fail", "unknown"]:
    if lost or not status:
        return "unknown"
    return "ok" if acked else "fail"
