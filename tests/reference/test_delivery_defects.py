"""Each mistake in delivering, told the same story as the honest platform."""

import asyncio

from harness.targets.reference.operators import Answer, Incoming, Said
from tests.reference.stories import delivered, quiet


async def paid(w, **order):
    view = await w.place(**order)
    await w.pay(w.a, view.pay_url)
    return view


def test_failover_keeps_first(run):
    async def story(w):
        w.first.asks = [Said.OPEN] * 6
        await paid(w)
        await quiet(w)
        return delivered(w)

    assert run("failover_keeps_first", story) == (1, 2)


def test_failover_on_missing(run):
    async def story(w):
        w.first.submits = [(Said.UNKNOWN, Said.DONE)]
        w.first.asks = [Said.MISSING]
        await paid(w)
        await quiet(w)
        return delivered(w)

    assert run("failover_on_missing", story) == (1, 2)


def test_retries_under_new_number(run):
    async def story(w):
        w.first.submits = [(Said.UNKNOWN, Said.DONE)]
        await paid(w)
        await quiet(w)
        return delivered(w)

    assert run("retries_under_new_number", story) == (1, 2)


def test_part_taken_for_whole(run):
    async def story(w):
        w.first.asks = [Answer(Said.PART, charged_fen=3000)]
        await paid(w)
        await quiet(w)
        return sum(w.a.refunds.values())

    assert run("part_taken_for_whole", story) == (1996, 0)


def test_part_taken_for_failure(run):
    async def story(w):
        w.first.asks = [Answer(Said.PART, charged_fen=3000)]
        await paid(w)
        await quiet(w)
        return len(w.second.seen)

    assert run("part_taken_for_failure", story) == (0, 1)


def test_stuck_in_doubt(run):
    async def story(w):
        w.first.submits = [(Said.UNKNOWN, Said.DONE)]
        view = await paid(w)
        await quiet(w)
        return await w.state(view.order_no)

    assert run("stuck_in_doubt", story) == ("DONE", "CHARGING")


def test_retry_storm(run):
    async def story(w):
        w.first.submits = [(Said.UNKNOWN, None)] * 30
        submitted, ask = [], w.first.ask

        async def counting(supply_no):
            submitted.append(len(w.first.seen))
            w.first.submits.clear()
            return await ask(supply_no)

        w.first.ask = counting
        await paid(w)
        await quiet(w)
        return submitted[0]

    assert run("retry_storm", story, retry_first_s=1, retry_last_s=2, missing_for_s=1) == (1, 31)


def test_accepted_is_delivered(run):
    async def story(w):
        w.first.submits = w.second.submits = [(Said.OPEN, Said.FAILED)] * 2
        view = await paid(w)
        await w.until(view.order_no, "DONE", "REFUNDED")
        return await w.state(view.order_no)

    assert run("accepted_is_delivered", story) == ("REFUNDED", "DONE")


def test_callback_unchecked(run):
    async def story(w):
        w.first.hold = asyncio.Event()
        view = await paid(w)
        await w.until_seen(w.first, 1)
        supply_no = w.first.seen[0].supply_no
        body = f"out_trade_num={supply_no}&state=2&sign=guessed".encode()
        told = Incoming("POST", "nobody", {}, body)
        await w.platform.delivery.take_callback(w.first, told)
        w.first.hold.set()
        await w.until(view.order_no, "DONE", "REFUNDED")
        await quiet(w)
        return delivered(w)

    assert run("callback_unchecked", story) == (1, 2)


def test_card_of_another(run):
    async def story(w):
        w.first.own_cards = True
        views = [await paid(w, no=f"c{n}", goods="card10") for n in range(2)]
        await quiet(w)
        shown = [await w.shop.status(1, view.order_no) for view in views]
        return len({view.cards[0].code for view in shown})

    assert run("card_of_another", story) == (2, 1)


def test_quantity_not_passed_on(run):
    async def story(w):
        view = await paid(w, goods="card10", quantity=3)
        await w.until(view.order_no, "DONE")
        return len((await w.shop.status(1, view.order_no)).cards)

    assert run("quantity_not_passed_on", story) == (3, 1)


def test_queue_acks_first_forgets_what_was_under_way(run):
    async def story(w):
        asking = asyncio.Event()
        w.first.hold = asking
        await paid(w)
        await w.until_seen(w.first, 1)
        return await w.tasks("supply")

    assert run("queue_acks_first", story) == (1, 0)
