"""Every ordered pair of faults that makes sense on a leg, once, for one order: books hold, and rows are there."""

import asyncio
import itertools

import pytest
from mock_town import town, until
from one_order import (
    arm,
    books_hold,
    capture,
    create,
    disarm,
    exchange,
    kinds_on,
    over,
    submit_of,
)

from harness import faults
from harness.core.delivery import Leg
from mock_upstreams.dialect import Ask

OPS = {
    Leg.REQUEST: ("submit", "create", "query", "refund"),
    Leg.EFFECT: ("submit", "create", "refund"),
    Leg.REPLY: ("submit", "create", "query", "refund"),
    Leg.NOTIFY: ("submit", "pay", "create"),
}
MOST_DELIVERIES = 60


def pairs(leg):
    """Return (one, other, operation) for each ordered pair that has an operation in common."""
    found = []
    for one, other in itertools.product(kinds_on(leg), repeat=2):
        sensible = [faults.kinds()[kind].ops for kind in (one, other)]
        ops = [op for op in OPS[leg] if all(s is None or op in s for s in sensible)]
        found += [(one, other, op) for op in ops[:1]]
    return found


def armed(t, leg, op, kinds):
    """Put strikes of these kinds, and no others, on a leg."""
    disarm(t)
    arm(t, leg, op, kinds)


def act(t, op, intent, arming):
    """Bring an order to where the operation happens, arm the strikes, and let it happen."""
    if op == "submit":
        arming()
        return exchange(t, "dayuanren", submit_of(t, intent))
    if op == "create":
        arming()
        return create(t, intent)
    create(t, intent)
    if op == "pay":
        arming()
        return capture(t, intent)
    capture(t, intent)
    arming()
    ask = Ask(op=op, order_no=f"E{intent}", refund_no=f"R{intent}", extra={"act": "order"})
    return exchange(t, "epay", ask)


@pytest.mark.parametrize("leg", list(Leg))
def test_any_two_faults_on_one_order(leg):
    broken = []

    async def story():
        async with town(time_scale=1e8) as t:
            asyncio.get_running_loop().set_exception_handler(lambda _, c: broken.append(c))
            rows = t.street.recorder
            for intent, (one, other, op) in enumerate(pairs(leg)):
                seen = []
                write, rows.row = rows.row, seen.append
                ear = act(t, op, intent, lambda at=(leg, op, (one, other)): armed(t, *at))
                await over(t)
                if ear is not None:
                    await until(lambda ear=ear: ear.heard, f"an answer: {one}, {other}")
                rows.row = write
                judge(leg, op, (one, other), seen)
                assert books_hold(t), (one, other)

    asyncio.run(story())
    assert broken == []


def judge(leg, op, kinds, rows):
    """Say what must hold of the rows of one order that two faults met."""
    said = [r for r in rows if r.kind in {"notify", "unsent"}]
    met = [r for r in (said if leg is Leg.NOTIFY else rows) if r.strikes]
    if leg is Leg.EFFECT and {*kinds} == {"rewrite"} and not met:
        return  # what an operator hands out has no amount to change
    if leg is Leg.REPLY and {*kinds} == {"probe"} and not met:
        return  # who signs no answers cannot sign one wrong
    assert met, kinds
    # One may find nothing left to change: what was dropped cannot be delayed.
    assert {*met[0].strikes} <= {f"{n}-{kind}" for n, kind in enumerate(kinds)}, kinds
    assert len(said) <= MOST_DELIVERIES, kinds
    if leg is not Leg.NOTIFY:
        assert len([r for r in rows if r.kind == op and r.strikes]) == 1, kinds


def test_the_pairs_are_many_and_every_fault_is_in_one():
    told = {kind for leg in Leg for one, other, _ in pairs(leg) for kind in (one, other)}
    assert told == set(faults.names())
    assert sum(len(pairs(leg)) for leg in Leg) > 300


@pytest.mark.parametrize(("ordered", "handed"), [(4, 2), (1, 0)])
def test_a_partial_delivery_credits_the_rest(ordered, handed):
    async def story():
        async with town(time_scale=1e8) as t:
            armed(t, Leg.EFFECT, "submit", ["partial"])
            exchange(t, "dayuanren", submit_of(t, 1, sku="401", quantity=ordered))
            await over(t)
            book = t.book("dayuanren")
            (order,) = book.query(["D1"])
            assert (order.state, order.done_units) == ("partial" if handed else "failed", handed)
            assert (len(order.cards), order.back_fen) == (handed, (ordered - handed) * 950)
            assert book.balance_fen == book.balance_in_fen - handed * 950

    asyncio.run(story())
