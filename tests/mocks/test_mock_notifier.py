"""Ladders: when a notification is tried again, what stops it, and what strikes make of it."""

import asyncio
from itertools import pairwise

import pytest
from mock_town import APIKEY, KEY, Town, strike, town, until

from harness.core.clock import tick_s
from mock_upstreams.gateways.epay import Epay
from mock_upstreams.operators.dayuanren import Dayuanren
from mock_upstreams.signing import dayuanren_md5, epay_md5


async def paid(t: Town, intent: int = 1) -> None:
    assert (await t.pay((await t.create(intent)).json()["payurl"], intent)).json()[
        "outcome"
    ] == "ok"


async def ladder_over(t: Town) -> None:
    await until(lambda: not t.street.house.totals.pending, "the end of the ladder")


def plans_of(t: Town) -> list[tuple[float, float]]:
    """Note for each attempt of a ladder when it was planned, and for when."""
    notifier = t.street.notifier
    agenda, planned = notifier._agenda, []
    at = agenda.at

    def noting(begin_s, act, *args):
        if act == notifier._beginning:
            planned.append((tick_s(), args[-1]))
        at(begin_s, act, *args)

    agenda.at = noting
    return planned


def test_an_acknowledged_notification_is_sent_once_and_validly_signed():
    async def story():
        async with town() as t:
            await paid(t)
            await ladder_over(t)
            (heard,) = t.platform.heard
            assert heard["sign"] == epay_md5(heard, KEY)
            assert (heard["out_trade_no"], heard["money"]) == ("E1", "49.90")
            (row,) = t.rows("notify")
            assert (row.outcome, row.state, row.amount_fen, row.intent) == ("ok", "paid", 4990, 1)
            assert row.detail == {"op": "pay", "copy": 0, "sent": 1, "forged": 0}
            totals = t.street.house.totals
            assert (totals.notified, totals.acked) == (1, 1)

    asyncio.run(story())


def test_the_ladder_keeps_its_gaps_and_ends():
    scale = 12_000.0  # a minute of the upstream is 5 ms

    async def story():
        async with town(time_scale=scale) as t:
            t.platform.says = b"fail"
            planned = plans_of(t)
            await paid(t)
            await ladder_over(t)
            assert len(planned) == len(Epay.ladder_ms) + 1 == 6
            for (_, due_s), arrived_s in zip(planned, t.platform.times_s, strict=True):
                assert arrived_s >= due_s
            rungs = zip(Epay.ladder_ms, pairwise(planned), t.platform.times_s[:-1], strict=True)
            for gap_ms, ((_, last_s), (planned_s, due_s)), arrived_s in rungs:
                gap_s = gap_ms / 1_000 / scale
                # From when the last one was sent; from its answer only if that was later than this.
                overtaken = last_s + gap_s < due_s - gap_s <= planned_s
                assert last_s + gap_s <= due_s <= arrived_s + gap_s or overtaken
            assert [r.attempt for r in t.rows("notify")] == [1, 2, 3, 4, 5, 6]
            assert {r.outcome for r in t.rows("notify")} == {"fail"}
            assert len({h["trade_no"] for h in t.platform.heard}) == 1

    asyncio.run(story())


def test_no_attempt_comes_sooner_than_the_platform_handles_one_however_fast_time_runs():
    async def story():
        async with town(time_scale=600_000.0, handles_ms=30.0) as t:
            planned = plans_of(t)
            t.platform.says = b"not yet"
            await paid(t)
            await ladder_over(t)
        return [due_s for _, due_s in planned]

    dues_s = asyncio.run(story())
    assert len(dues_s) == len(Epay.ladder_ms) + 1
    assert all(later - earlier > 0.0299 for earlier, later in pairwise(dues_s))


@pytest.mark.parametrize(("handles_ms", "wait_s"), [(0.0, 1.0), (2_500.0, 2.5)])
def test_nobody_hangs_up_sooner_than_the_platform_says_it_takes(handles_ms, wait_s):
    async def story():
        async with town(time_scale=60_000.0, handles_ms=handles_ms) as t:
            waits, caller = [], t.street.house.caller
            call = caller.call

            async def noting(out, most_s):
                waits.append(most_s)
                return await call(out, most_s)

            caller.call = noting
            await paid(t)
            await ladder_over(t)
            return waits

    assert asyncio.run(story()) == [wait_s]


def test_the_operators_ladder_has_five_attempts_and_wants_exactly_success():
    async def story():
        async with town(time_scale=60_000.0) as t:
            t.platform.says = b"success\n"
            await t.submit()
            await until(lambda: t.platform.heard, "a callback")
            await ladder_over(t)
            assert len(t.platform.heard) == len(Dayuanren.ladder_ms) + 1 == 5

    asyncio.run(story())


