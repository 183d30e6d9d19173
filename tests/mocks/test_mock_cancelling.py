"""Applications to cancel an order: that one was taken means nothing, what became of it tells the callback alone."""

import asyncio

import pytest
from kasushou_buyer import applied, asked, bought
from mock_town import APIKEY, PRODUCTS, strike, town, until

from mock_upstreams.signing import dayuanren_md5

SLOW = {"service": {"median_ms": 3.6e6, "p95_ms": 7.2e6}}
"""An hour: nothing of this ends by itself while a test looks, at the scale of a town."""


async def remove(t, number="D1"):
    fields = {"userid": "10001", "out_trade_nums": number}
    fields["sign"] = dayuanren_md5(fields, APIKEY)
    return (await t.post(t.url("dayuanren") + "/yrapi.php/index/remove", fields)).json()


async def over(t):
    await until(lambda: not t.street.house.totals.pending and t.platform.heard, "the callback")


@pytest.mark.parametrize(
    ("removed", "state", "status"), [("failed", "2", 6), ("cancelled", "-1", 7)]
)
def test_a_cancelled_order_is_told_so_its_money_is_back(removed, state, status):
    async def story():
        async with town(dayuanren=SLOW | {"cancels": 1.0, "removed": removed}) as t:
            await t.submit(1)
            assert (await remove(t))["errmsg"] == "成功申请撤单1条"
            await over(t)
            book = t.book("dayuanren")
            assert book.balance_fen == book.balance_in_fen
            assert [told["state"] for told in t.platform.heard] == [state]
            (seen,) = await t.check("D1")
            assert (seen["state"], seen["status"]) == (int(state), status)
            assert (await remove(t))["errno"] == 0, "once more changes nothing"
            free = (await t.submit(1)).json()["errno"] == 0
            assert free is (status == 7), "the number of a cancelled one is free"
            assert [row.kind for row in t.rows("failed", "delivered")] == ["failed"]
            rows = t.rows("close")
            assert {(row.order_no, row.outcome) for row in rows} == {("D1", "ok")}

    asyncio.run(story())


@pytest.mark.parametrize("cancels", [0.0, 0.5])
def test_an_application_that_was_taken_may_lead_to_nothing(cancels):
    async def story():
        async with town(dayuanren={"cancels": cancels}, time_scale=1.0) as t:
            desk = t.street.upstreams["dayuanren"].desk
            for intent in range(20):
                await t.submit(intent)
                assert (await remove(t, f"D{intent}"))["errno"] == 0
            ended = [o for o in desk.book.orders.values() if o.cancelled]
            assert len(ended) == 0 if not cancels else 0 < len(ended) < 20
            assert all(
                o.state == ("failed" if o.cancelled else "delivering")
                for o in desk.book.orders.values()
            )

    asyncio.run(story())


def test_what_is_final_is_cancelled_no_more():
    async def story():
        async with town(dayuanren={"cancels": 1.0}) as t:
            await t.submit(1)
            await over(t)
            assert (await remove(t))["data"] == "未找到该订单号"
            assert (await remove(t, "D9"))["data"] == "未找到该订单号"
            assert [told["state"] for told in t.platform.heard] == ["1"]

    asyncio.run(story())


def test_goods_that_come_while_a_cancelling_is_late_stay():
    late = strike("dayuanren", "effect", "close", {"kind": "delay", "by": "24h"})

    async def story():
        async with town([late], dayuanren={"cancels": 1.0}) as t:
            await t.submit(1)
            await remove(t)
            await over(t)
            assert [row.kind for row in t.rows("failed", "delivered")] == ["delivered"]
            assert t.rows("close")[0].detail["effect"] == "late"
            t.street.upstreams["dayuanren"].desk._call_off(t.book("dayuanren").query(["D1"])[0])
            assert [row.kind for row in t.rows("failed", "delivered")] == ["delivered"]

    asyncio.run(story())


def test_kasushou_calls_it_4_and_gives_all_back():
    async def story():
        upstreams = {"kasushou": SLOW | {"products": PRODUCTS, "cancels": 1.0}}
        async with town(upstreams=upstreams) as t:
            t.platform.says = b"ok"
            ordersn = (await bought(t)).json()["data"]["ordersn"]
            assert (await applied(t, ordersn)).json()["msg"] == "撤单成功"
            await over(t)
            (seen,) = await asked(t, "K2")
            assert (seen["status"], seen["has_back_money"], seen["total_price"]) == (
                4,
                "49.60",
                "49.60",
            )
            (told,) = t.platform.heard
            assert (told["status"], told["has_back_money"]) == ("4", "49.60")
            assert (await bought(t)).json()["code"] == 400, "its number stays used"

    asyncio.run(story())


def test_what_the_balance_does_not_cover_is_taken_and_told_as_cancelled():
    async def story():
        async with town(dayuanren={"balance_fen": 5_000}) as t:
            assert (await t.submit(1)).json()["errmsg"] == "提交成功"
            assert (await t.submit(2)).json()["errmsg"] == "提交成功", "the balance is spent"
            await until(lambda: len(t.platform.heard) == 2, "both callbacks")
            told = {one["out_trade_num"]: one["state"] for one in t.platform.heard}
            assert told == {"D1": "1", "D2": "-1"}
            book = t.book("dayuanren")
            assert book.balance_fen == 5_000 - 4_960
            assert book.balance_in_fen - book.balance_fen == sum(
                order.cost_fen - order.back_fen for order in book.orders.values()
            )
            assert [(row.kind, row.order_no) for row in t.rows("failed")] == [("failed", "D2")]
            assert (await t.submit(2)).json()["errno"] == 0, "its number is free"

    asyncio.run(story())
