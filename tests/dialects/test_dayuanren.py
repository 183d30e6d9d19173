"""大猿人 beyond the first slice: cancelling, prices, parts, and the dialects of its installations."""

import hashlib
import json
from urllib.parse import urlencode

import pytest
from dialect_desk import PRODUCTS, Desk

from harness.core.clock import now_ns
from harness.core.errors import UsageError
from mock_upstreams.dialect import Ask, Request
from mock_upstreams.operators.dayuanren import Dayuanren
from mock_upstreams.records import Product

KEY = {"apikey": "TESTAPIKEY"}
TEN = {"9": Product(id="9", cost_fen=100, face_fen=1000)}
ORDER = {
    "mobile": "13800138000",
    "product_id": "88",
    "out_trade_num": "T1",
    "notify_url": "http://127.0.0.1:9/n",
}


def asks(path, **fields):
    fields = {"userid": "10001"} | fields
    text = "&".join(f"{k}={v}" for k, v in sorted(fields.items())) + "&apikey=TESTAPIKEY"
    return _post(path, fields | {"sign": hashlib.md5(text.encode()).hexdigest().upper()})


def _post(path, fields):
    return Request("POST", f"/yrapi.php/index/{path}", [], urlencode(fields).encode())


def test_an_application_to_cancel_leaves_the_order_going():
    desk = Desk(Dayuanren(KEY, PRODUCTS))
    assert desk.asked(asks("remove", out_trade_nums="T1")).json["errno"] == 1
    ref = desk.asked(asks("recharge", **ORDER)).json["data"]["order_number"]
    assert desk.asked(asks("remove", out_trade_nums="T1")).json["errno"] == 0
    desk.book.deliver(desk.book.orders[ref], now_ns())
    assert desk.asked(asks("remove", out_trade_nums="T1")).json["errno"] == 1


def test_prices_and_categories():
    desk = Desk(Dayuanren(KEY, PRODUCTS))
    assert desk.asked(asks("price", product_id="88")).json["data"]["price"] == "49.60"
    assert desk.asked(asks("price", product_id="7")).json["errmsg"] == "未找到相关产品"
    assert desk.asked(asks("typecate")).json["data"]


def test_a_part_says_how_much_was_charged():
    dialect = Dayuanren(KEY, TEN)
    desk = Desk(dialect)
    desk.asked(asks("recharge", **(ORDER | {"product_id": "9"})))
    (order,) = desk.book.orders.values()
    order.quantity = 2  # a strike may mean to hand out more than was asked for
    desk.book.deliver_part(order, 1, now_ns())
    found = desk.asked(asks("check", out_trade_nums="T1")).json["data"][0]
    assert (found["state"], found["charge_amount"]) == ("3", "10.00")
    assert b"state=3" in desk.notified(desk.notice("submit", order=order)).body


def test_the_old_signature_covers_four_values():
    dialect = Dayuanren(KEY | {"sign": "old"}, PRODUCTS)
    right = hashlib.md5(b"T1138001380008810001TESTAPIKEY").hexdigest().upper()
    fields = ORDER | {"userid": "10001", "sign": right}
    assert isinstance(dialect.read(_post("recharge", fields)), Ask)
    refused = dialect.read(_post("recharge", fields | {"mobile": "13800138001"}))
    assert json.loads(refused.body)["errmsg"] == "签名错误"


@pytest.mark.parametrize(
    ("ladder", "minutes"), [("squares", [1, 4, 9, 16]), ("cron", [5, 4, 9, 16]), ("three", [5, 5])]
)
def test_the_ladders_of_its_installations(ladder, minutes):
    dialect = Dayuanren({"ladder": ladder}, PRODUCTS)
    assert [gap / 60_000 for gap in dialect.ladder("submit")] == minutes


def test_the_sources_own_ladder_is_what_it_has_unless_said():
    assert Dayuanren({}, PRODUCTS).ladder("submit") == Dayuanren.ladder_ms
    assert [gap / 60_000 for gap in Dayuanren.ladder_ms] == [5, 4, 9, 16]


@pytest.mark.parametrize("setting", ["ladder", "sign"])
def test_an_unknown_choice_is_refused_at_the_start(setting):
    with pytest.raises(UsageError, match=f"dayuanren.{setting}"):
        Dayuanren({setting: "perhaps"}, PRODUCTS)


def test_a_caller_outside_the_whitelist_is_told_so():
    answer = Dayuanren(KEY, PRODUCTS).refuse(None, "ip")
    assert json.loads(answer.body)["errmsg"] == "请将ip加入接口白名单"
