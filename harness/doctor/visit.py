"""The doctor's visit: mocks and target are started, each chain's order is placed, paid and followed to its end.

found = await examine(target_path, Visit(within_s=30))      one Facts for each kind of goods and gateway

Where the target file describes batches, a bill or a wallet, a batch of two lines goes beside them, the bill is read at
last, and an order is paid from a balance.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import msgspec

from harness import safety, wiring
from harness.core.clock import now_ns, tick_s
from harness.core.errors import HarnessError, InconclusiveError
from harness.core.event import Event
from harness.core.journal import read
from harness.core.units import fen_from_yuan
from harness.doctor.facts import (
    BatchFacts,
    BillFacts,
    Chain,
    Facts,
    Found,
    Order,
    WalletFacts,
)
from harness.doctor.follow import Around, Follow, Guest
from harness.doctor.follow_more import FollowBatch, ReadBill
from harness.doctor.masking import Masker, secrets_in
from harness.doctor.purse import UseWallet
from harness.doctor.staging import chains_of, lines_of, spent_of, staged_for
from harness.nemesis.processes import Processes
from harness.parties import Parties
from harness.safety import Permit, Wish
from harness.scenario import Staged
from harness.striking_places import ROLES
from harness.targets import target as targets
from harness.targets.found import from_json
from harness.targets.target import Target

POLL_S = 0.3
DEATH_WAIT_S = 1.0
"""How long, real, a platform that ended is waited for at the end: a connection is refused some moments earlier."""
QUIET_S = 3.0
"""When nothing is pending and nothing has moved for so long, an order that is not final will not be."""


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """How thorough the visit is: `within_s` is how long an order is followed, real seconds."""

    within_s: float = 30.0
    seed: int = 0
    wish: Wish = Wish()
    keep: Path | None = None
    """Where the ledgers and logs are left; a directory that is removed unless said."""


async def examine(
    path: Path, visit: Visit, began: Callable[[Chain], None] = lambda _: None
) -> list[Found]:
    """Place and follow one order for each kind of goods through each gateway, a batch, and read the bill.

    Raises:
        UsageError: the target file is wrong, or something else listens at the target's address.
    """
    staged = staged_for(path, visit.seed or now_ns() % 2**31)
    permit = safety.admitted(staged.target, path, visit.wish)
    private = Path(tempfile.mkdtemp(prefix="recharge-chaos-"))
    ledgers = Path(tempfile.mkdtemp(prefix="recharge-chaos-doctor-"))
    try:
        folder = visit.keep or ledgers
        for part in ("journals", "logs"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        async with Processes(private) as processes:
            this = _Examination(staged, visit, folder, private, processes, permit=permit)
            await this.carry_out(began)
        # A ledger is whole once its process has ended.
        return this.found()
    finally:
        for one in (private, ledgers):
            shutil.rmtree(one, ignore_errors=True)


class _Examination:
    """One visit in progress."""

    def __init__(
        self,
        staged: Staged,
        visit: Visit,
        folder: Path,
        private: Path,
        processes: Processes,
        *,
        permit: Permit,
    ) -> None:
        self._permit = permit
        self._staged = staged
        self._visit = visit
        self._folder = folder
        self.masker = Masker(_told_secrets(staged.target))
        self._parties = Parties(
            staged,
            processes,
            run_id="doctor",
            folder=folder,
            private=private,
            workers=1,
            defects=(),
            permit=permit,
        )
        self._chains = chains_of(staged.target, staged.seed)
        self._lines = lines_of(staged.target, staged.seed)
        self._follows: list[Follow] = []
        self._batch: FollowBatch | None = None
        self._bill: ReadBill | None = None
        self._purse: UseWallet | None = None
        self._unhealthy = ""
        self._ended = ""
        self._processes = processes
        self._waited_s = 0.0

    async def carry_out(self, began: Callable[[Chain], None]) -> None:
        """Start everybody, and follow every chain at the same time."""
        parties = self._parties
        await parties.start_network()
        await parties.start_all_mocks()
        await parties.lead_links()
        try:
            await parties.start_target()
        except (InconclusiveError, HarnessError) as error:
            wrong = await parties.release()
            await parties.stop()
            self._unhealthy = self.masker.masked("\n".join([str(error), *wrong]))
            return
        await parties.begin(now_ns())
        began_s = tick_s()
        self._send_off()
        for chain in self._chains:
            began(chain)
        watch = asyncio.create_task(self._watch())
        await asyncio.gather(*(asyncio.to_thread(one.to_its_end) for one in self._guests()))
        watch.cancel()
        if (said := self._staged.target.bill_lines) is not None:
            self._bill = ReadBill(self._around, said, [*self._orders(), *self._batched()])
            await asyncio.to_thread(self._bill.to_its_end)
        if (wallet := self._staged.target.wallet) is not None and self._follows:
            first = len(self._chains) + len(self._lines)
            spent = spent_of(self._staged.target, self._staged.seed)
            wanted = [Order(at=at, chain=chain) for at, chain in enumerate(spent, start=first)]
            self._purse = UseWallet(self._around, self._orders(), wanted, wallet.channel)
            await asyncio.to_thread(self._purse.to_its_end)
        await self._note_deaths()
        await parties.release()
        await parties.stop()
        self._waited_s = round(tick_s() - began_s, 1)

    async def _note_deaths(self) -> None:
        """Keep the last words of what ended by itself, such as a platform whose worker could not start."""
        with suppress(TimeoutError):
            one = await asyncio.wait_for(self._processes.died.get(), DEATH_WAIT_S)
            self._ended = self.masker.masked(f"{one.name} (exit {one.exit})\n{one.words}")

    def _send_off(self) -> None:
        """Make a customer for each chain, and one for the batch."""
        parties, target, seed = self._parties, self._staged.target, self._staged.seed
        raw = wiring.traffic_target(self._staged, parties.base_url, parties.gateway_urls)
        self._around = Around(
            adapter=from_json(raw),
            base_url=parties.base_url,
            pins=self._permit.pins,
            payer=parties.payer,
            seed=seed,
            masker=self.masker,
            deadline_s=tick_s() + self._visit.within_s,
        )
        self._follows = [
            Follow(
                self._around,
                at % target.customers,
                at=at,
                chain=chain,
                channel=target.channel(chain.gateway),
            )
            for at, chain in enumerate(self._chains)
        ]
        if self._lines:
            first, channel = len(self._chains), target.channel(self._lines[0].gateway)
            who = first % target.customers
            self._batch = FollowBatch(
                self._around, who, at=first, chains=self._lines, channel=channel
            )

    def _guests(self) -> list[Guest]:
        return [*self._follows, *([self._batch] if self._batch else [])]

    def _orders(self) -> list[Order]:
        return [one.order for one in self._follows]

    def _batched(self) -> list[Order]:
        return self._batch.lines if self._batch else []

    async def _watch(self) -> None:
        """Let every chain end once nothing moves any more."""
        began_ns = now_ns()
        while True:
            await asyncio.sleep(POLL_S)
            try:
                stats = await self._parties.stats()
            except httpx.HTTPError:
                continue
            # Before the first order nothing moves either, for as long as the platform takes to start.
            still_s = (now_ns() - max(began_ns, stats["last_move_ns"])) / 1e9
            moving = stats["pending"] or stats["open"] or still_s < QUIET_S
            for guest in self._guests():
                guest.hurry = not moving

    def found(self) -> list[Found]:
        """Gather what the ledgers say of each chain, of the batch's lines, and what was read of the bill."""
        if self._unhealthy:
            return self._found_unhealthy()
        rows = [
            row
            for side in ROLES
            if side != "channels" or self._staged.channels
            for row in read(self._folder / "journals" / f"{side}.ndjson")
        ]
        unread = {
            row.channel: self.masker.masked(str(row.detail.get("said", ""))) or "-"
            for row in rows
            if row.kind == "unreadable"
        }
        found: list[Found] = [self._facts(order, rows, unread) for order in self._orders()]
        url, batch, bill = self._parties.base_url, self._batch, self._bill
        if batch is not None:
            found.append(
                BatchFacts(
                    gateway=batch.gateway,
                    base_url=url,
                    calls=batch.calls,
                    lines=tuple(self._facts(line, rows, unread) for line in batch.lines),
                    at_once=batch.at_once,
                    waited_s=self._waited_s,
                )
            )
        if bill is not None:
            found.append(self._bill_facts(calls=bill.calls, orders=tuple(bill.orders)))
        if (purse := self._purse) is not None:
            faces = {goods: face_fen for goods, _, face_fen in self._staged.target.topups()}
            face_fen = faces[purse.topup.chain.goods] if purse.topup else 0
            found.append(
                WalletFacts(
                    base_url=url,
                    calls=purse.calls,
                    topup=purse.topup,
                    face_fen=face_fen,
                    bought=purse.bought,
                )
            )
        return [msgspec.structs.replace(one, ended=self._ended) for one in found]

    def _facts(self, order: Order, rows: list[Event], unread: dict[str, str]) -> Facts:
        return Facts(
            chain=order.chain,
            base_url=self._parties.base_url,
            calls=order.calls,
            pay_url=order.pay_url,
            gateway_urls=self._parties.gateway_urls,
            payment=order.payment,
            rows=tuple(own_rows(rows, order)),
            unreadable=unread,
            waited_s=self._waited_s,
        )

    def _bill_facts(self, **more: Any) -> BillFacts:
        target = self._staged.target
        assert target.bill_lines is not None
        costs_fen = {
            goods.id: tuple(fen_from_yuan(supply.cost) for supply in goods.operators.values())
            for goods in target.goods
        }
        url = self._parties.base_url
        return BillFacts(base_url=url, said=target.bill_lines, costs_fen=costs_fen, **more)

    def _found_unhealthy(self) -> list[Found]:
        url, why = self._parties.base_url, self._unhealthy
        found: list[Found] = [
            Facts(chain=chain, base_url=url, unhealthy=why) for chain in self._chains
        ]
        if self._lines:
            gateway = self._lines[0].gateway
            found.append(BatchFacts(gateway=gateway, base_url=url, unhealthy=why))
        if self._staged.target.bill_lines is not None:
            found.append(self._bill_facts(unhealthy=why))
        if self._staged.target.wallet is not None:
            found.append(WalletFacts(base_url=url, unhealthy=why))
        return found


