"""商腾, seen by a shop that was written from what public clients of it send and read."""

import json

import pytest
from dialect_desk import PRODUCTS, Desk
from hypothesis import given
from hypothesis import strategies as st
from topup_clients import ShangtengShop

from harness.core.clock import now_ns
from harness.faults.status import Condition
from mock_upstreams.dialect import Answer, Request
from mock_upstreams.operators.shangteng import Shangteng

DIALECT = Shangteng({"api_key": "st_key"}, PRODUCTS)
SHOP = ShangtengShop(DIALECT.credentials())
ORDER = {
    "product_id": 88,
    "recharge_account": "13800138000",
    "external_orderno": "A0001",
    "notify_url": "https://a.com/n",
}


@pytest.fixture
def desk():
    return Desk(DIALECT)


def create(desk, **changed):
    return desk.asked(SHOP.asks("Order/create", ORDER | changed)).json


def query(desk, number="A0001"):
    return desk.asked(SHOP.asks("Order/query", {"external_orderno": number})).json


@pytest.mark.parametrize(("ends", "status"), [("deliver", 2), ("fail", 5)])
def test_an_order_from_submit_to_callback(desk, ends, status):
    made = create(desk)
    assert (made["status"], made["msg"]) == (200, "提交成功")
    assert set(made["data"]) == {"orderno", "external_orderno"}
    assert query(desk)["data"]["status"] == 1
    order = desk.book.orders[made["data"]["orderno"]]
    assert order.notify_url == "https://a.com/n"
    getattr(desk.book, ends)(order, now_ns())
    found = query(desk)["data"]
    assert (found["status"], found["amount"], found["product_id"]) == (status, "49.60", "88")
    told = SHOP.told(desk.notified(desk.notice("submit", order=order)))
    assert (told["status"], told["external_orderno"]) == (status, "A0001")
    assert (told["total_price"], len(told["time"])) == ("49.60", 10)


def test_every_refusal_is_411_and_only_the_sentence_differs(desk):
    create(desk)
    said = [create(desk), create(desk, external_orderno="A2", product_id=7), query(desk, "A9")]
    assert {one["status"] for one in said} == {411}
    assert [one["msg"] for one in said] == ["外部订单号重复", "商品不存在", "订单不存在"]
    assert create(desk, external_orderno="A3", face_value="30")["msg"] == "商品已下架"
    assert create(desk, external_orderno="A3", face_value="50")["status"] == 200


def test_an_answer_of_http_500_says_nothing_about_the_order():
    answer = DIALECT.refuse(None, Condition.BUSY)
    assert (answer.status, json.loads(answer.body)["status"]) == (500, 500)
    assert Condition.BUSY in DIALECT.unclear
    assert "411" not in DIALECT.unclear


def test_the_balance_is_a_bare_number(desk):
    said = desk.asked(SHOP.asks("User/balance", {}))
    assert b'"phone_balance":1000.00,' in said.body
    assert SHOP.asks("User/balance", {}).body == b"{}"


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"Userid": "10087"}, "用户不存在"),
        ({"Userid": "", "ApiKey": "other"}, "用户不存在"),
        ({"Userid": ""}, "用户不存在"),
        ({"Sign": "0" * 40}, "签名错误"),
        ({"Timestamp": "1758153600123"}, "时间戳错误"),
    ],
)
def test_wrong_headers(desk, headers, message):
    refused = desk.asked(SHOP.asks("User/balance", {}, **headers)).json
    assert (refused["status"], refused["msg"]) == (411, message)


def test_older_clients_name_themselves_by_their_key(desk):
    old = SHOP.asks("Order/create", ORDER, Userid="", ApiKey="st_key")
    assert desk.asked(old).json["status"] == 200


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"null", b'{"product_id":' + b"[" * 9_000])
def test_a_body_that_is_no_form(desk, body):
    sign = SHOP.sign("1758153600", body.decode())
    headers = [(b"Userid", b"10086"), (b"Timestamp", b"1758153600"), (b"Sign", sign.encode())]
    for path in ("Order/create", "Order/query"):
        assert desk.asked(Request("POST", f"/api/{path}", headers, body)).json["status"] == 411


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(number=TEXT, account=TEXT, unknown=TEXT)
def test_what_is_asked_is_understood(number, account, unknown):
    said = ORDER | {"external_orderno": number, "recharge_account": account, "x": unknown}
    ask = DIALECT.read(SHOP.asks("Order/create", said))
    assert (ask.order_no, ask.account, ask.sku) == (number, account, "88")


@given(st.data())
def test_one_flipped_bit_of_a_body_is_refused(data):
    request = SHOP.asks("Order/create", ORDER)
    at, bit = data.draw(st.integers(0, len(request.body) - 1)), data.draw(st.integers(0, 7))
    body = bytearray(request.body)
    body[at] ^= 1 << bit
    answer = DIALECT.read(Request("POST", request.target, request.raw_headers, bytes(body)))
    assert isinstance(answer, Answer)
    assert json.loads(answer.body)["msg"] == "签名错误"
