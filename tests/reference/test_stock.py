"""Cards of our own: one card to one buyer, and money back for whoever comes too late."""

import asyncio

import pytest

from tests.reference.stories import quiet
from tests.reference.world import living


async def buy(w, number):
    views = [await w.place(f"c{n}", goods="key10") for n in range(number)]
    await asyncio.gather(*(w.pay(w.a, view.pay_url) for view in views))
    return views


async def shown(w, views):
    seen = [await w.shop.status(1, view.order_no) for view in views]
    return sorted((view.state, *(card.code for card in view.cards)) for view in seen)


@pytest.fixture
def world(tmp_path, monkeypatch):
    return lambda: living(tmp_path / "p.sqlite", monkeypatch)


def test_every_card_is_sold_once_and_who_is_late_gets_the_money_back(world):
    async def story():
        async with world() as w:
            views = await buy(w, 5)
            await quiet(w)
            sold = [("DONE", "K-1"), ("DONE", "K-2"), ("DONE", "K-3")]
            assert await shown(w, views) == [*sold, ("REFUNDED",), ("REFUNDED",)]
            assert len(w.a.refunds) == 2
        async with world() as w:  # a restart loads the list again
            another = await w.place("c9", goods="key10")
            await w.pay(w.a, another.pay_url)
            await w.until(another.order_no, "REFUNDED")

    asyncio.run(story())


def test_card_read_then_write(run):
    async def story(w):
        views = await buy(w, 2)
        await quiet(w)
        return len(await shown(w, views)), len({row[1] for row in await shown(w, views)})

    assert run("card_read_then_write", story) == ((2, 2), (2, 1))


def test_oversold_keeps_money(run):
    async def story(w):
        views = await buy(w, 4)
        await quiet(w)
        return (await shown(w, views))[-1][0], len(w.a.refunds)

    assert run("oversold_keeps_money", story) == (("REFUNDED", 1), ("PAID", 0))


def test_stock_released_after_expiry_payment(run):
    async def story(w):
        view = await w.place(goods="key10")
        await w.until(view.order_no, "CLOSED")
        await w.pay(w.a, view.pay_url)
        await quiet(w)
        return await w.state(view.order_no), len(w.a.refunds)

    honest, wrong = run("stock_released_after_expiry_payment", story, expiry_s=50)
    assert (honest, wrong) == (("REFUNDED", 1), ("PAID", 0))


def test_an_order_of_several_gets_all_of_them_or_its_money_back(world):
    async def story():
        async with world() as w:
            two = [await w.place(f"c{n}", goods="key10", quantity=2) for n in range(2)]
            for view in two:
                await w.pay(w.a, view.pay_url)
            await quiet(w)
            assert await shown(w, two) == [("DONE", "K-1", "K-2"), ("REFUNDED",)]
            assert list(w.a.refunds.values()) == [2 * 980]
            last = await w.place("c9", goods="key10")
            await w.pay(w.a, last.pay_url)
            await w.until(last.order_no, "DONE")

    asyncio.run(story())


def test_hands_out_one(run):
    async def story(w):
        view = await w.place(goods="key10", quantity=2)
        await w.pay(w.a, view.pay_url)
        await quiet(w)
        return await shown(w, [view])

    assert run("hands_out_one", story) == ([("DONE", "K-1", "K-2")], [("DONE", "K-1")])
