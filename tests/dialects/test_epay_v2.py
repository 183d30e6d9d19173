"""易支付 V2 as its merchants meet it: signed both ways, timed, with a page where a browser asks."""

import asyncio
import json
from urllib.parse import parse_qsl, urlsplit

import pytest
from alipay_client import octets
from counter import BASE, counter
from epay_v2_client import EpayV2Merchant, second
from hypothesis import given
from hypothesis import strategies as st

from harness.core.errors import UsageError
from mock_upstreams import form
from mock_upstreams.dialect import Answer, Ask, Request
from mock_upstreams.gateways.epay_v2 import EpayV2
from mock_upstreams.signing import epay_text

DIALECT = EpayV2({}, {})
MERCHANT = EpayV2Merchant(DIALECT.credentials())
ORDER = {
    "type": "alipay",
    "out_trade_no": "T1",
    "notify_url": "http://127.0.0.1:9/notify",
    "return_url": "http://127.0.0.1:9/back?a=1",
    "name": "视频会员月卡",
    "money": "19.90",
    "clientip": "127.0.0.1",
    "param": "13812345678",
}


class Shop:
    def __init__(self, at):
        self.at = at
        self.merchant = EpayV2Merchant(at.dialect.credentials())

    async def call(self, path, **fields):
        return self.merchant.heard(await self.at.asked(self.merchant.asks(path, **fields)))

    async def created(self, **over):
        return await self.call("pay/create", **(ORDER | over))

    async def paid(self):
        made = await self.created()
        assert (await self.at.pay(made["pay_info"]))["outcome"] == "ok"
        return self.at.book.find("T1")

    async def open(self, url):
        return await self.at.asked(Request("GET", url.removeprefix(BASE)))


def tell(story, **settings):
    async def run():
        async with counter("epay_v2", **settings) as at:
            await story(Shop(at))

    asyncio.run(run())


def test_an_order_from_create_to_refund():
    async def story(shop):
        made = await shop.created()
        assert (made["code"], made["pay_type"]) == (0, "qrcode")
        assert (await shop.created())["trade_no"] == made["trade_no"]
        changed = await shop.created(money="1.00")
        assert (changed["code"], "变化" in changed["msg"]) == (-1, True)
        unpaid = await shop.call("pay/query", out_trade_no="T1")
        assert (unpaid["status"], unpaid["money"], unpaid["name"]) == (0, "19.90", ORDER["name"])
        assert "endtime" not in unpaid  # what is empty is left out
        assert (await shop.at.pay(made["pay_info"]))["amount_fen"] == 1990
        assert (await shop.call("pay/query", trade_no=made["trade_no"]))["status"] == 1
        assert (await shop.call("pay/close", out_trade_no="T1"))["code"] == -1
        wanted = {"out_trade_no": "T1", "money": "19.90", "out_refund_no": "R00001"}
        back = await shop.call("pay/refund", **wanted)
        assert (back["money"], back["out_refund_no"], back["code"]) == ("19.90", "R00001", 0)
        assert back["msg"] == "退款成功！退款金额¥19.90"
        again = await shop.call("pay/refund", **(wanted | {"money": "1.00"}))
        assert (again["refund_no"], again["money"]) == (back["refund_no"], "19.90")
        assert again["msg"] == "已存在相同退款单号！退款金额¥19.90"
        for number in ({"out_refund_no": "R00001"}, {"refund_no": back["refund_no"]}):
            found = await shop.call("pay/refundquery", **number)
            assert (found["status"], found["out_trade_no"]) == (1, "T1")
        done = await shop.call("pay/query", out_trade_no="T1")
        assert (done["status"], done["refundmoney"]) == (2, "19.90")

    tell(story)


def test_a_refund_number_that_is_too_short_stands_for_nothing():
    async def story(shop):
        await shop.paid()
        wanted = {"out_trade_no": "T1", "money": "5.00", "out_refund_no": "R1"}
        first, second_ = [await shop.call("pay/refund", **wanted) for _ in range(2)]
        assert first["refund_no"] != second_["refund_no"]
        assert shop.at.book.find("T1").refunded_fen == 1000

    tell(story)


