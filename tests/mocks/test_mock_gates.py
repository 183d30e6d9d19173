"""Notifications that wait for something, come out of order, contradict, repeat, or are meant for others."""

import asyncio

import pytest
from kasushou_buyer import bought
from mock_town import APIKEY, KEY, PRODUCTS, Town, strike, town, until

from mock_upstreams.catalogue import dialects
from mock_upstreams.signing import dayuanren_md5, epay_md5
from mock_upstreams.strangers import stranger


async def paid(t: Town, intent: int = 1) -> None:
    assert (await t.pay((await t.create(intent)).json()["payurl"], intent)).status == 200


async def ladder_over(t: Town) -> None:
    await until(lambda: not t.street.house.totals.pending, "the end of the ladder")


def told(t: Town, key: str) -> list[str]:
    return [heard[key] for heard in t.platform.heard]


def test_a_burst_holds_different_orders_and_releases_them_together():
    burst = strike("epay", "notify", "pay", {"kind": "burst", "size": 4, "at_most": "24h"})

    async def story():
        async with town([burst]) as t:
            t.platform.wait_for = 4  # nobody is answered before all four are here
            for intent in range(3):
                await paid(t, intent)
            assert not t.platform.heard
            assert t.street.house.totals.pending == 3
            await paid(t, 3)
            await ladder_over(t)
            assert sorted(told(t, "out_trade_no")) == ["E0", "E1", "E2", "E3"]
            assert {r.outcome for r in t.rows("notify")} == {"ok"}

    asyncio.run(story())


@pytest.mark.parametrize("how", ["time", "heal"])
def test_a_burst_that_never_fills_is_released_by_time_or_heal(how):
    at_most = "50s" if how == "time" else "24h"
    fault = {"kind": "burst", "size": 9, "at_most": at_most}

    async def story():
        async with town([strike("epay", "notify", "pay", fault)]) as t:
            await paid(t, 1)
            await paid(t, 2)
            if how == "heal":
                assert not t.platform.heard
                t.street.house.heal()
            await ladder_over(t)
            assert sorted(told(t, "out_trade_no")) == ["E1", "E2"]

    asyncio.run(story())


def test_copies_of_one_order_are_no_crowd():
    copies = strike("epay", "notify", "pay", {"kind": "duplicate", "copies": 3})
    burst = strike("epay", "notify", "pay", {"kind": "burst", "size": 2, "at_most": "24h"})

    async def story():
        async with town([copies, burst]) as t:
            await paid(t, 1)
            assert not t.platform.heard
            await paid(t, 2)
            await ladder_over(t)
            assert sorted(told(t, "out_trade_no")) == ["E1"] * 3 + ["E2"] * 3

    asyncio.run(story())


def test_a_callback_overtakes_the_answer_to_the_submit():
    async def story():
        early = strike("dayuanren", "reply", "submit", {"kind": "early", "at_most": "24h"})
        async with town([early]) as t:
            heard = await t.submit()
            assert heard.json()["errno"] == 0
            assert told(t, "state") == ["1"]
            assert t.rows("notify", "submit")[0].kind == "notify"

    asyncio.run(story())


def test_a_charge_and_its_notification_overtake_the_answer_to_the_create():
    async def story():
        early = strike("epay", "reply", "create", {"kind": "early", "at_most": "24h"})
        async with town([early]) as t:
            heard = await t.create()
            assert heard.json()["code"] == 1
            assert told(t, "out_trade_no") == ["E1"]
            assert len(t.rows("captured")) == 1
            assert (await t.pay(heard.json()["payurl"])).json()["outcome"] == "fail"
            assert len(t.rows("captured")) == 1

    asyncio.run(story())


@pytest.mark.parametrize("again", [False, True])
def test_a_notification_comes_after_the_refund(again):
    fault = {"kind": "late_after", "at_most": "24h", "again": again}

    async def story():
        async with town([strike("epay", "notify", "pay", fault)]) as t:
            await paid(t)
            if again:
                await until(lambda: t.platform.heard, "the one in time")
            assert len(t.platform.heard) == int(again)
            await t.api("refund", out_trade_no="E1", money="49.90")
            await ladder_over(t)
            assert len(t.platform.heard) == 1 + again
            (refunded,) = t.rows("refunded")
            assert max(r.time_ns for r in t.rows("notify")) >= refunded.time_ns

    asyncio.run(story())


@pytest.mark.parametrize("first", [False, True])
def test_a_failure_contradicts_a_success_and_only_ahead_of_it_is_it_a_lie(first):
    fault = {"kind": "contradict", "apart": "20s", "first": first}

    async def story():
        async with town([strike("dayuanren", "notify", "submit", fault)]) as t:
            await t.submit()
            await until(lambda: t.platform.heard, "a callback")
            await ladder_over(t)
            assert told(t, "state") == (["2", "1"] if first else ["1", "2"])
            assert all(h["sign"] == dayuanren_md5(h, APIKEY) for h in t.platform.heard)
            (contrary,) = [r for r in t.rows("notify") if r.detail.get("contrary")]
            assert (contrary.state, contrary.detail.get("lie", 0)) == ("failed", int(first))

    asyncio.run(story())


