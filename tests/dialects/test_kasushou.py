"""卡速售 2.0, seen by a shop that was written from the protocol's facts."""

import json

import pytest
from dialect_desk import PRODUCTS, Desk
from hypothesis import given
from hypothesis import strategies as st
from independent_clients import KasushouShop, as_request

from harness.core.clock import now_ns
from harness.core.errors import UsageError
from mock_upstreams.dialect import Answer, Ask
from mock_upstreams.operators.kasushou import Kasushou
from mock_upstreams.records import Card

DIALECT = Kasushou({}, PRODUCTS)
SHOP = KasushouShop(DIALECT.credentials())


@pytest.fixture
def desk():
    return Desk(DIALECT)


def order(**changed):
    body = {
        "id": 88,
        "quantity": 1,
        "external_orderno": "T2025010100001",
        "url": "http://127.0.0.1:9000/kss/notify",
        "safe_price": "49.80",
        "attach": {"recharge_account": "13800138000"},
    }
    return body | changed


def cards(**changed):
    return order(id=401, attach={}, safe_price="9.90", mark="13812345678", **changed)


def buy(desk, body=None):
    return desk.asked(SHOP.asks("order/buy", body or order())).json


def info(desk, **named):
    named = named or {"external_orderno": "T2025010100001"}
    return desk.asked(SHOP.asks("order/info", {"day": 0, **named})).json


def test_the_worked_example_is_signed_as_published():
    request = SHOP.asks("order/buy", order(), stamp="1735660800123")
    assert request.headers["sign"] == "fadae3d161edc80ef5e59e6b11536f1152e45eaa"
    ask = DIALECT.read(request)
    assert isinstance(ask, Ask)
    assert (ask.op, ask.order_no, ask.account) == ("submit", "T2025010100001", "13800138000")
    assert (ask.sku, ask.quantity, ask.amount_fen) == ("88", 1, 4980)
    assert ask.notify_url == "http://127.0.0.1:9000/kss/notify"


def test_a_topup_from_buy_to_success(desk):
    bought = buy(desk)
    assert (bought["code"], bought["msg"]) == (200, "下单成功")
    assert set(bought["data"]) == {"ordersn", "external_orderno", "total_price"}
    assert bought["data"]["total_price"] == "49.60"
    doing = info(desk)["data"][0]
    assert (doing["status"], doing["card_list"], doing["has_back_money"]) == (2, [], "0.00")
    assert doing["recharge_info"] == [
        {"n": "充值账号", "v": "13800138000", "k": "recharge_account"}
    ]
    desk.book.deliver(desk.book.orders[bought["data"]["ordersn"]], now_ns())
    done = info(desk)["data"][0]
    assert (done["status"], done["recharge_hints"]) == (3, "充值成功")


def test_cards_come_by_query_never_with_the_order_and_unsigned_with_the_callback(desk):
    bought = buy(desk, cards(quantity=2))
    assert "card" not in json.dumps(bought)
    order = desk.book.orders[bought["data"]["ordersn"]]
    assert order.remark == "13812345678"
    assert info(desk)["data"][0]["card_list"] == []
    desk.book.deliver(order, now_ns())
    shown = info(desk)["data"][0]
    assert shown["status"] == 3
    assert [Card(c["card_no"], c["card_password"]) for c in shown["card_list"]] == order.cards
    assert len(order.cards) == 2
    told = SHOP.told(desk.notified(desk.notice("submit", order=order)))
    assert json.loads(told["card_list"]) == [{**c, "end_time": ""} for c in shown["card_list"]]
    assert SHOP.signed_callback(told) == SHOP.signed_callback(told | {"card_list": "[]"})
    # What tells the contrary of what happened has no cards to show.
    assert SHOP.told(desk.notified(desk.notice("submit", order=order), state="failed"))[
        "card_list"
    ] == ("[]")


@pytest.mark.parametrize("kind", ["form", "json"])
def test_a_shop_may_keep_cards_out_of_its_callbacks(kind):
    desk = Desk(Kasushou({"callback": kind, "callback_cards": "no"}, PRODUCTS))
    order = desk.book.orders[buy(desk, cards())["data"]["ordersn"]]
    desk.book.deliver(order, now_ns())
    told = SHOP.told(desk.notified(desk.notice("submit", order=order)))
    assert told["card_list"] == ("[]" if kind == "form" else [])


