"""共享店铺, 亿乐, 欧飞 and the small dialects: published vectors, whole orders, and what a flipped byte does."""

import hashlib
import json
import re
import xml.etree.ElementTree as ET
from urllib.parse import parse_qs, parse_qsl, urlencode

import pytest
from dialect_desk import PRODUCTS, Desk
from hypothesis import given
from hypothesis import strategies as st
from small_clients import OfpayBuyer, SharedShopBuyer, YileBuyer, md5

from harness.core.clock import now_ns
from harness.core.errors import UsageError
from mock_upstreams.catalogue import dialects
from mock_upstreams.dialect import Answer, Request
from mock_upstreams.operators._presets import ALIASES, PRESETS
from mock_upstreams.operators._refusals import DOUBTFUL, FAMILIES
from mock_upstreams.operators.small import signature
from mock_upstreams.records import Product
from mock_upstreams.signing import ofpay_md5, shared_shop_md5, yile_sha1


def made(name, **settings):
    return dialects()[name](settings, PRODUCTS)


def xml(body):
    return {
        one.tag: one.text or "" for one in ET.fromstring(body.decode("gb18030").partition("?>")[2])
    }


def test_the_published_vectors():
    assert yile_sha1("APPID", "SECRET", "/openapi/customer/Goods/Buy", "1735660800") == (
        "414bb509551ee5aa72827f29eed390c5b055f794"
    )
    values = ("140101", "50", "T20250101001", "20250101000000", "13800138000")
    password = hashlib.md5(b"pass").hexdigest()
    assert password == "1a1dc91c907325c69271ddf0c944bc72"
    assert ofpay_md5("A00001", password, *values, "OFCARD") == "5B221E8D3EB8FBD537B00A882D7243F7"
    fields = {
        "app_id": "1000",
        "app_key": "APPKEY123",
        "card_id": "0",
        "contact": "",
        "device": "0",
        "num": "1",
        "password": "",
        "race": "月卡",
        "request_no": "123250101000000123",
        "shared_code": "8E1B6D",
    }
    assert shared_shop_md5(fields, "APPKEY123") == "c02fa34c6d07e3ce5b3f72d1d22c764c"


# 共享店铺.


@pytest.fixture
def shop():
    dialect = made("shared_shop")
    return Desk(dialect), SharedShopBuyer(dialect.credentials())


def trade(buyer, number="R1", code="401", **over):
    fields = {"shared_code": code, "contact": "13800138000", "num": "2", "request_no": number}
    return buyer.asks(
        "commodity/trade", **fields | {"race": "", "card_id": "0", "device": "0"} | over
    )


def test_a_trade_is_answered_with_its_cards_and_a_repeat_never_is(shop):
    desk, buyer = shop
    ask = desk.dialect.read(trade(buyer))
    assert desk.dialect.waits_for_goods(ask)
    order = desk.book.plan_submit(ask, now_ns())
    desk.book.take(order)
    assert "正在发货中" in json.loads(desk.dialect.answer(ask, order).body)["data"]["secret"]
    desk.book.deliver(order, now_ns())
    told = json.loads(desk.dialect.answer(ask, order).body)["data"]
    assert len(told["secret"].splitlines()) == 2
    assert told["tradeNo"] == order.ref
    again = desk.asked(trade(buyer)).json
    assert (again["code"], again["msg"]) == (0, "The request ID already exists")
    seen = desk.asked(buyer.asks("commodity/query", tradeNo=order.ref)).json["data"]
    assert seen["secret"] == told["secret"]
    assert desk.asked(buyer.asks("commodity/query", tradeNo="R1")).json["code"] == 0, (
        "never by request_no"
    )


def test_goods_that_a_person_delivers_are_not_waited_for(shop):
    desk, buyer = shop
    ask = desk.dialect.read(trade(buyer, code="88", 账号="13912345678"))
    assert not desk.dialect.waits_for_goods(ask)
    assert ask.account == "13912345678"