def test_a_contradiction_that_is_acknowledged_does_not_end_the_ladder():
    async def story():
        contradict = strike("epay", "notify", "pay", {"kind": "contradict", "first": True})
        lost = strike("epay", "notify", "pay", {"kind": "lose_reply"})
        async with town([contradict, lost], time_scale=60_000.0) as t:
            await paid(t)
            await ladder_over(t)
            assert [r.attempt for r in t.rows("notify")] == [1, 1, 2]

    asyncio.run(story())


@pytest.mark.parametrize("fresh", [False, True])
def test_an_old_notification_is_replayed(fresh):
    fault = {"kind": "replay", "times": 2, "later": "20s", "fresh": fresh}

    async def story():
        async with town([strike("epay", "notify", "pay", fault)]) as t:
            await paid(t)
            await ladder_over(t)
            first, *again = t.platform.heard
            assert len(again) == 2
            assert all(h["sign"] == epay_md5(h, KEY) for h in again)
            assert again == [first, first]
            echoes = [r.detail.get("echo", 0) for r in t.rows("notify")]
            assert echoes == ([0, 0, 0] if fresh else [0, 1, 1])

    asyncio.run(story())


@pytest.mark.parametrize("other", ["merchant", "order"])
def test_somebody_elses_notification_is_told_apart_and_its_ack_stops_nothing(other):
    fault = {"kind": "foreign", "other": other}

    async def story():
        async with town([strike("epay", "notify", "create", fault)]) as t:
            await t.create()
            await ladder_over(t)
            (heard,) = t.platform.heard
            if other == "merchant":
                assert (heard["pid"], heard["out_trade_no"]) == ("1002", "E1")
                assert heard["sign"] != epay_md5(heard, KEY)
            else:
                assert heard["pid"] == "1001"
                assert heard["out_trade_no"] != "E1"
                assert heard["sign"] == epay_md5(heard, KEY)
            (row,) = t.rows("notify")
            assert (row.order_no, row.detail["foreign"], row.detail["forged"]) == ("E1", 1, 0)
            assert t.street.house.totals.acked == 0
            assert not t.rows("captured")

    asyncio.run(story())


@pytest.mark.parametrize("name", sorted(dialects()))
def test_a_stranger_is_another_merchant_of_the_same_upstream(name):
    mine = dialects()[name]({}, {})
    known, other = mine.credentials(), stranger(mine).credentials()
    assert known.keys() == other.keys()
    assert known != other


@pytest.mark.parametrize("steals", [False, True])
def test_a_progress_goes_ahead_and_may_steal_the_final_ones_acknowledgement(steals):
    fault = {"kind": "progress", "apart": "20s", "steals": steals}

    async def story():
        async with town([strike("dayuanren", "notify", "submit", fault)]) as t:
            await t.submit()
            await until(lambda: t.platform.heard, "a callback")
            await ladder_over(t)
            assert told(t, "state") == (["0"] if steals else ["0", "1"])
            assert [r.detail.get("sent") for r in t.rows("notify")] == [1, 0 if steals else 1]

    asyncio.run(story())


@pytest.mark.parametrize(("heard", "times"), [(b"success", 1), (b"wait", 5)])
def test_who_acknowledges_progress_to_dayuanren_is_told_the_end_once(heard, times):
    """The ladder of its source asks one mark whether anything was acknowledged."""
    fault = {"kind": "progress", "apart": "3000s"}

    async def story():
        async with town([strike("dayuanren", "notify", "submit", fault)], time_scale=60_000.0) as t:
            t.platform.by_state = {"0": heard, "1": b"fail"}
            await t.submit(1)
            await until(lambda: not t.street.house.totals.pending and told(t, "state"), "its end")
            assert told(t, "state") == ["0", *["1"] * times]

    asyncio.run(story())


def test_elsewhere_a_lost_end_is_told_again_whoever_acknowledged_progress():
    fault = {"kind": "progress", "apart": "3000s"}

    async def story():
        async with town(
            [strike("kasushou", "notify", "submit", fault)],
            upstreams={"kasushou": {"products": PRODUCTS}},
            time_scale=60_000.0,
        ) as t:
            t.platform.by_state = {"2": b"ok", "3": b"fail"}
            await bought(t)
            await until(lambda: not t.street.house.totals.pending and told(t, "status"), "its end")
            assert told(t, "status") == ["2", *["3"] * 6]

    asyncio.run(story())


def test_a_progress_that_is_not_acknowledged_steals_nothing():
    fault = {"kind": "progress", "apart": "2000s", "steals": True}

    async def story():
        async with town([strike("dayuanren", "notify", "submit", fault)], time_scale=1e5) as t:
            t.platform.says = b"later"
            await t.submit()
            await until(lambda: len(t.platform.heard) >= 2, "both")
            assert told(t, "state")[:2] == ["0", "1"]
            t.platform.says = b"success"
            await ladder_over(t)
            assert t.rows("notify")[-1].outcome == "ok"

    asyncio.run(story())
