"""What customers may ask for besides goods: redelivery, their bill, their promises; and what others may not."""

import asyncio
from datetime import UTC, datetime

import pytest

from harness.targets.reference import config
from harness.targets.reference.accounts import Login, ThrottledError
from harness.targets.reference.clock import now_ms
from harness.targets.reference.operators import Said
from harness.targets.reference.risk_desk import NotAllowedError, WrongChannelError
from harness.targets.reference.shop import BadOrderError, ConflictError
from tests.reference.stories import delivered, quiet
from tests.reference.world import PHONE, eventually, living

MENDED = "13912345678"


def told(w, about):
    """Wait until the customer has been told of something; return how often the outbox was asked to."""

    async def said():
        return any(about in key for key in w.notices)

    return eventually(said)


@pytest.fixture
def one(tmp_path, monkeypatch):
    """Tell a story of the honest platform alone."""

    def tell(story, **settings):
        async def whole():
            async with living(tmp_path / "p.sqlite", monkeypatch, **settings) as w:
                await story(w)

        asyncio.run(whole())

    return tell


async def under_way(w, answers=(Said.OPEN,) * 8):
    """Place and pay an order, and wait until the first operator has it."""
    w.first.asks = list(answers)
    view = await w.place()
    await w.pay(w.a, view.pay_url)
    await w.until_seen(w.first, 1)
    await w.until(view.order_no, "CHARGING")
    return view


def test_before_payment_the_mended_account_is_the_only_one(one):
    async def story(w):
        view = await w.place()
        assert (await w.shop.resend(1, view.order_no, MENDED)).account == MENDED
        await w.pay(w.a, view.pay_url)
        await quiet(w)
        assert w.first.delivered == {MENDED: 1}
        with pytest.raises(ConflictError):
            await w.shop.resend(1, view.order_no, PHONE)

    one(story)


def test_a_wish_counts_only_once_the_operator_has_failed(one):
    async def story(w):
        w.first.submits = [(Said.OPEN, Said.FAILED)]
        view = await under_way(w)
        assert (await w.shop.resend(1, view.order_no, MENDED)).account == PHONE
        await quiet(w)
        assert dict(w.first.delivered + w.second.delivered) == {MENDED: 1}
        assert (await w.shop.status(1, view.order_no)).account == MENDED

    one(story)


def test_a_wish_that_comes_too_late_changes_nothing(one):
    async def story(w):
        view = await under_way(w)
        await w.shop.resend(1, view.order_no, MENDED)
        await quiet(w)
        assert dict(w.first.delivered + w.second.delivered) == {PHONE: 1}
        with pytest.raises(BadOrderError):
            await w.shop.resend(1, view.order_no, "12")
        assert await w.shop.resend(2, view.order_no, "") is None

    one(story)


def test_correction_delivers_both(run):
    async def story(w):
        view = await under_way(w)
        await w.shop.resend(1, view.order_no, MENDED)
        await quiet(w)
        return sorted(w.first.delivered)

    assert run("correction_delivers_both", story) == ([PHONE], [PHONE, MENDED])


def test_resend_makes_second_order(run):
    async def story(w):
        view = await under_way(w)
        await w.shop.resend(1, view.order_no, "")
        await quiet(w)
        return delivered(w)

    assert run("resend_makes_second_order", story) == (1, 2)


async def a_day(w):
    """Deliver one order, refund another, leave a third unpaid; return the bill's kinds and amounts."""
    good, bad = await w.place("c1"), await w.place("c2")
    await w.place("c3")
    await w.pay(w.a, good.pay_url)
    await quiet(w)
    w.first.submits = w.second.submits = [(Said.REFUSED, None)] * 2
    await w.pay(w.a, bad.pay_url)
    await w.until(bad.order_no, "REFUNDED")
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    assert await w.platform.bill.of_day(day, 2) == []
    assert await w.platform.bill.of_day("2020-01-01", None) == []
    lines = await w.platform.bill.of_day(day, 1)
    return sorted((line.kind, line.amount_fen) for line in lines)


DAY = [("delivery", 4960), ("payment", 4990), ("payment", 4990), ("refund", 4990)]


async def pages(w):
    """Place five orders of one customer and one of another; return how the first one's list of pages of two reads."""
    own = [(await w.place(no=f"c{n}")).order_no for n in range(5)]
    await w.place(no="c9", customer=2)
    shown = [[view.order_no for view in await w.shop.latest(1, page, 2)] for page in (1, 2, 3, 4)]
    listed = [order_no for page in shown for order_no in page]
    return [len(page) for page in shown], sorted(map(listed.count, own)), len(set(listed))


WHOLE = ([2, 2, 1, 0], [1] * 5, 5)