@pytest.mark.parametrize(
    ("path", "asked", "msg"),
    [
        ("pay/refund", {"money": "a"}, "金额输入错误"),
        ("pay/refund", {"money": "1"}, "订单号不能为空"),
        ("pay/refund", {"money": "1", "out_trade_no": "T9"}, "当前订单不存在！"),
        ("pay/refund", {"money": "1", "out_trade_no": "T1"}, "只支持退款已支付状态的订单"),
        ("pay/refundquery", {}, "商户退款单号不能为空"),
        ("pay/refundquery", {"out_refund_no": "R9"}, "退款记录不存在"),
        ("pay/query", {"out_trade_no": "T9"}, "订单号不存在"),
        ("pay/query", {}, "订单号不能为空"),
    ],
)
def test_what_is_refused_in_the_words_of_the_real_one(path, asked, msg):
    async def story(shop):
        await shop.created()
        assert await shop.call(path, **asked) == {"code": -1, "msg": msg}

    tell(story)


def test_orders_are_listed_by_status():
    async def story(shop):
        await shop.paid()
        await shop.created(out_trade_no="T2")
        for status, numbers in (("1", ["T1"]), ("0", ["T2"]), (None, ["T2", "T1"])):
            told = await shop.call("merchant/orders", status=status)
            assert [order["out_trade_no"] for order in told["data"]] == numbers
        (paid,) = (await shop.call("merchant/orders", status="1"))["data"]
        assert (paid["clientip"], paid["refundmoney"]) == ("127.0.0.1", "")
        assert paid["buyer"]

    tell(story)


@pytest.mark.parametrize(
    ("path", "msg"),
    [("pay/nothing", "接口方法不存在"), ("x", "URL Error!"), ("a/b/c", "URL Error!")],
)
def test_what_is_no_call_is_said_so_in_json(path, msg):
    answer = DIALECT.read(MERCHANT.asks(path))
    assert (answer.status, json.loads(answer.body)) == (200, {"code": -5, "msg": msg})


def test_a_closed_order_is_not_paid():
    async def story(shop):
        made = await shop.created()
        assert (await shop.call("pay/close", trade_no=made["trade_no"]))["code"] == 0
        assert (await shop.at.pay(made["pay_info"]))["outcome"] == "fail"

    tell(story)


def test_merchant_and_money():
    async def story(shop):
        await shop.paid()
        info = await shop.call("merchant/info")
        assert (info["money"], info["order_num"], info["pid"]) == ("19.90", 1, "1002")
        assert (info["order_num_today"], info["order_money_today"]) == (1, "19.9")
        for number in ("T2", "T3"):
            await shop.created(out_trade_no=number)
        orders = (await shop.call("merchant/orders", offset="1", limit="1"))["data"]
        assert [order["out_trade_no"] for order in orders] == ["T2"]
        assert (await shop.call("transfer/balance"))["available_money"] == "19.90"
        assert (await shop.call("transfer/submit", money="1"))["msg"] == "商户未开启代付API接口"

    tell(story)


@pytest.mark.parametrize(
    ("asked", "shape"),
    [
        ({}, "qrcode"),
        ({"device": "mobile"}, "jump"),
        ({"device": "wechat"}, "urlscheme"),
        ({"method": "jump"}, "jump"),
        ({"method": "scan", "auth_code": "134", "type": ""}, "scan"),
        ({"method": "jsapi", "sub_openid": "o"}, "jsapi"),
        ({"device": "jump"}, "jump"),
        ({"method": "app"}, "app"),
        ({"method": "applet"}, "wxplugin"),
    ],
)
def test_every_shape_of_pay_info_can_be_paid(asked, shape):
    async def story(shop):
        made = await shop.created(**asked)
        assert made["pay_type"] == shape
        assert (await shop.at.pay(made["pay_info"]))["trade_no"] == made["trade_no"]

    tell(story)


