import ast
import asyncio
import contextlib
from pathlib import Path

import pytest

from harness.targets.reference import defects
from harness.targets.reference.gateways import Trade, Truth
from harness.targets.reference.operators import Said
from harness.targets.reference.shop import ConflictError
from tests.reference.stories import delivered, quiet
from tests.reference.world import PHONE, eventually

FOLDER = Path(defects.__file__).parent


@pytest.mark.parametrize("name", defects.names())
def test_each_defect_loads_and_says_what_it_is(name):
    wrong = defects.load(name)
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    doc = ast.get_docstring(ast.parse(text))
    assert doc.partition("\n")[0].endswith((".", ":", ";"))
    assert "Modelled on: " in doc
    assert "Breaks: " in doc
    assert 3 <= len(ast.unparse(_class_of(text)).splitlines()) <= 30
    assert wrong.__mro__[1].__name__.endswith(("Desk", "Shop", "Accounts"))


def _class_of(text):
    found = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]
    return found[-1]


def test_notify_not_idempotent(run):
    async def story(w):
        view = await w.place()
        w.a.pay(view.pay_url.removeprefix("pay://"))
        await asyncio.gather(*(w.notify(w.a, view.pay_url) for _ in range(2)))
        await quiet(w)
        return delivered(w)

    assert run("notify_not_idempotent", story) == (1, 2)


def test_timeout_is_failure(run):
    async def story(w):
        w.first.submits = [(Said.UNKNOWN, Said.DONE)]
        view = await w.place()
        await w.pay(w.a, view.pay_url)
        await quiet(w)
        return delivered(w)

    assert run("timeout_is_failure", story) == (1, 2)


def test_refund_on_timeout(run):
    async def story(w):
        w.first.submits = [(Said.UNKNOWN, Said.DONE)]
        view = await w.place()
        await w.pay(w.a, view.pay_url)
        await w.until(view.order_no, "DONE", "REFUNDED")
        return delivered(w), len(w.a.refunds)

    assert run("refund_on_timeout", story) == ((1, 0), (1, 1))


def test_signature_unchecked(run):
    async def story(w):
        view = await w.place()
        await w.notify(w.a, view.pay_url, sign="bad")
        await w.until(view.order_no, "DONE", "CLOSED")
        return delivered(w)

    assert run("signature_unchecked", story, expiry_s=50) == (0, 1)


def test_amount_unchecked(run):
    async def story(w):
        view = await w.place()
        await w.pay(w.a, view.pay_url, 1)
        await w.until(view.order_no, "DONE", "REFUNDED")
        return delivered(w)

    assert run("amount_unchecked", story) == (0, 1)


def test_late_payment_forgotten(run):
    async def story(w):
        view = await w.place()
        await w.until(view.order_no, "CLOSED")
        await w.pay(w.a, view.pay_url)
        await quiet(w)
        return len(w.a.refunds)

    assert run("late_payment_forgotten", story, expiry_s=50) == (1, 0)


def test_cancel_closes_paid(run):
    async def story(w):
        view = await w.place()
        closes = w.a.close

        async def slowly(pay_no):
            await w.pay(w.a, view.pay_url)
            return await closes(pay_no)

        w.a.close = slowly
        await w.shop.close(1, view.order_no)
        await w.until(view.order_no, "DONE", "CLOSED")
        await quiet(w)
        return await w.state(view.order_no), len(w.a.refunds)

    honest, wrong = run("cancel_closes_paid", story)
    assert honest == ("DONE", 0)
    assert wrong == ("CLOSED", 0)


def test_link_writes_over(run):
    async def story(w):
        view = await w.place()
        opens = w.b.open

        async def slowly(*order):
            await w.pay(w.a, view.pay_url)
            return await opens(*order)

        w.b.open = slowly
        await w.shop.pay_link(1, view.order_no, "b")
        return await w.state(view.order_no)

    honest, wrong = run("link_writes_over", story)
    assert honest in {"PAID", "CHARGING", "DONE"}
    assert wrong == "WAIT_PAY"


