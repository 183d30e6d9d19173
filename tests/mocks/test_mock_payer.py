"""How customers pay: refused by the bank, breaking off, twice at once, and otherwise."""

import asyncio
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import pytest
from mock_town import KEY, Town, epay_fields, epay_signed, strike, town, until

from mock_upstreams.signing import epay_md5


async def pay(t: Town, url: str, **over: object) -> Any:
    body = {"pay_url": url, "intent": 1, "amount_fen": None} | over
    return (await t.control("POST", "/payer/pay", msgspec.json.encode(body))).json()


@pytest.mark.parametrize("reason", ["balance", "limit", "frozen", "session_expired"])
def test_a_bank_that_refuses_says_why_and_takes_nothing(reason):
    async def story():
        async with town() as t:
            url = (await t.create()).json()["payurl"]
            seen = await pay(t, url, how="refused", reason=reason)
            assert (seen["outcome"], seen["reason"], seen["order_no"]) == ("fail", reason, "E1")
            assert t.book("epay").find("E1").state == "unpaid"
            assert (await pay(t, url))["outcome"] == "ok"  # with another card
            assert len(t.rows("captured")) == 1

    asyncio.run(story())


def test_who_breaks_off_has_not_paid_and_may_do_it_later():
    async def story():
        async with town() as t:
            url = (await t.create()).json()["payurl"]
            seen = await pay(t, url, how="breaks_off")
            assert (seen["outcome"], seen["reason"]) == ("unknown", "paying")
            assert (await t.api("order", out_trade_no="E1")).json()["status"] == 0
            assert t.rows("captured", "notify") == []
            assert (await pay(t, url))["outcome"] == "ok"

    asyncio.run(story())


def test_two_payments_at_once_are_one_charge_and_one_refusal():
    async def story():
        async with town() as t:
            url = (await t.create()).json()["payurl"]
            seen = await pay(t, url, how="twice")
            assert (seen["outcome"], seen["amount_fen"], seen["again"]) == (
                "ok",
                4990,
                "already_paid",
            )
            assert sorted(row.outcome for row in t.rows("pay")) == ["fail", "ok"]
            assert len(t.rows("captured")) == 1

    asyncio.run(story())


def test_of_two_payments_the_answer_that_came_is_shown():
    async def story():
        lost = strike("epay", "reply", "pay", {"kind": "lose_reply"}, attempts=1)
        async with town([lost]) as t:
            url = (await t.create()).json()["payurl"]
            seen = await pay(t, url, how="twice")
            assert (seen["outcome"], seen["reason"], seen["again"]) == (
                "fail",
                "already_paid",
                "silence",
            )
            assert len(t.rows("captured")) == 1

    asyncio.run(story())


def test_two_payments_that_are_never_answered_end_in_silence_and_one_charge():
    async def story():
        async with town([strike("epay", "reply", "pay", {"kind": "hang"}, attempts=9)]) as t:
            url = (await t.create()).json()["payurl"]
            body = msgspec.json.encode({"pay_url": url, "how": "twice"})
            assert (await t.control("POST", "/payer/pay", body)).how == "silence"
            await until(lambda: len(t.rows("pay")) == 2, "both rows")
            assert {row.outcome for row in t.rows("pay")} == {"unknown"}
            assert len(t.rows("captured")) == 1

    asyncio.run(story())


@pytest.mark.parametrize("over", [{"how": "steals"}, {"how": "refused", "reason": "bad mood"}])
def test_an_unknown_behaviour_is_malformed(over):
    async def story():
        async with town() as t:
            url = (await t.create()).json()["payurl"]
            seen = await pay(t, url, **over)
            assert seen["reason"].startswith("malformed")
            assert t.rows("captured") == []

    asyncio.run(story())


@pytest.mark.parametrize("how", ["refused", "breaks_off", "twice"])
def test_a_trade_that_is_not_there_cannot_be_paid_in_any_way(how):
    async def story():
        async with town() as t:
            url = (await t.create()).json()["payurl"] + "9"
            seen = await pay(t, url, how=how)
            assert (seen["outcome"], seen["reason"]) == ("fail", "not_found")

    asyncio.run(story())


@pytest.mark.parametrize("typed", [" {}\n", "{}#pay"])
def test_a_link_is_opened_as_a_browser_does(typed):
    """Platforms hand out links that name their goods in Chinese, with blanks, as they are."""

    async def story():
        async with town() as t:
            fields = epay_signed(epay_fields(t.platform.url) | {"name": "会员 月卡"})
            link = t.url("epay") + "/submit.php?" + "&".join(map("=".join, fields.items()))
            assert (await pay(t, typed.format(link)))["order_no"] == "E1"
            assert t.book("epay").find("E1").subject == "会员 月卡"
            assert (await pay(t, "http://会员/\x00"))["reason"] == "not_found"

    asyncio.run(story())


def told_back(seen):
    url, _, query = seen["back"].partition("?")
    return url, dict(parse_qsl(query, keep_blank_values=True))


def test_a_browser_is_led_back_as_signed_as_a_notification():
    async def story():
        async with town() as t:
            url = (await t.create(return_url="http://shop/return")).json()["payurl"]
            place, fields = told_back(await pay(t, url, returns=True))
            assert place == "http://shop/return"
            assert (fields["out_trade_no"], fields["trade_status"]) == ("E1", "TRADE_SUCCESS")
            assert fields["sign"] == epay_md5(fields, KEY)

    asyncio.run(story())


def test_nobody_is_led_back_who_did_not_ask_or_has_nowhere_to_go():
    async def story():
        async with town() as t:
            url = (await t.create(return_url="http://shop/return")).json()["payurl"]
            assert "back" not in await pay(t, url)
            nowhere = (await t.create(2, return_url="")).json()["payurl"]
            assert (await pay(t, nowhere, returns=True))["back"] == ""

    asyncio.run(story())


@pytest.mark.parametrize("signature", ["wrong", "empty", "absent"])
def test_who_pretends_pays_nothing_and_signs_badly(signature):
    async def story():
        async with town() as t:
            url = (await t.create(return_url="http://shop/return")).json()["payurl"]
            seen = await pay(t, url, how="pretends", signature=signature)
            assert (seen["outcome"], seen["reason"]) == ("fail", "pretended")
            _, fields = told_back(seen)
            assert (fields["out_trade_no"], fields["money"]) == ("E1", "49.90")
            assert ("sign" in fields) is (signature != "absent")
            assert bool(fields.get("sign")) is (signature == "wrong")
            assert fields.get("sign") != epay_md5(fields, KEY)
            assert t.book("epay").find("E1").state == "unpaid"
            assert not t.rows("captured", "notify")

    asyncio.run(story())
