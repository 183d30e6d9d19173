"""The doctor's visit: mocks and target are started, each chain's order is placed, paid and followed to its end.

found = await examine(target_path, Visit(within_s=30))      one Facts for each kind of goods and gateway
"""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec

from harness import safety, wiring
from harness.core.clock import now_ns, tick_s
from harness.core.errors import HarnessError, InconclusiveError
from harness.core.event import Event
from harness.core.journal import read
from harness.core.units import duration_ms
from harness.doctor.facts import Chain, Facts
from harness.doctor.follow import Follow
from harness.doctor.masking import Masker, secrets_in
from harness.nemesis.processes import Processes
from harness.parties import Parties
from harness.safety import Permit, Wish
from harness.scenario import Scenario, Staged
from harness.targets import target as targets
from harness.targets.found import from_json, with_accounts
from harness.targets.target import Target
from harness.traffic.arrivals import Steady
from harness.traffic.intents import account_of
from harness.traffic.job import Traffic
from mock_upstreams.catalogue import catalogue

MOST_SCALE = 60.0
POLL_S = 0.3
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
) -> list[Facts]:
    """Place and follow one order for each kind of goods through each gateway.

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


def staged_for(path: Path, seed: int) -> Staged:
    """Return what a run of one order a chain on a target means: all its upstreams, no strikes.

    Raises:
        UsageError: the target file is wrong.
    """
    target, doc = targets.load(path)
    target = with_accounts(target, path.parent)
    known = catalogue()
    for role in ("gateways", "operators"):
        for name, said in getattr(target, role).items():
            spoken = str(said.get("dialect") or name)
            if spoken not in known or f"{known[spoken].side}s" != role:
                raise doc.wrong((role, name), f"{spoken!r} is none of the {role} that we speak")
    traffic = Traffic(arrivals=Steady(rate="10/s", span="1s"))
    return Staged(
        name="doctor",
        path=path,
        text="",
        scenario=Scenario(time_scale=_scale(target), traffic=traffic),
        seed=seed,
        target=target,
        target_path=path,
        gateways={name: {} for name in target.gateways},
        operators={name: {} for name in target.operators},
        strikes=[],
        notes=[],
        laws=[],
        not_applicable={},
        has=(),
        starts_ms=[0.0] * max(1, len(chains_of(target, seed))),
    )


def chains_of(target: Target, seed: int) -> list[Chain]:
    """Return the first goods of each kind through each gateway; the chain's place in the list is its intent."""
    kinds = {goods.kind: goods for goods in reversed(target.goods)}
    pairs = [(goods, gateway) for goods in reversed(kinds.values()) for gateway in target.gateways]
    return [
        Chain(
            goods=goods.id,
            kind=goods.kind,
            price_fen=goods.price_fen,
            gateway=gateway,
            operators=tuple(goods.operators),
            products={name: supply.product for name, supply in goods.operators.items()},
            account=account_of(seed, at, goods.kind),
        )
        for at, (goods, gateway) in enumerate(pairs)
    ]


def _scale(target: Target) -> float:
    """Return how fast upstream time may pass: no ladder may overtake the platform's own handling."""
    handles_ms = duration_ms(target.handles_within) or 1.0
    known = catalogue()
    offered = {**target.gateways, **target.operators}
    spoken = [str(said.get("dialect") or name) for name, said in offered.items()]
    gaps_ms = [known[name].smallest_gap_ms for name in spoken]
    return max(1.0, min([MOST_SCALE, *(gap / handles_ms for gap in gaps_ms if gap is not None)]))


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
        self._follows: list[Follow] = []
        self._unhealthy = ""
        self._waited_s = 0.0

    async def carry_out(self, began: Callable[[Chain], None]) -> None:
        """Start everybody, and follow every chain at the same time."""
        parties = self._parties
        await parties.start_all_mocks()
        try:
            await parties.start_target()
        except (InconclusiveError, HarnessError) as error:
            wrong = await parties.release()
            await parties.stop()
            self._unhealthy = self.masker.masked("\n".join([str(error), *wrong]))
            return
        await parties.begin(now_ns())
        began_s = tick_s()
        self._follows = [self._follow(at, chain) for at, chain in enumerate(self._chains)]
        for chain in self._chains:
            began(chain)
        watch = asyncio.create_task(self._watch())
        await asyncio.gather(*(asyncio.to_thread(one.to_its_end) for one in self._follows))
        watch.cancel()
        await parties.release()
        await parties.stop()
        self._waited_s = round(tick_s() - began_s, 1)

    def _follow(self, at: int, chain: Chain) -> Follow:
        parties, staged = self._parties, self._staged
        raw = wiring.traffic_target(staged, parties.base_url, parties.gateway_urls)
        return Follow(
            at=at,
            chain=chain,
            channel=staged.target.channel(chain.gateway),
            adapter=from_json(raw),
            base_url=parties.base_url,
            pins=self._permit.pins,
            payer=parties.payer,
            seed=staged.seed,
            customer=at % staged.target.customers,
            masker=self.masker,
            deadline_s=tick_s() + self._visit.within_s,
        )

    async def _watch(self) -> None:
        """Let every chain end once nothing moves any more."""
        while True:
            await asyncio.sleep(POLL_S)
            try:
                stats = await self._parties.stats()
            except httpx.HTTPError:
                continue
            still_s = (now_ns() - stats["last_move_ns"]) / 1e9
            moving = stats["pending"] or stats["open"] or still_s < QUIET_S
            for follow in self._follows:
                follow.hurry = not moving

    def found(self) -> list[Facts]:
        """Gather what the ledgers say of each chain."""
        if self._unhealthy:
            url, why = self._parties.base_url, self._unhealthy
            return [Facts(chain=chain, base_url=url, unhealthy=why) for chain in self._chains]
        rows = [
            row
            for side in ("gateways", "operators")
            for row in read(self._folder / "journals" / f"{side}.ndjson")
        ]
        unread = {
            row.channel: self.masker.masked(str(row.detail.get("said", ""))) or "-"
            for row in rows
            if row.kind == "unreadable"
        }
        return [
            Facts(
                chain=follow.chain,
                base_url=self._parties.base_url,
                calls=follow.calls,
                pay_url=follow.pay_url,
                gateway_urls=self._parties.gateway_urls,
                payment=follow.payment,
                rows=tuple(own_rows(rows, follow)),
                unreadable=unread,
                waited_s=self._waited_s,
            )
            for follow in self._follows
        ]


def own_rows(rows: list[Event], follow: Follow) -> list[Event]:
    """Return the rows of one chain's order: by its intent, else by the numbers that its rows and the platform use.

    A platform may tell an operator nothing by which an order could be known. Then what nobody else can be meant by,
    an order of these goods at one of their operators, is taken for this chain's.
    """
    numbers = {row.order_no for row in rows if row.intent == follow.at} | {follow.order_no}
    mine = [
        row
        for row in rows
        if row.intent == follow.at
        or (row.intent is None and any(_same(row.order_no, number) for number in numbers))
    ]
    if any(row.kind == "submit" for row in mine):
        return mine
    products = follow.chain.products
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
    for side in (target.gateways, target.operators):
        for name, entry in side.items():
            found += secrets_in(targets.settings(entry, name))
    raw: Any = msgspec.to_builtins(target)
    for account in raw.get("accounts") or []:
        found.append(str(account.get("password", "")))
    return found