def test_a_lost_acknowledgement_is_followed_by_the_same_notification():
    lose = strike("epay", "notify", "pay", {"kind": "lose_reply"}, attempts=2)

    async def story():
        async with town([lose], time_scale=60_000.0) as t:
            await paid(t)
            await ladder_over(t)
            assert [r.outcome for r in t.rows("notify")] == ["unknown", "unknown", "ok"]
            assert [len(r.strikes) for r in t.rows("notify")] == [1, 1, 0]
            assert len(t.platform.heard) == 3

    asyncio.run(story())


def test_copies_at_the_same_instant_are_truly_concurrent():
    three = strike("epay", "notify", "pay", {"kind": "duplicate", "copies": 3})

    async def story():
        async with town([three]) as t:
            t.platform.wait_for = 3  # nobody is answered before all three are here
            await paid(t)
            await ladder_over(t)
            assert len(t.platform.heard) == 3
            assert sorted(r.detail["copy"] for r in t.rows("notify")) == [0, 1, 2]
            assert {r.outcome for r in t.rows("notify")} == {"ok"}

    asyncio.run(story())


def test_a_dropped_notification_leaves_a_row_and_the_ladder_goes_on():
    async def story():
        async with town(
            [strike("epay", "notify", "pay", {"kind": "drop"})], time_scale=60_000.0
        ) as t:
            await paid(t)
            await ladder_over(t)
            first, second = t.rows("notify")
            assert (first.outcome, first.detail["sent"], first.strikes) == (
                "unknown",
                0,
                ["drop-notify"],
            )
            assert (second.outcome, second.attempt) == ("ok", 2)

    asyncio.run(story())


def test_what_somebody_else_acknowledged_is_lost_for_good():
    lost = strike("epay", "notify", "pay", {"kind": "drop", "for_good": True})

    async def story():
        async with town([lost], time_scale=60_000.0) as t:
            await paid(t)
            await ladder_over(t)
            (row,) = t.rows("notify")
            assert (row.outcome, row.detail["sent"], row.strikes) == ("unknown", 0, ["drop-notify"])
            assert not t.platform.heard
            assert t.street.house.totals.acked == 0

    asyncio.run(story())


def test_a_delayed_notification_comes_late_and_reordered_ones_swap():
    late = strike("epay", "notify", "pay", {"kind": "delay", "by": "200s"}, share=0.5)

    async def story():
        async with town([late]) as t:
            for intent in range(8):
                await paid(t, intent)
            await ladder_over(t)
            rows = t.rows("notify")
            assert {r.outcome for r in rows} == {"ok"}
            struck = [r for r in rows if r.strikes]
            assert 0 < len(struck) < 8
            captured = {r.order_no: r.time_ns for r in t.rows("captured")}
            assert all(r.time_ns - captured[r.order_no] >= 200e9 / 1_000 for r in struck)

    asyncio.run(story())


def test_a_rewritten_amount_is_told_and_validly_signed_but_not_true():
    half = strike("epay", "notify", "pay", {"kind": "rewrite", "amount_times": 0.5})

    async def story():
        async with town([half]) as t:
            await paid(t)
            await ladder_over(t)
            (heard,) = t.platform.heard
            assert heard["money"] == "24.95"
            assert heard["sign"] == epay_md5(heard, KEY)
            assert t.rows("captured")[0].amount_fen == 4990
            assert t.rows("notify")[0].amount_fen == 2495

    asyncio.run(story())


def test_a_forgery_goes_ahead_of_the_real_one_and_its_ack_stops_nothing():
    async def story():
        async with town(
            [strike("epay", "notify", "pay", {"kind": "forge"})], time_scale=60_000.0
        ) as t:
            await paid(t)
            await ladder_over(t)
            valid = [h["sign"] == epay_md5(h, KEY) for h in t.platform.heard]
            assert sorted(valid) == [False, True]
            assert sorted(r.detail["forged"] for r in t.rows("notify")) == [0, 1]

    asyncio.run(story())


def test_a_payment_that_never_was_is_forged_once_and_only_where_a_strike_says_so():
    async def story():
        strikes = [strike("epay", "notify", "create", {"kind": "forge"}, share=0.5)]
        async with town(strikes) as t:
            for intent in range(10):
                await t.create(intent)
            await ladder_over(t)
            rows = t.rows("notify")
            forged = {r.order_no for r in rows}
            assert 0 < len(rows) == len(forged) < 10
            assert all(
                r.detail["forged"] and r.state == "paid" and r.amount_fen == 4990 for r in rows
            )
            assert all(h["sign"] != epay_md5(h, KEY) for h in t.platform.heard)
            assert not t.rows("captured")

    asyncio.run(story())