def test_a_failed_order_gives_its_money_back(desk):
    before = desk.asked(SHOP.asks("user/info", {})).json["data"]["balance"]
    order = desk.book.orders[buy(desk)["data"]["ordersn"]]
    debited = desk.asked(SHOP.asks("user/info", {})).json["data"]["balance"]
    assert (before, debited) == ("1000.00", "950.40")
    desk.book.fail(order, now_ns())
    failed = info(desk)["data"][0]
    assert (failed["status"], failed["has_back_money"]) == (5, "49.60")
    assert desk.asked(SHOP.asks("user/info", {})).json["data"]["balance"] == before


def test_a_part_of_the_money_may_come_back(desk):
    order = desk.book.orders[buy(desk)["data"]["ordersn"]]
    desk.book.deliver(order, now_ns())
    order.back_fen = 1000
    part = info(desk)["data"][0]
    assert (part["status"], part["has_back_money"], part["total_price"]) == (3, "10.00", "49.60")
    told = SHOP.told(desk.notified(desk.notice("submit", order=order)))
    assert (told["status"], told["has_back_money"]) == ("3", "10.00")


def test_a_number_is_taken_once(desk):
    buy(desk)
    again = buy(desk)
    assert (again["code"], again["msg"]) == (400, "外部订单号重复，请勿重复下单")
    assert len(desk.book.orders) == 1


@pytest.mark.parametrize("none", ["", None])
def test_an_order_may_have_no_number_and_is_then_never_a_repetition(desk, none):
    refs = [buy(desk, order(external_orderno=none))["data"]["ordersn"] for _ in range(2)]
    assert list(desk.book.orders) == refs
    assert [one["external_orderno"] for one in info(desk, ordersn=",".join(refs))["data"]] == [
        ""
    ] * 2


def test_several_orders_in_one_query(desk):
    refs = [buy(desk, order(external_orderno=f"T{n}"))["data"]["ordersn"] for n in range(3)]
    found = info(desk, external_orderno="T0,T9, T1")["data"]
    assert [one["ordersn"] for one in found] == refs[:2]
    assert info(desk, ordersn=",".join(refs))["data"][2]["external_orderno"] == "T2"


def test_nothing_found_has_two_dialects(desk):
    assert info(desk) == {"code": 200, "msg": "成功", "data": []}
    strict = Desk(Kasushou({"not_found": "error"}, PRODUCTS))
    assert info(strict)["msg"] == "订单不存在"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"id": 99}, "商品不存在"),
        ({"safe_price": "49.59"}, "商品价格高于安全价"),
        ({"quantity": 21, "safe_price": ""}, "账户余额不足"),
        ({"quantity": 0}, "购买数量错误"),
        ({"safe_price": "-1"}, "安全价错误"),
        ({"attach": []}, "请填写充值账号"),
        ({"attach": {"recharge_account": ""}}, "请填写充值账号"),
    ],
)
def test_an_order_that_is_refused(desk, changed, message):
    refused = buy(desk, order(**changed))
    assert (refused["code"], refused["msg"]) == (400, message)
    assert desk.book.orders == {}
    assert desk.book.balance_fen == 100_000


@pytest.mark.parametrize(
    "changed",
    [{"quantity": "two"}, {"quantity": []}, {"safe_price": "cheap"}, {"id": None}, {"url": 1}],
)
def test_a_field_of_the_wrong_kind_is_refused(desk, changed):
    refused = buy(desk, order(**changed))
    assert refused["code"] == 400
    assert refused["msg"].startswith("参数错误")


def test_numbers_may_be_text_as_php_writes_them(desk):
    assert buy(desk, order(id="88", quantity="1", safe_price=49.8))["code"] == 200


@pytest.mark.parametrize("path", ["order/info", "goods/info", "order/close", "order/buy"])
@pytest.mark.parametrize("body", ["", "[]", "{", "null", "1", '{"id":' + "[" * 5_000])
def test_a_body_that_is_no_form(desk, path, body):
    stamp = "1735660800123"
    headers = {"Sign": SHOP.sign(stamp, body), "Timestamp": stamp, "UserId": "10000"}
    reply = desk.asked(as_request("POST", f"/api/v1/{path}", headers, body.encode()))
    assert (reply.status, reply.json["code"]) == (200, 400)


def goods(desk, act, **named):
    return desk.asked(SHOP.asks(f"goods/{act}", named)).json


