"""Notifications: each climbs its ladder until the platform acknowledges it.

    attempt 1 --strikes--> deliveries --caller--> acknowledged? stop
        | gap of the ladder (upstream time), from when the attempt was sent; from its end if it took longer than that
    attempt 2 ...

Whatever waits, a delayed delivery or the next rung of a ladder, is an item of the agenda and no task.
One row a delivery that was planned, also if a strike left nothing of it to send.
"""

import asyncio
from collections import defaultdict
from functools import partial
from typing import Literal

import msgspec

from harness.core.clock import now_ns, tick_s
from harness.core.delivery import Conduct, Delivery, Gate, Leg, Signature
from harness.core.event import Event
from harness.faults._strike import Outcome
from mock_upstreams.agenda import Agenda
from mock_upstreams.caller import CallError, NotAllowedError
from mock_upstreams.dialect import Dialect, Notice, Outgoing
from mock_upstreams.house import House
from mock_upstreams.letter import Attempt, Letter, Who, lie, peculiar, record_of
from mock_upstreams.recorder import SAID_BYTES
from mock_upstreams.strangers import stranger
from mock_upstreams.unsigned import unsigned

SILENT = frozenset({"create", "accept"})
"""What no honest upstream tells of: that an order is there, before it is paid (create) or served (accept)."""
SIGNING_S = 0.01
ACK_WAIT_S_MIN = 1.0
"""A platform's handling time does not shrink with the scale, so neither does the wait below this, nor below what it
says that it takes."""


