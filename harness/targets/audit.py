"""The final reads: every order that a customer was given a number for, asked of the platform once more.

Each customer logs in anew and reads their own orders, as they would in a dispute.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from pathlib import Path
from time import sleep as pause
from types import MappingProxyType
from typing import Any

import msgspec

from harness.core.clock import now_ns
from harness.core.event import Event
from harness.core.journal import read
from harness.targets import batches, billing, listing
from harness.targets._answer import Answer
from harness.targets._bill import BillLines
from harness.targets._refusing import MISSING
from harness.targets._signing import FORGED
from harness.targets._strangers import is_signed, knows_customers
from harness.targets._tokens import made_up
from harness.targets.adapter import Adapter
from harness.targets.asking import PAUSE_S, TRIES, Asker, Session
from harness.targets.batches import KnownBatch
from harness.targets.billing import Moves, Reading
from harness.targets.wallets import Purses

AT_ONCE = 8
SOON_S = (1.0, 2.0)
"""After how long a bill that lacks a line is read again, before its time is up."""
MOST_PATIENCE_S = 60.0
_NAMED = 8
"""In the name of so many customers somebody writes a token: who reads one unsigned reads any."""


class Known(msgspec.Struct, frozen=True):
    """One order number as a customer was given it."""

    intent: int
    customer: int
    order_no: str
    scope: dict[str, Any] = {}
    """What templates of a status read may ask for besides: `intent`, `goods`, `channel`."""


def known_orders(journals: Iterable[Path], channel_of: Callable[[str], str]) -> list[Known]:
    """Return every order number that a customer was given, read from the traffic's journals."""
    found: dict[str, Known] = {}
    for path in journals:
        wanted: dict[int, tuple[int, dict[str, Any]]] = {}
        for row in read(path):
            if row.intent is None:
                continue
            if row.kind == "intent":
                scope = {
                    "goods": {"id": row.sku},
                    "intent": {"account": row.account},
                    "channel": channel_of(row.channel),
                }
                wanted[row.intent] = (int(str(row.detail["customer"])), scope)
            if row.kind == "place" and row.outcome == "ok":
                customer, scope = wanted[row.intent]
                found[row.order_no] = Known(row.intent, customer, row.order_no, scope)
    return list(found.values())


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
        pins: Mapping[str, str] | None = None,
        *,
        began_ns: int = 0,
        moves: Moves = MappingProxyType({}),
        books_within_ns: int = 0,
        purses: Purses | None = None,
        note: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Take who speaks and writes, addresses of hosts that are not to be resolved again, and when the run began.

        `moves` is what the gateways did; within `books_within_ns` after it (real) it must stand in the bill. `note`
        hears what takes long. `purses` are the wallets that are read, too.
        """
        self._purses = purses
        self._began_ns = began_ns
        self._moves, self._books_within_ns, self._note = moves, books_within_ns, note
        self._adapter = adapter
        self._asker = Asker(adapter, base_url, customer_of, pins)
        self._write = write

    async def look(self, orders: Iterable[Known]) -> dict[str, str]:
        """Return the state in which each order is shown now, empty where it cannot be read; nothing is written."""
        by_customer = _by_customer(orders)
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            looks = [
                loop.run_in_executor(pool, self._shown, number, own)
                for number, own in by_customer.items()
            ]
            return {no: state for found in await asyncio.gather(*looks) for no, state in found}

    async def read_all(self, orders: Iterable[Known], groups: Iterable[KnownBatch] = ()) -> None:
        """Read every order, and then every batch; what cannot be read is written as unknown."""
        self._batches = list(groups)
        self._named: list[tuple[int, Known, list[dict[str, Any]]]] = []
        by_customer = _by_customer(orders)
        self._owners = {one.order_no: one for own in by_customer.values() for one in own}
        # Everybody tries an order of the next one, too: where the platform knows who asks, that must be refused.
        owners = list(by_customer)
        tries = {
            one: by_customer[other][:1]
            for one, other in zip(owners, [*owners[1:], *owners[:1]], strict=True)
            if one != other and knows_customers(self._adapter.target)
        }
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            reading = [
                loop.run_in_executor(pool, self._customer, number, own, tries.get(number, []))
                for number, own in by_customer.items()
            ]
            await asyncio.gather(*reading)
            lines = self._adapter.target.bill_lines
            if lines is not None and owners:
                # Lines stand in it once every order has been read, so that what was shown of it is in it.
                orders = [known for own in by_customer.values() for known in own]
                whose = {owners[0]: orders} if lines.whose == "all" else by_customer
                bills = await self._bills(pool, lines, whose)
                for row in chain(
                    billing.trespasses(bills), *(billing.rows(lines, b) for b in bills)
                ):
                    self._write(row)
            if self._purses is not None:
                # After the orders: a platform may learn of a payment when it is asked about one.
                await self._purses.read_all()
            await self._forge_all(pool, [(number, own[0]) for number, own in by_customer.items()])

    async def _forge_all(self, pool: ThreadPoolExecutor, firsts: list[tuple[int, Known]]) -> None:
        """Sign wrongly for everybody, and write tokens for a few; at the very end, since that may shut somebody out."""
        loop = asyncio.get_running_loop()
        signed = firsts if is_signed(self._adapter.target) else []
        forging = [loop.run_in_executor(pool, self._forge, *first) for first in signed]
        forging += [loop.run_in_executor(pool, self._name, *one) for one in self._named[:_NAMED]]
        await asyncio.gather(*forging)

    async def _bills(
        self, pool: ThreadPoolExecutor, lines: BillLines, whose: Mapping[int, list[Known]]
    ) -> list[Reading]:
        """Read every bill; what is missing in one is looked for again, until it has had the promised time."""
        found = await self._read_bills(pool, lines, whose)
        for at, wait_s in enumerate((*SOON_S, MOST_PATIENCE_S)):
            late_ns = billing.due_ns(lines, found, self._moves, self._books_within_ns)
            if late_ns is None or late_ns < min(one.asked_ns for one in found):
                break
            left_s = (late_ns - now_ns()) / 1e9 + PAUSE_S
            if not at:
                self._note(f"the bill lacks lines that have {max(left_s, 0.0):.0f} s left to come")
            await asyncio.sleep(max(0.0, min(left_s, wait_s)))
            found = await self._read_bills(pool, lines, whose)
        return found

    async def _read_bills(
        self, pool: ThreadPoolExecutor, lines: BillLines, whose: Mapping[int, list[Known]]
    ) -> list[Reading]:
        loop = asyncio.get_running_loop()
        reads = [
            loop.run_in_executor(pool, self._bill, lines, number, orders)
            for number, orders in whose.items()
        ]
        return await asyncio.gather(*reads)

    def _bill(self, lines: BillLines, number: int, orders: list[Known]) -> Reading:
        """Read the bill of the run's day; of a run that went past midnight nobody knows which bill has what."""
        day, asked_ns = lines.day(self._began_ns), now_ns()
        answer = Answer("unknown", {}, 0, "the run went past the platform's midnight")
        if lines.day(asked_ns) == day:
            with self._asker.session(number, day=day) as session:
                answer = session.ask("bill", {})
            if lines.day(now_ns()) != day:
                answer.outcome, answer.reason = "unknown", "midnight passed while the bill was read"
        return Reading(number, {one.order_no: one.intent for one in orders}, asked_ns, answer)

    def _shown(self, number: int, orders: list[Known]) -> list[tuple[str, str]]:
        with self._asker.session(number) as session:
            asked = [{**known.scope, "order_no": known.order_no} for known in orders]
            reads = [session.ask("status", one) for one in asked]
        states = [str(one.values.get("state", "")) for one in reads]
        return list(zip([known.order_no for known in orders], states, strict=True))

    def _customer(self, number: int, orders: list[Known], others: list[Known]) -> None:
        with self._asker.session(number) as session:
            states: dict[str, str] = {}
            for known in orders:
                answer = session.ask("status", {**known.scope, "order_no": known.order_no})
                states[known.order_no] = str(answer.values.get("state", ""))
                self._write(_row(known, answer))
            if self._adapter.has("order_list"):
                found = listing.read(partial(session.ask, "order_list", {}))
                listed = [one for one in orders if not self._adapter.stands_apart(one.scope)]
                for row in listing.rows(found, listed, self._owners):
                    self._write(row)
            for batch in self._batches:
                if batch.customer == number:
                    self._batch(session, batch, states)
            scope = session.scope
            if made := made_up(scope):
                self._named.append((number, orders[0], made))
            self._spy(session, others)

    def _spy(self, session: Session, others: list[Known]) -> None:
        """Ask for somebody else's orders, and for a batch of his.

        Once in a session of one's own; and as somebody who never logged in, whom some shops forget to refuse.
        """
        scope = session.scope
        nobody = {"customer": scope["customer"], "token": "", "cookies": {}}
        for who in (scope, nobody) if self._adapter.has("login") else (scope,):
            for known in others:
                asked = {**who, **known.scope, "order_no": known.order_no}
                self._write(_trespass(known, session.once("status", asked)))
            for batch in self._batch_of(others):
                asked = {**who, "batch_no": batch.batch_no}
                self._write(batches.trespass(batch, session.once("batch_status", asked)))

    def _batch_of(self, others: list[Known]) -> list[KnownBatch]:
        """Return a batch of whoever's orders a stranger asks for; none where all who ask for a batch are one."""
        if not others or not knows_customers(self._adapter.target, "batch_status"):
            return []
        return [one for one in self._batches if one.customer == others[0].customer][:1]

    def _forge(self, number: int, known: Known) -> None:
        """Ask for a customer's order as somebody who knows its number, and not the key."""
        with self._asker.session(number, logs_in=False) as session:
            asked = {**session.scope, **known.scope, "order_no": known.order_no, FORGED: "1"}
            self._write(_trespass(known, session.once("status", asked)))

    def _name(self, number: int, known: Known, scopes: list[dict[str, Any]]) -> None:
        """Ask for a customer's order with tokens that say one is he."""
        with self._asker.session(number, logs_in=False) as session:
            for scope in scopes:
                asked = {**scope, **known.scope, "order_no": known.order_no}
                self._write(_trespass(known, session.once("status", asked)))

    def _batch(self, session: Session, batch: KnownBatch, states: dict[str, str]) -> None:
        """Read a batch; one whose lines have all ended may take a moment to say so."""
        over = batches.is_over(batch, states)
        answer = session.ask("batch_status", {"batch_no": batch.batch_no})
        for _ in range(TRIES - 1):
            if not over or batches.is_done(batch, answer):
                break
            pause(PAUSE_S)
            answer = session.ask("batch_status", {"batch_no": batch.batch_no})
        for row in batches.rows(batch, answer, over=over):
            self._write(row)


