"""Every fault at every place of every dialect where it makes sense: one order, called as its own clients call.

That the order ends, that the fault is written into its row, and that the books are true, holds for whatever dialect.
"""

import asyncio
import itertools
from collections import Counter, defaultdict
from contextlib import asynccontextmanager

import pytest
from callers import CALLERS, PRODUCTS, Order

from harness import faults
from harness.core.delivery import Leg
from harness.striking import EFFECT_OPS
from mock_upstreams import exchange as engine
from mock_upstreams.catalogue import catalogue
from mock_upstreams.desk import who_of
from mock_upstreams.dialect import Answer, Ask, Request
from mock_upstreams.payer import PayerVoice
from tests.mocks.mock_town import town, until
from tests.mocks.one_order import Ear, arm, disarm, over

BEFORE = {
    "create": (),
    "pay": ("create",),
    "query": ("create",),
    "close": ("create",),
    "refund": ("create", "pay"),
    "complain": ("create", "pay"),
    "complaint": ("create", "pay", "complain"),
    "submit": (),
    "claim": ("submit",),
    "balance": (),
}
SETTINGS = {"alipay": {"unscanned": "wait"}}
AGREED = {"fulu", "juhe"}
"""Their callback's address is no field of an order."""
NOTHING_TO_CHANGE = {("effect", "rewrite")}
"""What an operator hands out has no amount."""
HEARD = {"forge", "foreign", "probe"}
"""What makes a notification heard that no honest upstream sends: of these alone a strike is felt there."""


def places(name):
    """Return every leg and operation of a dialect with every fault that makes sense there, as strikes are checked."""
    entry = catalogue()[name]
    return [
        (leg, op, kind)
        for kind, fault in sorted(faults.kinds().items())
        for leg in sorted(fault.legs)
        for op in ops_on(entry, leg)
        if (fault.ops is None or op in fault.ops) and felt(name, leg, op, kind)
    ]


def felt(name, leg, op, kind):
    """Say whether a fault that makes sense can be felt: where nothing is signed nobody forges."""
    entry = catalogue()[name]
    if kind in {"forge", "probe"} and (leg not in entry.signs or (leg, op) == (Leg.REPLY, "pay")):
        return False
    if leg is Leg.NOTIFY:
        return kind in HEARD if op in entry.forged else kind != "rotate" or leg in entry.rotates
    if kind == "rotate":
        return leg in entry.rotates and op != "pay"
    return True


def ops_on(entry, leg):
    if leg is Leg.NOTIFY:
        return sorted({*entry.notifies, *entry.forged})
    if leg is Leg.EFFECT:
        return sorted(set(EFFECT_OPS[entry.side]) & {*entry.ops})
    ops = {*entry.ops} - {"complain"}  # to which nobody answers
    return sorted(ops - {"pay"} if leg is Leg.REQUEST else ops)


class Story:
    """One order of one dialect, step by step."""

    def __init__(self, t, name, number):
        self.t, self.upstream = t, t.street.upstreams[name]
        self.caller = CALLERS[name](self.upstream.dialect.credentials())
        self.order = Order(number, t.platform.url)

    def read(self, op):
        request = getattr(self.caller, op)(self.order)
        ask = self.upstream.dialect.read(request)
        assert isinstance(ask, Ask), (op, isinstance(ask, Answer) and ask.body)
        return request, ask

    async def step(self, op):
        desk, ear = self.upstream.desk, Ear()
        if op == "complain":
            trade = desk.book.find(self.order.number)
            who = who_of(None, trade.order_no)
            self.order.ref = desk.complaints.hear(trade, "没有到账", who).id
            await over(self.t)
            return ear
        if op == "pay":
            trade = desk.book.find(self.order.number)
            ask = Ask(op="pay", order_no=trade.order_no, ref=trade.ref, amount_fen=trade.amount_fen)
            voice, request, who = PayerVoice(), Request("POST", "/"), who_of(None, trade.order_no)
        else:
            request, ask = self.read(op)
            voice, who = self.upstream.dialect, desk.who(ask)
        engine.Exchange(self.upstream, voice, ask, request, ear, who).begin()
        await until(lambda: ear.heard, f"an end of {op}")
        await over(self.t)
        orders = getattr(desk.book, "orders", {})
        self.order.ref = next(reversed(orders), "")
        return ear


