"""The worked examples of the protocols, answer by answer: every field that they show is there, and of its kind.

Signatures of the same examples are in test_signing and beside each dialect.
"""

import json

import pytest
from dialect_desk import Desk
from independent_clients import KasushouShop
from operator_clients import FuluShop, JuheShop, KashangwangShop
from small_clients import SharedShopBuyer, md5

from harness.core.clock import now_ns
from mock_upstreams.catalogue import dialects
from mock_upstreams.dialect import Request
from mock_upstreams.gateways import _alipay_words as alipay
from mock_upstreams.operators.dayuanren import Dayuanren
from mock_upstreams.records import Product

PRODUCTS = {
    "12": Product(id="12", cost_fen=4960, face_fen=5000, title="话费50元"),
    "88": Product(id="88", cost_fen=4960, face_fen=5000, title="话费50元"),
    "1886": Product(id="1886", cost_fen=300, face_fen=500, title="直充"),
    "401": Product(id="401", kind="cards", cost_fen=1990, face_fen=2000, title="卡密"),
}
NUMBER = "T2025010100001"


def desk_of(name, **settings):
    return Desk(dialects()[name](settings, PRODUCTS))


def like(shown, said):
    """Say whether an answer has every field of an example, with values of the same kinds; more fields are allowed."""
    if isinstance(shown, dict):
        return isinstance(said, dict) and all(
            name in said and like(value, said[name]) for name, value in shown.items()
        )
    if isinstance(shown, list):
        return (
            isinstance(said, list) and all(like(shown[0], one) for one in said) if shown else True
        )
    return type(shown) is type(said)


def test_dayuanren_submit_and_resubmit():
    desk = Desk(Dayuanren({"apikey": "TESTAPIKEY"}, PRODUCTS))
    body = (
        "mobile=13800138000&notify_url=http%3A%2F%2F127.0.0.1%3A9000%2Fdyr%2Fnotify"
        "&out_trade_num=T2025010100001&product_id=12&userid=10001"
        "&sign=93326696F274AAA6AC32F328CF9F0FE3"
    )
    request = Request("POST", "/yrapi.php/index/recharge", [], body.encode())
    shown = (
        '{"errno":0,"errmsg":"提交成功","data":{"id":1,"order_number":"CZH2025010110000001",'
        '"mobile":"13800138000","product_id":12,"total_price":"49.60","create_time":1735696800,'
        '"guishu":"广东广州移动","title":"话费50元","out_trade_num":"T2025010100001"}}'
    )
    said = desk.asked(request).json
    assert like(json.loads(shown), said)
    same = ("mobile", "product_id", "total_price", "guishu", "title", "out_trade_num")
    assert [said["data"][name] for name in same] == [json.loads(shown)["data"][n] for n in same]
    assert desk.asked(request).json == {
        "errno": 1,
        "errmsg": "已经存在相同商户订单号的订单",
        "data": [],
    }


def test_kasushou_buy_and_info():
    desk = desk_of("kasushou")
    shop = KasushouShop(desk.dialect.credentials())
    body = {
        "attach": {"recharge_account": "13800138000"},
        "external_orderno": NUMBER,
        "id": 88,
        "quantity": 1,
        "safe_price": "49.80",
        "url": "http://127.0.0.1:9000/kss/notify",
    }
    asked = shop.asks("order/buy", body, stamp="1735660800123")
    assert asked.headers["sign"] == "fadae3d161edc80ef5e59e6b11536f1152e45eaa"
    bought = desk.asked(asked).json
    assert (bought["code"], bought["msg"]) == (200, "下单成功")
    assert set(bought["data"]) == {"ordersn", "external_orderno", "total_price"}
    assert len(bought["data"]["ordersn"]) == len("API010100000000000001")
    shown = (
        '{"code":200,"msg":"成功","data":[{"ordersn":"API010100000000000001","external_orderno":"T2025010100001",'
        '"recharge_info":[{"n":"充值账号","v":"13800138000","k":"recharge_account"}],"recharge_hints":"充值成功",'
        '"total_price":"49.60","has_back_money":"0.00","status":3,"card_list":[]}]}'
    )
    (order,) = desk.book.orders.values()
    desk.book.deliver(order, now_ns())
    said = desk.asked(shop.asks("order/info", {"day": 0, "external_orderno": NUMBER})).json
    expected = json.loads(shown)
    expected["data"][0]["ordersn"] = order.ref
    assert said == expected
    none = desk.asked(shop.asks("order/info", {"day": 0, "external_orderno": "T9"})).json
    assert none == {"code": 200, "msg": "成功", "data": []}


def test_kashangwang_buy_and_server_error():
    desk = desk_of("kashangwang")
    shop = KashangwangShop(desk.dialect.credentials())
    said = desk.asked(
        shop.asks("buy", product_id="1886", quantity="1", recharge_account="10001")
    ).json
    shown = (
        '{"code":"ok","message":"","data":{"order_id":"557305089422","product_price":"3.0000",'
        '"total_price":"3.0000","recharge_url":"","state":101}}'
    )
    assert like(json.loads(shown), said)
    assert set(said["data"]) == set(json.loads(shown)["data"])
    assert (said["data"]["product_price"], said["data"]["state"]) == ("3.0000", 101)
    unclear = json.loads(desk.dialect.refuse(None, "server_error").body)
    assert unclear == {"code": "server_error", "message": "系统繁忙", "data": None}


