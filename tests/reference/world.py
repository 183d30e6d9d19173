"""A small world around the platform: a gateway and an operator that do as a test says, and a fast clock."""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import asynccontextmanager
from typing import ClassVar

from sqlalchemy import func, select

from harness.targets.reference import config, defects, platform
from harness.targets.reference.gateways import (
    BadNoticeError,
    Gateway,
    Incoming,
    MoneyBack,
    Notice,
    Opened,
    Reply,
    Trade,
    Truth,
)
from harness.targets.reference.operators import Answer, Card, Operator, Said
from harness.targets.reference.operators import Reply as Ack
from harness.targets.reference.platform import Platform
from harness.targets.reference.shop import OrderForm, View
from harness.targets.reference.tables import tasks

DEADLINE_S = 8.0
PHONE = "13812345678"
FINAL = {"DONE", "REFUNDED", "CLOSED"}


class FakeGateway(Gateway):
    """Takes money when a test pays; `on_refund` and `on_ask` may say something else than the truth, once each."""

    accepted: ClassVar[Reply] = Reply(200, b"success")
    refused: ClassVar[Reply] = Reply(400, b"fail")
    failed: ClassVar[Reply] = Reply(500, b"fail")

    def __init__(self, channel):
        self.channel = channel
        self.trades = {}
        self.paid = {}
        self.refunds = {}
        self.asked = Counter()
        self.lies = {"open": [], "ask": [], "refund": [], "ask_refund": []}

    def _lie(self, op):
        return self.lies[op].pop(0) if self.lies[op] else None

    async def open(self, pay, title, account):
        self.asked["open"] += 1
        self.trades[pay.pay_no] = (title, account, pay.amount_fen)
        return self._lie("open") or Opened(f"pay://{pay.pay_no}")

    def pay(self, pay_no, amount_fen=None):
        self.paid[pay_no] = Truth(Trade.PAID, f"T{pay_no}", amount_fen or self.trades[pay_no][2])

    async def ask(self, pay_no):
        self.asked["ask"] += 1
        unpaid = Truth(Trade.UNPAID if pay_no in self.trades else Trade.MISSING)
        return self._lie("ask") or self.paid.get(pay_no) or unpaid

    async def close(self, pay_no):
        return await self.ask(pay_no)

    async def refund(self, refund):
        self.asked["refund"] += 1
        lie = self._lie("refund")
        if lie is None or lie is MoneyBack.UNKNOWN:
            self.refunds[refund.refund_no] = refund.amount_fen
        return lie or MoneyBack.WORKING

    async def ask_refund(self, refund):
        known = refund.refund_no in self.refunds
        return self._lie("ask_refund") or (MoneyBack.DONE if known else MoneyBack.MISSING)

    def signature_ok(self, incoming):
        return incoming.headers.get("sign") == "good"

    def read(self, incoming):
        pay_no, _, amount = incoming.query.partition("=")
        if not amount:
            raise BadNoticeError("malformed")
        return Notice(pay_no, f"T{pay_no}", int(amount))

    def notice(self, pay_no, amount_fen=None, sign="good"):
        amount = amount_fen or self.trades[pay_no][2]
        return Incoming("GET", f"{pay_no}={amount}", {"sign": sign}, b"")


class FakeOperator(Operator):
    """Delivers what it accepts. `submits` and `asks` are what it says, and whether it does it, until used up."""

    accepted: ClassVar[Ack] = Ack(200, b"ok")

    def __init__(self, name):
        self.name = name
        self.orders = {}
        self.quantities = {}
        self.delivered = Counter()
        self.submits = []
        self.asks = []
        self.seen = []
        self.own_cards = False
        self.hold = None

    async def submit(self, recharge):
        self.seen.append(recharge)
        if self.hold is not None:
            await self.hold.wait()
        said, does = self.submits.pop(0) if self.submits else (Said.OPEN, Said.DONE)
        if recharge.supply_no in self.orders:
            return Answer(Said.UNKNOWN, "duplicate")
        if does is not None:
            self.orders[recharge.supply_no] = does
            self.quantities[recharge.supply_no] = recharge.quantity
            self.delivered[recharge.account] += does is Said.DONE
        return Answer(said)

    async def ask(self, supply_no):
        if self.asks:
            said = self.asks.pop(0)
            return said if isinstance(said, Answer) else Answer(said)
        said = self.orders.get(supply_no, Said.MISSING)
        codes = [f"C-{n}" for n in range(1, self.quantities.get(supply_no, 0) + 1)]
        codes = [supply_no] if self.own_cards else codes
        cards = tuple(Card(code, "P-1") for code in codes)
        return Answer(said, cards=cards if said is Said.DONE else ())

    def read_callback(self, incoming):
        return incoming.query


