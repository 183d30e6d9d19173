"""The message channel: what customers are told, by JSON or form, and what strikes make of it."""

import asyncio
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from mock_town import SEED, Heard, Town, call, strike, town, until

from harness.core.identity import tail_of
from harness.faults.status import Condition
from mock_upstreams.catalogue import dialects, message_channels

KEY = "SMSKEY"
SMS = {"upstreams": {"sms": {"key": KEY}}}
TEXT = f"您的订单 A1 已充值到账：138{tail_of(SEED, 4)}"


async def send(t: Town, key: str = KEY, *, as_form: bool = False, **over: object) -> Heard:
    fields = {"phone": "13900000001", "text": TEXT, "order_no": "A1"} | over
    kind = "application/x-www-form-urlencoded" if as_form else "application/json"
    body = urlencode(fields).encode() if as_form else msgspec.json.encode(fields)
    headers = f"Authorization: Bearer {key}\r\nContent-Type: {kind}\r\n"
    return await call(t, "POST", t.url("sms") + "/send", body, headers)


async def sent(t: Town, phone: str = "13900000001") -> Any:
    url = f"{t.url('sms')}/sent?phone={phone}"
    heard = await call(t, "GET", url, headers=f"Authorization: Bearer {KEY}\r\n")
    return heard.json()["messages"]


@pytest.mark.parametrize("as_form", [True, False])
def test_what_the_customer_was_told_is_written_down(as_form):
    async def story():
        async with town(**SMS) as t:
            heard = await send(t, as_form=as_form, way="in_app")
            assert heard.json()["code"] == 0
            (row,) = t.rows("sent")
            assert (row.vantage, row.account, row.order_no, row.intent, row.channel) == (
                "message",
                "13900000001",
                "A1",
                4,
                "sms",
            )
            assert row.detail == {"text": TEXT, "way": "in_app"}
            (call_row,) = t.rows("send")
            assert (call_row.outcome, call_row.account) == ("ok", "13900000001")
            (shown,) = await sent(t)
            assert (shown["id"], shown["text"]) == (heard.json()["id"], TEXT)
            assert await sent(t, "139") == []

    asyncio.run(story())


def test_sending_twice_tells_twice():
    async def story():
        async with town(**SMS) as t:
            ids = [(await send(t)).json()["id"] for _ in range(2)]
            assert [one["id"] for one in await sent(t)] == ids
            assert len(set(ids)) == 2

    asyncio.run(story())


@pytest.mark.parametrize(
    ("over", "status"),
    [
        ({"key": "wrong"}, 401),
        ({"text": ""}, 400),
        ({"text": "x" * 501}, 400),
        ({"phone": ""}, 400),
        ({"phone": 5}, 400),
        ({"way": "pigeon"}, 400),
    ],
)
def test_nonsense_is_refused_and_tells_nobody(over, status):
    async def story():
        async with town(**SMS) as t:
            assert (await send(t, **over)).status == status
            assert t.rows("sent", "send") == []
            assert t.street.house.totals.unreadable == 1

    asyncio.run(story())


# leg, fault, what the platform hears, its status, whether the customer is told at once
STRIKES = [
    ("request", {"kind": "drop"}, "silence", 0, False),
    ("request", {"kind": "hang"}, "silence", 0, False),
    ("request", {"kind": "status", "code": "busy"}, "answer", 500, False),
    ("request", {"kind": "status", "code": "rate_limited"}, "answer", 429, False),
    ("request", {"kind": "delay", "by": "5s"}, "answer", 200, True),
    ("effect", {"kind": "drop"}, "answer", 200, False),
    ("effect", {"kind": "delay", "by": "100s"}, "answer", 200, False),
    ("reply", {"kind": "drop"}, "silence", 0, True),
    ("reply", {"kind": "status", "code": "busy"}, "answer", 500, True),
]


@pytest.mark.parametrize(
    ("leg", "fault", "hears", "status", "told"),
    STRIKES,
    ids=[f"{leg}-{'-'.join(fault.values())}" for leg, fault, *_ in STRIKES],
)
def test_a_channel_is_struck_like_any_other_upstream(leg, fault, hears, status, told):
    async def story():
        async with town([strike("sms", leg, "send", fault)], **SMS) as t:
            heard = await send(t)
            assert (heard.how, heard.status) == (hears, status)
            (row,) = t.rows("send")
            assert row.strikes == [f"{fault['kind']}-{leg}"]
            if (leg, fault["kind"]) != ("effect", "delay"):
                assert bool(t.rows("sent")) is told
                return
            await until(lambda: t.rows("sent"), "the message, late")
            # 100 s of the upstream's time; on a busy machine the answer is read when that is over.
            assert t.rows("sent")[0].time_ns >= row.time_ns + 100_000_000

    asyncio.run(story())


@pytest.mark.parametrize("name", sorted(message_channels()))
def test_every_channel_says_every_condition_and_is_no_dialect_of_orders(name):
    channel = message_channels()[name]
    assert channel.side == "message"
    assert set(Condition) <= set(channel.codes)
    assert name not in dialects()
    made = channel({}, {})
    assert made.credentials()["key"]
    assert all(made.refuse(None, code).status >= 400 for code in channel.codes)