def test_shared_shop_trade_refusal_and_repetition():
    desk = desk_of("shared_shop")
    buyer = SharedShopBuyer(desk.dialect.credentials())
    fields = {"shared_code": "401", "num": "1", "request_no": "123250101000000123"}
    request = buyer.asks("commodity/trade", contact="13800138000", **fields)
    ask = desk.dialect.read(request)
    order = desk.book.plan_submit(ask, now_ns())
    desk.book.take(order)
    desk.book.deliver(order, now_ns())
    said = json.loads(desk.dialect.answer(ask, order).body)
    assert (said["code"], said["msg"], said["data"]["amount"]) == (200, "success", 19.9)
    assert said["data"]["secret"].endswith("\n")
    assert "----" in said["data"]["secret"]
    assert len(said["data"]["tradeNo"]) == len("123250101000000123")
    assert set(said["data"]) == {"url", "amount", "tradeNo", "secret", "leave_message", "stock"}
    assert desk.asked(request).json == {"code": 0, "msg": "The request ID already exists"}
    assert json.loads(desk.dialect.refuse(None, "out_of_stock").body) == {
        "code": 0,
        "msg": "库存不足",
    }


def test_juhe_submit_and_query():
    desk = desk_of("juhe")
    shop = JuheShop(desk.dialect.credentials())
    shown = (
        '{"reason":"","result":{"cardid":"191404","cardnum":"1","ordercash":49.25,"cardname":"",'
        '"sporder_id":"J2025","uorderid":"T20250101001","game_userid":"13800138000","game_state":"0"},"error_code":0}'
    )
    assert like(json.loads(shown), desk.asked(shop.orders()).json)
    state = desk.asked(shop.asks("ordersta", orderid="T20250101001")).json["result"]
    assert like({"uordercash": "", "sporder_id": "", "game_state": "0"}, state)


def test_fulu_answers_in_a_text_that_is_signed():
    desk = desk_of("fulu")
    shop = FuluShop(desk.dialect.credentials())
    biz = {"charge_phone": "13800138000", "charge_value": 50, "customer_order_no": NUMBER}
    said = desk.asked(shop.asks("fulu.order.mobile.add", biz)).json
    assert (said["code"], said["message"], type(said["result"])) == (0, "接口调用成功", str)
    shown = {"order_id": "25010100001", "customer_order_no": NUMBER, "order_state": "success"}
    assert like(shown, shop.result(said))


ACQ = [
    "SYSTEM_ERROR",
    "INVALID_PARAMETER",
    "TRADE_HAS_SUCCESS",
    "TRADE_HAS_CLOSE",
    "TRADE_HAS_FINISHED",
    "TRADE_NOT_EXIST",
    "TRADE_STATUS_ERROR",
    "CONTEXT_INCONSISTENT",
    "TOTAL_FEE_EXCEED",
    "ACCESS_FORBIDDEN",
    "EXIST_FORBIDDEN_WORD",
    "SELLER_BALANCE_NOT_ENOUGH",
    "REFUND_AMT_NOT_EQUAL_TOTAL",
    "REASON_TRADE_REFUND_FEE_ERR",
    "DISCORDANT_REPEAT_REQUEST",
    "TRADE_NOT_ALLOW_REFUND",
    "REFUND_FEE_ERROR",
    "NOT_ALLOW_PARTIAL_REFUND",
    "REASON_TRADE_BEEN_FREEZEN",
    "BUYER_ENABLE_STATUS_FORBID",
    "CANCEL_NOT_ALLOWED",
    "BUYER_BALANCE_NOT_ENOUGH",
    "PAYMENT_REQUEST_HAS_RISK",
]


@pytest.mark.parametrize("name", ACQ)
def test_every_published_sub_code_of_alipay_is_a_business_failure(name):
    said = alipay.CODES[f"ACQ.{name}"]
    assert (said.code, said.msg, said.sub_code) == ("40004", "Business Failed", f"ACQ.{name}")
    assert (f"ACQ.{name}" in alipay.UNCLEAR) is (name == "SYSTEM_ERROR")


@pytest.mark.parametrize(
    ("sub_code", "code"),
    [
        ("isp.unknow-error", "20000"),
        ("aop.unknow-error", "20000"),
        ("isv.invalid-signature", "40002"),
        ("isv.invalid-app-id", "40002"),
        ("isv.invalid-timestamp", "40002"),
        ("isv.insufficient-isv-permissions", "40006"),
        ("aop.invalid-auth-token", "20001"),
    ],
)
def test_the_gateways_own_codes_of_alipay(sub_code, code):
    assert alipay.CODES[sub_code].code == code


def test_dayuanren_tells_where_electricity_is_sold():
    desk = Desk(Dayuanren({"apikey": "TESTAPIKEY"}, PRODUCTS))
    sign = md5("userid=10001&apikey=TESTAPIKEY").upper()
    body = f"userid=10001&sign={sign}".encode()
    said = desk.asked(Request("POST", "/yrapi.php/index/elecity", [], body)).json
    (province,) = said["data"]
    assert said["errno"] == 0
    assert set(province) == {
        *("id", "city_name", "sort", "initial", "need_ytype", "need_city", "pid", "city")
    }
    assert province["city"][0]["pid"] == province["id"]
