"""福禄, seen by a shop that was written from the protocol's facts."""

import pytest
from dialect_desk import PRODUCTS, Desk
from hypothesis import given
from hypothesis import strategies as st
from operator_clients import FuluShop

from harness.core.clock import now_ns
from harness.core.errors import UsageError
from mock_upstreams.dialect import Answer, Request
from mock_upstreams.operators.fulu import Fulu
from mock_upstreams.signing import fulu_md5, fulu_seal

DIALECT = Fulu({}, PRODUCTS)
SHOP = FuluShop(DIALECT.credentials())
VENDOR = "0a091b3aa4324435aab703142518a8f7"
ORDER = {"product_id": 88, "customer_order_no": "T1", "charge_account": "10001", "buy_num": 1}


@pytest.fixture
def desk():
    return Desk(DIALECT)


def add(desk, method="fulu.order.direct.add", biz=ORDER):
    return SHOP.result(desk.asked(SHOP.asks(method, biz)).json)


def info(desk):
    return SHOP.result(
        desk.asked(SHOP.asks("fulu.order.info.get", {"customer_order_no": "T1"})).json
    )


def test_the_published_vectors():
    biz = ORDER | {"product_id": 10000001, "customer_order_no": "T2025010100001"}
    assert SHOP.fields("fulu.order.direct.add", biz)["sign"] == "9ceb4a1e8569796fc7a61f5ec5e7fe12"
    text = '{"order_id":"25010100001","customer_order_no":"T2025010100001","order_state":"success"}'
    assert fulu_md5(text, SHOP.secret) == "0c11d3de0f40babe8209156d042ace7b"


@pytest.mark.parametrize(
    ("plain", "sealed"),
    [
        ("CD1000250201906121742434441", "12nCp6X/nALmrvr1erxK+D4L8n/kqz/RItKWUfvZrCU="),
        ("CP1000250201906121742434441", "9HeOgdv+NpLihh2+5Gm0Mj4L8n/kqz/RItKWUfvZrCU="),
    ],
)
def test_the_vendors_card_vectors(plain, sealed):
    assert fulu_seal(VENDOR, plain) == sealed


def test_cards_come_by_query_sealed_and_maybe_later_than_the_success(desk):
    biz = {"product_id": 401, "buy_num": 2, "customer_order_no": "T1"}
    assert "cards" not in add(desk, "fulu.order.card.add", biz)
    (order,) = desk.book.orders.values()
    desk.book.deliver(order, now_ns(), cards_later=True)
    assert (info(desk)["order_state"], info(desk)["cards"]) == ("success", [])
    desk.book.hand_out_cards(order)
    opened = [
        (SHOP.opened(c["card_number"]), SHOP.opened(c["card_pwd"])) for c in info(desk)["cards"]
    ]
    assert opened == [(card.number, card.password) for card in order.cards]


def test_a_topup_is_not_done_when_accepted_and_a_number_is_taken_once(desk):
    assert add(desk)["order_state"] == "processing"
    assert add(desk) == 4001
    (order,) = desk.book.orders.values()
    desk.book.fail(order, now_ns())
    assert info(desk)["order_state"] == "failed"
    told = SHOP.told(desk.notified(desk.notice("submit", order=order)))
    assert (told["order_status"], told["price"]) == ("failed", "49.6000")
    assert (told["product_id"], told["buy_num"]) == ("88", "1"), "as in a recorded callback"


def test_a_phone_by_its_face_value(desk):
    biz = {"charge_phone": "13800138000", "charge_value": 50, "customer_order_no": "T1"}
    assert add(desk, "fulu.order.mobile.add", biz)["product_id"] == 88
    assert (
        add(desk, "fulu.order.mobile.add", biz | {"charge_value": 7, "customer_order_no": "T2"})
        == 3001
    )


@pytest.mark.parametrize(
    ("method", "biz", "kind"),
    [
        ("fulu.order.mobile.add", {"charge_phone": "13800138000", "charge_value": 50}, 1),
        ("fulu.order.data.add", {"charge_phone": "13800138000", "charge_value": 50}, 2),
        ("fulu.order.card.add", {"product_id": 401, "buy_num": 1}, 3),
        ("fulu.order.direct.add", ORDER, 4),
    ],
)
def test_an_order_says_of_which_kind_it_is(desk, method, biz, kind):
    assert add(desk, method, biz | {"customer_order_no": "T1"})["order_type"] == kind
    assert info(desk)["order_type"] == kind


def test_goods_and_balance(desk):
    def get(method, biz=None):
        return SHOP.result(desk.asked(SHOP.asks(method, biz)).json)

    assert get("fulu.user.info.get")["balance"] == pytest.approx(1000.0)
    phone, card = get("fulu.goods.list.get")
    assert (phone["face_value"], phone["purchase_price"]) == pytest.approx((50.0, 49.6))
    assert (phone["template_id"], card["template_id"], card["details"]) == ("88", "", "")
    assert get("fulu.goods.info.get", {"product_id": "88"}) == phone | {
        "four_category_icon": "",
        "detail_type": 0,
    }
    assert get("fulu.goods.stock.check", {"product_id": 88, "buy_num": 3}) == {
        "product_id": 88,
        "stock_status": "充足",
    }
    template = get("fulu.goods.template.get", {"template_id": "88"})
    assert (template["AddressId"], template["ElementInfo"]["Inputs"][0]["Name"]) == (
        "88",
        "充值账号",
    )
    assert get("fulu.goods.info.get", {"product_id": 7}) == 3001


def test_a_price_is_a_number_of_one_unit_and_cards_come_with_success(desk):
    biz = {"product_id": 401, "buy_num": 2, "customer_order_no": "T1"}
    assert add(desk, "fulu.order.card.add", biz)["order_price"] == pytest.approx(9.5)
    assert (info(desk)["order_price"], info(desk)["cards"]) == (pytest.approx(9.5), [])


def test_phps_empty_list_is_nothing(desk):
    asked = SHOP.asks("fulu.user.info.get", biz_content="[]")
    assert b'"biz_content": "[]"' in asked.body
    assert SHOP.result(desk.asked(asked).json)["is_open"] == 1


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


@given(number=TEXT, account=TEXT, unknown=TEXT)
def test_what_is_asked_is_understood(number, account, unknown):
    biz = ORDER | {"customer_order_no": number, "charge_account": account, "x": unknown}
    ask = DIALECT.read(SHOP.asks("fulu.order.direct.add", biz, x_unknown=1))
    assert (ask.order_no, ask.account, ask.sku) == (number, account, "88")


@given(st.data())
def test_one_flipped_bit_is_refused(data):
    request = SHOP.asks("fulu.order.direct.add", ORDER)
    at, bit = data.draw(st.integers(0, len(request.body) - 1)), data.draw(st.integers(0, 7))
    body = bytearray(request.body)
    body[at] ^= 1 << bit
    if body.split() == request.body.split():
        return
    assert isinstance(DIALECT.read(Request("POST", request.target, [], bytes(body))), Answer)


def test_a_secret_that_is_no_aes_key_is_refused_at_the_start():
    with pytest.raises(UsageError, match="32 ASCII"):
        Fulu({"app_secret": "short"}, PRODUCTS)
