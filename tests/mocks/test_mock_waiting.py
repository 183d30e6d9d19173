"""Upstreams that answer with the goods: the answer waits for them, a strike can lose it, and the cards are gone."""

import asyncio

import pytest
from mock_town import PRODUCTS, SEED, strike, town, until

from harness.core.identity import tail_of
from mock_upstreams.signing import shared_shop_md5

KEY = "APPKEY123"
SHOP = {"upstreams": {"shared_shop": {"products": PRODUCTS}}}


def trade(number, intent=1):
    fields = {
        "app_id": "1000",
        "app_key": KEY,
        "contact": f"138{tail_of(SEED, intent)}",
        "num": "1",
        "request_no": number,
        "shared_code": "401",
    }
    return fields | {"sign": shared_shop_md5(fields, KEY)}


async def buy(here, number="R1"):
    return await here.post(here.url("shared_shop") + "/shared/commodity/trade", trade(number))


def test_the_answer_holds_the_very_cards_that_the_books_handed_out():
    async def go():
        async with town(**SHOP) as here:
            heard = await buy(here)
            (delivered,) = here.rows("delivered")
            (submitted,) = here.rows("submit")
            return heard.json()["data"]["secret"], delivered, submitted

    secret, delivered, submitted = asyncio.run(go())
    assert secret.partition("----")[0] == delivered.detail["cards"][0]
    assert (delivered.intent, submitted.intent, submitted.outcome) == (1, 1, "ok")
    assert submitted.took_us > 0


@pytest.mark.parametrize(
    ("fault", "how"), [({"kind": "lose_reply"}, "cut"), ({"kind": "reset"}, "reset")]
)
def test_a_lost_answer_loses_the_cards_and_a_repeat_is_refused(fault, how):
    async def go():
        async with town([strike("shared_shop", "reply", "submit", fault)], **SHOP) as here:
            first, second = await buy(here), await buy(here)
            return first.how, second.json(), len(here.rows("delivered")), here.rows("submit")

    first, second, delivered, rows = asyncio.run(go())
    assert first == how
    assert second["msg"] == "The request ID already exists"
    assert delivered == 1, "charged and handed out, and nobody has the cards"
    assert [row.outcome for row in rows] == ["unknown", "fail"]


def test_when_the_goods_never_come_the_answer_says_that_they_will_and_the_money_comes_back_later():
    async def go():
        strikes = [strike("shared_shop", "effect", "submit", {"kind": "drop"})]
        async with town(strikes, **SHOP) as here:
            heard = await buy(here)
            await until(lambda: here.rows("failed"), "the operator notices")
            (sold,), (failed,) = here.rows("submit"), here.rows("failed")
            return (
                heard.json()["data"]["secret"],
                sold,
                failed,
                here.book("shared_shop").balance_fen,
            )

    secret, sold, failed, left_fen = asyncio.run(go())
    assert secret == "正在发货中，请耐心等待，如有疑问，请联系客服。"
    assert (sold.outcome, sold.amount_fen, left_fen) == ("ok", 950, 10_000_000_000)
    assert failed.time_ns > sold.time_ns


def test_an_order_that_fails_is_a_refusal_and_its_row_says_so():
    async def go():
        shop = {"upstreams": {"shared_shop": {"products": PRODUCTS, "fails": 1.0}}}
        async with town(**shop) as here:
            heard = await buy(here)
            return heard.json(), here.rows("submit")[0]

    told, row = asyncio.run(go())
    assert told == {"code": 0, "msg": "库存不足"}
    assert (row.outcome, row.detail["reason"]) == ("fail", "out_of_stock")


def test_two_upstreams_may_speak_the_same_dialect_under_names_of_their_own():
    async def go():
        both = {
            "fast": {"dialect": "shared_shop", "products": PRODUCTS},
            "slow": {"dialect": "shared_shop", "products": PRODUCTS, "app_id": "2000"},
        }
        async with town(upstreams=both) as here:
            heard = await here.post(here.url("fast") + "/shared/commodity/trade", trade("R1"))
            other = await here.post(here.url("slow") + "/shared/commodity/trade", trade("R1"))
            return heard.json(), other.json(), here.rows("delivered")

    heard, other, rows = asyncio.run(go())
    assert heard["code"] == 200
    assert other["msg"] == "商户ID不存在"
    assert [row.channel for row in rows] == ["fast"]
