"""Answers that come slowly, in part, garbled, under a wrong type, or from an old copy of the books."""

import asyncio
from urllib.parse import urlencode

import pytest
from mock_town import APIKEY, Town, epay_fields, epay_signed, strike, town, until

from harness.core.clock import tick_s
from harness.core.delivery import Spoil
from mock_upstreams import spoiling
from mock_upstreams.dialect import FORM
from mock_upstreams.signing import dayuanren_md5


async def raw(t: Town, upstream: str, path: str, fields: dict[str, str]) -> bytes:
    """Make one call and return every byte of what came until the connection closed."""
    host, port = t.url(upstream).removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    body = urlencode(fields).encode()
    head = (
        b"POST %b HTTP/1.1\r\nConnection: close\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
    )
    writer.write(head % (path.encode(), FORM.encode(), len(body)) + body)
    try:
        return await asyncio.wait_for(reader.read(), 5)
    finally:
        writer.close()


async def created(fault, **over) -> tuple[bytes, Town]:
    async with town([strike("epay", "reply", "create", fault)], **over) as t:
        answer = await raw(t, "epay", "/mapi.php", epay_signed(epay_fields(t.platform.url)))
        await until(lambda: t.rows("create"), "the row")
        (row,) = t.rows("create")
        assert t.book("epay").find("E1") is not None
        assert (row.outcome, row.http_status) == ("unknown", 200)
        return answer, t


def parted(answer: bytes) -> tuple[bytes, bytes, int]:
    head, _, body = answer.partition(b"\r\n\r\n")
    length = next(h for h in head.lower().split(b"\r\n") if h.startswith(b"content-length:"))
    return head, body, int(length.split(b":")[1])


def test_a_truncated_answer_promises_more_than_comes():
    answer, _ = asyncio.run(created({"kind": "truncate", "keep": 0.5}))
    _, body, promised = parted(answer)
    assert len(body) == promised // 2
    assert body.startswith(b'{"code":1')


@pytest.mark.parametrize(
    ("how", "expected"), [("half", b'{"code":1'), ("noise", b"<html>"), ("empty", b"")]
)
def test_a_malformed_answer_is_whole_nonsense(how, expected):
    answer, _ = asyncio.run(created({"kind": "malform", "body": how}))
    _, body, promised = parted(answer)
    assert len(body) == promised
    assert body.startswith(expected)
    assert not body.endswith(b"}")


def test_a_wrong_type_leaves_the_body_alone():
    answer, _ = asyncio.run(created({"kind": "wrong_type", "says": "image/png"}))
    head, body, promised = parted(answer)
    assert b"Content-Type: image/png" in head
    assert len(body) == promised
    assert body.endswith(b"}")


def test_a_dripped_answer_comes_whole_and_takes_its_time():
    began_s = tick_s()
    answer, _ = asyncio.run(created({"kind": "drip", "bytes": 16, "every": "20s"}))
    _, body, promised = parted(answer)
    assert len(body) == promised
    assert tick_s() - began_s >= len(answer) // 16 * 20 / 1_000


def test_a_drip_is_bounded_and_an_answer_without_a_body_is_cut_in_its_head():
    slow = Spoil(drip_bytes=1, drip_gap_ms=1_000)
    pieces = list(spoiling.pieces(b"x" * 1_000, 900, slow))
    assert b"".join(pieces) == b"x" * 1_000
    assert len(pieces) <= spoiling.DRIP_S_MAX
    assert list(spoiling.pieces(b"0123456789", 0, Spoil(cut=0.5))) == [b"01234"]
    assert list(spoiling.pieces(b"0123456789", 4, Spoil(cut=0.0))) == [b"012345"]


def test_a_spoiled_answer_closes_its_connection_and_the_next_call_is_good():
    async def story():
        fault = {"kind": "truncate"}
        async with town([strike("epay", "reply", "create", fault)]) as t:
            first = await raw(t, "epay", "/mapi.php", epay_signed(epay_fields(t.platform.url)))
            assert first.startswith(b"HTTP/1.1 200")
            assert (await t.create()).json()["code"] == 1
            assert [bool(r.strikes) for r in t.rows("create")] == [True, False]

    asyncio.run(story())