def test_the_shop_shows_its_shelves_and_balance(shop):
    desk, buyer = shop
    known = desk.asked(buyer.asks("authentication/connect")).json
    assert known["data"] == {"shopName": "共享店铺", "balance": 1000.0}
    listed = desk.asked(buyer.asks("commodity/items")).json
    assert set(listed) == {"code", "data"}
    (category,) = listed["data"]
    assert {"id", "name", "sort", "icon", "status", "pid"} < set(category)
    goods = {one["code"]: one for one in category["children"]}
    assert {code: one["delivery_way"] for code, one in goods.items()} == {"88": 1, "401": 0}
    assert (goods["401"]["id"], goods["401"]["price"], goods["401"]["stock"]) == (401, 9.5, 9999)
    assert "factory_price" not in goods["401"]
    priced = desk.asked(buyer.asks("commodity/valuation", code="401", num="3")).json
    assert priced == {"code": 200, "data": {"price": "28.50", "currency_code": "CNY"}}
    assert desk.asked(trade(buyer, num="0")).json["msg"] == "至少购买1个"


def test_what_is_known_of_one_of_the_goods(shop):
    desk, buyer = shop
    one = desk.asked(buyer.asks("commodity/item", code="401", sharedCode="401")).json["data"]
    assert (one["config"], one["widget"], one["factory_price"]) == ([], [], 9.5)
    wanted = {"draft_status", "draft_premium", "seckill_status", "seckill_start_time", "stock"}
    assert wanted | {"seckill_end_time", "minimum", "maximum", "contact_type"} <= set(one)
    there = desk.asked(buyer.asks("commodity/inventory", sharedCode="401", race="")).json["data"]
    assert (there["count"], there["factory_price"], there["is_category"]) == (9999, 9.5, False)
    by_hand = desk.asked(buyer.asks("commodity/inventory", sharedCode="88", race="")).json["data"]
    assert (by_hand["count"], by_hand["delivery_way"]) == (0, 1)
    assert desk.asked(buyer.asks("commodity/stock", code="401")).json["data"] == {"stock": "9999"}


def test_what_is_left_is_told_with_each_trade(shop):
    desk, buyer = shop
    desk.book._left["401"] = 3
    assert desk.asked(trade(buyer)).json["data"]["stock"] == "1"
    state = {"shared_code": "401", "card_id": "0", "race": ""}
    enough = desk.asked(buyer.asks("commodity/inventoryState", num="1", **state)).json
    assert enough == {"code": 200, "msg": "success", "data": []}
    short = desk.asked(buyer.asks("commodity/inventoryState", num="2", **state)).json
    assert short == {"code": 0, "msg": "库存不足"}
    assert desk.asked(trade(buyer, "R2")).json == {"code": 0, "msg": "库存不足"}
    desk.book._left["401"] = 0
    gone = desk.asked(buyer.asks("commodity/item", code="401")).json["data"]
    assert gone["stock"] == 0


@pytest.mark.parametrize(
    ("path", "fields", "told"),
    [
        ("inventoryState", {"shared_code": "9"}, "商品不存在"),
        ("item", {}, "对接CODE不能为空"),
        ("inventory", {}, "商品代码不能为空"),
        ("stock", {"code": "9"}, "商品不存在"),
        ("draftCard", {"code": "401", "page": "1", "limit": "10"}, "该商品不支持预选"),
        ("draft", {"code": "401", "card_id": "1"}, "预选的宝贝不存在"),
    ],
)
def test_what_the_shop_does_not_have(shop, path, fields, told):
    desk, buyer = shop
    assert desk.asked(buyer.asks(f"commodity/{path}", **fields)).json == {"code": 0, "msg": told}


def test_a_caller_need_not_show_his_key(shop):
    desk, buyer = shop
    fields = {"app_id": buyer.app_id}
    fields["sign"] = md5(f"app_id={buyer.app_id}&key={buyer.app_key}")
    kind = [(b"Content-Type", b"application/x-www-form-urlencoded")]
    body = urlencode(fields).encode()
    for target in ("/shared/authentication/connect", "/?s=/shared/authentication/connect"):
        assert desk.asked(Request("POST", target, kind, body)).json["code"] == 200
    assert desk.asked(Request("POST", "/?t=1", kind, body)).status == 404


