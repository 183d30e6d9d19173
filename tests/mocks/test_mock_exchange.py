"""Every fault on every leg of one order: what the caller hears, what is true afterwards, what the row says."""

import asyncio
from urllib.parse import urlencode

import pytest
from mock_town import Town, epay_fields, epay_signed, strike, town, until

from harness import faults
from harness.core.clock import now_ns
from harness.core.delivery import Leg
from mock_upstreams.catalogue import dialects

DELAY = {"kind": "delay", "by": "20s"}
BUSY = {"kind": "status", "code": "busy"}
REFUSED = {"kind": "status", "code": "refused"}
DROP, HANG, RESET = {"kind": "drop"}, {"kind": "hang"}, {"kind": "reset"}
LOSE = {"kind": "lose_reply"}
REWRITE = {"kind": "rewrite", "amount": "0.01"}
OUTAGE = {"kind": "outage", "answer": "reset"}
CLOSED_FOR_WORK = {"kind": "outage", "answer": "maintenance"}

# leg, fault, what the caller hears, whether it is done at once, the row's outcome
EXCHANGES = [
    ("request", DROP, "silence", False, "unknown"),
    ("request", HANG, "silence", False, "unknown"),
    ("request", RESET, "reset", False, "unknown"),
    ("request", BUSY, "answer", False, "unknown"),
    ("request", REFUSED, "answer", False, "fail"),
    ("request", OUTAGE, "reset", False, "unknown"),
    ("request", {"kind": "outage", "answer": "hang"}, "silence", False, "unknown"),
    ("request", CLOSED_FOR_WORK, "answer", False, "fail"),
    ("request", DELAY, "answer", True, "ok"),
    ("effect", DROP, "answer", False, "ok"),
    ("effect", DELAY, "answer", False, "ok"),
    ("effect", REWRITE, "answer", True, "ok"),
    ("reply", DROP, "silence", True, "unknown"),
    ("reply", HANG, "silence", True, "unknown"),
    ("reply", RESET, "reset", True, "unknown"),
    ("reply", LOSE, "cut", True, "unknown"),
    ("reply", BUSY, "answer", True, "unknown"),
    ("reply", REFUSED, "answer", True, "unknown"),
    ("reply", DELAY, "answer", True, "ok"),
]
IDS = [f"{leg}-{'-'.join(map(str, fault.values()))}" for leg, fault, *_ in EXCHANGES]


def test_the_table_names_every_fault_on_every_exchange_leg_where_it_is_allowed():
    """Those for some operations alone, probes and changed keys, are told in files of their own."""
    told = {(fault["kind"], leg) for leg, fault, *_ in EXCHANGES}
    allowed = {
        (name, leg.value)
        for name, fault in faults.kinds().items()
        for leg in fault.legs
        if leg is not Leg.NOTIFY and fault.ops is None and name not in {"probe", "rotate"}
    }
    assert told == allowed


@pytest.mark.parametrize(("leg", "fault", "hears", "done", "outcome"), EXCHANGES, ids=IDS)
def test_create(leg, fault, hears, done, outcome):
    async def story():
        async with town([strike("epay", leg, "create", fault)]) as t:
            heard = await t.create()
            assert heard.how == hears
            trade = t.book("epay").find("E1")
            assert (trade is not None) is done
            (row,) = t.rows("create")
            assert (row.outcome, row.strikes, row.intent) == (
                outcome,
                [f"{fault['kind']}-{leg}"],
                1,
            )
            assert row.http_status == heard.status
            if fault is REWRITE:
                assert trade.amount_fen == 1
            if (leg, fault) == ("effect", DELAY):
                await until(lambda: t.book("epay").find("E1"), "the trade, late")

    asyncio.run(story())