def test_goods(desk):
    everything = goods(desk, "list")["data"]
    assert everything["total"] == len(everything["list"]) == len(PRODUCTS)
    listed = goods(desk, "list", cate_id=2, keyword="", limit=1, page=2)["data"]
    assert [(g["id"], g["goods_type"]) for g in listed["list"]] == [(401, 1)]
    assert listed["total"] == len(PRODUCTS)
    assert goods(desk, "list", cate_id=7)["data"] == {"list": [], "total": 0}
    found = goods(desk, "list", keyword="话费")["data"]
    assert [g["goods_name"] for g in found["list"]] == ["话费50元"]
    assert not {"attach", "start_count", "goods_info"} & set(found["list"][0])
    one = goods(desk, "info", id=88)["data"]
    assert (one["goods_price"], one["face_value"], one["goods_type"]) == ("49.60", "50.00", 2)
    assert one["attach"] == [
        {"key": "recharge_account", "type": "text", "tip": "请填写充值账号", "name": "充值账号"}
    ]
    assert {"goods_info", "goods_notice", "start_count", "end_count"} <= set(one)
    assert goods(desk, "info", id=401)["data"]["attach"] == []
    assert (one["status"], one["stock_num"]) == (1, 9999)
    assert [type(one[name]) for name in ("can_buy", "can_no_buy", "can_price", "need_balance")] == [
        str
    ] * 4
    missing = goods(desk, "info", id=1)
    assert (missing["code"], missing["msg"]) == (400, "商品不存在")


def test_the_shelf_shows_what_is_left_and_that_no_price_has_moved(desk):
    desk.book._left["401"] = 1
    seen = goods(desk, "info", id=401)["data"]
    assert (seen["status"], seen["stock_num"]) == (1, 1)
    buy(desk, cards())
    seen = goods(desk, "info", id=401)["data"]
    assert (seen["status"], seen["stock_num"]) == (2, 0)
    moved = goods(desk, "pricelog", keyword="", limit=100, page=1)
    assert moved == {"code": 200, "msg": "成功", "data": {"list": [], "total": 0}}
    assert goods(desk, "info")["msg"] == "商品不存在"


def test_an_application_to_cancel_is_taken_and_gives_nothing_back(desk):
    bought = buy(desk)["data"]["ordersn"]
    closed = desk.asked(SHOP.asks("order/close", {"ordersn": bought})).json
    assert closed == {"code": 200, "msg": "撤单成功"}
    assert info(desk)["data"][0]["has_back_money"] == "0.00"
    desk.book.deliver(desk.book.orders[bought], now_ns())
    assert desk.asked(SHOP.asks("order/close", {"ordersn": bought})).json["code"] == 400
    assert desk.asked(SHOP.asks("order/close", {"ordersn": "API0"})).json["msg"] == "订单不存在"


def test_some_shops_refuse_to_cancel():
    strict = Desk(Kasushou({"close": "refuse"}, PRODUCTS))
    bought = buy(strict)["data"]["ordersn"]
    assert strict.asked(SHOP.asks("order/close", {"ordersn": bought})).json["code"] == 400


def test_a_complaint_names_an_order_and_says_something(desk):
    bought = buy(desk)["data"]["ordersn"]
    said = {"ordersn": bought, "content": "没有到账", "screenshot": "", "url": ""}
    assert desk.asked(SHOP.asks("order/complain", said)).json == {"code": 200, "msg": "操作成功"}
    assert desk.asked(SHOP.asks("order/complain", {**said, "content": ""})).json["code"] == 400
    assert desk.asked(SHOP.asks("order/complain", {**said, "ordersn": "X"})).json["code"] == 400


def test_categories_and_what_an_order_must_fill_in(desk):
    (top,) = goods(desk, "cate")["data"]
    (part,) = top["children"]
    assert (top["pid"], part["pid"]) == (0, top["id"])
    assert set(part) == {"id", "name", "pid", "img"} == set(top) - {"children"}
    (field,) = goods(desk, "attach", goods_id="88")["data"]
    assert (field["key"], field["vali"]) == ("recharge_account", "all")
    assert json.loads(field["options"])["type"] == "text"
    assert goods(desk, "attach", goods_id="401")["data"] == []
    assert goods(desk, "attach", goods_id="1")["code"] == 400


# Signatures


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"sign": "0" * 40}, "签名错误"),
        ({"sign": "签名"}, "签名错误"),
        ({"timestamp": "1735660800"}, "时间戳错误"),
        ({"timestamp": ""}, "时间戳错误"),
        ({"userid": "10001"}, "用户不存在"),
    ],
)
def test_wrong_headers(desk, changed, message):
    request = SHOP.asks("user/info", {})
    headers = request.headers | changed
    reply = desk.asked(as_request("POST", request.target, headers, request.body))
    assert (reply.status, reply.json["code"], reply.json["msg"]) == (200, 400, message)