async def state_of(t: Town) -> tuple[str, str]:
    (order,) = await t.check("D1")
    return str(order["state"]), order["charge_amount"]


def test_a_stale_query_shows_the_state_of_a_while_ago():
    stale = strike("dayuanren", "reply", "query", {"kind": "stale", "lag": "400s"}, attempts=999)

    async def story():
        async with town([stale]) as t:
            await t.submit()
            await until(lambda: t.rows("delivered"), "delivery")
            assert (await state_of(t))[0] == "0"
            end_s = tick_s() + 5
            while (await state_of(t))[0] != "1":
                assert tick_s() < end_s
            rows = t.rows("query")
            assert rows[0].detail["shows"] == "stale"
            assert "shows" not in rows[-1].detail
            assert t.book("dayuanren").query(["D1"])[0].state == "delivered"

    asyncio.run(story())


def test_a_blind_query_knows_nothing_of_what_was_made_a_moment_ago():
    """What several operators say: "no such order" means nothing within a minute of the submit."""
    fault = {"kind": "stale", "lag": "24h", "hides": True}
    blind = [
        strike("dayuanren", "reply", "query", fault, attempts=1) | {"id": "a"},
        strike("epay", "reply", "query", fault, attempts=1) | {"id": "b"},
    ]

    async def story():
        async with town(blind) as t:
            await t.submit(1)
            assert await t.check("D1") == []
            assert [one["out_trade_num"] for one in await t.check("D1")] == ["D1"]
            await t.create(2)
            gone = (await t.api("order", out_trade_no="E2")).json()
            assert (gone["code"], gone["msg"]) == (-1, "订单号不存在")
            assert (await t.api("order", out_trade_no="E2")).json()["status"] == 0
            assert [row.detail.get("shows") for row in t.rows("query")] == ["blind", None] * 2

    asyncio.run(story())


def test_a_blind_query_shows_what_is_older_than_its_lag():
    fault = {"kind": "stale", "lag": "1ms", "hides": True}

    async def story():
        async with town([strike("dayuanren", "reply", "query", fault, attempts=99)]) as t:
            await t.submit(1)
            await t.submit(2)
            assert len(await t.check("D1", "D2", "D9")) == 2

    asyncio.run(story())


def test_a_stale_gateway_still_says_unpaid():
    stale = strike("epay", "reply", "query", {"kind": "stale", "lag": "24h"}, attempts=999)

    async def story():
        async with town([stale]) as t:
            await t.pay((await t.create()).json()["payurl"])
            await until(lambda: t.rows("captured"), "the charge")
            assert (await t.api("order", out_trade_no="E1")).json()["status"] == 0
            t.street.house.heal()
            assert (await t.api("order", out_trade_no="E1")).json()["status"] == 1

    asyncio.run(story())


def test_a_flipped_state_is_right_again_at_the_next_query():
    async def story():
        async with town([strike("dayuanren", "reply", "query", {"kind": "flip"})]) as t:
            await t.submit()
            await until(lambda: t.rows("delivered"), "delivery")
            assert [(await state_of(t))[0] for _ in range(2)] == ["2", "1"]
            assert [r.detail.get("shows") for r in t.rows("query")] == ["flip", None]
            book = t.book("dayuanren")
            assert book.balance_fen == book.balance_in_fen - 4960

    asyncio.run(story())


def test_a_refused_order_is_delivered_all_the_same():
    fault = {"kind": "reject_then_succeed"}

    async def story():
        async with town([strike("dayuanren", "reply", "submit", fault)]) as t:
            assert (await t.submit()).json()["errno"] != 0
            await until(lambda: t.platform.heard, "the callback")
            assert t.platform.heard[0]["state"] == "1"
            assert t.platform.heard[0]["sign"] == dayuanren_md5(t.platform.heard[0], APIKEY)
            assert t.rows("submit")[0].outcome == "unknown"
            assert len(t.rows("delivered")) == 1

    asyncio.run(story())
