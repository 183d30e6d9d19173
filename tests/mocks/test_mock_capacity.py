"""Limits: workers and queue, rate, hours, asking too often, stock; two operators for the same goods."""

import asyncio

import msgspec
import pytest
from kasushou_buyer import bought
from mock_town import config_of, town, until

from harness.core.clock import now_ns
from harness.core.errors import UsageError
from mock_upstreams.config import Config, split
from mock_upstreams.records import Reason
from mock_upstreams.service import Capacity, Hours, Limit, Service, Workshop

MINUTE_MS = 60_000.0
ENDLESS = {"service": {"median_ms": 1e9, "p95_ms": 2e9}}


class Bench:
    """A workshop whose time is turned by hand."""

    def __init__(self, **service):
        self.clock_ms = 0.0
        self.due = []
        self.done = []
        made = Service(**service)
        self.shop = Workshop(made, self.later, lambda: self.clock_ms, time_scale=60.0)

    def later(self, upstream_ms, act):
        self.due.append((self.clock_ms + upstream_ms, len(self.due), act))

    def take(self, name, service_ms):
        self.shop.take(service_ms, lambda: self.done.append((name, self.clock_ms)))

    def run_to(self, end_ms):
        while ready := sorted(one for one in self.due if one[0] <= end_ms):
            self.clock_ms = ready[0][0]
            self.due.remove(ready[0])
            ready[0][2]()
        self.clock_ms = end_ms

    def refused(self):
        return self.shop.refuses(int(self.clock_ms / 60.0 * 1e6))


def test_without_limits_everything_is_done_at_once():
    bench = Bench()
    for name in "abc":
        bench.take(name, 100)
    bench.run_to(100)
    assert bench.done == [("a", 100), ("b", 100), ("c", 100)]
    assert not bench.shop.full()


def test_workers_take_turns_and_a_full_queue_is_told():
    bench = Bench(capacity=Capacity(workers=2, queue=1))
    for name, service_ms in (("a", 100), ("b", 50)):
        bench.take(name, service_ms)
    assert not bench.shop.full()  # nobody waits yet
    bench.take("c", 30)
    assert bench.shop.full()
    bench.run_to(60)
    assert bench.done == [("b", 50)]
    assert not bench.shop.full()
    bench.run_to(200)
    assert bench.done == [("b", 50), ("c", 80), ("a", 100)]


def test_a_rate_lets_one_after_another_begin_and_work_takes_its_time():
    bench = Bench(capacity=Capacity(rate="10/s"))
    for name in "abc":
        bench.take(name, 500)
    bench.run_to(1_000)
    assert bench.done == [("a", 500), ("b", 600), ("c", 700)]


def test_twenty_calls_in_six_seconds_and_no_more():
    bench = Bench(rate_limit="20/6s")
    assert [bench.refused() for _ in range(21)] == [None] * 20 + [Reason.RATE_LIMITED]
    bench.clock_ms = 5_999
    assert bench.refused() is Reason.RATE_LIMITED
    bench.clock_ms = 6_000
    assert bench.refused() is None


@pytest.mark.parametrize(
    ("hours", "starts", "at_ms", "shut"),
    [
        ("02:00-06:00", "01:30", 0, False),
        ("02:00-06:00", "01:30", 30 * MINUTE_MS, True),
        ("02:00-06:00", "01:30", 270 * MINUTE_MS, False),
        ("23:00-01:00", "22:59", 2 * MINUTE_MS, True),
        ("23:00-01:00", "00:59", 0, True),
        ("23:00-01:00", "01:00", 0, False),
        (
            "10s..18s",
            "",
            9_999 * 60,
            False,
        ),  # real time: the clock of the town goes 60 times as fast
        ("10s..18s", "", 10_000 * 60, True),
        ("10s..18s", "", 18_000 * 60, False),
    ],
)
def test_hours_of_the_day_and_windows_of_the_run(hours, starts, at_ms, shut):
    bench = Bench(closed=(hours,), clock_starts=starts)
    bench.clock_ms = at_ms
    assert bench.refused() is (Reason.MAINTENANCE if shut else None)


def test_without_a_clock_of_the_run_the_wall_says_what_time_it_is_in_beijing():
    shop = Workshop(
        Service(closed=("08:00-08:01",), clock_starts=""), lambda *_: None, lambda: 0.0, 60.0
    )
    assert shop.refuses(30 * 10**9) is Reason.MAINTENANCE  # 1970, half a minute past midnight UTC
    assert shop.refuses(90 * 10**9) is None


@pytest.mark.parametrize("text", ["2-6", "02:00-02:00", "25:00-26:00", "23:00-24:01", ""])
def test_hours_that_are_none_are_refused(text):
    with pytest.raises(ValueError, match="such as"):
        Hours.read(text)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"closed": ["noon"]}, "02:00-06:00"),
        ({"rate_limit": "often"}, "20/6s"),
        ({"capacity": {"workers": 2, "rate": "3/s"}}, "not both"),
        ({"capacity": {"workers": -1}}, "0 or more"),
        ({"partly": 1.5}, "between 0 and 1"),
        ({"clock_starts": "8 pm"}, "time of day"),
        ({"stock": {"12": -1}}, "stock"),
    ],
)
def test_a_wrong_setting_is_found_before_anything_starts(tmp_path, wrong, sentence):
    config = msgspec.convert(config_of(tmp_path, dayuanren=wrong), Config)
    with pytest.raises(UsageError, match=sentence):
        config.check()