class Notifier:
    """Keeps every ladder of a process."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._agenda = Agenda()
        self._beginning, self._launching = self._attempt, self._launch
        """Bound once, not once for each of a million."""
        self._tasks: set[asyncio.Task[bool]] = set()
        self._strangers: dict[str, Dialect] = {}

    def start(self, upstream: str, dialect: Dialect, notice: Notice, url: str, who: Who) -> None:
        """Begin a ladder; what is SILENT has one step, which only a strike can make heard."""
        letter = Letter(upstream, dialect, notice, url, who)
        self._house.totals.pending += 1
        self._agenda.at(0.0, self._beginning, letter, 1, tick_s())

    def hurry(self) -> None:
        """Let everything that waits happen now, in its order."""
        self._agenda.hurry()

    def close(self) -> None:
        """Take every ladder away."""
        self._agenda.clear()
        for task in self._tasks:
            task.cancel()

    def _lead_s(self, letter: Letter) -> float:
        """Return how long before a notification is due it is begun: signing takes its time, the ladder does not."""
        return SIGNING_S if letter.dialect.signs_slowly else 0.0

    def _attempt(self, letter: Letter, number: int, due_s: float) -> None:
        """Make one attempt, with all its copies."""
        silent = letter.notice.op in SILENT
        planned = Delivery(
            leg=Leg.NOTIFY,
            op=letter.notice.op,
            attempt=number,
            fields=letter.dialect.facts(letter.notice),
            conduct=Conduct.SILENT if silent else Conduct.SEND,
            lasting=letter.dialect.lasting(letter.notice),
            signed=letter.dialect.signs_notices,
        )
        spot = self._house.strikes.at(letter.upstream, Leg.NOTIFY, planned.op)
        met = self._house.strikes.meet(spot, letter.who.key, letter.who.intent, planned)
        attempt = Attempt(number, met)
        if all(_never_arrives(delivery) for delivery in met.deliveries):
            self._row(letter, planned, met, detail={"sent": 0})
            self._house.recorder.moved()
            attempt.heard = bool(met.deliveries)
            self._over(letter, attempt)
            return
        instants: dict[tuple[float, Gate | None], tuple[Delivery, ...]] = defaultdict(tuple)
        for delivery in met.deliveries:
            if delivery.conduct is not Conduct.SILENT:
                instants[delivery.after_ms, delivery.gate] += (delivery,)
        if not instants:
            self._row(letter, planned, met, kind="unsent", detail={"sent": 0})
            self._told(letter, attempt)
        attempt.left = len(instants)
        for (after_ms, gate), group in instants.items():
            at_s = due_s + self._house.real_s(after_ms)
            attempt.due_s = min(attempt.due_s or at_s, at_s)
            lead_s = self._lead_s(letter)
            self._agenda.at(at_s - lead_s, self._launching, letter, gate, group, attempt, at_s)

    def _launch(
        self,
        letter: Letter,
        gate: Gate | None,
        group: tuple[Delivery, ...],
        attempt: Attempt,
        due_s: float,
    ) -> None:
        """Send what is due at one instant, in a task of its own."""
        sending = self._send_together(letter, gate, group, attempt, due_s)
        task = asyncio.get_running_loop().create_task(sending)
        self._tasks.add(task)
        task.add_done_callback(partial(self._launched, letter, attempt))

    def _launched(self, letter: Letter, attempt: Attempt, task: asyncio.Task[bool]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            context = {"message": "a ladder broke", "exception": error}
            task.get_loop().call_exception_handler(context)
        attempt.heard = attempt.heard or (error is None and task.result())
        attempt.left -= 1
        if not attempt.left:
            self._told(letter, attempt)

    def _told(self, letter: Letter, attempt: Attempt) -> None:
        if letter.notice.op not in SILENT:
            self._house.gates.happened("told", _place(letter))
        self._over(letter, attempt)

    def _over(self, letter: Letter, attempt: Attempt) -> None:
        """Take the next rung after an attempt, or end."""
        op = letter.notice.op
        gaps_ms = () if op in SILENT else letter.dialect.ladder(op)
        if attempt.heard or attempt.settled or attempt.number > len(gaps_ms):
            self._house.totals.pending -= 1
            return
        # However fast upstream time runs, a platform handles a notification in real time: none comes before that.
        gap_s = max(self._house.real_s(gaps_ms[attempt.number - 1]), self._house.handles_s)
        due_s, now_s = attempt.due_s + gap_s, tick_s()
        if due_s < now_s:
            due_s = now_s + gap_s
        begin_s = due_s - 2 * self._lead_s(letter)
        self._agenda.at(begin_s, self._beginning, letter, attempt.number + 1, due_s)

    async def _send_together(
        self,
        letter: Letter,
        gate: Gate | None,
        group: tuple[Delivery, ...],
        attempt: Attempt,
        due_s: float,
    ) -> bool:
        """Send copies at the same instant, each on a connection of its own: all are signed before any is sent."""
        if gate is not None and gate.on == "undone":
            await self._undone(letter, gate)
        signed = [(d, await self._render(letter, d, attempt)) for d in group]
        await self._agenda.wait_until(due_s)
        if gate is not None and gate.on == "crowd":
            await self._pass(letter, gate)
        if attempt.stolen:
            for delivery, _ in signed:
                self._row(letter, delivery, attempt.met, detail={"sent": 0, "stolen": 1})
            return False
        if (
            due_s == attempt.due_s
        ):  # the next rung counts from when this one is sent, however long signing took
            attempt.due_s = max(due_s, tick_s())
        sending = (self._send(letter, d, out, attempt) for d, out in signed)
        return any(await asyncio.gather(*sending))

    async def _undone(self, letter: Letter, gate: Gate) -> None:
        trade = letter.notice.trade
        if trade is not None and trade.state != "closed" and not trade.refunded_fen:
            await self._pass(letter, gate)

    async def _pass(self, letter: Letter, gate: Gate) -> None:
        await self._house.gates.passed(gate, _place(letter), self._house.real_s(gate.at_most_ms))

    async def _render(self, letter: Letter, delivery: Delivery, attempt: Attempt) -> Outgoing:
        if delivery.echo and attempt.first is not None:
            return attempt.first
        dialect = letter.dialect
        bare = delivery.signature in {Signature.UNSIGNED, Signature.ABSENT}
        absent = delivery.signature is Signature.ABSENT
        if bare or (delivery.signature is Signature.PROBE and not dialect.probes):
            delivery = msgspec.structs.replace(delivery, signature=Signature.FORGED)
        if delivery.signature in {Signature.FOREIGN, Signature.ROTATED}:
            foreign = delivery.signature is Signature.FOREIGN
            dialect = self._stranger(letter) if foreign else dialect.successor
            delivery = msgspec.structs.replace(delivery, signature=Signature.VALID)
        args = (letter.notice, delivery, letter.url)
        if dialect.signs_slowly:
            loop = asyncio.get_running_loop()
            out = await loop.run_in_executor(self._house.pool, dialect.notify, *args)
        else:
            out = dialect.notify(*args)
        own = dialect is not self._strangers.get(letter.upstream)
        if own and delivery.signature is Signature.VALID and not delivery.contrary:
            attempt.first = attempt.first or out
        return unsigned(out, absent=absent) if bare else out

    def _stranger(self, letter: Letter) -> Dialect:
        if letter.upstream not in self._strangers:
            self._strangers[letter.upstream] = stranger(letter.dialect)
        return self._strangers[letter.upstream]

    async def _send(
        self, letter: Letter, delivery: Delivery, out: Outgoing, attempt: Attempt
    ) -> bool:
        sent_ns, began_s = now_ns(), tick_s()
        status, acked, reason, said, kept = 0, False, "", "", False
        self._house.totals.notified += 1
        self._house.recorder.moved()
        shrunk_s = self._house.real_s(letter.dialect.ack_wait_ms)
        wait_s = max(shrunk_s, ACK_WAIT_S_MIN, self._house.handles_s)
        try:
            heard = await self._house.caller.call(out, wait_s)
        except CallError as error:
            reason = str(error)
            kept = isinstance(error, NotAllowedError)
        else:
            status = heard.status
            acked = letter.dialect.acked(status, heard.body)
            said = heard.body[:SAID_BYTES].decode("utf-8", "replace")
        lost = delivery.conduct is Conduct.LOSE
        detail: dict[str, str | int | list[str]] = {"sent": 1, **peculiar(letter, delivery)}
        detail |= lie(delivery, attempt.met)
        detail |= {"lost": 1} if lost else {}
        detail |= {"kept": 1} if kept else {}
        detail |= {"reason": reason} if reason else {}
        if not acked:
            detail |= {"url": out.url.partition("?")[0], **({"said": said} if said else {})}
        self._row(
            letter,
            delivery,
            attempt.met,
            time_ns=sent_ns,
            http_status=status,
            took_us=int((tick_s() - began_s) * 1e6),
            outcome=_outcome(status, acked=acked, lost=lost),
            detail=detail,
        )
        honest = delivery.signature in {Signature.VALID, Signature.ROTATED}
        heard_it = acked and not lost and honest and delivery.stops
        under_way = letter.dialect.progress_counts and delivery.fields["state"] == "delivering"
        attempt.settled = attempt.settled or (acked and not lost and honest and under_way)
        attempt.stolen = attempt.stolen or (heard_it and delivery.steals)
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
        order, record = letter.notice.order, record_of(letter)
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


def _never_arrives(delivery: Delivery) -> bool:
    """Say whether somebody else has taken a notification, and acknowledged it."""
    return delivery.steals and delivery.conduct is Conduct.SILENT


def _place(letter: Letter) -> tuple[str, str]:
    """Return by what a gate knows what a letter is about."""
    notice = letter.notice
    record = notice.order or notice.refund or notice.trade
    assert record is not None
    return letter.upstream, record.ref