GOODS = [
    config.Goods(
        id="hf50",
        kind="phone",
        title="话费50元",
        price_fen=4990,
        face_fen=5000,
        operators={
            "first": config.Source(product="1", cost_fen=4960),
            "second": config.Source(product="2", cost_fen=4970),
        },
    ),
    config.Goods(
        id="card10",
        kind="cards",
        title="卡10元",
        price_fen=990,
        face_fen=1000,
        most=3,
        operators={"first": config.Source(product="3", cost_fen=950)},
    ),
    config.Goods(
        id="vip30",
        kind="member",
        price_fen=1990,
        face_fen=3000,
        operators={"first": config.Source(product="4", cost_fen=1800)},
    ),
    config.Goods(
        id="key10", kind="cards", price_fen=980, face_fen=1000, most=3, stock=["K-1", "K-2", "K-3"]
    ),
]


_NO_RISK, _NONE, _ANY_DAY = config.Risk(), config.Promises(), config.Calendar()


class World:
    """A running platform with two gateways, `a` and `b`, and two operators, `first` and `second`."""

    def __init__(
        self,
        path,
        wrong=(),
        *,
        risk=_NO_RISK,
        promises=_NONE,
        calendar=_ANY_DAY,
        tell=False,
        **timers,
    ):
        fast = config.Timers(poll_floor_real_ms=3, **timers)
        channel = config.Channel(url="http://127.0.0.1:9", key="k")
        more = {"messages": config.Messages(sms=channel)} if tell else {}
        book = config.Config(
            base_url="http://x",
            time_scale=1000,
            goods=GOODS,
            timers=fast,
            risk=risk,
            promises=promises,
            calendar=calendar,
            **more,
        )
        self.platform = Platform(book, str(path), [defects.load(name) for name in wrong])
        self.a, self.b = self.platform.gateways.values()
        self.first, self.second = self.platform.operators.values()
        self.shop, self.payments = self.platform.shop, self.platform.payments
        self.db = self.platform.db
        self.wrong = wrong
        self.notices = []
        note = self.platform.notices.outbox.add
        self.platform.notices.outbox.add = lambda c, key, due_ms: (
            self.notices.append(key),
            note(c, key, due_ms),
        )

    async def place(
        self, no="c1", goods="hf50", channel="a", account=PHONE, *, customer=1, quantity=1
    ) -> View:
        form = OrderForm(goods, account, no, channel, quantity=quantity)
        return await self.shop.place(customer, form)

    async def notify(self, gateway, url, amount_fen=None, sign="good"):
        pay_no = url.removeprefix("pay://")
        incoming = gateway.notice(pay_no, amount_fen, sign)
        return await self.payments.take_notice(gateway, incoming)

    async def pay(self, gateway, url, amount_fen=None):
        gateway.pay(url.removeprefix("pay://"), amount_fen)
        return await self.notify(gateway, url, amount_fen)

    async def tasks(self, *kinds):
        """Count what the outbox still holds of some kinds."""
        count = select(func.count()).select_from(tasks).where(tasks.c.kind.in_(kinds))
        return await self.db.read(lambda c: c.execute(count).scalar_one())

    async def until_seen(self, operator, times):
        async def seen():
            return len(operator.seen) >= times

        await eventually(seen)

    async def state(self, order_no, customer=1):
        return (await self.shop.status(customer, order_no)).state

    async def until(self, order_no, *states):
        await eventually(lambda: self._is(order_no, states))

    async def _is(self, order_no, states):
        return await self.state(order_no) in states


async def eventually(holds: Callable[[], Coroutine]):
    """Wait until a condition holds; fail at the deadline."""
    async with asyncio.timeout(DEADLINE_S):
        while not await holds():  # noqa: ASYNC110 - the condition is in a database
            await asyncio.sleep(0.005)


@asynccontextmanager
async def living(path, monkeypatch, wrong=(), *, gateway=FakeGateway, **timers):
    """Start a world and stop it."""
    gateways = {name: gateway(name) for name in ("a", "b")}
    operators = {name: FakeOperator(name) for name in ("first", "second")}
    monkeypatch.setattr(platform, "_gateways", lambda *_: gateways)
    monkeypatch.setattr(platform, "_operators", lambda *_: operators)
    world = World(path, wrong, **timers)
    await world.platform.start()
    try:
        yield world
    finally:
        await world.platform.stop()