def steps_to(name, op):
    """Return what comes before an operation, and the operation that brings a notification of it about."""
    op = {"accept": "submit"}.get(op, op)
    asks_of_it = op in {"query", "close"} and catalogue()[name].side == "operator"
    before = ("submit",) if asks_of_it else BEFORE[op]
    return before, op


def books_hold(upstream):
    book = upstream.desk.book
    if upstream.dialect.side == "operator":
        kept_fen = sum(o.cost_fen - o.back_fen for o in book.orders.values())
        return book.balance_fen + kept_fen == book.balance_in_fen
    return all(0 <= t.refunded_fen <= t.captured_fen for t in book.trades.values())


def test_every_dialect_has_a_caller():
    assert set(CALLERS) == {n for n, entry in catalogue().items() if entry.side != "message"}


@pytest.mark.parametrize("name", sorted(CALLERS))
def test_every_fault_meets_an_order_and_the_books_stay_true(name, monkeypatch):
    monkeypatch.setattr(engine, "GATE_S_MIN", 0.02)
    broken = []

    async def tell():
        async with served(name, broken) as t:
            for number, (leg, op, kind) in enumerate(places(name)):
                seen = await struck(t, name, number, leg, op, [kind])
                assert met(seen, name, leg, op, kind), (leg, op, kind, seen)
                assert books_hold(t.street.upstreams[name]), (leg, op, kind)

    asyncio.run(tell())
    assert broken == []


@pytest.mark.parametrize("name", sorted(CALLERS))
def test_any_two_faults_on_one_leg_meet_an_order_and_the_books_stay_true(name, monkeypatch):
    """Each two of them once, in an order that changes from pair to pair."""
    monkeypatch.setattr(engine, "GATE_S_MIN", 0.02)
    broken = []

    async def tell():
        async with served(name, broken) as t:
            for number, (leg, op, pair) in enumerate(pairs(name)):
                await struck(t, name, number, leg, op, pair[:: 1 if number % 2 else -1])
                assert books_hold(t.street.upstreams[name]), (leg, op, pair)
                assert broken == [], (leg, op, pair)

    asyncio.run(tell())


def pairs(name):
    spots = defaultdict(list)
    for leg, op, kind in places(name):
        spots[leg, op].append(kind)
    return [
        (leg, op, pair)
        for (leg, op), kinds in spots.items()
        for pair in itertools.combinations_with_replacement(kinds, 2)
    ]


@asynccontextmanager
async def served(name, broken):
    """Serve one dialect; what breaks in its loop is collected."""
    async with town(upstreams={name: settings_of(name)}, time_scale=1e8) as t:
        asyncio.get_running_loop().set_exception_handler(lambda _, c: broken.append(c))
        if name == "wechat_pay":
            t.street.upstreams[name].dialect.settings["complaint_url"] = t.platform.url
        if name in AGREED:
            t.street.upstreams[name].dialect.settings["notify_url"] = t.platform.url
        yield t


def settings_of(name):
    goods = {"products": PRODUCTS} if catalogue()[name].side == "operator" else {}
    if catalogue()[name].side == "gateway":
        goods = {"expires_ms": 1e15}
    return SETTINGS.get(name, {}) | goods


async def struck(t, name, number, leg, op, kinds):  # noqa: PLR0917 - a place and what stands there
    """Let faults meet one order; return the rows from there on."""
    disarm(t)
    story, seen = Story(t, name, f"T20250101{number:05d}"), []
    before, act = steps_to(name, op)
    for one in before:
        await story.step(one)
    rows = t.street.recorder
    write, rows.row = rows.row, seen.append
    arm(t, leg, op, list(kinds), upstream=name)
    await story.step(act)
    rows.row = write
    return seen


def met(rows, name, leg, op, kind):
    """Say whether the fault stands in the rows where it belongs, and the order's end in at most one."""
    truths = Counter(row.kind for row in rows)
    if max(truths[k] for k in ("captured", "refunded", "delivered", "failed")) > 1:
        return False
    at = [row for row in rows if row.strikes]
    if (leg, kind) in NOTHING_TO_CHANGE and catalogue()[name].side == "operator":
        return not at
    if leg is Leg.NOTIFY:
        return bool(at) and all(row.detail["op"] == op for row in at)
    return len(at) == 1 and at[0].kind == op
