"""Reads customers' wallets (余额) while a run settles and at its end: each logs in anew and looks at his own.

purses = Purses(asker, write, journals)     whose wallets there are, and which orders are paid from them
await purses.still_open(work, ...)          which paid orders are open, by gateways, operators and wallets together
await purses.read_all()                     the final read of each
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from math import ceil
from pathlib import Path
from time import sleep as pause

import msgspec

from harness.core.clock import now_ns, tick_s
from harness.core.event import Event
from harness.core.journal import read
from harness.core.purse import look
from harness.targets._wallet import WALLET, line_of
from harness.targets.asking import PAUSE_S, TRIES, Asker

AT_ONCE = 8
EVERY_S = 1.0
"""How often wallets are looked at while a run settles, real time."""


class Wanted(msgspec.Struct):
    """An order that a wallet may have to do with; `asked_ns` is when it was to be paid from the balance, 0 if never."""

    intent: int
    customer: int
    sku: str
    price_fen: int
    from_balance: bool
    order_nos: set[str] = msgspec.field(default_factory=set)
    asked_ns: int = 0


class Purses:
    """All wallets of a run; `write` receives a row per read, from several threads."""

    def __init__(
        self,
        asker: Asker,
        write: Callable[[Event], None],
        journals: Iterable[Path],
        topups: Iterable[str],
    ) -> None:
        """Take who asks, and the customers' journals; `topups` are goods that come into a wallet."""
        self._asker = asker
        self._write = write
        self._topups = frozenset(topups)
        self._owners: set[int] = set()
        self._wanted: dict[int, Wanted] = {}
        for path in journals:
            for row in read(path):
                self._take(row)
        self._nets: dict[int, dict[str, int]] = {}
        self._next_s = 0.0

    def paid(self) -> dict[int, int]:
        """Return {intent: wall ns of asking for it} of the orders that were to be paid from the balance."""
        return {
            one.intent: one.asked_ns
            for one in self._wanted.values()
            if one.from_balance and one.asked_ns
        }

    async def still_open(
        self, open_ns: Mapping[int, int], units: Mapping[int, float], *, supplied: bool
    ) -> dict[int, int]:
        """Return {intent: wall ns since when} of the paid orders that no ledger, and no wallet, shows to be over.

        `open_ns` are those that gateways and operators know of, `units` what was handed out; where nobody of ours is
        `supplied` from, only top-ups are known to be open.
        """
        found = dict(open_ns) if supplied else self._of_topups(open_ns)
        spent = {} if not supplied else self.paid()
        asked = {i: self._wanted[i] for i in (*found, *spent) if i in self._wanted}
        await self._look({one.customer for one in asked.values()})
        for intent, one in asked.items():
            nets = self._nets.get(one.customer, {})
            net_fen = sum(nets.get(no, 0) for no in one.order_nos)
            earned_fen = ceil(one.price_fen * min(units.get(intent, 0.0), 1.0))
            if net_fen > 0:
                found.pop(intent, None)
            elif -net_fen > earned_fen:
                found.setdefault(intent, one.asked_ns)
        return found

    async def read_all(self) -> None:
        """Read every wallet until it says the same twice, and write that as the final read."""
        await self._each(self._owners, self._final)

    def _take(self, row: Event) -> None:
        if row.kind == "wallet":
            self._owners.add(int(str(row.detail["customer"])))
        if row.intent is None:
            return
        if row.kind == "intent":
            self._wanted[row.intent] = Wanted(
                row.intent,
                int(str(row.detail["customer"])),
                row.sku,
                row.amount_fen or 0,
                row.channel == WALLET,
            )
        elif row.kind in ("place", "wallet_pay") and row.outcome != "fail":
            one = self._wanted[row.intent]
            if row.order_no:
                one.order_nos.add(row.order_no)
            one.asked_ns = max(one.asked_ns, row.time_ns)

    def _of_topups(self, open_ns: Mapping[int, int]) -> dict[int, int]:
        return {
            intent: ns
            for intent, ns in open_ns.items()
            if intent in self._wanted and self._wanted[intent].sku in self._topups
        }

    async def _look(self, customers: set[int]) -> None:
        """Read the wallets of customers, unless that was done a moment ago."""
        if not customers or tick_s() < self._next_s:
            return
        await self._each(customers, self._seen)
        self._next_s = tick_s() + EVERY_S

    async def _each(self, customers: set[int], read_one: Callable[[int], None]) -> None:
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            reads = [loop.run_in_executor(pool, read_one, number) for number in sorted(customers)]
            await asyncio.gather(*reads)

    def _seen(self, number: int) -> None:
        """Look at a wallet once, and remember what its lines come to, order by order."""
        with self._asker.session(number) as session:
            asked_ns = now_ns()
            answer = session.ask(WALLET, {})
        took_us = (now_ns() - asked_ns) // 1_000
        row = look("platform", number, asked_ns, answer, took_us=took_us)
        self._write(row)
        if row.outcome != "ok":
            return
        nets: dict[str, int] = {}
        for text in answer.values["lines"]:
            amount_fen, _, order_no = line_of(text)
            nets[order_no] = nets.get(order_no, 0) + amount_fen
        # Of several threads each puts its own customer's in, whole.
        self._nets[number] = nets

    def _final(self, number: int) -> None:
        """Read a wallet at rest: of one that moves, balance and lines need not be of the same moment."""
        with self._asker.session(number) as session:
            before: tuple[object, object] | None = None
            for _ in range(TRIES):
                asked_ns = now_ns()
                answer = session.ask(WALLET, {})
                shows = answer.values.get("balance_fen"), answer.values.get("lines")
                if answer.outcome != "ok" or shows == before:
                    break
                before = shows
                pause(PAUSE_S / 5)
            else:
                answer.outcome, answer.reason = "unknown", "it showed something else at each look"
        took_us = (now_ns() - asked_ns) // 1_000
        row = look("platform", number, asked_ns, answer, took_us=took_us, state="final")
        self._write(row)