def test_lists_keep_their_order_and_their_empty_values_within_a_signature():
    fields = {"sku[版本]": "标准", "sku[区服]": "", "num": "", "app_id": "7", "race": "月卡"}
    text = "app_id=7&race=月卡&sku[版本]=标准&sku[区服]=&key=K"
    assert shared_shop_md5(fields, "K") == md5(text)


@pytest.mark.parametrize(
    ("ends", "secret", "status"),
    [("", "正在发货中", 1), ("deliver", "----", 1), ("fail", "正在发货中", 0)],
)
def test_a_query_says_whether_it_is_paid_and_never_that_it_is_delivered(shop, ends, secret, status):
    desk, buyer = shop
    order = desk.book.plan_submit(desk.dialect.read(trade(buyer)), now_ns())
    desk.book.take(order)
    if ends:
        getattr(desk.book, ends)(order, now_ns())
    seen = desk.asked(buyer.asks("commodity/query", tradeNo=order.ref)).json["data"]
    assert secret in seen["secret"]
    assert seen["status"] == status


def test_the_plugin_kind_has_five_calls_of_its_own():
    dialect = made("shared_shop", kind="plugin")
    desk, buyer = Desk(dialect), SharedShopBuyer(dialect.credentials())

    def own(path, **fields):
        request = buyer.asks(path, **fields)
        path = request.target.replace("/shared/", "/plugin/SharedStock/api/")
        return desk.asked(Request("POST", path, request.raw_headers, request.body))

    assert own("connect").json["data"]["shopName"] == "共享店铺"
    tree = own("items").json["data"]
    one = own("item", code="401").json["data"]
    assert one[0]["children"] == [g for g in tree[0]["children"] if g["code"] == "401"]
    assert own("item", code="9").json["msg"] == "商品不存在"
    assert own("stock", code="401", race="").json["data"]["stock"] == "9999"
    assert own("valuation", code="401", num="2", race="", card_id="0").json["data"]["price"] == (
        "19.00"
    )
    assert own("commodity/trade").status == 404
    assert desk.asked(trade(buyer)).json["data"]["tradeNo"]
    with pytest.raises(UsageError, match=r"shared_shop\.kind"):
        made("shared_shop", kind="natve")


def test_the_open_kind_signs_in_its_headers_and_has_shapes_of_its_own():
    dialect = made("shared_shop", kind="open")
    desk, buyer = Desk(dialect), SharedShopBuyer(dialect.credentials())

    def told(path, **fields):
        return desk.asked(buyer.asks_open(path, **fields)).json["data"]

    assert told("connect") == {"username": "共享店铺", "balance": 1000.0}
    goods = {one["id"]: one for one in told("items")}
    assert goods[401]["category"]["name"] == "全部"
    assert told("item", id="401") == goods[401]
    (kind,) = goods[401]["sku"]
    assert (kind["stock_price"], kind["stock"]) == ("9.50", 9999)
    named = {"sku_id": str(kind["id"])}
    assert told("sku/stock", **named) == {"stock": 9999}
    assert told("sku/state", quantity="2", **named) == {"state": True}
    assert told("amount", quantity="2", **named) == {"amount": "19.00"}
    desk.book._left["401"] = 1
    assert told("sku/state", quantity="2", **named) == {"state": False}
    number = md5("R1")[:24]
    request = buyer.asks_open("trade", quantity="1", trade_no=number, contact="a@b.c", **named)
    ask = dialect.read(request)
    assert (ask.order_no, ask.sku, ask.quantity) == (number, "401", 1)
    assert "正在发货中" in desk.asked(request).json["data"]["contents"]
    assert desk.asked(buyer.asks_open("item", id="9")).json["msg"] == "商品不存在"
    assert desk.asked(buyer.asks("authentication/connect")).status == 404