def test_second_payment_kept(run):
    async def story(w):
        view = await w.place()
        link = await w.shop.pay_link(1, view.order_no, "b")
        await w.pay(w.a, view.pay_url)
        await w.pay(w.b, link.pay_url)
        await quiet(w)
        return len(w.b.refunds)

    assert run("second_payment_kept", story) == (1, 0)


def test_pays_nothing_back(run):
    async def story(w):
        w.first.submits = w.second.submits = [(Said.REFUSED, None)] * 2
        view = await w.place()
        await w.pay(w.a, view.pay_url)
        await quiet(w)
        return await w.state(view.order_no)

    assert run("pays_nothing_back", story) == ("REFUNDED", "REFUNDING")


def test_polls_never(run):
    async def story(w):
        view = await w.place()
        w.a.pay(view.pay_url.removeprefix("pay://"))
        await w.until(view.order_no, "DONE", "CLOSED")
        return await w.state(view.order_no)

    assert run("polls_never", story, expiry_s=100) == ("DONE", "CLOSED")


def test_double_submit_makes_two(run):
    async def story(w):
        views = await asyncio.gather(w.place(), w.place())
        return len({view.order_no for view in views})

    assert run("double_submit_makes_two", story) == (1, 2)


def test_newer_overwrites_older(run):
    async def story(w):
        first = await w.place(goods="card10")
        with contextlib.suppress(ConflictError):
            await w.place(goods="hf50")
        await w.pay(w.a, first.pay_url)
        await quiet(w)
        return [one.source.product for one in w.first.seen]

    assert run("newer_overwrites_older", story) == (["3"], ["1"])


def test_number_of_anybody(run):
    async def story(w):
        return len({(await w.place(customer=one)).order_no for one in (1, 2)})

    assert run("number_of_anybody", story) == (2, 1)


def test_account_mixup(run):
    async def story(w):
        accounts = [PHONE, "13900000001", "13900000002"]
        views = [await w.place(f"c{i}", account=account) for i, account in enumerate(accounts)]
        await asyncio.gather(*(w.pay(w.a, view.pay_url) for view in views))
        await quiet(w)
        return len(w.first.delivered)

    honest, wrong = run("account_mixup", story)
    assert honest == 3
    assert wrong < 3


def test_stale_status_cache_goes_back_in_time(run):
    async def story(w):
        view = await w.place()
        first = await w.state(view.order_no)
        await w.pay(w.a, view.pay_url)
        await quiet(w)
        return [first] + [await w.state(view.order_no) for _ in range(2)]

    honest, wrong = run("stale_status_cache", story)
    assert honest == ["WAIT_PAY", "DONE", "DONE"]
    assert wrong == ["WAIT_PAY", "DONE", "WAIT_PAY"]


def test_order_kept_in_memory(run):
    async def story(w):
        view = await w.place()

        async def gone():
            return (
                w.platform.shop.__dict__.get("_kept") is None
                or await w.shop.status(1, view.order_no) is None
            )

        await eventually(gone)
        return await w.shop.status(1, view.order_no) is not None

    assert run("order_kept_in_memory", story) == (True, False)


def test_ack_before_work_forgets_a_whole_batch(run):
    async def story(w):
        views = [await w.place(f"c{i}") for i in range(3)]
        for view in views:
            w.a.pay(view.pay_url.removeprefix("pay://"))
        w.a.lies["ask"] = [Truth(Trade.UNKNOWN)] * 50
        notices = [*views, views[0]]
        replies = await asyncio.gather(*(w.notify(w.a, view.pay_url) for view in notices))
        assert {reply.body for reply in replies} == {b"success"}
        flushing = getattr(w.payments, "_flushing", None)
        if flushing is not None:
            with pytest.raises(RuntimeError, match="booked already"):
                await flushing
        await quiet(w)
        return delivered(w)

    assert run("ack_before_work", story) == (3, 0)