def test_list_pages_overlap(run):
    assert run("list_pages_overlap", pages) == (WHOLE, ([2, 2, 2, 2], [1, 1, 2, 2, 2], 5))


def test_list_of_everybody(run):
    assert run("list_of_everybody", pages) == (WHOLE, ([2, 2, 2, 0], [1] * 5, 6))


def test_a_page_that_cannot_be_is_refused(one):
    async def story(w):
        for page, size in ((0, 2), (1, 0), (1, 51)):
            with pytest.raises(BadOrderError):
                await w.shop.latest(1, page, size)

    one(story)


def test_bill_skips_refunds(run):
    assert run("bill_skips_refunds", a_day) == (DAY, DAY[:3])


def test_bill_counts_unpaid(run):
    assert run("bill_counts_unpaid", a_day) == (DAY, [*DAY[:3], ("payment", 4990), DAY[3]])


def test_a_day_that_is_none(one):
    async def story(w):
        with pytest.raises(ValueError, match="yesterday"):
            await w.platform.bill.of_day("yesterday", None)

    one(story)


HELD = {"risk": config.Risk(hold_above_fen=1000, review_s=20), "tell": True}


async def held(w):
    await w.platform.accounts.register(Login(phone=PHONE, password="secret", name="张三"))
    view = await w.place()
    await w.pay(w.a, view.pay_url)
    assert delivered(w) == 0
    await w.until(view.order_no, "DONE")
    return any("#held" in key for key in w.notices)


def test_silent_hold(run):
    assert run("silent_hold", held, **HELD) == (True, False)


def test_a_held_order_of_a_customer_without_a_name_is_paid_back(one):
    async def story(w):
        await w.platform.accounts.register(Login(phone=PHONE, password="secret"))
        view = await w.place()
        await w.pay(w.a, view.pay_url)
        await w.until(view.order_no, "REFUNDED")
        assert delivered(w) == 0

    one(story, **HELD)


def test_refuses_after_payment(run):
    async def story(w):
        try:
            view = await w.place()
        except NotAllowedError:
            return "refused"
        await w.pay(w.a, view.pay_url)
        await quiet(w)
        return await w.state(view.order_no)

    limit = config.Risk(unverified_most_fen=1000)
    assert run("refuses_after_payment", story, risk=limit) == ("refused", "REFUNDED")


PROMISED = config.Promises(
    member_within_s=5, compensation_fen=500, member_lasts_s=400, lapse_notice_s=350
)


async def late_member(w):
    w.first.asks = [Said.OPEN] * 6
    view = await w.place(goods="vip30")
    await w.pay(w.a, view.pay_url)
    await w.until(view.order_no, "DONE")

    async def kept():
        return await w.tasks("promise") == 0

    await eventually(kept)
    return (await w.shop.status(1, view.order_no)).compensation_fen


def test_goods_that_came_late_before_anybody_looked_are_made_good(tmp_path, monkeypatch):
    async def story():
        promised = config.Promises(member_within_s=1, compensation_fen=500)
        async with living(tmp_path / "w.sqlite", monkeypatch, promises=promised) as w:
            looks = w.platform.promises.outbox.claim
            w.platform.promises.outbox.claim = lambda _c, _most: []
            w.first.asks = [Said.OPEN] * 3
            view = await w.place(goods="vip30")
            await w.pay(w.a, view.pay_url)
            await w.until(view.order_no, "DONE")
            w.platform.promises.outbox.claim = looks

            async def kept():
                return await w.tasks("promise") == 0

            await eventually(kept)
            return (await w.shop.status(1, view.order_no)).compensation_fen

    assert asyncio.run(story()) == 500


def test_compensates_twice(run):
    assert run("compensates_twice", late_member, promises=PROMISED) == (500, 1000)


def test_never_compensates(run):
    assert run("never_compensates", late_member, promises=PROMISED) == (500, 0)


def test_lapses_silently(run):
    async def story(w):
        await w.platform.accounts.register(Login(phone=PHONE, password="secret"))
        await late_member(w)
        return any("#lapse" in key for key in w.notices)

    assert run("lapses_silently", story, promises=PROMISED, tell=True) == (True, False)


def test_reads_others_orders(run):
    async def story(w):
        view = await w.place()
        return await w.shop.status(2, view.order_no) is None

    assert run("reads_others_orders", story) == (True, False)


def test_no_throttle(run):
    async def story(w):
        accounts, me = w.platform.accounts, Login(phone=PHONE, password="secret")
        await accounts.register(me)
        wrong = Login(phone=PHONE, password="guess")
        refused = [await accounts.login(wrong, "127.0.0.9") for _ in range(4)]
        assert refused == [None] * 4
        assert await accounts.login(me, "127.0.0.9")
        await accounts.login(wrong)
        try:
            return await accounts.login(me) is not None
        except ThrottledError:
            return "later"

    assert run("no_throttle", story) == ("later", True)