@pytest.mark.parametrize(("leg", "fault", "hears", "done", "outcome"), EXCHANGES, ids=IDS)
def test_pay(leg, fault, hears, done, outcome):
    async def story():
        async with town([strike("epay", leg, "pay", fault)]) as t:
            url = (await t.create()).json()["payurl"]
            heard = await t.pay(url)
            slow_bank = (leg, fault) == ("effect", DELAY)
            said = "unknown" if slow_bank else outcome
            assert heard.how == hears
            assert len(t.rows("captured")) == int(done)
            assert t.rows("pay")[0].outcome == said
            if heard.how == "answer" and fault not in (BUSY, REFUSED):
                expected = "fail" if fault is CLOSED_FOR_WORK else said
                assert heard.json()["outcome"] == expected
            if slow_bank:
                assert heard.json()["reason"] == "processing"
                await until(lambda: t.rows("captured"), "the money, late")
            if done:
                await until(lambda: t.rows("notify"), "the notification")
                amount_fen = 1 if fault is REWRITE else 4990
                assert t.rows("captured")[0].amount_fen == amount_fen
                assert t.platform.heard[0]["money"] == f"{amount_fen / 100:.2f}"

    asyncio.run(story())


@pytest.mark.parametrize(("leg", "fault", "hears", "done", "outcome"), EXCHANGES, ids=IDS)
def test_refund(leg, fault, hears, done, outcome):
    async def story():
        async with town([strike("epay", leg, "refund", fault)]) as t:
            await t.pay((await t.create()).json()["payurl"])
            heard = await t.api("refund", out_trade_no="E1", money="49.90", out_refund_no="R1")
            assert heard.how == hears
            assert len(t.rows("refunded")) == int(done)
            assert t.rows("refund")[0].outcome == outcome
            t.street.house.heal()
            again = await t.api("refund", out_trade_no="E1", money="49.90", out_refund_no="R1")
            if fault is REWRITE:
                assert again.json()["code"] == -1
            else:
                assert again.json()["code"] == 1
                await until(lambda: t.rows("refunded"), "the money back")
            assert len(t.rows("refunded")) == 1
            assert t.book("epay").find("E1").refunded_fen == (1 if fault is REWRITE else 4990)

    asyncio.run(story())


@pytest.mark.parametrize(("leg", "fault", "hears", "done", "outcome"), EXCHANGES, ids=IDS)
def test_submit(leg, fault, hears, done, outcome):
    done = done or leg == "effect"  # an operator always takes the order that it says yes to

    async def story():
        async with town([strike("dayuanren", leg, "submit", fault)]) as t:
            heard = await t.submit()
            assert heard.how == hears
            book = t.book("dayuanren")
            assert len(book.query(["D1"])) == int(done)
            (row,) = t.rows("submit")
            assert (row.outcome, row.intent) == (outcome, 1)
            if done:
                end = "failed" if (leg, fault) == ("effect", DROP) else "delivered"
                await until(lambda: t.rows(end), end)
                await until(lambda: t.platform.heard, "the callback")
                assert t.platform.heard[0]["state"] == ("2" if end == "failed" else "1")
            delivered = len(t.rows("delivered"))
            assert book.balance_fen == book.balance_in_fen - delivered * 4960

    asyncio.run(story())


@pytest.mark.parametrize("leg", ["request", "reply"])
def test_query_is_struck_like_any_exchange_and_moves_nothing(leg):
    async def story():
        async with town([strike("epay", leg, "query", RESET, attempts=2)]) as t:
            await t.create()
            moved = t.street.house.totals.last_move_ns
            for _ in range(2):
                assert (await t.api("order", out_trade_no="E1")).how == "reset"
            assert (await t.api("order", out_trade_no="E1")).json()["status"] == 0
            assert [r.attempt for r in t.rows("query")] == [1, 2, 3]
            assert [len(r.strikes) for r in t.rows("query")] == [1, 1, 0]
            assert t.street.house.totals.last_move_ns == moved

    asyncio.run(story())


def test_a_wrong_account_is_a_rewritten_effect():
    fault = {"kind": "rewrite", "set": {"account": "13900000000"}}

    async def story():
        async with town([strike("dayuanren", "effect", "submit", fault)]) as t:
            await t.submit()
            await until(lambda: t.rows("delivered"), "delivery")
            assert t.rows("delivered")[0].account == "13900000000"
            assert t.rows("delivered")[0].intent == 1

    asyncio.run(story())