def test_goods_whose_numbers_are_none_get_one():
    goods = {"月卡": Product(id="月卡", kind="cards", cost_fen=950, face_fen=1000)}
    dialect = dialects()["shared_shop"]({"kind": "open"}, goods)
    desk, buyer = Desk(dialect), SharedShopBuyer(dialect.credentials())
    (one,) = desk.asked(buyer.asks_open("items")).json["data"]
    assert isinstance(one["id"], int)
    request = buyer.asks_open("trade", sku_id=str(one["id"]), quantity="1", trade_no="T1")
    assert dialect.read(request).sku == "月卡"


# 亿乐.


def test_yile_sells_without_a_number_of_the_callers():
    dialect = made("yile")
    desk, buyer = Desk(dialect), YileBuyer(dialect.credentials())
    now_s = now_ns() // 10**9
    body = {"goods_sn": "88", "buy_number": 1, "buy_params": {"充值账号": "13800138000"}}
    refs = [desk.asked(buyer.asks("Goods/Buy", body, now_s)).json["data"]["order_sn"] for _ in "ab"]
    assert len(set(refs)) == 2, "a repeat is a second order"
    seen = desk.asked(buyer.asks("Order/Show", {"order_sn": refs[0]}, now_s)).json["data"]
    assert seen["status"] == 3
    missing = desk.asked(buyer.asks("Goods/Show", {"goods_sn": "9"}, now_s)).json["message"]
    assert missing == {"field": "goods_sn", "message": "商品不存在"}


def test_yile_answers_its_later_clients_by_the_names_that_they_use():
    dialect = made("yile")
    desk, buyer = Desk(dialect), YileBuyer(dialect.credentials())
    now_s = now_ns() // 10**9
    body = {"goods_id": "88", "buy_number": 1, "buy_params": {"account": "13800138000"}}
    ids = [desk.asked(buyer.asks("Goods/Buy", body, now_s)).json["data"]["id"] for _ in "ab"]
    assert all(isinstance(one, int) and one < 2**53 for one in ids)
    seen = desk.asked(buyer.asks("Order/Show", {"ids": [*ids, 7]}, now_s)).json["data"]
    assert [(one["id"], one["status"], one["start_num"]) for one in seen] == [
        (ids[0], 3, 0),
        (ids[1], 3, 0),
    ]
    assert desk.asked(buyer.asks("Order/Show", {"ids": [7]}, now_s)).json["data"] == []
    assert desk.asked(buyer.asks("Order/Show", {"ids": "7"}, now_s)).json["message"] == "参数错误"
    shown = desk.asked(buyer.asks("Goods/Show", {"goods_id": 88}, now_s)).json["data"]
    assert (shown["id"], shown["buy_params"][0]["key"]) == (88, "account")
    cards = desk.asked(buyer.asks("Goods/Show", {"goods_id": 401}, now_s)).json["data"]
    assert cards["buy_params"] == []


