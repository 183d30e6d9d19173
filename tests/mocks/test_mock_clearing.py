"""The bank between customer and gateway: money is taken now and booked later, or sent back if the trade has ended."""

import asyncio
from typing import Any

import msgspec
import pytest
from mock_town import config_of, town, until

from harness.core.errors import UsageError
from mock_upstreams.config import Config
from mock_upstreams.desk import who_of
from mock_upstreams.ledger import GatewayBook
from mock_upstreams.records import Trade

QUICK = {"clearing": {"median_ms": 100_000.0, "p95_ms": 200_000.0}}
ENDLESS = {"clearing": {"median_ms": 1e9, "p95_ms": 2e9}}


def test_between_taking_and_booking_the_gateway_says_unpaid():
    async def story():
        async with town(epay=QUICK) as t:
            url = (await t.create()).json()["payurl"]
            paid = (await t.pay(url)).json()
            assert (paid["outcome"], paid["amount_fen"]) == ("ok", 4990)
            (captured,) = t.rows("captured")
            assert t.rows("posted", "notify") == []
            assert (await t.api("order", out_trade_no="E1")).json()["status"] == 0
            assert t.street.house.totals.pending == 1
            again = (await t.pay(url)).json()
            assert (again["outcome"], again["reason"]) == ("fail", "already_paid")
            await until(lambda: t.rows("notify"), "the notification")
            (posted,) = t.rows("posted")
            assert (posted.amount_fen, posted.intent) == (4990, 1)
            assert posted.time_ns > captured.time_ns
            assert (await t.api("order", out_trade_no="E1")).json()["status"] == 1
            assert t.street.house.totals.pending == 0
            assert len(t.rows("captured")) == len(t.platform.heard) == 1

    asyncio.run(story())


def test_without_clearing_taking_is_booking():
    async def story():
        async with town() as t:
            await t.pay((await t.create()).json()["payurl"])
            assert t.book("epay").find("E1").state == "paid"
            assert len(t.rows("captured")) == 1
            assert t.rows("posted") == []

    asyncio.run(story())


def closed_before_cleared(takes: bool) -> tuple[Any, list[Any], list[Any], int]:
    async def story():
        async with town(epay=ENDLESS | {"takes_after_close": takes}) as t:
            await t.pay((await t.create()).json()["payurl"])
            desk: Any = t.street.upstreams["epay"].desk
            trade = desk.book.find("E1")
            assert desk.book.close(trade, 1)
            desk._clear(trade, who_of(1, "E1"))
            await until(lambda: t.platform.heard or t.rows("refunded"), "the end")
            return trade, t.rows("posted"), t.rows("refunded"), len(t.platform.heard)

    return asyncio.run(story())


def test_money_for_a_trade_that_was_closed_meanwhile_goes_back_unasked():
    trade, posted, refunded, heard = closed_before_cleared(takes=False)
    assert (trade.state, trade.captured_fen, posted, heard) == ("closed", 0, [], 0)
    assert [(r.amount_fen, r.detail) for r in refunded] == [
        (4990, {"reason": "closed before cleared"})
    ]


def test_a_gateway_that_takes_after_close_makes_it_paid():
    trade, posted, refunded, heard = closed_before_cleared(takes=True)
    assert (trade.state, trade.captured_fen, refunded, heard) == ("paid", 4990, [], 1)
    assert len(posted) == 1


@pytest.mark.parametrize(
    ("takes", "outcome", "state"), [(False, "fail", "closed"), (True, "ok", "paid")]
)
def test_a_closed_trade_is_paid_only_where_late_money_is_taken(takes, outcome, state):
    async def story():
        async with town(epay={"takes_after_close": takes}) as t:
            url = (await t.create()).json()["payurl"]
            trade = t.book("epay").find("E1")
            t.book("epay").close(trade, 1)
            assert (await t.pay(url)).json()["outcome"] == outcome
            assert trade.state == state
            assert len(t.rows("captured")) == takes

    asyncio.run(story())


def test_taken_money_is_booked_or_bounced_and_never_both():
    book = GatewayBook(lambda kind, serial, _: f"{kind}{serial}", "reuse", 1_000)
    trade = Trade(ref="1", order_no="A", amount_fen=100, created_ns=1, expires_ns=1_000)
    book.post(trade)
    assert book.take(trade, 90)
    assert not book.take(trade, 90)
    assert not book.capture(trade, 90, 2)
    assert book.lapse(trade, 2_000)
    assert not book.enter(trade, 2_001)
    assert book.bounce(trade) == 90
    assert (trade.state, trade.captured_fen, trade.paid_ns) == ("closed", 0, 0)


def test_a_clearing_that_is_no_lognormal_is_found_before_anything_starts(tmp_path):
    wrong = {"clearing": {"median_ms": 5.0, "p95_ms": 1.0}}
    config = msgspec.convert(config_of(tmp_path, epay=wrong), Config)
    with pytest.raises(UsageError, match="p95 greater"):
        config.check()
