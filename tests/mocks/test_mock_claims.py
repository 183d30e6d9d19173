"""Complaints about an order (售后): looked at after a while, settled once the order is final, and told of each time."""

import asyncio

import pytest
from kasushou_buyer import applied, bought, complained
from mock_town import town, until

from harness.core.errors import UsageError
from mock_upstreams.config import Terms
from mock_upstreams.signing import kasushou_callback_sha1

SLOW = {"service": {"median_ms": 3.6e6, "p95_ms": 7.2e6}}


def of_claims(t):
    return [told for told in t.platform.heard if "content" in told]


def upstreams(**terms):
    return {"kasushou": {"products": [{"id": "12", "cost_fen": 4960, "face_fen": 5000}], **terms}}


async def over(t, claims):
    totals = t.street.house.totals
    await until(lambda: len(of_claims(t)) >= claims and not totals.pending, "the callbacks")


def test_a_complaint_is_told_of_when_it_is_looked_at_and_when_it_is_settled():
    async def story():
        async with town(upstreams=upstreams()) as t:
            t.platform.says = b"ok"
            ref = (await bought(t)).json()["data"]["ordersn"]
            assert await complained(t, ref, t.platform.url) == {"code": 200, "msg": "操作成功"}
            await over(t, 2)
            told = of_claims(t)
            assert [(one["ordersn"], one["status"]) for one in told] == [(ref, "2"), (ref, "3")]
            assert set(told[0]) == {"ordersn", "status", "content", "screenshot", "time", "sign"}
            for one in told:
                assert one["sign"] == kasushou_callback_sha1(one, "TESTKEY")
                assert len(one["time"]) == 13
            (asked,) = t.rows("claim")
            assert (asked.order_no, asked.ref, asked.outcome) == ("K2", ref, "ok")
            states = [row.state for row in t.rows("notify") if row.detail["op"] == "claim"]
            assert states == ["under_way", "settled"]
            book = t.book("kasushou")
            assert book.balance_in_fen - book.balance_fen == 4960, "it moves no money"

    asyncio.run(story())


def test_a_complaint_is_settled_once_its_order_is_final_and_ended_if_that_was_cancelled():
    async def story():
        async with town(upstreams=upstreams(cancels=1.0, **SLOW)) as t:
            t.platform.says = b"ok"
            ref = (await bought(t)).json()["data"]["ordersn"]
            await complained(t, ref, t.platform.url)
            await over(t, 1)
            await asyncio.sleep(0.1)
            assert [one["status"] for one in of_claims(t)] == ["2"]
            await applied(t, ref)
            await over(t, 2)
            assert [one["status"] for one in of_claims(t)] == ["2", "4"]

    asyncio.run(story())


def test_who_names_no_address_is_told_nothing_and_who_says_no_ok_is_told_again():
    async def story():
        async with town(upstreams=upstreams(), time_scale=1e5) as t:
            ref = (await bought(t)).json()["data"]["ordersn"]
            await complained(t, ref, "")
            await complained(t, ref, t.platform.url)
            await over(t, 12)
            assert [one["status"] for one in of_claims(t)].count("3") == 6

    asyncio.run(story())


def test_a_complaint_about_no_order_is_refused():
    async def story():
        async with town(upstreams=upstreams()) as t:
            said = await complained(t, "API0", t.platform.url)
            assert (said["code"], said["msg"]) == (400, "订单不存在")
            assert of_claims(t) == []

    asyncio.run(story())


def test_a_wait_below_nothing_is_refused():
    with pytest.raises((UsageError, ValueError), match="claims_after_ms"):
        Terms(claims_after_ms=-1.0).served()