def test_yile_lists_goods_parts_and_the_balance_to_a_caller_without_a_body():
    dialect = made("yile")
    desk, buyer = Desk(dialect), YileBuyer(dialect.credentials())

    def got(path):
        asked = buyer.asks(path, {}, now_ns() // 10**9)
        return desk.asked(Request("GET", asked.target, asked.raw_headers)).json

    listed = got("Goods/List")["data"]
    assert [(one["id"], one["is_close"], one["stock"]) for one in listed] == [
        (88, 0, -1),
        (401, 0, -1),
    ]
    assert got("Goods/CategoryList")["data"][0]["id"] == listed[0]["category_id"]
    assert got("CustomerAccount/Show")["data"] == {"balance": "1000.00"}
    assert got("Goods/Buy") == {"code": 404, "message": "接口不存在"}


def test_yile_refuses_a_stale_or_foreign_token():
    dialect = made("yile")
    desk, buyer = Desk(dialect), YileBuyer(dialect.credentials())
    stale = desk.asked(buyer.asks("Goods/List", {}, now_ns() // 10**9 - 900)).json
    assert (stale["code"], stale["message"]) == (401, "签名错误")
    buyer.secret = "OTHER"
    assert desk.asked(buyer.asks("Goods/List", {}, now_ns() // 10**9)).json["code"] == 401


# 欧飞.


def bought(buyer, **over):
    fields = {"cardid": "140101", "cardnum": "50", "sporder_id": "T20250101001"}
    fields |= {"sporder_time": "20250101000000", "game_userid": "13800138000"}
    return buyer.buys(**fields | over)


def test_ofpay_takes_an_order_and_tells_its_state_as_a_number():
    dialect = made("ofpay")
    desk, buyer = Desk(dialect), OfpayBuyer(dialect.credentials())
    taken = xml(desk.asked(bought(buyer)).body)
    assert (taken["retcode"], taken["game_state"], taken["cardname"]) == ("1", "0", "话费50元")
    assert desk.asked(buyer.asks("api/query.do", spbillid="T20250101001")).body == b"0"
    assert desk.asked(buyer.asks("query.do", spbillid="T9")).body == b"-1"
    assert xml(desk.asked(bought(buyer)).body) == taken, "a repeat is the same order"
    assert xml(desk.asked(buyer.looks_up("T20250101001")).body) == taken
    assert xml(desk.asked(buyer.looks_up("T9")).body)["retcode"] == "1010"
    for path in ("queryuserinfo.do", "newqueryuserinfo.do"):
        assert xml(desk.asked(buyer.asks(path)).body)["ret_leftcredit"] == "950.40"
    slow = bought(buyer, sporder_id="T2", cardid="170101", cardnum="50.0")
    assert xml(desk.asked(slow).body)["cardname"] == "话费50元"


def test_ofpay_tells_prices_and_whether_a_phone_can_be_charged():
    dialect = made("ofpay")
    desk, buyer = Desk(dialect), OfpayBuyer(dialect.credentials())

    def asked(path, **fields):
        return desk.asked(buyer.asks(path, **fields)).body

    phone = {"phoneno": "13800138000"}
    assert xml(asked("telquery.do", **phone, pervalue="50"))["inprice"] == "49.60"
    assert xml(asked("telquery.do", **phone, pervalue="7"))["retcode"] == "11"
    assert xml(asked("telquery.do", phoneno="1", pervalue="50"))["retcode"] == "319"
    assert asked("telcheck.do", **phone, price="50").decode("gb18030").startswith("1#成功")
    assert not asked("telcheck.do", **phone, price="7").startswith(b"1")
    assert asked("mobinfo.do", mobilenum="1381383").decode("gb18030") == "1381383|广东广州|移动"
    for path in ("querycardinfo.do", "queryprice.do", "queryleftcardnum.do"):
        listed = ET.fromstring(asked(path, cardid="401").decode("gb18030").partition("?>")[2])
        card = {one.tag: one.text for one in listed.find("ret_cardinfos/card")}
        assert (card["cardid"], card["inprice"], card["classtype"]) == ("401", "9.50", "3")
        assert xml(asked(path, cardid="9"))["retcode"] == "1004"


def test_ofpay_hands_cards_out_in_its_answer():
    dialect = made("ofpay")
    desk, buyer = Desk(dialect), OfpayBuyer(dialect.credentials())
    card = {"cardid": "401", "sporder_id": "T3", "sporder_time": "20250101000000"}
    ask = dialect.read(buyer.buys(path="order.do", cardnum="2", **card))
    assert dialect.waits_for_goods(ask)
    desk.asked(buyer.buys(path="order.do", cardnum="2", **card))
    (order,) = desk.book.orders.values()
    desk.book.deliver(order, now_ns())
    told = ET.fromstring(dialect.answer(ask, order).body.decode("gb18030").partition("?>")[2])
    cards = [(one.find("cardno").text, one.find("cardpws").text) for one in told.iter("card")]
    assert cards == [(one.number, one.password) for one in order.cards]
    assert (len(cards), told.find("retcode").text, told.find("game_state")) == (2, "1", None)
    many = desk.asked(buyer.buys(path="order.do", cardnum="11", **card))
    assert xml(many.body)["retcode"] == "1005"
    charged = bought(buyer, sporder_id="T4", cardid="401", cardnum="1")
    assert xml(desk.asked(charged).body)["retcode"] == "1004", "cards charge nobody"


@pytest.mark.parametrize(
    ("over", "retcode", "said"),
    [
        ({"cardnum": "0.4"}, "1004", "此商品暂不可用"),
        ({"cardnum": "x"}, "9998", "参数格式错误"),
        ({"game_userid": ""}, "1008", "缺少必需参数"),
        ({"md5_str": "0"}, "1003", "MD5串验证错误"),
        ({"userid": "A9"}, "1001", "商户名验证错误"),
    ],
)
def test_ofpay_says_again_what_it_refuses(over, retcode, said):
    dialect = made("ofpay")
    buyer = OfpayBuyer(dialect.credentials())
    target = bought(
        buyer, **{k: v for k, v in over.items() if k not in {"md5_str", "userid"}}
    ).target
    for name in {"md5_str", "userid"} & set(over):
        target = re.sub(rf"\b{name}=[^&]*", f"{name}={over[name]}", target)
    told = xml(Desk(dialect).asked(Request("GET", target)).body)
    assert (told["retcode"], told["err_msg"]) == (retcode, said)
    assert (told["sporder_id"], told["orderid"], told["game_state"]) == ("T20250101001", "", "")


def test_ofpay_signs_its_callback_as_it_was_seen():
    assert ofpay_md5("A1404230", "1", "CHs012013218888000", "Abcd1234") == (
        "44E1BE566D9C37B6E4940BB433138559"
    )
    dialect = made("ofpay", userid="A1404230", key="Abcd1234")
    desk = Desk(dialect)
    desk.asked(bought(OfpayBuyer(dialect.credentials()), sporder_id="CHs012013218888000"))
    (order,) = desk.book.orders.values()
    desk.book.deliver(order, now_ns())
    told = parse_qs(desk.notified(desk.notice("submit", order=order)).body.decode())
    assert told["sign"] == ["44E1BE566D9C37B6E4940BB433138559"]


# The small ones.


def small(preset, **over):
    dialect = made("small", preset=preset)
    row = PRESETS[preset]
    fields = dict.fromkeys(row.signed, "x") | {row.number: "T1", row.account: "13800138000"}
    fields |= {row.amount: "50.00"} if row.amount else {row.product: "88"}
    fields |= {row.merchant: "10001"} if row.merchant else {}
    fields |= {row.notify: "http://127.0.0.1:9/n"} | over
    fields[row.sign] = signature(row, fields, dialect.credentials()["key"])
    return dialect, row, fields


def posted(row, fields, *, as_json=False):
    if as_json:
        return Request("POST", row.path, [], json.dumps(fields).encode())
    text = "&".join(f"{k}={v}" for k, v in fields.items())
    return Request("POST", row.path, [], text.encode())


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_preset_takes_an_order_and_answers_in_its_own_shape(preset, as_json):
    dialect, row, fields = small(preset)
    reply = Desk(dialect).asked(posted(row, fields, as_json=as_json)).json
    assert reply[row.ok[0]] == row.ok[1]
    ask = dialect.read(posted(row, fields))
    assert (ask.order_no, ask.account, ask.sku) == ("T1", "13800138000", "88")
    assert ask.notify_url == "http://127.0.0.1:9/n"
    for code in dialect.codes:
        assert json.loads(dialect.refuse(None, code).body)[row.ok[0]] != row.ok[1]


@pytest.mark.parametrize("preset", sorted(PRESETS))
@given(data=st.data())
def test_a_changed_field_that_is_signed_is_refused_and_an_unknown_one_is_not(preset, data):
    dialect, row, fields = small(preset, unknown="1")
    assert not isinstance(dialect.read(posted(row, fields)), Answer)
    name = data.draw(st.sampled_from([n for n in row.signed if n != row.amount]))
    changed = fields | {
        name: data.draw(st.text("abc123", min_size=1).filter(lambda v: v != fields[name]))
    }
    said = json.loads(dialect.read(posted(row, changed)).body)
    assert said["msg"] == "签名错误"


@pytest.mark.parametrize("preset", [name for name, row in PRESETS.items() if row.merchant])
def test_another_merchant_is_refused_even_if_he_has_the_key(preset):
    dialect, row, fields = small(preset, **{PRESETS[preset].merchant: "10002"})
    said = json.loads(dialect.read(posted(row, fields)).body)
    assert said["msg"] == "代理商不存在"


def test_the_app_key_of_directad_stands_in_the_query_and_is_not_signed():
    dialect, row, fields = small("directad")
    del fields["appkey"]
    text = "".join(fields[n] for n in ("account", "notify_url", "order_number", "product_number"))
    body = "&".join(f"{k}={v}" for k, v in (fields | {"sign": md5(f"{text}TESTKEY")}).items())
    ask = dialect.read(Request("POST", f"{row.path}?appkey=10001", [], body.encode()))
    assert (ask.order_no, ask.account) == ("T1", "13800138000")


def test_recipes_of_the_rows_by_hand():
    key = "TESTKEY"
    _, row, fields = small("hfcz")
    assert fields["sign"] == md5("".join(fields[name] for name in row.signed) + key)
    _, row, fields = small("dianf")
    text = "&".join(f"{n}={fields[n]}" for n in sorted(fields) if n != "sign")
    assert fields["sign"] == md5(f"{text}&key={key}").upper()
    _, row, fields = small("xinaodianfei", area="")
    text = "&".join(f"{n}={fields[n]}" for n in sorted(fields) if n != "sign" and fields[n])
    assert fields["sign"] == md5(f"{text}&key={key}")


@pytest.mark.parametrize(
    ("family", "duplicate", "missing", "busy"),
    [
        ("dingxin", 5006, 5007, 9999),
        ("sup", -16, -17, -99),
        ("mengchen", 1004, 1006, 1099),
        ("mf178", 10014, 10015, 10099),
        ("xinya", 10007, 10008, 10010),
    ],
)
def test_a_number_that_was_used_is_doubtful_in_every_family(family, duplicate, missing, busy):
    dialect = dialects()["small"]({"refusals": family}, PRODUCTS)
    _, row, fields = small("baoshijie")
    desk = Desk(dialect)
    said = [desk.asked(posted(row, fields)).json["code"] for _ in "12"]
    assert said == [1, duplicate]
    query = Request("POST", "/api/query", [], f"{row.number}=T9&sign={md5('T9TESTKEY')}".encode())
    assert desk.asked(query).json["code"] == missing
    assert json.loads(dialect.refuse(None, "busy").body)["code"] == busy
    assert {"busy", "duplicate"} <= dialect.unclear
    numbers = [json.loads(dialect.refuse(None, code).body)["code"] for code in FAMILIES[family]]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("code", sorted(DOUBTFUL))
def test_what_says_nothing_about_an_order_can_be_said_by_any_preset(code):
    dialect = made("small", preset="huadan")
    assert code in dialect.unclear
    assert json.loads(dialect.refuse(None, code).body)["status"] == f"error_{code}"


@pytest.mark.parametrize(("alias", "row"), sorted(ALIASES.items()))
def test_a_plugin_of_the_same_wire_has_its_name(alias, row):
    assert made("small", preset=alias)._preset is PRESETS[row]


def test_a_family_that_is_not_known_is_refused_at_the_start():
    with pytest.raises(UsageError, match=r"small\.refusals"):
        made("small", refusals="nobodys")


@pytest.mark.parametrize(
    ("ends", "said", "money"),
    [
        ("deliver", "delivered", "50.00"),
        ("deliver", "failed", "0.00"),
        ("fail", "failed", "0.00"),
        ("fail", "delivered", "50.00"),
        ("deliver", "partial", "50.00"),
    ],
)
def test_electricity_is_told_by_its_amounts_alone(ends, said, money):
    dialect, row, fields = small("dianf")
    desk = Desk(dialect)
    desk.asked(posted(row, fields))
    (order,) = desk.book.orders.values()
    getattr(desk.book, ends)(order, now_ns())
    out = desk.notified(desk.notice("submit", order=order), state=said)
    told = dict(parse_qsl(out.body.decode()))
    assert (told["limit"], told["money"]) == ("50.00", money)


def test_a_preset_that_is_not_known_is_named_with_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'piaoliang'"):
        made("small", preset="piaolang")


def test_a_small_one_can_be_asked_by_the_callers_number():
    dialect, row, fields = small("baoshijie")
    desk = Desk(dialect)
    desk.asked(posted(row, fields))
    query = {row.number: "T1", "sign": md5("T1TESTKEY")}
    request = Request(
        "POST", "/api/query", [], "&".join(f"{k}={v}" for k, v in query.items()).encode()
    )
    assert desk.asked(request).json["data"]["status"] == "0"


@given(at=st.integers(0, 10**6), name=st.sampled_from(["shared_shop", "ofpay"]))
def test_a_flipped_byte_of_what_is_signed_is_refused(at, name):
    dialect = made(name)
    buyer = {"shared_shop": SharedShopBuyer, "ofpay": OfpayBuyer}[name](dialect.credentials())
    request = trade(buyer) if name == "shared_shop" else bought(buyer)
    text = bytearray(request.body or request.target.encode())
    spots = [i for i, byte in enumerate(text) if chr(byte).isdigit() and i > text.find(b"?")]
    spot = spots[at % len(spots)]
    text[spot] = ord("0") + (text[spot] - ord("0") + 1) % 10
    if request.body:
        changed = Request("POST", request.target, request.raw_headers, bytes(text))
    else:
        changed = Request("GET", text.decode())
    if b"version" in text and text.find(b"version") < spot < text.find(b"version") + 12:
        return  # the version is not signed
    assert isinstance(dialect.read(changed), Answer)


@pytest.mark.parametrize("amount", ["1e999999", "1e300000", "9" * 5_000, "²", "-1", "nan", ""])
def test_amounts_that_are_nobodys_money_are_refused_at_once(amount):
    dialect, row, fields = small("hfcz", amount=amount)
    assert isinstance(dialect.read(posted(row, fields)), Answer)
    buyer = SharedShopBuyer(made("shared_shop").credentials())
    request = buyer.asks("commodity/valuation", code="401", num=amount or "x")
    assert isinstance(made("shared_shop").read(request), Answer)


def test_json_without_a_bottom_is_malformed():
    dialect = made("yile")
    request = YileBuyer(dialect.credentials()).asks("Goods/Buy", {}, now_ns() // 10**9)
    deep = Request("POST", request.target, request.raw_headers, b'{"a":' + b"[" * 100_000)
    assert json.loads(dialect.read(deep).body)["message"] == "参数错误"


def test_ofpay_signs_over_the_bytes_of_its_own_charset():
    dialect = made("ofpay")
    buyer = OfpayBuyer(dialect.credentials())
    fields = {"cardid": "88", "cardnum": "1", "sporder_id": "T3", "sporder_time": "20250101000000"}
    fields |= {"game_userid": "a1", "game_area": "广东"}
    assert dialect.read(buyer.buys(**fields)).order_no == "T3"


@pytest.mark.parametrize("body", [b' {"\xa9"\x00', b'{"a":' + b"[" * 100_000, b"{}"])
def test_what_begins_like_json_and_is_none_is_malformed(body):
    dialect = made("small")
    said = json.loads(dialect.read(Request("POST", "/api/query", [], body)).body)
    assert said["msg"] == "参数错误"
