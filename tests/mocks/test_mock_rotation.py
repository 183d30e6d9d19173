"""Keys that change in the middle of a run: who may still ask with the old one, and what the next one signs."""

import asyncio
import json

import msgspec
import pytest
from mock_town import APIKEY, KEY, Town, epay_fields, strike, town, until

from harness.core.clock import now_ns
from harness.core.delivery import Leg
from harness.core.errors import UsageError
from mock_upstreams import rotation
from mock_upstreams.catalogue import dialects
from mock_upstreams.config import Config
from mock_upstreams.signing import dayuanren_md5, epay_md5

ROTATE = {"kind": "rotate"}
SOON = 10_000.0
"""Real ms from the first arrival to a window that is still to come."""


def rotate(upstream: str, leg: str, op: str, *, begins_ms: float = -1.0, **fault: str):
    made = strike(upstream, leg, op, ROTATE | fault, attempts=1_000_000)
    return {**made, "id": f"{upstream}-{leg}", "by": "clock", "window_ms": [begins_ms, 1e9]}


async def begun(t: Town) -> None:
    body = json.dumps({"t0_ns": now_ns()}).encode()
    assert (await t.control("POST", "/control/begin", body)).status == 200


def next_key(t: Town, name: str, setting: str) -> str:
    return t.street.upstreams[name].dialect.successor.settings[setting]


def test_a_notification_is_signed_with_the_next_key_and_its_acknowledgement_counts():
    async def story():
        async with town([rotate("epay", "notify", "pay")]) as t:
            await begun(t)
            assert (await t.pay((await t.create()).json()["payurl"])).json()["outcome"] == "ok"
            await until(lambda: not t.street.house.totals.pending, "the end of the ladder")
            (heard,) = t.platform.heard
            later = next_key(t, "epay", "key")
            assert later != KEY
            assert len(later) == len(KEY)
            assert heard["sign"] == epay_md5(heard, later) != epay_md5(heard, KEY)
            (row,) = t.rows("notify")
            assert (row.outcome, row.detail["rotated"], row.detail["forged"]) == ("ok", 1, 0)

    asyncio.run(story())


def test_until_the_window_the_old_key_signs_and_the_next_one_is_not_taken():
    async def story():
        async with town([rotate("epay", "notify", "pay", begins_ms=SOON)]) as t:
            await begun(t)
            fields = epay_fields(t.platform.url, 1)
            signed = fields | {"sign": epay_md5(fields, next_key(t, "epay", "key"))}
            said = await t.post(t.url("epay") + "/mapi.php", signed)
            assert said.json()["code"] == -1
            await t.pay((await t.create()).json()["payurl"])
            await until(lambda: t.platform.heard, "a notification")
            (heard,) = t.platform.heard
            assert heard["sign"] == epay_md5(heard, KEY)

    asyncio.run(story())


def test_in_the_grace_both_keys_are_taken_and_after_it_only_the_next_one():
    async def story(leg: str, op: str):
        async with town([rotate("epay", leg, op)]) as t:
            await begun(t)
            fields = epay_fields(t.platform.url, 2)
            later = next_key(t, "epay", "key")
            signed = fields | {"sign": epay_md5(fields, later), "sign_type": "MD5"}
            said = await t.post(t.url("epay") + "/mapi.php", signed)
            return (await t.create(1)).json()["code"], said.json()["code"]

    assert asyncio.run(story("notify", "pay")) == (1, 1)
    assert asyncio.run(story("request", "create")) == (-1, 1)


def test_an_operator_refuses_the_old_key_and_does_nothing():
    async def story():
        async with town([rotate("dayuanren", "request", "submit")]) as t:
            await begun(t)
            assert (await t.submit()).json()["errno"] == 1
            assert not t.book("dayuanren").orders
            (row,) = t.rows("submit")
            assert (row.outcome, row.detail["reason"]) == ("fail", "bad_signature")
            fields = {"userid": "10001", "out_trade_nums": "D1"}
            later = next_key(t, "dayuanren", "apikey")
            assert later != APIKEY
            signed = fields | {"sign": dayuanren_md5(fields, later)}
            said = await t.post(t.url("dayuanren") + "/yrapi.php/index/check", signed)
            assert said.json()["errno"] == 0

    asyncio.run(story())


@pytest.mark.parametrize("name", dialects())
def test_the_next_keys_of_every_dialect_are_others_and_leave_the_rest(name):
    kind = dialects()[name]
    assert bool(kind.secrets) != bool(kind.own_keys)
    dialect = kind({}, {})
    before, after = dialect.credentials(), dialect.successor.credentials()
    assert before.keys() == after.keys()
    assert {key for key in before if before[key] != after[key]} >= set(kind.secrets)
    assert before != after
    assert (Leg.REQUEST in rotation.legs(kind)) == bool(kind.secrets)
    assert (Leg.NOTIFY in rotation.legs(kind)) == bool(kind.notifies)


def test_a_change_that_nobody_would_feel_is_refused():
    fields = {"token": "x" * 8, "upstreams": {"alipay": {}}}
    made = rotate("alipay", "request", "create")
    with pytest.raises(UsageError, match="no key of alipay changes on request"):
        msgspec.convert(fields | {"strikes": [made]}, Config).check()
