"""卡卡云, seen by a shop that was written from the protocol's facts."""

import pytest
from dialect_desk import PRODUCTS, Desk
from hypothesis import given
from hypothesis import strategies as st
from operator_clients import KakayunShop

from harness.core.clock import now_ns
from harness.core.errors import UsageError
from mock_upstreams.dialect import Answer, Request
from mock_upstreams.operators.kakayun import Kakayun
from mock_upstreams.signing import kakayun_md5

DIALECT = Kakayun({}, PRODUCTS)
SHOP = KakayunShop(DIALECT.credentials())
ORDER = {
    "goodsid": "88",
    "buynum": "1",
    "maxmoney": "149.60",
    "attach": '["13800138000"]',
    "callbackurl": "http://127.0.0.1:9000/kky/notify",
}


@pytest.fixture
def desk():
    return Desk(DIALECT)


def test_the_published_vector():
    fields = ORDER | {"maxmoney": "20.00", "outorderno": "T2025010100001", "userid": "10001"}
    assert kakayun_md5(fields, "TESTKEY") == "cfc1a5f710192bb27613f36b697987ed"
    assert kakayun_md5({"a": "0", "b": "1"}, "K", drops_zero=True) == kakayun_md5({"b": "1"}, "K")


@pytest.mark.parametrize("multipart", [False, True])
def test_without_a_number_nothing_protects_from_ordering_twice(desk, multipart):
    refs = {
        desk.asked(SHOP.asks("buy", multipart=multipart, **ORDER)).json["orderno"] for _ in "12"
    }
    assert refs == set(desk.book.orders)
    assert len(refs) == 2
    assert desk.book.query(("",)) == []


def test_a_number_is_taken_once(desk):
    codes = [desk.asked(SHOP.asks("buy.html", **ORDER, outorderno="T1")).json["code"] for _ in "12"]
    assert codes == [1, -1]


@pytest.mark.parametrize(
    ("ends", "status", "refundstatus", "cards"),
    [("deliver", 5, 0, 2), ("deliver_part", 5, 2, 1), ("fail", 4, 1, 0)],
)
def test_how_an_order_ends(desk, ends, status, refundstatus, cards):
    fields = ORDER | {"goodsid": "401", "buynum": "2"}
    ref = desk.asked(SHOP.asks("buy", **fields)).json["orderno"]
    assert desk.asked(SHOP.asks("queryorder", orderno=ref)).json["data"]["status"] == 3
    order = desk.book.orders[ref]
    getattr(desk.book, ends)(order, *([1] if ends == "deliver_part" else []), now_ns())
    found = desk.asked(SHOP.asks("orderinfo", orderno=ref)).json
    assert (found["data"]["status"], found["data"]["refundstatus"]) == (status, refundstatus)
    assert len(found["cardlist"]) == cards
    told = SHOP.told(desk.notified(desk.notice("submit", order=order)))
    assert (told["status"], told["refundstatus"]) == (str(status), str(refundstatus))


def test_goods_and_balance(desk):
    assert desk.asked(SHOP.asks("userinfo")).json["data"]["money"] == "1000.0000"
    assert desk.asked(SHOP.asks("goodsdetails", goodsid="88")).json["data"]["goodsprice"] == 4960
    newer = desk.asked(SHOP.asks("goodsdetails", base="/dockapi/v2/", goodsid="88")).json["data"]
    assert newer["goodsprice"] == "49.60"
    assert len(desk.asked(SHOP.asks("getallgoods")).json["data"]) == 2
    assert desk.asked(SHOP.asks("getallgoodsgroup", base="/dockapi/v2/")).json["code"] == 1


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)


@given(number=TEXT, unknown=TEXT, multipart=st.booleans())
def test_what_is_asked_is_understood(*, number, unknown, multipart):
    request = SHOP.asks("buy", multipart=multipart, **ORDER, outorderno=number, x_unknown=unknown)
    ask = DIALECT.read(request)
    assert (ask.order_no, ask.account, ask.amount_fen) == (number, "13800138000", 14960)


@given(st.data(), st.booleans())
def test_one_changed_digit_is_refused(data, multipart):
    request = SHOP.asks("buy", multipart=multipart, **ORDER)
    at = data.draw(st.sampled_from([i for i, c in enumerate(request.body) if chr(c).isdigit()]))
    body = bytearray(request.body)
    body[at] = body[at] ^ 1
    answer = DIALECT.read(Request("POST", request.target, request.raw_headers, bytes(body)))
    assert isinstance(answer, Answer)


@pytest.mark.parametrize("body", [b"", b"--x", b"--x\r\n\r\n", b"--x\r\nA: b\r\n\r\nc\r\n--x--"])
def test_what_is_no_multipart_form_is_refused(body):
    kind = [(b"Content-Type", b"multipart/form-data; boundary=x")]
    assert isinstance(DIALECT.read(Request("POST", "/dockapi/index/buy", kind, body)), Answer)


def test_an_unknown_choice_is_refused_at_the_start():
    with pytest.raises(UsageError, match=r"kakayun\.v1_price"):
        Kakayun({"v1_price": "jiao"}, PRODUCTS)