def test_who_comes_to_a_full_house_is_refused_for_sure_and_may_come_again():
    async def story():
        capacity = {"capacity": {"workers": 1, "queue": 1}}
        async with town(dayuanren=ENDLESS | capacity) as t:
            said = [(await t.submit(n)).json() for n in (1, 2, 3)]
            assert [one["errno"] for one in said] == [0, 0, 405]
            assert said[2]["errmsg"] == "请降低访问频次"
            assert [row.outcome for row in t.rows("submit")] == ["ok", "ok", "fail"]
            book = t.book("dayuanren")
            assert len(book.orders) == 2
            assert book.balance_fen == book.balance_in_fen - 2 * 4960
            assert (await t.submit(1)).json()["errmsg"] == "已经存在相同商户订单号的订单"

    asyncio.run(story())


def test_a_peak_makes_a_small_operator_slow_and_loses_nothing():
    async def story():
        service = {"service": {"median_ms": 2_000.0, "p95_ms": 4_000.0}}
        async with town(dayuanren=service | {"capacity": {"workers": 1}}) as t:
            for n in range(8):
                assert (await t.submit(n)).json()["errno"] == 0
            await until(lambda: len(t.rows("delivered")) == 8, "all of them")
            waits = {row.intent: row.time_ns for row in t.rows("delivered")}
            assert sorted(waits, key=lambda n: waits[n]) == list(range(8))  # in turn, one at a time

    asyncio.run(story())


def test_closed_hours_are_maintenance_in_the_dialects_words():
    async def story():
        closed = {"closed": ["00:00-24:00"], "clock_starts": "12:00"}
        async with town(dayuanren=closed) as t:
            refused = (await t.submit()).json()
            assert (refused["errno"], refused["errmsg"][:7]) == (1, "当前产品只限在")
            assert t.rows("submit")[0].detail == {"reason": "maintenance"}
            assert await t.check("D1") == []

    asyncio.run(story())


def test_the_last_item_goes_to_one_and_comes_back_if_it_fails():
    async def story():
        async with town(dayuanren=ENDLESS | {"stock": {"12": 1}}) as t:
            book = t.book("dayuanren")
            assert [(s.left, s.on_sale) for s in book.shelves("12")] == [(1, True)]
            assert book.shelves("401")[0].left is None
            assert (await t.submit(1)).json()["errno"] == 0
            assert (await t.submit(2)).json()["errmsg"] == "产品库存不足"
            assert [(s.left, s.on_sale) for s in book.shelves("12")] == [(0, False)]
            assert (await t.submit(3, product_id="401")).json()["errno"] == 0
            book.fail(book.query(["D1"])[0], now_ns())
            assert (await t.submit(2)).json()["errno"] == 0

    asyncio.run(story())


def test_two_operators_serve_the_same_goods_each_from_its_own_books(tmp_path):
    async def story():
        config = config_of(tmp_path)["upstreams"]
        goods = config["dayuanren"]["products"]
        t_config = {"dayuanren": config["dayuanren"] | {"stock": {"12": 0}}}
        t_config |= {"epay": config["epay"], "kasushou": {"products": goods}}
        async with town(upstreams=t_config) as t:
            assert (await t.submit(2)).json()["errmsg"] == "产品库存不足"
            assert (await bought(t)).json()["code"] == 200
            await until(lambda: t.rows("delivered"), "the other channel")
            (row,) = t.rows("delivered")
            assert (row.channel, row.intent, row.sku) == ("kasushou", 2, "12")
            assert t.book("dayuanren").orders == {}

    asyncio.run(story())


def test_a_gateway_that_is_asked_too_often_says_so_and_does_nothing():
    async def story():
        async with town(epay={"limits": {"create": "2/1h", "query": "1/1h"}}) as t:
            for intent in (1, 2):
                assert (await t.create(intent)).json()["code"] == 1
            assert (await t.create(3)).json() == {"code": -1, "msg": "请求过于频繁，请稍后再试"}
            assert [row.detail for row in t.rows("create")] == [{}, {}, {"reason": "rate_limited"}]
            assert t.book("epay").find("E3") is None
            assert (await t.api("order", out_trade_no="E1")).json()["code"] == 1
            assert (await t.api("order", out_trade_no="E1")).json()["code"] == -1

    asyncio.run(story())


def test_calls_are_heard_again_once_the_span_is_over():
    limit, second = Limit("2/1s", 60.0), 10**9 // 60 + 1
    heard = [limit.exceeded(ns) for ns in (0, second // 2, second - 1, second, second + 1)]
    assert heard == [False, False, True, False, True]


@pytest.mark.parametrize("limits", [{"refund": "often"}, {"refund": ""}, {"pay": "1/1s"}])
def test_limits_that_cannot_be_are_refused(limits):
    with pytest.raises(UsageError, match=r"upstreams.epay: "):
        split("epay", {"limits": limits})