def test_an_unknown_path_or_method(desk):
    assert desk.asked(SHOP.asks("nowhere", {})).json["code"] == 400
    request = SHOP.asks("user/info", {})
    got = desk.asked(as_request("GET", request.target, request.headers, request.body))
    assert got.json["code"] == 400


@given(st.data())
def test_one_flipped_bit_of_a_body_is_refused(data):
    request = SHOP.asks("order/buy", order())
    at, bit = data.draw(st.integers(0, len(request.body) - 1)), data.draw(st.integers(0, 7))
    body = bytearray(request.body)
    body[at] ^= 1 << bit
    answer = DIALECT.read(as_request("POST", request.target, request.headers, bytes(body)))
    assert isinstance(answer, Answer)
    assert json.loads(answer.body)["msg"] == "签名错误"


TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(
    number=TEXT,
    account=TEXT,
    mark=TEXT,
    quantity=st.integers(1, 10_000),
    unit_fen=st.integers(1, 10**7),
    unknown=st.dictionaries(st.from_regex(r"x_[a-z]{1,8}", fullmatch=True), TEXT, max_size=3),
)
def test_what_is_asked_is_understood(*, number, account, mark, quantity, unit_fen, unknown):
    body = order(
        external_orderno=number,
        quantity=quantity,
        mark=mark,
        safe_price=f"{unit_fen // 100}.{unit_fen % 100:02d}",
        attach={"recharge_account": account, **unknown},
        **unknown,
    )
    ask = DIALECT.read(SHOP.asks("order/buy", body))
    assert isinstance(ask, Ask)
    assert (ask.order_no, ask.account, ask.attach) == (number, account, mark)
    assert (ask.quantity, ask.amount_fen) == (quantity, unit_fen * quantity)
    assert mark in ask.texts()


# Callbacks


@pytest.mark.parametrize("kind", ["form", "json"])
def test_a_callback_is_signed_over_escaped_slashes(kind):
    desk = Desk(Kasushou({"callback": kind}, PRODUCTS))
    placed = buy(desk, order(external_orderno="T/1"))["data"]
    supplied = desk.book.orders[placed["ordersn"]]
    desk.book.deliver(supplied, now_ns())
    told = SHOP.told(desk.notified(desk.notice("submit", order=supplied)))
    assert told["external_orderno"] == "T/1"
    assert told["ordersn"] == placed["ordersn"]
    assert (told["status"], told["total_price"], told["has_back_money"]) == ("3", "49.60", "0.00")
    assert len(told["time"]) == 13


@pytest.mark.parametrize(
    ("state", "status"), [("failed", "4"), ("delivering", "2"), ("strange", "strange")]
)
def test_a_callback_may_tell_another_state_validly_signed(desk, state, status):
    supplied = desk.book.orders[buy(desk)["data"]["ordersn"]]
    desk.book.deliver(supplied, now_ns())
    notice = desk.notice("submit", order=supplied)
    assert SHOP.told(desk.notified(notice, state=state))["status"] == status


def test_a_forged_callback_does_not_verify(desk):
    supplied = desk.book.orders[buy(desk)["data"]["ordersn"]]
    notice = desk.notice("submit", order=supplied)
    assert SHOP.told(desk.notified(notice)) is not None
    assert SHOP.told(desk.notified(notice, forged=True)) is None


def test_the_ladder_is_5_10_15_20_25_minutes():
    assert [gap / 60_000 for gap in DIALECT.ladder_ms] == [5, 10, 15, 20, 25]


# Settings


def test_the_code_may_be_the_http_status_as_some_clones_have_it():
    desk = Desk(Kasushou({"status_in": "http"}, PRODUCTS))
    assert desk.asked(SHOP.asks("goods/info", {"id": 1})).status == 400
    assert desk.asked(SHOP.asks("user/info", {})).status == 200


@pytest.mark.parametrize(
    "setting", ["callback", "callback_cards", "status_in", "not_found", "close"]
)
def test_an_unknown_choice_is_refused_at_the_start(setting):
    with pytest.raises(UsageError, match=f"kasushou.{setting}"):
        Kasushou({setting: "perhaps"}, PRODUCTS)
