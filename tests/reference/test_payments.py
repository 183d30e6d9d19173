import asyncio

import pytest

from harness.targets.reference import books
from harness.targets.reference.gateways import MoneyBack, Opened, Trade, Truth
from harness.targets.reference.payment_desk import GatewayBusyError
from harness.targets.reference.shop import BadOrderError, ConflictError, OrderForm
from harness.targets.reference.tables import State
from tests.reference.world import PHONE, eventually, living


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a story in a living world."""

    def tell(story, **timers):
        async def whole():
            async with living(tmp_path / "p.sqlite", monkeypatch, **timers) as world:
                await story(world)

        asyncio.run(whole())

    return tell


def test_a_paid_order_is_delivered_once_and_told_so(run):
    async def story(w):
        view = await w.place()
        assert (view.state, view.amount_fen) == ("WAIT_PAY", 4990)
        assert (await w.pay(w.a, view.pay_url)).body == b"success"
        await w.until(view.order_no, "DONE")
        assert w.first.delivered == {PHONE: 1}
        assert not w.a.refunds

    run(story)


def test_placing_again_is_the_same_order_and_another_order_is_refused(run):
    async def story(w):
        views = await asyncio.gather(*(w.place() for _ in range(8)))
        assert len({(v.order_no, v.pay_url) for v in views}) == 1
        assert w.a.asked["open"] <= 2
        assert (await w.place(customer=2)).order_no != views[0].order_no
        with pytest.raises(ConflictError):
            await w.place(account="13900000000")

    run(story)


@pytest.mark.parametrize(
    "form",
    [
        OrderForm("none", PHONE, "c", "a"),
        OrderForm("hf50", "123", "c", "a"),
        OrderForm("hf50", PHONE, "", "a"),
        OrderForm("hf50", PHONE, "c" * 65, "a"),
        OrderForm("hf50", PHONE, "c", "cash"),
    ],
)
def test_what_cannot_be_delivered_is_refused_before_payment(run, form):
    async def story(w):
        with pytest.raises(BadOrderError):
            await w.shop.place(1, form)
        assert await w.shop.latest(1) == []

    run(story)


def test_a_create_without_an_answer_can_be_tried_again_under_the_same_number(run):
    async def story(w):
        w.a.lies["open"] = [Opened(reason="silence")] * 2
        with pytest.raises(GatewayBusyError):
            await w.place()
        view = await w.place()
        assert len(w.a.trades) == 1
        await w.pay(w.a, view.pay_url)
        await w.until(view.order_no, "DONE")

    run(story)


def test_notifications_at_the_same_instant_deliver_once_and_are_all_acknowledged(run):
    async def story(w):
        view = await w.place()
        w.a.pay(view.pay_url.removeprefix("pay://"))
        replies = await asyncio.gather(*(w.notify(w.a, view.pay_url) for _ in range(10)))
        assert {reply.body for reply in replies} == {b"success"}
        await w.until(view.order_no, "DONE")
        assert (await w.notify(w.a, view.pay_url)).body == b"success"
        assert sum(w.first.delivered.values()) == 1

    run(story)


def test_of_two_transactions_one_takes_the_order(run):
    async def story(w):
        view = await w.place()

        def take(c):
            return books.move_order(c, view.order_no, State.PAID, was=State.WAIT_PAY)

        assert sorted(await asyncio.gather(*(w.db.run(take) for _ in range(5)))) == [
            False,
            False,
            False,
            False,
            True,
        ]

    run(story)


@pytest.mark.parametrize("sign", ["bad", ""])
def test_a_forged_notification_changes_nothing(run, sign):
    async def story(w):
        view = await w.place()
        assert (await w.notify(w.a, view.pay_url, sign=sign)).status == 400
        assert await w.state(view.order_no) == "WAIT_PAY"

    run(story)


def test_a_foreign_or_unknown_number_is_refused(run):
    async def story(w):
        view = await w.place()
        w.b.trades = dict(w.a.trades)
        assert (await w.notify(w.b, view.pay_url)).status == 400
        assert (await w.notify(w.a, "pay://nobody", 4990)).status == 400
        assert await w.state(view.order_no) == "WAIT_PAY"

    run(story)


def test_a_wrong_amount_in_a_notification_is_checked_with_the_gateway(run):
    async def story(w):
        view = await w.place()
        assert (await w.notify(w.a, view.pay_url, 1)).status == 400
        w.a.pay(view.pay_url.removeprefix("pay://"))
        assert (await w.notify(w.a, view.pay_url, 1)).body == b"success"
        await w.until(view.order_no, "DONE")

    run(story)


def test_another_amount_really_taken_goes_back_and_nothing_is_delivered(run):
    async def story(w):
        view = await w.place()
        await w.pay(w.a, view.pay_url, 1)
        await w.until(view.order_no, "REFUNDED")
        assert list(w.a.refunds.values()) == [1]
        assert not w.first.seen

    run(story)


def test_a_second_payment_by_another_channel_goes_back_once(run):
    async def story(w):
        view = await w.place()
        link = await w.shop.pay_link(1, view.order_no, "b")
        await asyncio.gather(w.pay(w.a, view.pay_url), w.pay(w.b, link.pay_url))
        await w.notify(w.b, link.pay_url)
        await w.until(view.order_no, "DONE")
        await eventually(lambda: _refunded(w, 1))
        assert sum(w.first.delivered.values()) == 1

    run(story)


async def _refunded(world, count):
    return len(world.a.refunds) + len(world.b.refunds) == count


def test_a_payment_that_nobody_notified_is_found(run):
    async def story(w):
        view = await w.place()
        w.a.pay(view.pay_url.removeprefix("pay://"))
        await w.until(view.order_no, "DONE")
        assert sum(w.first.delivered.values()) == 1

    run(story)


def test_an_unpaid_order_is_closed_and_late_money_goes_back(run):
    async def story(w):
        view = await w.place()
        await w.until(view.order_no, "CLOSED")
        with pytest.raises(ConflictError):
            await w.shop.pay_link(1, view.order_no, "b")
        await w.pay(w.a, view.pay_url)
        await w.until(view.order_no, "REFUNDED")
        assert list(w.a.refunds.values()) == [4990]
        assert not w.first.seen

    run(story, expiry_s=100)


def test_late_money_that_nobody_notified_is_found_too(run):
    async def story(w):
        view = await w.place()
        await w.until(view.order_no, "CLOSED")
        w.a.pay(view.pay_url.removeprefix("pay://"))
        await w.until(view.order_no, "REFUNDED")
        assert list(w.a.refunds.values()) == [4990]

    run(story, expiry_s=50)


def test_an_order_is_not_closed_while_the_gateway_does_not_answer(run):
    async def story(w):
        w.a.lies["ask"] = [Truth(Trade.UNKNOWN)] * 6
        view = await w.place()
        w.a.pay(view.pay_url.removeprefix("pay://"))
        await w.until(view.order_no, "DONE", "CLOSED", "REFUNDED")
        assert await w.state(view.order_no) == "DONE"

    run(story, expiry_s=40)


def test_a_customer_closes_his_unpaid_order_and_nobody_elses(run):
    async def story(w):
        view = await w.place()
        assert await w.shop.close(2, view.order_no) is None
        await w.shop.close(1, view.order_no)
        await w.until(view.order_no, "CLOSED")
        paid = await w.place("c2")
        await w.pay(w.a, paid.pay_url)
        with pytest.raises(ConflictError):
            await w.shop.close(1, paid.order_no)

    run(story)


@pytest.mark.parametrize(
    ("on_refund", "on_ask"),
    [
        ([MoneyBack.UNKNOWN], []),
        ([MoneyBack.WORKING], []),  # said yes and did nothing
        ([], [MoneyBack.UNKNOWN, MoneyBack.WORKING]),
    ],
)
def test_a_refund_is_repeated_until_the_gateways_books_have_it(run, on_refund, on_ask):
    async def story(w):
        w.a.lies["refund"], w.a.lies["ask_refund"] = on_refund, on_ask
        view = await w.place()
        await w.pay(w.a, view.pay_url, 7)
        await w.until(view.order_no, "REFUNDED")
        assert list(w.a.refunds.values()) == [7]

    run(story)