def test_a_page_is_a_link_or_a_form_and_needs_a_way_back():
    link = MERCHANT.link("", **ORDER)
    asked, posted = Request("GET", link), MERCHANT.asks("pay/submit?from=cart", **ORDER)
    assert DIALECT.read(asked).order_no == DIALECT.read(posted).order_no == "T1"
    bare = DIALECT.read(MERCHANT.asks("pay/submit", **(ORDER | {"return_url": ""})))
    assert "回调地址(return_url)不能为空" in bare.body.decode()
    linked = DIALECT.read(Request("GET", link.replace("submit", "create")))
    assert json.loads(linked.body) == {"code": -4, "msg": "未传入任何参数"}


@pytest.mark.parametrize(
    ("change", "msg"),
    [
        ({"pid": ""}, "商户ID不能为空"),
        ({"pid": "7"}, "商户不存在！"),
        ({"out_trade_no": ""}, "订单号(out_trade_no)不能为空"),
        ({"out_trade_no": "a b"}, "订单号(out_trade_no)格式不正确"),
        ({"notify_url": ""}, "通知地址(notify_url)不能为空"),
        ({"money": "0"}, "金额不合法"),
        ({"money": "1.999"}, "金额不合法"),
        ({"type": ""}, "支付方式(type)不能为空"),
        ({"clientip": ""}, "用户IP地址(clientip)不能为空"),
        ({"method": "jsapi"}, "jsapi支付时参数(sub_openid)不能为空"),
        (
            {"method": "jsapi", "sub_openid": "o", "type": "wxpay"},
            "jsapi支付时参数(sub_appid)不能为空",
        ),
        ({"method": "scan"}, "付款码支付时授权码(auth_code)不能为空"),
    ],
)
def test_what_is_no_order(change, msg):
    answer = DIALECT.read(MERCHANT.asks("pay/create", **(ORDER | change)))
    assert json.loads(answer.body) == {"code": -1, "msg": msg}


@pytest.mark.parametrize(
    ("change", "msg"),
    [
        ({"sign_type": "MD5"}, "该商户只能使用RSA签名类型"),
        ({"sign_type": None}, "该商户只能使用RSA签名类型"),
        ({"timestamp": ""}, "时间戳(timestamp)字段不能为空"),
        ({"timestamp": "soon"}, "时间戳字段不正确，请检查服务器时间"),
        ({"timestamp": "1"}, "时间戳字段不正确，请检查服务器时间"),
        ({"sign": "AAAA"}, "RSA签名校验失败"),
        ({"sign": ""}, "RSA签名校验失败"),
    ],
)
def test_what_is_wrong_with_a_signature_has_a_code_of_its_own(change, msg):
    answer = DIALECT.read(MERCHANT.asks("pay/create", **(ORDER | change)))
    assert json.loads(answer.body) == {"code": -3, "msg": msg}


@pytest.mark.parametrize(
    ("off_s", "fresh"), [(-302, False), (302, False), (-290, True), (290, True)]
)
def test_a_call_is_five_minutes_fresh(off_s, fresh):
    asked = MERCHANT.asks("pay/create", **ORDER, timestamp=str(second() + off_s))
    assert isinstance(DIALECT.read(asked), Ask) is fresh


@pytest.mark.parametrize("how", ["script", "redirect", "form"])
@pytest.mark.parametrize("kind", ["alipay", ""])
def test_a_signed_link_leads_on_and_is_paid(how, kind):
    async def story(shop):
        link = shop.merchant.link(BASE, **(ORDER | {"type": kind}))
        led = await shop.open(link)
        text = dict(led.headers).get("Location", "") + led.body.decode()
        page = "/pay/" if kind else "/cashier.php"
        assert f"{BASE}{page}" in text
        assert (led.status, "dopay" in text) == (302 if how == "redirect" else 200, how == "form")
        assert (await shop.at.pay(link))["order_no"] == "T1"

    tell(story, submit_answer=how)


def test_a_wrong_link_is_a_page():
    answer = DIALECT.read(Request("GET", "/api/pay/submit?pid=1002"))
    assert answer.content_type.startswith("text/html")
    assert "该商户只能使用RSA签名类型" in answer.body.decode()


