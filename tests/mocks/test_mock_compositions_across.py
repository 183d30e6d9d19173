"""Every two faults on two legs of one order's life, once: whatever becomes of it, it ends, and its books are true.

    gateway   create ─ pay ─ notification ─ query ─ refund     request, effect and reply of each, as far as it has them
    operator  submit ─ callback ─ query

`test_mock_compositions` has the pairs that meet on one leg.
"""

import asyncio
import itertools
from collections import Counter

import pytest
from mock_town import town, until
from one_order import (
    Ear,
    arm,
    books_hold,
    create,
    disarm,
    exchange,
    kinds_on,
    over,
    submit_of,
)

from harness import faults
from harness.core.delivery import Leg
from mock_upstreams import exchange as engine
from mock_upstreams.desk import who_of
from mock_upstreams.dialect import Ask, Request
from mock_upstreams.payer import PayerVoice

EXCHANGE = (Leg.REQUEST, Leg.EFFECT, Leg.REPLY)
PLACES = {
    "epay": [
        *[(leg, "create") for leg in EXCHANGE],
        *[(leg, "pay") for leg in (Leg.EFFECT, Leg.REPLY, Leg.NOTIFY)],
        (Leg.NOTIFY, "create"),
        *[(leg, "query") for leg in (Leg.REQUEST, Leg.REPLY)],
        *[(leg, "refund") for leg in EXCHANGE],
    ],
    "dayuanren": [
        *[(leg, "submit") for leg in (*EXCHANGE, Leg.NOTIFY)],
        (Leg.NOTIFY, "accept"),
        *[(leg, "query") for leg in (Leg.REQUEST, Leg.REPLY)],
    ],
}
STEPS = {"epay": ("create", "pay", "query", "refund"), "dayuanren": ("submit", "query")}
ENDS = {"epay": {"captured", "refunded"}, "dayuanren": {"delivered", "failed"}}
SILENT = {"create", "accept"}
"""Of what no honest upstream tells: only a fault that makes it heard is of interest there."""
SPEAKS = {"forge", "foreign", "burst", "delay", "duplicate"}
MOST_DELIVERIES = 80


def placed(upstream):
    """Return every fault at every place of an order's life where it makes sense."""
    found = []
    for leg, op in PLACES[upstream]:
        for kind in kinds_on(leg):
            ops = faults.kinds()[kind].ops
            quiet = leg is Leg.NOTIFY and op in SILENT and kind not in SPEAKS
            if (ops is None or op in ops) and not quiet:
                found.append((leg, op, kind))
    return found


def pairs(upstream):
    apart = itertools.combinations(placed(upstream), 2)
    return [(one, other) for one, other in apart if one[:2] != other[:2]]


def pay(t, intent):
    served, ear = t.street.upstreams["epay"], Ear()
    trade = served.desk.book.find(f"E{intent}")
    number, ref, fen = (trade.order_no, trade.ref, trade.amount_fen) if trade else ("", "-", 0)
    ask = Ask(op="pay", order_no=number, ref=ref, amount_fen=fen)
    who = who_of(intent, number or ref)
    engine.Exchange(served, PayerVoice(), ask, Request("POST", "/"), ear, who).begin()
    return ear


def step(t, upstream, op, intent):
    """Take one step of an order's life."""
    if op == "create":
        return create(t, intent)
    if op == "pay":
        return pay(t, intent)
    if op == "submit":
        return exchange(t, upstream, submit_of(t, intent))
    if upstream == "dayuanren":
        return exchange(t, upstream, Ask(op="query", order_nos=(f"D{intent}",)))
    extra = {"act": "refund" if op == "refund" else "order"}
    ask = Ask(op=op, order_no=f"E{intent}", refund_no=f"R{intent}", extra=extra)
    return exchange(t, upstream, ask)


async def life(t, upstream, intent):
    for op in STEPS[upstream]:
        ear = step(t, upstream, op, intent)
        await over(t)
        await until(lambda ear=ear: ear.heard, f"an end of {op}")
        assert len(ear.heard) == 1, op


@pytest.mark.parametrize("upstream", sorted(PLACES))
def test_any_two_faults_in_one_orders_life(upstream, monkeypatch):
    monkeypatch.setattr(engine, "GATE_S_MIN", 0.02)
    broken = []

    async def story():
        async with town(time_scale=1e8) as t:
            asyncio.get_running_loop().set_exception_handler(lambda _, c: broken.append(c))
            rows = t.street.recorder
            for intent, pair in enumerate(pairs(upstream)):
                seen = []
                write, rows.row = rows.row, seen.append
                disarm(t)
                for number, (leg, op, kind) in enumerate(pair):
                    arm(t, leg, op, [kind], upstream=upstream, first=number)
                await life(t, upstream, intent)
                rows.row = write
                judge(upstream, pair, seen)
                assert books_hold(t), pair

    asyncio.run(story())
    assert broken == []


def judge(upstream, pair, rows):
    """Say what must hold of all rows of one order, whatever two faults met it."""
    kinds = Counter(row.kind for row in rows)
    for op in STEPS[upstream]:
        assert kinds[op] == 1, (pair, op)
    for kind in ENDS[upstream]:
        assert kinds[kind] <= 1, (pair, kind)
    assert kinds["delivered"] + kinds["failed"] <= 1, pair
    told = [row for row in rows if row.kind in {"notify", "unsent"}]
    assert len(told) <= MOST_DELIVERIES, pair
    at = {f"{n}-{kind}": (leg, op) for n, (leg, op, kind) in enumerate(pair)}
    for row in rows:
        for strike in row.strikes:
            leg, op = at[strike]
            assert (row.detail["op"] if leg is Leg.NOTIFY else row.kind) == op, (pair, row)
    for row in told:
        assert row.detail.get("forged") or row.detail["op"] not in SILENT or row.strikes, pair


def test_the_pairs_are_all_there_are():
    for upstream in PLACES:
        assert {kind for *_, kind in placed(upstream)} <= set(faults.names())
    everywhere = {kind for upstream in PLACES for *_, kind in placed(upstream)}
    assert everywhere == set(faults.names())
    assert len(pairs("epay")) > 3_000
    assert len(pairs("dayuanren")) > 1_500
