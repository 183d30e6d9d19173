"""Each mistake about money, told the same story as the honest platform."""

from harness.targets.reference.gateways import MoneyBack
from harness.targets.reference.operators import Said
from tests.reference.stories import delivered, quiet


def number(view):
    return view.pay_url.removeprefix("pay://")


def test_second_channel_throws(run):
    async def story(w):
        view = await w.place()
        link = await w.shop.pay_link(1, view.order_no, "b")
        await w.pay(w.a, view.pay_url)
        await w.until(view.order_no, "DONE")
        try:
            await w.pay(w.b, link.pay_url)
        except RuntimeError:
            return len(w.b.refunds)
        await quiet(w)
        return len(w.b.refunds)

    assert run("second_channel_throws", story) == (1, 0)


def test_notify_matches_by_amount(run):
    async def story(w):
        first = await w.place("c1", account="13900000001")
        second = await w.place("c2", account="13900000002")
        await w.pay(w.a, second.pay_url)
        await quiet(w)
        return await w.state(first.order_no), await w.state(second.order_no)

    honest, wrong = run("notify_matches_by_amount", story)
    assert honest == ("WAIT_PAY", "DONE")
    assert wrong == ("DONE", "WAIT_PAY")


def test_expiry_closes_paid(run):
    async def story(w):
        view = await w.place()
        w.a.pay(number(view))
        await w.until(view.order_no, "DONE", "CLOSED")
        return await w.state(view.order_no), delivered(w)

    assert run("expiry_closes_paid", story, expiry_s=20) == (("DONE", 1), ("CLOSED", 0))


def test_refund_believed(run):
    async def story(w):
        w.first.submits = w.second.submits = [(Said.REFUSED, None)] * 2
        w.a.lies["refund"] = [MoneyBack.MISSING]
        view = await w.place()
        await w.pay(w.a, view.pay_url)
        await w.until(view.order_no, "REFUNDED")
        return len(w.a.refunds)

    assert run("refund_believed", story) == (1, 0)


def test_duplicate_answered_fail(run):
    async def story(w):
        view = await w.place()
        await w.pay(w.a, view.pay_url)
        return (await w.notify(w.a, view.pay_url)).status

    assert run("duplicate_answered_fail", story) == (200, 400)


def test_never_acknowledges(run):
    async def story(w):
        view = await w.place()
        return (await w.pay(w.a, view.pay_url)).body == w.a.accepted.body, delivered(w) <= 1

    assert run("never_acknowledges", story) == ((True, True), (False, True))


def test_newest_word_wins(run):
    async def story(w):
        view = await w.place()
        await w.pay(w.a, view.pay_url)
        await w.until(view.order_no, "DONE")
        await w.notify(w.a, view.pay_url)
        return await w.state(view.order_no)

    assert run("newest_word_wins", story) == ("DONE", "PAID")