async def _struck(order: list[int]) -> set[int]:
    strikes = [strike("epay", "reply", "create", REFUSED, share=0.3)]
    async with town(strikes) as t:
        for intent in order:
            await t.create(intent)
        rows = t.rows("create")
        assert all(bool(r.strikes) != bool(r.spared) for r in rows)
        counts = t.street.house.strikes.snapshot()["status-reply"]
        struck = {r.intent for r in rows if r.strikes}
        assert counts == {"eligible": len(order), "struck": len(struck)}
        return struck


def test_the_same_seed_strikes_the_same_orders_in_any_order():
    first = asyncio.run(_struck(list(range(40))))
    assert first == asyncio.run(_struck(list(reversed(range(40)))))
    assert 3 < len(first) < 25
    assert asyncio.run(_struck(list(range(0, 40, 2)))) == {i for i in first if i % 2 == 0}


def test_a_window_counts_from_the_first_arrival_by_the_intents_own():
    windowed = strike("epay", "reply", "create", REFUSED, window_ms=[100, 200])

    async def story():
        async with town([windowed], arrivals_ms=[0.0, 150.0, 250.0]) as t:
            for intent in (0, 1, 2):
                await t.create(intent)
            assert [bool(r.strikes) for r in t.rows("create")] == [False, True, False]

    asyncio.run(story())


def test_an_outage_goes_by_the_clock_and_not_before_the_run_begins():
    out = strike("epay", "request", "create", OUTAGE, window_ms=[0, 60_000], by="clock")

    async def story():
        async with town([out]) as t:
            assert (await t.create(1)).how == "answer"
            begun = await t.control("POST", "/control/begin", b'{"t0_ns": 1}')
            assert begun.status == 200
            assert (await t.create(2)).how == "answer"  # t0 was long ago: the window is over
            t.street.house.strikes.begin(now_ns())
            assert (await t.create(3)).how == "reset"

    asyncio.run(story())


def test_a_caller_that_has_gone_makes_the_outcome_unknown():
    async def story():
        async with town([strike("epay", "reply", "create", DELAY)]) as t:
            reader, writer = await asyncio.open_connection(*_place(t))
            body = urlencode(epay_signed(epay_fields(t.platform.url))).encode()
            writer.write(
                b"POST /mapi.php HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                b"Content-Length: %d\r\n\r\n" % len(body) + body
            )
            await until(lambda: t.book("epay").find("E1"), "the trade")
            writer.close()
            await until(lambda: t.rows("create"), "the row")
            (row,) = t.rows("create")
            assert (row.outcome, row.http_status) == ("unknown", 0)
            assert await reader.read() == b""

    asyncio.run(story())


def _place(t: Town) -> tuple[str, int]:
    host, port = t.url("epay").removeprefix("http://").split(":")
    return host, int(port)


def test_an_intent_is_read_from_the_subject_at_create_and_kept():
    async def story():
        async with town() as t:
            await t.create(7)
            assert t.rows("create")[0].intent == 7
            await t.api("order", out_trade_no="E7")
            assert t.rows("query")[0].intent == 7
            await t.create(out_trade_no="X", name="no digits")
            assert t.rows("create")[1].intent is None

    asyncio.run(story())


@pytest.mark.parametrize(
    ("fault", "denies"), [(REFUSED, "1"), (BUSY, None)], ids=["surely not", "nobody knows"]
)
def test_an_answer_that_denies_what_was_done_is_marked_by_the_dialects_own_words(fault, denies):
    async def story():
        async with town([strike("dayuanren", "reply", "submit", fault)]) as t:
            await t.submit()
            (row,) = t.rows("submit")
            assert row.outcome == "unknown"
            assert row.detail.get("denies") == denies

    asyncio.run(story())


def test_no_error_of_yile_leaves_open_whether_it_was_done():
    assert dialects()["yile"].unclear == frozenset()
    assert "busy" in dialects()["kasushou"].unclear