def own_rows(rows: list[Event], order: Order) -> list[Event]:
    """Return the rows of one chain's order: by its intent, else by the numbers that its rows and the platform use.

    A platform may tell an operator nothing by which an order could be known. Then what nobody else can be meant by,
    an order of these goods at one of their operators, is taken for this chain's.
    """
    numbers = {row.order_no for row in rows if row.intent == order.at} | {order.order_no}
    mine = [
        row
        for row in rows
        if row.intent == order.at
        or (row.intent is None and any(_same(row.order_no, number) for number in numbers))
    ]
    if any(row.kind == "submit" for row in mine):
        return mine
    products = order.chain.products
    return mine + [
        row
        for row in rows
        if row.intent is None
        and row.vantage == "operator"
        and row.sku
        and products.get(row.channel) == row.sku
    ]


def _same(number: str, known: str) -> bool:
    """Say whether a number is an order's: platforms put something before or behind it for a try or an operator."""
    return bool(number) and (number == known or (len(known) >= 10 and known in number))


def _told_secrets(target: Target) -> list[str]:
    found: list[str] = []
    for side in (target.gateways, target.operators, target.channels):
        for name, entry in side.items():
            found += secrets_in(targets.settings(entry, name))
    raw: Any = msgspec.to_builtins(target)
    for account in raw.get("accounts") or []:
        found.append(str(account.get("password", "")))
    return found
