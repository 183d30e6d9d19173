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


def second(desk, path, **fields):
    return desk.asked(SHOP.asks(path, base="/dockapi/v2/", **fields)).json


def test_balance(desk):
    assert desk.asked(SHOP.asks("userinfo")).json["data"]["money"] == "1000.0000"


def test_goods_of_the_first_interface_stand_in_groups_and_cost_fen(desk):
    (group,) = desk.asked(SHOP.asks("getallgoods.html")).json["data"]
    assert [(one["id"], one["goodsprice"]) for one in group["goods"]] == [(88, 4960), (401, 950)]
    one = desk.asked(SHOP.asks("goodsdetails.html", goodsid="88")).json
    assert (one["code"], one["goodsdetails"]) == (1, group["goods"][0])
    assert one["price"]["data"]["goodsprice"] == "49.60"
    wanted = {"goodsname", "imgurl", "goodsstatus", "goodstype", "tiptext", "details", "stock"}
    assert wanted | {"buyminnum", "buymaxnum", "attach"} <= set(one["goodsdetails"])
    assert desk.asked(SHOP.asks("goodsdetails", goodsid="7")).json["msg"] == "商品不存在"


def test_goods_of_the_second_interface_come_by_the_page_and_cost_yuan(desk):
    first = second(desk, "getallgoods")
    assert {name: first[name] for name in ("nowpage", "allpage", "count")} == {
        "nowpage": 1,
        "allpage": 1,
        "count": 2,
    }
    assert [(g["goodsid"], g["goodsprice"], g["goodstype"]) for g in first["data"]] == [
        (88, "49.60", 1),
        (401, "9.50", 0),
    ]
    assert first["data"][0]["attach"] == [{"title": "充值账号", "tip": "请填写充值账号"}]
    later = second(desk, "getallgoods", limit="1", page="2", goodsgroupid="1")
    assert ([g["goodsid"] for g in later["data"]], later["allpage"]) == ([401], 2)
    assert second(desk, "getallgoods", page="0")["data"] == first["data"]
    assert second(desk, "getallgoods", goodsgroupid="9")["data"] == []
    assert second(desk, "goodsdetails.html", goodsid="88")["goodsdetails"]["goodsprice"] == "49.60"
    (group,) = second(desk, "getallgoodsgroup")["data"]
    assert {"groupid", "groupname", "groupaliasname", "groupimgurl", "brandid"} < set(group)


def test_an_order_is_told_with_its_price_and_both_numbers(desk):
    placed = desk.asked(SHOP.asks("buy", **ORDER, outorderno="T1")).json
    assert (placed["outorderno"], placed["money"], placed["buynum"]) == ("T1", "49.6000", 1)
    seen = desk.asked(SHOP.asks("orderinfo", orderno=placed["orderno"])).json
    assert (seen["aftersales"], seen["cardlist"]) == ([], [])
    wanted = {"dockapiorderno", "goodsprice", "payrefundspeed", "banstatus", "mobile"}
    assert wanted <= set(seen["data"])


@pytest.mark.parametrize(
    ("setting", "number", "told"),
    [("caller", "T1", "T1 {ref}"), ("caller", "", "{ref} {ref}"), ("own", "T1", "{ref} T1")],
)
def test_whose_number_is_which_in_a_callback(setting, number, told):
    desk = Desk(Kakayun({"callback_numbers": setting}, PRODUCTS))
    ref = desk.asked(SHOP.asks("buy", **ORDER, outorderno=number)).json["orderno"]
    order = desk.book.orders[ref]
    desk.book.deliver(order, now_ns())
    heard = SHOP.told(desk.notified(desk.notice("submit", order=order)))
    assert f"{heard['orderno']} {heard['outorderno']}" == told.format(ref=ref)


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


@pytest.mark.parametrize("setting", ["v1_price", "drops_zero", "callback_numbers"])
def test_an_unknown_choice_is_refused_at_the_start(setting):
    with pytest.raises(UsageError, match=rf"kakayun\.{setting}"):
        Kakayun({setting: "perhaps"}, PRODUCTS)