def test_the_cashier_offers_ways_and_the_pay_page_leads_back_signed():
    async def story(shop):
        trade_no = (await shop.created())["trade_no"]
        cashier = await shop.open(f"/cashier.php?trade_no={trade_no}")
        assert all(
            name in cashier.body.decode() for name in ("支付宝", "微信支付", f"/pay/{trade_no}")
        )
        await shop.at.pay(f"{BASE}/pay/{trade_no}")
        back = await shop.open(f"/pay/{trade_no}")
        place = dict(back.headers)["Location"]
        assert (back.status, place.startswith("http://127.0.0.1:9/back?a=1&")) == (302, True)
        told = dict(parse_qsl(urlsplit(place.replace("a=1&", "")).query))
        assert shop.merchant.checked(told)["trade_status"] == "TRADE_SUCCESS"
        unknown = await shop.open("/pay/1")
        assert "订单号不存在" in unknown.body.decode()

    tell(story)


def test_a_payment_is_told_signed_and_timed():
    async def story(shop):
        trade = await shop.paid()
        told = shop.merchant.told(shop.at.notified())
        assert (told["trade_no"], told["out_trade_no"]) == (trade.ref, "T1")
        assert (told["money"], told["param"], told["pid"]) == ("19.90", "13812345678", "1002")
        assert (told["trade_status"], told["sign_type"]) == ("TRADE_SUCCESS", "RSA")
        assert shop.merchant.told(shop.at.notified(forged=True)) is None
        assert (
            shop.merchant.told(shop.at.notified(state="closed"))["trade_status"] == "TRADE_CLOSED"
        )

    tell(story)


def test_a_setting_that_cannot_be_is_refused_at_the_start():
    with pytest.raises(UsageError, match=r"epay_v2.submit_answer"):
        EpayV2({"submit_answer": "pigeon"}, {})


def test_empty_values_take_no_part_in_the_signature_and_zero_does():
    fields = {"b": "0", "a": " ", "c": "", "sign": "x", "sign_type": "RSA"}
    assert epay_text(fields) == "a= &b=0"


TEXT = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=20)


@given(
    name=TEXT.filter(bool),
    param=TEXT,
    number=st.from_regex(r"[a-zA-Z0-9._\-|]{1,64}", fullmatch=True),
    fen=st.integers(1, 10**10),
    unknown=st.dictionaries(st.from_regex(r"x_[a-z]{1,5}", fullmatch=True), TEXT, max_size=2),
)
def test_what_is_asked_is_understood(*, name, param, number, fen, unknown):
    order = ORDER | {"name": name, "param": param, "out_trade_no": number, **unknown}
    order["money"] = f"{fen // 100}.{fen % 100:02d}"
    ask = DIALECT.read(MERCHANT.asks("pay/create", **order))
    assert isinstance(ask, Ask)
    assert (ask.order_no, ask.amount_fen, ask.subject, ask.attach) == (number, fen, name, param)


SIGNED = MERCHANT.asks("pay/create", **ORDER)


@given(st.data())
def test_a_flipped_byte_is_refused(data):
    body = bytearray(SIGNED.body)
    at, bit = data.draw(st.integers(0, len(body) - 1)), data.draw(st.integers(0, 7))
    body[at] ^= 1 << bit
    meant, came = (form.read(text.decode("latin-1")) for text in (SIGNED.body, bytes(body)))
    told = epay_text(meant) == epay_text(came)
    told = told and octets(meant["sign"]) == octets(came.get("sign"))
    told = told and came.get("sign_type") == "RSA"
    changed = Request("POST", SIGNED.target, SIGNED.raw_headers, bytes(body))
    assert isinstance(DIALECT.read(changed), Ask) is told


@given(st.sampled_from(["submit", "create", "query", "refundquery"]), st.binary(max_size=200))
def test_no_bytes_break_the_reader(path, body):
    request = Request("POST", f"/api/pay/{path}", SIGNED.raw_headers, body)
    assert isinstance(DIALECT.read(request), Answer)
