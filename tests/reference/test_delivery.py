import asyncio

import pytest

from harness.targets.reference.operators import Answer, Card, Incoming, Said
from harness.targets.reference.shop import BadOrderError
from tests.reference.stories import quiet
from tests.reference.world import PHONE, living


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Tell a story of one order that has just been paid."""

    def tell(story, goods="hf50", before=lambda _: None, quantity=1):
        async def whole():
            async with living(tmp_path / "p.sqlite", monkeypatch) as world:
                before(world)
                view = await world.place(goods=goods, quantity=quantity)
                await world.pay(world.a, view.pay_url)
                await story(world, view.order_no)

        asyncio.run(whole())

    return tell


def delivered(world):
    return sum(world.first.delivered.values()) + sum(world.second.delivered.values())


@pytest.mark.parametrize("said", [Said.UNKNOWN, Said.REFUSED])
def test_done_behind_any_other_answer_is_found_by_asking_and_not_done_again(run, said):
    def before(w):
        w.first.submits = [(said, Said.DONE)]
        w.first.asks = [Said.UNKNOWN] * 5

    async def story(w, order_no):
        await w.until(order_no, "DONE")
        assert (delivered(w), len(w.first.seen), w.second.seen) == (1, 1, [])

    run(story, before=before)


@pytest.mark.parametrize(("charged", "back"), [(3000, 1996), (4999, 1), (5000, 0), (1, 4990)])
def test_of_what_came_in_part_the_rest_of_the_price_goes_back_once(run, charged, back):
    def before(w):
        w.first.asks = [Said.OPEN, Answer(Said.PART, charged_fen=charged)]

    async def story(w, order_no):
        await w.until(order_no, "DONE")
        await quiet(w)
        assert list(w.a.refunds.values()) == ([back] if back else [])
        assert (len(w.first.seen), w.second.seen) == (1, [])
        assert await w.state(order_no) == "DONE"

    run(story, before=before)


def test_a_part_of_nothing_is_a_failure(run):
    def before(w):
        w.first.asks = [Answer(Said.PART)]

    async def story(w, order_no):
        await w.until(order_no, "DONE")
        assert len(w.second.seen) == 1

    run(story, before=before)


def test_a_lost_submission_is_repeated_under_the_same_number_only(run):
    def before(w):
        w.first.submits = [(Said.UNKNOWN, None)]

    async def story(w, order_no):
        await w.until(order_no, "DONE")
        assert [r.supply_no for r in w.first.seen] == [w.first.seen[0].supply_no] * 2
        assert (delivered(w), w.second.seen) == (1, [])

    run(story, before=before)


def test_one_no_such_order_proves_nothing(run):
    def before(w):
        w.first.submits = [(Said.UNKNOWN, Said.DONE)]
        w.first.asks = [Said.MISSING, Said.MISSING]

    async def story(w, order_no):
        await w.until(order_no, "DONE")
        assert (delivered(w), len(w.first.seen)) == (1, 1)

    run(story, before=before)


@pytest.mark.parametrize("answer", [(Said.REFUSED, None), (Said.OPEN, Said.FAILED)])
def test_a_sure_failure_goes_to_the_next_operator_under_a_new_number(run, answer):
    def before(w):
        w.first.submits = [answer]

    async def story(w, order_no):
        await w.until(order_no, "DONE")
        assert (len(w.first.seen), len(w.second.seen), delivered(w)) == (1, 1, 1)
        assert w.first.seen[0].supply_no != w.second.seen[0].supply_no

    run(story, before=before)


def test_with_no_operator_left_the_money_goes_back(run):
    def before(w):
        w.first.submits = [(Said.REFUSED, None)]
        w.second.submits = [(Said.OPEN, Said.FAILED)]

    async def story(w, order_no):
        await w.until(order_no, "REFUNDED")
        assert list(w.a.refunds.values()) == [4990]
        assert delivered(w) == 0

    run(story, before=before)


def test_cards_are_shown_to_their_buyer_alone_and_once_delivered(run):
    async def story(w, order_no):
        await w.until(order_no, "DONE")
        view = await w.shop.status(1, order_no)
        assert [card.code for card in view.cards] == ["C-1"]
        assert await w.shop.status(2, order_no) is None
        assert w.first.seen[0].cards
        assert w.first.seen[0].account == PHONE

    run(story, goods="card10")


def test_of_several_cards_some_come_and_the_others_are_paid_back(run):
    def before(w):
        w.first.asks = [Answer(Said.PART, cards=(Card("C-1"), Card("C-2")))]

    async def story(w, order_no):
        await w.until(order_no, "DONE")
        view = await w.shop.status(1, order_no)
        assert [card.code for card in view.cards] == ["C-1", "C-2"]
        await quiet(w)
        assert (view.amount_fen, list(w.a.refunds.values())) == (3 * 990, [990])

    run(story, before=before, goods="card10", quantity=3)


@pytest.mark.parametrize("quantity", [0, -1, 4, "x", "1.5", True])
def test_nobody_orders_none_or_more_than_may_be_ordered(run, quantity):
    async def story(w, _):
        with pytest.raises(BadOrderError):
            await w.place("c2", goods="card10", quantity=quantity)

    run(story, goods="card10")


def test_callbacks_early_late_twice_or_about_nothing_do_no_harm(run):
    def before(w):
        w.first.submits = [(Said.OPEN, Said.OPEN)]

    async def story(w, order_no):
        desk = w.platform.delivery

        async def call(number):
            return (await desk.take_callback(w.first, Incoming("POST", number, {}, b""))).status

        await w.until(order_no, "CHARGING")
        number = w.first.seen[0].supply_no
        assert await asyncio.gather(call(number), call(number)) == [200, 200]
        assert (
            await w.state(order_no) == "CHARGING"
        )  # a callback is not believed, it is looked into
        w.first.orders[number] = Said.DONE
        assert await call(number) == 200
        await w.until(order_no, "DONE")
        assert await call(number) == 200
        assert await call("nobody") == 400

    run(story, before=before)


def test_a_final_answer_never_goes_back(run):
    async def story(w, order_no):
        await w.until(order_no, "DONE")
        number = w.first.seen[0].supply_no
        w.first.orders[number] = Said.FAILED
        callback = Incoming("POST", number, {}, b"")
        await w.platform.delivery.take_callback(w.first, callback)
        assert await w.state(order_no) == "DONE"
        assert w.second.seen == []

    run(story)