def _by_customer(orders: Iterable[Known]) -> dict[int, list[Known]]:
    found: dict[int, list[Known]] = {}
    for known in orders:
        found.setdefault(known.customer, []).append(known)
    return found


def _row(known: Known, answer: Answer) -> Event:
    detail: dict[str, str | int | list[str]] = {"reason": answer.reason} if answer.reason else {}
    if cards := answer.values.get("cards"):
        detail["cards"] = cards
    if (given_fen := answer.values.get("compensation_fen")) is not None:
        detail["compensation"] = given_fen
    # Only "there is no such order" is a definite no; being refused entry, or told to wait, says nothing of it.
    gone = answer.refused == MISSING or answer.http_status in {404, 410}
    lost = answer.outcome == "fail" and gone
    return Event(
        vantage="platform",
        kind="audit",
        intent=known.intent,
        order_no=known.order_no,
        outcome="ok" if answer.outcome == "ok" else "fail" if lost else "unknown",
        state=str(answer.values.get("state", "")),
        amount_fen=answer.values.get("amount_fen"),
        account=str(answer.values.get("account", "")),
        http_status=answer.http_status,
        detail=detail,
    )


def _trespass(known: Known, answer: Answer) -> Event:
    """Say whether somebody else was shown an order."""
    return Event(
        vantage="platform",
        kind="trespass",
        intent=known.intent,
        order_no=known.order_no,
        outcome=answer.outcome,
        state=str(answer.values.get("state", "")),
        http_status=answer.http_status,
    )
