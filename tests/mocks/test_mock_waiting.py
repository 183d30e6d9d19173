"""Upstreams that answer with the goods: the answer waits for them, a strike can lose it, and the cards are gone."""

import asyncio

import pytest
from mock_town import PRODUCTS, SEED, strike, town

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


def test_an_effect_that_was_dropped_ends_in_a_refusal_and_money_back():
    async def go():
        strikes = [strike("shared_shop", "effect", "submit", {"kind": "drop"})]
        async with town(strikes, **SHOP) as here:
            before = here.book("shared_shop").balance_fen
            heard = await buy(here)
            return heard.json()["code"], here.book("shared_shop").balance_fen - before

    assert asyncio.run(go()) == (0, 0)
