"""聚合数据 话费充值, seen by a shop that was written from the protocol's facts."""

import json

import pytest
from dialect_desk import PRODUCTS, Desk
from hypothesis import given
from hypothesis import strategies as st
from operator_clients import JuheShop

from harness.core.clock import now_ns
from mock_upstreams.dialect import Answer, Ask, Request
from mock_upstreams.operators.juhe import Juhe
from mock_upstreams.signing import juhe_md5

DIALECT = Juhe({"notify_url": "http://127.0.0.1:9/n"}, PRODUCTS)
SHOP = JuheShop(DIALECT.credentials())


@pytest.fixture
def desk():
    return Desk(DIALECT)


def test_the_published_vectors():
    values = ("JHopenid", "APPKEY", "13800138000", "50", "T20250101001")
    assert juhe_md5(*values) == "7166dc89c194aa9a7fab06b2dbb19c28"
    assert juhe_md5("APPKEY", "SP20250101001", "T20250101001") == "4816979337f5f7aa58c526eab9f14b43"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("ends", "state"), [("deliver", "1"), ("fail", "9")])
def test_an_order_from_submit_to_callback(desk, method, ends, state):
    placed = desk.asked(SHOP.orders(method=method)).json
    assert (placed["error_code"], placed["result"]["game_state"]) == (0, "0")
    assert placed["result"]["ordercash"] == pytest.approx(49.60)
    (order,) = desk.book.orders.values()
    assert order.notify_url == "http://127.0.0.1:9/n"
    getattr(desk.book, ends)(order, now_ns())
    found = desk.asked(SHOP.asks("ordersta", orderid="T20250101001")).json["result"]
    assert found["game_state"] == state
    assert SHOP.told(desk.notified(desk.notice("submit", order=order)))["sta"] == state


def test_a_number_is_taken_once(desk):
    codes = [desk.asked(SHOP.orders()).json["error_code"] for _ in "12"]
    assert codes == [0, 208516]


def test_100014_says_nothing_about_the_order():
    assert "100014" in DIALECT.unclear
    assert json.loads(DIALECT.refuse(Ask(op="submit"), "100014").body)["error_code"] == 100014


def test_prices_and_balance(desk):
    phone = {"phoneno": "13800138000"}
    assert desk.asked(SHOP.asks("telcheck", **phone, cardnum="50")).json["error_code"] == 0
    assert desk.asked(SHOP.asks("telcheck", **phone, cardnum="7")).json["error_code"] == 208501
    price = desk.asked(SHOP.asks("telquery", **phone, cardnum="50")).json["result"]
    assert (price["cardid"], price["inprice"]) == ("88", pytest.approx(49.6))
    asked = SHOP.asks("yue", signed=("timestamp",), timestamp="1735660800")
    assert desk.asked(asked).json["result"]["money"] == "1000.00"


@pytest.mark.parametrize(
    ("changed", "code", "reason"),
    [
        ({"orderid": "short"}, 208514, "不合规范的订单号（8-32位）"),
        ({"orderid": "T" * 33}, 208514, "不合规范的订单号（8-32位）"),
        ({"phone": "138"}, 208505, "错误的手机号码"),
        ({"face": "ten"}, 208506, "错误的充值金额"),
        ({"face": "7"}, 208501, "不允许充值的手机号码及金额"),
    ],
)
def test_an_order_that_cannot_be_read_or_had(desk, changed, code, reason):
    said = desk.asked(SHOP.orders(**changed)).json
    assert (said["error_code"], said["reason"]) == (code, reason)
    assert desk.book.orders == {}


def test_a_strangers_order_and_an_unknown_number_are_told_apart(desk):
    stranger = JuheShop(DIALECT.credentials() | {"openid": "JHother"})
    assert desk.asked(stranger.orders()).json["error_code"] == 208515
    assert desk.asked(SHOP.asks("ordersta", orderid="T9")).json["error_code"] == 208509


@given(number=st.from_regex(r"[0-9A-Za-z]{8,32}", fullmatch=True), unknown=st.text(max_size=9))
def test_what_is_asked_is_understood(number, unknown):
    unknown = unknown.encode("utf-8", "replace").decode()
    ask = DIALECT.read(SHOP.orders(orderid=number, x_unknown=unknown))
    assert (ask.order_no, ask.account, ask.sku) == (number, "13800138000", "88")