FORGED_CALLBACKS = [
    ({}, "delivered"),
    ({"contrary": True}, "failed"),
    ({"contrary": True, "later": "1s", "signature": "empty"}, "failed"),
]


@pytest.mark.parametrize(("said", "state"), FORGED_CALLBACKS)
def test_a_callback_of_an_order_at_work_is_forged_once_and_the_true_one_follows(said, state):
    async def story():
        strikes = [strike("dayuanren", "notify", "accept", {"kind": "forge", **said})]
        async with town(strikes) as t:
            await t.submit(1)
            await until(lambda: len(t.platform.heard) == 2, "both")
            await ladder_over(t)
            forged, *true = sorted(t.rows("notify"), key=lambda row: not row.detail["forged"])
            assert (forged.vantage, forged.state, forged.detail["op"]) == (
                "operator",
                state,
                "accept",
            )
            assert not any(row.detail["forged"] for row in true)
            assert [row.state for row in true] == ["delivered"]
            right = [h["sign"] == dayuanren_md5(h, APIKEY) for h in t.platform.heard]
            assert sorted(right) == [False, True]

    asyncio.run(story())


def test_what_only_a_forger_tells_opens_no_gate():
    async def story():
        early = strike("dayuanren", "reply", "submit", {"kind": "early", "at_most": "24h"})
        forge = strike("dayuanren", "notify", "accept", {"kind": "forge"})
        async with town([early | {"id": "early"}, forge]) as t:
            await t.submit(1)
            answered = {row.kind: row.time_ns for row in t.rows("submit", "delivered")}
            told = [row for row in t.rows("notify") if not row.detail["forged"]]
            assert told  # the answer waited for the true one
            assert answered["delivered"] <= told[0].time_ns

    asyncio.run(story())


def test_a_silent_platform_and_a_dead_one_are_unknown():
    async def story():
        async with town(time_scale=1e9) as t:
            t.platform.mute = True
            await t.create(1, notify_url="http://127.0.0.1:1/nobody")
            await t.pay(t.url("epay") + "/pay/" + t.book("epay").find("E1").ref)
            await ladder_over(t)
            assert {r.outcome for r in t.rows("notify")} == {"unknown"}
            assert "connect" in t.rows("notify")[0].detail["reason"]
            await paid(t, 2)
            await until(lambda: t.platform.heard, "the notification")
            await until(
                lambda: [r for r in t.rows("notify") if r.order_no == "E2"], "the wait's end"
            )
            row = next(r for r in t.rows("notify") if r.order_no == "E2")
            assert (row.outcome, row.http_status) == ("unknown", 0)
            assert (
                row.took_us >= 1_000_000
            )  # the wait for an answer does not shrink below one second

    asyncio.run(story())


def test_heal_ends_strikes_for_ladders_that_climb_on():
    drop = strike("epay", "notify", "pay", {"kind": "drop"}, attempts=9)

    async def story():
        async with town([drop], time_scale=6_000.0) as t:
            await paid(t)
            await until(lambda: len(t.rows("notify")) >= 2, "two lost attempts")
            t.street.house.heal()
            await ladder_over(t)
            assert t.rows("notify")[-1].outcome == "ok"

    asyncio.run(story())


def test_a_state_that_is_not_final_can_be_told():
    early = {"kind": "rewrite", "set": {"state": "delivering"}}

    async def story():
        async with town([strike("dayuanren", "notify", "submit", early)], time_scale=60_000.0) as t:
            await t.submit()
            await until(lambda: t.platform.heard, "a callback")
            assert t.platform.heard[0]["state"] == "0"

    asyncio.run(story())


@pytest.mark.parametrize(
    ("rest", "outcomes"),
    [
        (b"\r\n<p>SUCCESS</p>", ["ok"]),
        (b"Content-Length: 8\r\n\r\nSUCCESS", ["unknown"] * 6),
        (b"Transfer-Encoding: chunked\r\n\r\n7\r\nSUCCESS\r\n", ["unknown"] * 6),
    ],
)
def test_answers_are_read_to_their_end_and_one_that_is_cut_short_is_none(rest, outcomes):
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n" + rest)
        writer.close()

    async def story():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with town(time_scale=100_000.0) as t:
            await t.create(1, notify_url=f"http://127.0.0.1:{port}/n?order=1")
            await t.pay(t.url("epay") + "/pay/" + t.book("epay").find("E1").ref)
            await ladder_over(t)
            assert [r.outcome for r in t.rows("notify")] == outcomes
        server.close()

    asyncio.run(story())