def test_a_list_of_stolen_passwords_ends_after_fifty(one):
    async def story(w):
        accounts = w.platform.accounts
        stolen = [Login(phone=f"1380000{n:04d}", password="x") for n in range(51)]
        for login in stolen[:50]:
            assert await accounts.login(login, "127.0.0.9") is None
        with pytest.raises(ThrottledError):
            await accounts.login(stolen[50], "127.0.0.9")
        assert await accounts.login(Login(phone="13800000099", password="x"), "127.0.0.8") is None

    one(story)


BANS = config.Risk(
    bans=[
        config.Ban(channel="second", goods=["hf50"]),
        config.Ban(channel="b", goods=["hf50"]),
        config.Ban(channel="first", goods=["hf50"], account_begins=["177"]),
    ]
)


def test_failover_forgets_ban(run):
    async def story(w):
        w.first.submits = [(Said.REFUSED, None)]
        view = await w.place()
        await w.pay(w.a, view.pay_url)
        await w.until(view.order_no, "DONE", "REFUNDED")
        return await w.state(view.order_no)

    assert run("failover_forgets_ban", story, risk=BANS) == ("REFUNDED", "DONE")


def test_link_forgets_ban(run):
    async def story(w):
        with pytest.raises(WrongChannelError):
            await w.place("c2", channel="b")
        view = await w.place()
        try:
            await w.shop.pay_link(1, view.order_no, "b")
        except WrongChannelError:
            return "refused"
        return "given"

    assert run("link_forgets_ban", story, risk=BANS) == ("refused", "given")


SLOW = config.SlowLane(goods=["hf50"], first_day="2026-10-01", last_day="2026-10-07", wait_s=300)


@pytest.mark.parametrize(
    ("defect", "waits"),
    [("holiday_for_everyone", (False, True)), ("holiday_counted_twice", (True, True))],
)
@pytest.mark.parametrize(("today", "slow"), [("2026-10-07", True), ("2026-10-08", False)])
def test_a_slow_lane_is_open_on_its_days(run, defect, waits, today, slow):
    async def story(w):
        began_ms = now_ms()
        view = await w.place(goods="hf50" if waits[0] else "vip30")
        await w.pay(w.a, view.pay_url)
        await w.until(view.order_no, "DONE")
        return (now_ms() - began_ms) // 300

    lane = config.Calendar(today=today, slow=[SLOW])
    honest, wrong = run(defect, story, calendar=lane)
    assert (honest >= 1, wrong >= 1) == ((waits[0] and slow), (waits[1] and slow))
    if defect == "holiday_counted_twice" and slow:
        assert wrong >= 3


GUARDED = config.Risk(announce_above_fen=4000, new_device_most_fen=1000)


def test_silent_device(run):
    async def story(w):
        accounts = w.platform.accounts
        await accounts.register(Login(phone=PHONE, password="p", device="mine"))
        tokens = [
            await accounts.login(Login(phone=PHONE, password="p", device=device))
            for device in ("mine", "", "his", "his")
        ]
        new = [await accounts.on_new_device(token) for token in tokens]
        return new, len([key for key in w.notices if key.startswith("@")])

    honest, wrong = run("silent_device", story, tell=True)
    assert honest == ([False, False, True, False], 1)
    assert wrong == ([False, False, True, False], 0)


def test_silent_large_payment(run):
    async def story(w):
        for no, goods in (("c1", "hf50"), ("c2", "card10")):
            view = await w.place(no, goods=goods)
            await w.pay(w.a, view.pay_url)
        await quiet(w)
        return len([key for key in w.notices if key.endswith("#large")])

    assert run("silent_large_payment", story, tell=True, risk=GUARDED) == (1, 0)


def test_device_not_looked_at(run):
    async def story(w):
        w.platform.risk.check_device(1000)
        try:
            w.platform.risk.check_device(1001)
        except NotAllowedError:
            return "refused"
        return "let through"

    assert run("device_not_looked_at", story, risk=GUARDED) == ("refused", "let through")


def test_address_not_counted(run):
    async def story(w):
        taken = 0
        for placing in ("1 a", "2 b", "2 b", "3 c", "4 d"):
            try:
                w.platform.risk.check_address("127.0.0.9", placing)
                taken += 1
            except NotAllowedError:
                assert placing in {"3 c", "4 d"}
        w.platform.risk.check_address("127.0.0.10", "5 e")
        return taken

    assert run("address_not_counted", story, risk=config.Risk(per_address=2)) == (3, 5)