@given(st.data())
def test_one_changed_digit_is_refused(data):
    request = SHOP.orders(method="POST")
    at = data.draw(st.sampled_from([i for i, c in enumerate(request.body) if chr(c).isdigit()]))
    body = bytearray(request.body)
    body[at] = body[at] ^ 1
    assert isinstance(DIALECT.read(Request("POST", request.target, [], bytes(body))), Answer)


def test_any_content_stops_the_ladder():
    assert DIALECT.acked(200, b"no")
    assert not DIALECT.acked(200, b"")
    assert DIALECT.ladder_ms == (3_000.0,) * 3


# Data.


def flow(desk, act, **fields):
    return desk.asked(SHOP.flow(act, **fields)).json


@pytest.mark.parametrize(("ends", "state"), [("deliver", "1"), ("fail", "9")])
def test_data_from_its_list_to_its_callback(desk, ends, state):
    flows = flow(desk, "telcheck", phone="13800138000")["result"][0]["flows"]
    assert [(one["id"], one["v"], one["inprice"]) for one in flows] == [("88", "50", "49.60")]
    assert flow(desk, "list")["result"][0]["flows"] == flows
    made = desk.asked(SHOP.data()).json
    assert (made["error_code"], made["result"]["game_state"]) == (0, "0")
    (order,) = desk.book.orders.values()
    assert (order.account, order.product.id) == ("13800138000", "88")
    assert order.notify_url == "http://127.0.0.1:9/n"
    getattr(desk.book, ends)(order, now_ns())
    (found,) = flow(desk, "batchquery", orderid="D20250101001,D9")["result"]
    assert (found["game_state"], found["orderid"]) == (state, "D20250101001")
    assert flow(desk, "ordersta", orderid="D20250101001")["result"]["game_state"] == state
    assert SHOP.told(desk.notified(desk.notice("submit", order=order)))["sta"] == state


def test_the_errors_of_data_are_2105(desk):
    desk.asked(SHOP.data())
    assert desk.asked(SHOP.data()).json["error_code"] == 210516
    assert desk.asked(SHOP.data(pid="7", orderid="D20250101009")).json["error_code"] == 210501
    assert flow(desk, "batchquery", orderid="D9")["error_code"] == 210509
    assert flow(desk, "batchquery", orderid=",".join("D" * 51))["error_code"] == 210509
    assert flow(desk, "telcheck", phone="138")["error_code"] == 210505
    assert flow(desk, "recharge", phone="13800138000", pid="88", orderid="D20250101001")[
        "error_code"
    ] == (210515)
    asked = Ask(op="submit", extra={"flow": "1"})
    assert json.loads(DIALECT.refuse(asked, "100014").body)["error_code"] == 100014


@pytest.mark.parametrize("path", ["/ofpay/mobile/", "/flow/"])
def test_orders_are_listed_newest_first_by_page_and_phone(desk, path):
    for n in range(3):
        desk.asked(SHOP.orders(orderid=f"T2025010100{n}"))
    desk.asked(SHOP.orders(orderid="T20250101009", phone="13900139000"))

    def listed(**fields):
        said = desk.asked(SHOP.asks("orderlist", base=path, **fields)).json
        return [one["uorderid"][-1] for one in said["result"]]

    assert listed() == ["9", "2", "1", "0"]
    assert listed(pagesize="2", page="2") == ["1", "0"]
    assert listed(phone="13900139000") == ["9"]
    assert listed(pagesize="0") == ["9"]


def test_the_state_of_the_operators(desk):
    assert [one["state"] for one in flow(desk, "operatorstate")["result"]] == ["1"] * 3


@given(st.data())
def test_one_changed_digit_of_data_is_refused(data):
    request = SHOP.data()
    at = data.draw(st.sampled_from([i for i, c in enumerate(request.target) if c.isdigit()]))
    target = f"{request.target[:at]}{int(request.target[at]) ^ 1}{request.target[at + 1 :]}"
    assert isinstance(DIALECT.read(Request("GET", target, [], b"")), Answer)
