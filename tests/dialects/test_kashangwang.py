"""卡商网, seen by a shop that was written from the protocol's facts."""

import pytest
from dialect_desk import PRODUCTS, Desk
from hypothesis import given
from hypothesis import strategies as st
from operator_clients import KashangwangShop

from harness.core.clock import now_ns
from harness.faults.status import Condition
from mock_upstreams.dialect import Answer, Ask, Request
from mock_upstreams.operators.kashangwang import Kashangwang
from mock_upstreams.signing import kashangwang_md5

DIALECT = Kashangwang({}, PRODUCTS)
SHOP = KashangwangShop(DIALECT.credentials())
ORDER = {
    "product_id": "401",
    "quantity": "2",
    "outer_order_id": "T1",
    "notify_url": "http://127.0.0.1:9/n",
}
NAME = "recharge_template_input_items[{}]"


@pytest.fixture
def desk():
    return Desk(DIALECT)


def bought(desk, **changed):
    data = desk.asked(SHOP.asks("buy", **(ORDER | changed))).json["data"]
    return desk.book.orders[data["order_id"]]


def test_the_published_vectors():
    fields = {
        "customer_id": "10000",
        "timestamp": "1735660800",
        "product_id": "1886",
        "quantity": "1",
        "recharge_account": "10001",
        "notify_url": "http://127.0.0.1:9000/ks/notify",
        "outer_order_id": "T2025010100001",
    }
    assert kashangwang_md5(fields, "TESTKEY") == "63e9076c08d1e727d119297abe1b24a6"
    told = {
        "customer_id": "10000",
        "timestamp": "1735697000",
        "order_id": "557305089422",
        "outer_order_id": "T2025010100001",
        "product_id": "1886",
        "quantity": "1",
        "state": "200",
        "state_info": "",
        "created_at": "2025-01-01 10:00:00",
        "cards": '[{"card_no":"A1","card_password":"B1"}]',
    }
    assert kashangwang_md5(told, "TESTKEY") == "189124c1f80c26adcc05a358b3f6c6a9"


def test_cards_have_other_names_in_a_query_and_are_unsigned_in_a_callback(desk):
    order = bought(desk)
    desk.book.deliver(order, now_ns())
    view = desk.asked(SHOP.asks("outer-order", outer_order_id="T1")).json["data"]
    assert (view["state"], view["total_price"], view["refunded_amount"]) == (
        200,
        "19.0000",
        "0.0000",
    )
    assert [c["password"] for c in view["cards"]] == [c.password for c in order.cards]
    told = SHOP.told(desk.notified(desk.notice("submit", order=order)))
    assert told["state"] == "200"
    assert order.cards[0].number in told["cards"]


def test_an_order_shows_what_its_goods_have(desk):
    order = bought(desk)
    desk.book.deliver(order, now_ns())
    cards = desk.asked(SHOP.asks("order", order_id=order.ref)).json["data"]
    assert (cards["id"], cards["product_type"], cards["buyer_customer_id"]) == (order.ref, 2, 10000)
    assert cards["cards"][0]["expired_at"] == "2099-12-31 00:00:00"
    assert not {"recharge_account", "recharge_params"} & set(cards)
    account = {"product_id": "88", "recharge_account": "10001", "quantity": "1"}
    desk.asked(SHOP.asks("buy", **account, outer_order_id="T2"))
    seen = desk.asked(SHOP.asks("outer-order", outer_order_id="T2")).json["data"]
    assert (seen["product_type"], seen["recharge_account"], seen["recharge_params"]) == (
        1,
        "10001",
        "{}",
    )
    assert not {"cards", "tickets"} & set(seen)


def test_cards_may_come_later_than_the_success(desk):
    order = bought(desk)
    desk.book.deliver(order, now_ns(), cards_later=True)
    view = desk.asked(SHOP.asks("order", order_id=order.ref)).json["data"]
    assert (view["state"], view["cards"]) == (200, [])


def test_a_part_is_a_success_with_money_back(desk):
    order = bought(desk)
    desk.book.deliver_part(order, 1, now_ns())
    view = desk.asked(SHOP.asks("order", order_id=order.ref)).json["data"]
    assert (view["state"], view["refunded_amount"], len(view["cards"])) == (200, "9.5000", 1)


@pytest.mark.parametrize("code", ["server_error", "501", Condition.BUSY])
def test_an_undetermined_result_is_no_failure(code):
    assert code in DIALECT.unclear
    said = Desk(DIALECT).dialect.refuse(Ask(op="submit", order_no="T1"), code).body
    assert (b'"server_error"' in said) != (b'"state":501' in said)


def test_a_number_is_taken_once_and_a_cap_is_for_one_unit(desk):
    refused = desk.asked(SHOP.asks("buy", **ORDER, safe_cost="9.4999")).json
    assert refused["code"] == "error"
    assert bought(desk, safe_cost="9.5").cost_fen == 1900
    assert desk.asked(SHOP.asks("buy", **ORDER)).json["message"] == "外部订单号已存在"


def test_goods_and_balance(desk):
    assert desk.asked(SHOP.asks("customer")).json["data"]["balance"] == "1000.0000"
    assert [g["type"] for g in desk.asked(SHOP.asks("product-list")).json["data"]] == [1, 2]
    assert desk.asked(SHOP.asks("product", product_id="88")).json["data"]["price"] == "49.6000"
    params = desk.asked(SHOP.asks("product/recharge-params", product_id="88")).json["data"]
    assert params["recharge_account_label"]
    assert desk.asked(SHOP.asks("product", product_id="7")).json["code"] == "error"


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_chinese_names_are_sorted_either_way(charset):
    fields = {NAME.format(name): "x" for name in ("阿", "波", "一", "区服")}
    assert isinstance(DIALECT.read(SHOP.asks("buy", charset, **ORDER, **fields)), Ask)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(number=TEXT, account=TEXT, quantity=st.integers(1, 10_000), unknown=TEXT)
def test_what_is_asked_is_understood(number, account, quantity, unknown):
    fields = {"outer_order_id": number, "recharge_account": account, "quantity": str(quantity)}
    ask = DIALECT.read(SHOP.asks("buy", **(ORDER | fields), x_unknown=unknown))
    assert (ask.order_no, ask.account, ask.quantity) == (number, account, quantity)


@given(st.data())
def test_one_changed_character_of_a_value_is_refused(data):
    request = SHOP.asks("buy", **ORDER)
    at = data.draw(st.sampled_from([i for i, c in enumerate(request.body) if chr(c).isdigit()]))
    body = bytearray(request.body)
    body[at] = body[at] ^ 1
    answer = DIALECT.read(Request("POST", request.target, request.raw_headers, bytes(body)))
    assert isinstance(answer, Answer)


def test_the_ladder_is_three_in_all_ten_seconds_apart():
    assert DIALECT.ladder_ms == (10_000.0, 10_000.0)
