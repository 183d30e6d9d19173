"""鼎信 (9086), seen by a shop that was written from its documents and public clients."""

import pytest
from dialect_desk import PRODUCTS, Desk
from hypothesis import given
from hypothesis import strategies as st
from topup_clients import DingxinShop

from harness.core.clock import now_ns
from harness.faults.status import Condition
from mock_upstreams.dialect import Answer, Request
from mock_upstreams.operators.dingxin import Dingxin
from mock_upstreams.records import Reason

DIALECT = Dingxin({"key": "TESTKEY"}, PRODUCTS)
SHOP = DingxinShop(DIALECT.credentials())
ORDER = {"mobile": "13800138000", "sporderid": "T1", "back_url": "http://127.0.0.1:9/n"}


@pytest.fixture
def desk():
    return Desk(DIALECT)


def buy(desk, **changed):
    return SHOP.said(desk.asked(SHOP.buys(**(ORDER | changed))))


@pytest.mark.parametrize("product", ["88", ""])
@pytest.mark.parametrize(("ends", "state"), [("deliver", "1"), ("fail", "9")])
def test_an_order_by_product_or_face_value_from_submit_to_callback(desk, product, ends, state):
    made = buy(desk, productid=product)
    assert (made["resultno"], made["ordercash"], made["productname"]) == ("0", "49.60", "话费50元")
    order = desk.book.orders[made["orderid"]]
    assert (order.account, order.notify_url) == ("13800138000", "http://127.0.0.1:9/n")
    assert SHOP.said(desk.asked(SHOP.asks("T1")))["resultno"] == "0"
    getattr(desk.book, ends)(order, now_ns())
    assert SHOP.said(desk.asked(SHOP.asks("T1")))["resultno"] == state
    told = SHOP.told(desk.notified(desk.notice("submit", order=order)))
    assert (told["resultno"], told["sporderid"], told["parvalue"]) == (state, "T1", "50")
    assert told["payno"] == told["fundbalance"] == ""


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"productid": "88", "price": "30"}, "5010"),
        ({"price": "30"}, "5003"),
        ({"num": "2"}, "5011"),
        ({"mobile": ""}, "5012"),
        ({"userid": "7"}, "5001"),
        ({"price": "1e99"}, "5003"),
    ],
)
def test_an_order_that_is_refused(desk, changed, code):
    assert buy(desk, **changed)["resultno"] == code
    assert desk.book.orders == {}


def test_it_is_asked_by_get_as_well(desk):
    posted = [SHOP.buys(mobile="13800138000", sporderid="T1"), SHOP.asks("T1")]
    for request in posted:
        got = Request("GET", f"{request.target}?{request.body.decode()}")
        assert SHOP.said(desk.asked(got))["resultno"] == "0"


def test_a_used_number_and_9999_leave_it_open(desk):
    buy(desk)
    assert buy(desk)["resultno"] == "5006"
    assert len(desk.book.orders) == 1
    assert DIALECT.codes[Condition.BUSY] == "9999"
    assert {Condition.BUSY, Reason.DUPLICATE, "5006", "9999"} == DIALECT.unclear


def test_what_is_not_there(desk):
    assert SHOP.said(desk.asked(SHOP.asks("T9")))["resultno"] == "5007"


@given(number=st.text("0123456789ABCabc_-订单", min_size=1, max_size=30), unknown=st.text("ab&="))
def test_what_is_asked_is_understood(number, unknown):
    ask = DIALECT.read(SHOP.buys(**(ORDER | {"sporderid": number, "x": unknown})))
    assert (ask.order_no, ask.account, ask.sku) == (number, "13800138000", "88")


@given(st.data())
def test_one_changed_digit_of_what_is_signed_is_refused(data):
    request = SHOP.buys(**(ORDER | {"back_url": "", "paytype": "yd"}))
    at = data.draw(st.sampled_from([i for i, c in enumerate(request.body) if chr(c).isdigit()]))
    body = bytearray(request.body)
    body[at] ^= 1
    assert isinstance(DIALECT.read(Request("POST", request.target, [], bytes(body))), Answer)
