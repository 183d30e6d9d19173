"""大猿人 beyond the first slice: cancelling, prices, parts, and the dialects of its installations."""

import hashlib
import json
from urllib.parse import parse_qsl, urlencode

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


def told(desk, path, **fields):
    return desk.asked(asks(path, **fields)).json


def test_an_application_to_cancel_leaves_the_order_going():
    desk = Desk(Dayuanren(KEY, PRODUCTS))
    nobody = {"errno": 1, "errmsg": "失败", "data": "未找到该订单号"}
    assert told(desk, "remove", out_trade_nums="T1") == nobody
    ref = told(desk, "recharge", **ORDER)["data"]["order_number"]
    told(desk, "recharge", **(ORDER | {"out_trade_num": "T2"}))
    row = {"out_trade_num": "T1", "mobile": "13800138000"}
    taken = {"errno": 0, "errmsg": "成功申请撤单1条", "data": [row | {"status": 0}]}
    assert told(desk, "remove", out_trade_nums="T1") == taken
    desk.book.deliver(desk.book.orders[ref], now_ns())
    assert told(desk, "remove", out_trade_nums="T1") == nobody
    mixed = told(desk, "remove", out_trade_nums="T2,T1")
    assert (mixed["errno"], mixed["errmsg"]) == (0, "订单不可申请撤单")
    assert [one["status"] for one in mixed["data"]] == [0, 1]


@pytest.mark.parametrize(("removed", "state", "status"), [("failed", 2, 6), ("cancelled", -1, 7)])
def test_a_cancelled_order_has_failed_unless_an_installation_says_otherwise(removed, state, status):
    desk = Desk(Dayuanren(KEY | {"removed": removed}, PRODUCTS))
    told(desk, "recharge", **ORDER)
    (order,) = desk.book.orders.values()
    order.cancelled = True
    desk.book.fail(order, now_ns())
    (seen,) = told(desk, "check", out_trade_nums="T1")["data"]
    assert (seen["state"], seen["status"]) == (state, status)
    callback = desk.notified(desk.notice("submit", order=order)).body
    assert f"state={state}&".encode() in callback
    assert told(desk, "recharge", **ORDER)["errno"] == (0 if state == -1 else 1)


def test_goods_stand_in_their_categories():
    desk = Desk(Dayuanren(KEY, PRODUCTS))
    listed = told(desk, "product")
    assert (listed["errno"], listed["errmsg"]) == (0, "ok")
    (cate,) = listed["data"]
    assert {"id", "cate", "sort", "type", "products"} <= set(cate)
    wanted = {"id", "name", "desc", "api_open", "isp", "ys_tag", "price", "y_price", "max_price"}
    for goods in cate["products"]:
        assert wanted | {"type", "cate_name", "type_name"} <= set(goods)
    assert [goods["id"] for goods in cate["products"]] == [88, 401]
    assert told(desk, "product", type="1", cate_id="1")["data"] == listed["data"]
    assert told(desk, "product", type="3")["data"] == []
    assert told(desk, "product", cate_id="9")["data"] == []


def test_prices_and_kinds():
    desk = Desk(Dayuanren(KEY, PRODUCTS))
    (priced,) = told(desk, "price", id="88")["data"]
    assert (priced["id"], priced["price"], priced["added"]) == (88, "49.60", 1)
    assert told(desk, "price", id="7")["data"] == []
    assert len(told(desk, "price")["data"]) == len(PRODUCTS)
    (kind,) = told(desk, "typecate")["data"]
    assert [one["type"] for one in kind["cate"]] == [kind["id"]]


def test_what_the_balance_does_not_cover_is_taken_and_cancelled_later():
    desk = Desk(Dayuanren(KEY, PRODUCTS))
    desk.book.balance_fen = desk.book.balance_in_fen = 100
    assert told(desk, "recharge", **ORDER)["errmsg"] == "提交成功"
    (order,) = desk.book.orders.values()
    (seen,) = told(desk, "check", out_trade_nums="T1")["data"]
    assert (seen["state"], seen["status"]) == (0, 1)
    assert told(desk, "recharge", **ORDER)["errno"] == 1
    order.cancelled = True
    desk.book.fail(order, now_ns())
    (seen,) = told(desk, "check", out_trade_nums="T1")["data"]
    assert (seen["state"], seen["status"]) == (-1, 7)
    assert told(desk, "user")["data"]["balance"] == "1.00"
    assert told(desk, "recharge", **ORDER)["errno"] == 0, "its number is free"


def test_a_success_has_a_proof_that_can_be_looked_at():
    dialect = Dayuanren(KEY, PRODUCTS)
    dialect.base_url = "http://127.0.0.1:1"
    desk = Desk(dialect)
    told(desk, "recharge", **ORDER)
    (order,) = desk.book.orders.values()
    assert told(desk, "check", out_trade_nums="T1")["data"][0]["voucher"] == ""
    desk.book.deliver(order, now_ns())
    proof = told(desk, "check", out_trade_nums="T1")["data"][0]["voucher"]
    assert proof == "http://127.0.0.1:1/yrapi.php/open/voucher/id/1.html"
    page = dialect.read(Request("GET", proof.removeprefix("http://127.0.0.1:1"), [], b""))
    assert (page.status, page.content_type) == (200, "text/html; charset=utf-8")
    callback = dict(parse_qsl(desk.notified(desk.notice("submit", order=order)).body.decode()))
    assert callback["voucher"] == proof


@pytest.mark.parametrize(
    ("changed", "errmsg"),
    [
        ({"product_id": "7"}, "未找到相关产品(产品ID不正确或已下架)"),
        ({"product_id": ""}, "未找到相关产品(产品ID不正确或已下架)"),
        ({"mobile": " "}, "手机号格式不正确"),
        ({"amount": "30"}, "面值检测不相同，提单不通过！"),
        ({"price": "49.59"}, "成本限制，提单不通过！"),
    ],
)
def test_an_order_that_is_refused(changed, errmsg):
    desk = Desk(Dayuanren(KEY, PRODUCTS))
    refused = told(desk, "recharge", **(ORDER | changed))
    assert refused == {"errno": 1, "errmsg": errmsg, "data": []}
    assert desk.book.orders == {}


def test_an_order_needs_no_address_to_be_told_at():
    desk = Desk(Dayuanren(KEY, PRODUCTS))
    silent = {name: value for name, value in ORDER.items() if name != "notify_url"}
    assert told(desk, "recharge", **silent)["errno"] == 0


def test_json_is_read_as_a_form_is():
    desk = Desk(Dayuanren(KEY, PRODUCTS))
    fields = {**ORDER, "userid": "10001", "product_id": 88}
    text = "&".join(f"{k}={v}" for k, v in sorted(fields.items())) + "&apikey=TESTAPIKEY"
    fields |= {"sign": hashlib.md5(text.encode()).hexdigest().upper(), "nothing": None, "list": []}
    kind = [(b"Content-Type", b"application/json;charset=UTF-8")]
    body = json.dumps(fields, ensure_ascii=False).encode()
    said = desk.asked(Request("POST", "/yrapi.php/index/recharge", kind, body)).json
    assert said["errmsg"] == "提交成功"
    for bad in (b"[]", b"{", b"\xff", b"[" * 9_000):
        said = desk.asked(Request("POST", "/yrapi.php/index/check", kind, bad)).json
        assert said["errmsg"] == "参数错误或请求方式错误，请使用http-post表单"


@pytest.mark.parametrize(
    ("path", "errmsg"),
    [
        ("index/user.html", "ok"),
        ("index/index", "欢迎访问"),
        ("index/nothing", "不存在的api！"),
        ("nothing/at/all", "不存在的api!"),
    ],
)
def test_pages_that_there_are_and_are_not(path, errmsg):
    desk = Desk(Dayuanren(KEY, PRODUCTS))
    request = asks(path.removeprefix("index/"))
    request = Request("POST", f"/yrapi.php/{path}", [], request.body)
    assert desk.asked(request).json["errmsg"] == errmsg
    assert desk.asked(Request("POST", "/", [], b"")).status == 404


def test_who_calls_is_known_before_what_he_wants():
    desk = Desk(Dayuanren(KEY, PRODUCTS))
    nobody = desk.asked(_post("nothing", {})).json
    assert nobody["errmsg"] == "参数错误或请求方式错误，请使用http-post表单"
    stranger = desk.asked(_post("user", {"userid": "7", "sign": "X"})).json
    assert stranger["errmsg"] == "未开通的商户ID,请联系客服开通"


def test_a_part_says_how_much_was_charged():
    dialect = Dayuanren(KEY, TEN)
    desk = Desk(dialect)
    desk.asked(asks("recharge", **(ORDER | {"product_id": "9"})))
    (order,) = desk.book.orders.values()
    order.quantity = 2  # a strike may mean to hand out more than was asked for
    desk.book.deliver_part(order, 1, now_ns())
    found = desk.asked(asks("check", out_trade_nums="T1")).json["data"][0]
    assert (found["state"], found["status"]) == (3, 13)
    assert found["charge_amount"] == "10.00"
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


@pytest.mark.parametrize("setting", ["ladder", "sign", "removed"])
def test_an_unknown_choice_is_refused_at_the_start(setting):
    with pytest.raises(UsageError, match=f"dayuanren.{setting}"):
        Dayuanren({setting: "perhaps"}, PRODUCTS)


def test_a_caller_outside_the_whitelist_is_told_so():
    answer = Dayuanren(KEY, PRODUCTS).refuse(None, "ip")
    assert json.loads(answer.body)["errmsg"] == "请将ip加入接口白名单"
