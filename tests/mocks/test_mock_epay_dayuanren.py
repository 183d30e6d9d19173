"""The dialects epay and dayuanren against the published vectors and worked examples."""

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mock_town import APIKEY, KEY, as_form, epay_fields, epay_signed, town, until

from harness.core.clock import now_ns
from harness.core.delivery import Delivery, Leg, Signature
from mock_upstreams import form
from mock_upstreams.dialect import Answer, Ask, Notice, Request
from mock_upstreams.gateways.epay import Epay
from mock_upstreams.operators.dayuanren import Dayuanren
from mock_upstreams.records import Card, Product, SupplierOrder, Trade
from mock_upstreams.signing import dayuanren_md5, epay_md5

PRODUCTS = {"12": Product(id="12", cost_fen=4960, face_fen=5000, title="话费50元")}


def epay(**settings: str) -> Epay:
    dialect = Epay({"key": KEY} | settings, {})
    dialect.base_url = "http://127.0.0.1:7001"
    return dialect


def said(answer: Any) -> Any:
    assert isinstance(answer, Answer)
    return msgspec.json.decode(answer.body)


def test_epay_vector_a_is_accepted_as_signed():
    fields = {
        "pid": "1001",
        "out_trade_no": "20250101",
        "name": "hi",
        "money": "100.00",
    }
    assert epay_md5(fields, "abc123") == "7d485d80eaf0b05747315811496959cb"


def test_epay_vector_b_is_read():
    body = (
        "pid=1001&type=alipay&out_trade_no=E20250101000001&notify_url=http%3A%2F%2F127.0.0.1%3A9000%2Fn"
        "&return_url=http%3A%2F%2F127.0.0.1%3A9000%2Fr&name=%E8%85%BE%E8%AE%AF%E8%A7%86%E9%A2%91VIP%E6%9C%88%E5%8D%A1"
        "&money=19.90&sign=d941c97974d578b00ba818744ee7bab4&sign_type=MD5"
    )
    ask = epay().read(as_form("/submit.php", form.read(body)))
    assert isinstance(ask, Ask)
    assert (ask.op, ask.order_no, ask.amount_fen) == ("create", "E20250101000001", 1990)
    assert (ask.subject, ask.notify_url) == ("腾讯视频VIP月卡", "http://127.0.0.1:9000/n")


def test_epay_worked_notify():
    trade = Trade(
        ref="2025010110000512345",
        order_no="E20250101000001",
        amount_fen=1990,
        created_ns=1,
        captured_fen=1990,
        subject="VIP",
        extra={"type": "alipay"},
    )
    notice = Notice(op="pay", id="1", at_ns=1, trade=trade)
    dialect = epay()
    delivery = Delivery(leg=Leg.NOTIFY, op="pay", fields=dialect.facts(notice))
    out = dialect.notify(notice, delivery, "http://h/notify")
    assert out.method == "GET"
    assert out.url == (
        "http://h/notify?pid=1001&trade_no=2025010110000512345&out_trade_no=E20250101000001&type=alipay&name=VIP"
        "&money=19.90&trade_status=TRADE_SUCCESS&sign=6c6052b44139f01aeae87df063657010&sign_type=MD5"
    )
    joined = dialect.notify(notice, delivery, "http://h/notify?a=1").url
    assert joined.startswith("http://h/notify?a=1&pid=1001&")


@pytest.mark.parametrize(
    ("body", "acked"),
    [
        (b"success", True),
        (b"SUCCESS", True),
        (b"<p>Success</p>\n", True),
        (b"unsuccessful is acked as well", True),
        (b"sUCCESS", False),
        (b"fail", False),
        (b"", False),
    ],
)
def test_epay_ack_is_a_substring(body, acked):
    assert epay().acked(500, body) is acked


@pytest.mark.parametrize(
    ("change", "msg"),
    [
        ({"pid": ""}, "商户ID不能为空"),
        ({"pid": "9"}, "商户不存在！"),
        ({"money": "19.999"}, "金额不合法"),
        ({"money": "1e3"}, "金额不合法"),
        ({"money": "-1"}, "金额不合法"),
        ({"money": "0.00"}, "金额不合法"),
        ({"money": "nan"}, "金额不合法"),
        ({"money": "１９"}, "金额不合法"),
        ({"money": ""}, "金额(money)不能为空"),
        ({"name": ""}, "商品名称(name)不能为空"),
        ({"notify_url": ""}, "通知地址(notify_url)不能为空"),
        ({"out_trade_no": ""}, "订单号(out_trade_no)不能为空"),
        ({"out_trade_no": "a b"}, "订单号(out_trade_no)格式不正确"),
    ],
)
def test_epay_refuses_what_is_no_order(change, msg):
    fields = epay_signed(epay_fields("http://h/n") | change)
    assert said(epay().read(as_form("/mapi.php", fields))) == {"code": -1, "msg": msg}
    assert msg in refusing_page(as_form("/submit.php", fields))


def refusing_page(request: Request) -> str:
    page = epay().read(request)
    assert isinstance(page, Answer)
    assert page.content_type.startswith("text/html")
    return page.body.decode()


def test_what_only_the_page_or_only_the_api_needs():
    bare = epay_fields("http://h/n") | {"return_url": "", "clientip": ""}
    assert "回调地址(return_url)不能为空" in refusing_page(
        as_form("/submit.php", epay_signed(bare))
    )
    msg = "用户IP地址(clientip)不能为空"
    assert said(epay().read(as_form("/mapi.php", epay_signed(bare)))) == {"code": -1, "msg": msg}
    untyped = epay_fields("http://h/n") | {"type": ""}
    msg = "支付方式(type)不能为空"
    assert said(epay().read(as_form("/mapi.php", epay_signed(untyped)))) == {"code": -1, "msg": msg}
    assert isinstance(epay().read(as_form("/submit.php", epay_signed(untyped))), Ask)


def test_the_page_reads_its_link_or_its_form_and_never_both():
    link = epay_signed(epay_fields("http://h/n"))
    for request in (
        as_form("/submit.php?from=cart", link),
        as_form(f"/submit.php?{form.write(link)}", {"money": "0.01"}),
    ):
        ask = epay().read(request)
        assert isinstance(ask, Ask)
        assert ask.amount_fen == 4990


def test_nothing_posted_as_a_form_is_nothing_posted():
    fields = epay_signed(epay_fields("http://h/n"))
    body = form.write(fields).encode()
    nothing = {"code": -4, "msg": "未传入任何参数"}
    for kind in (b"application/json", b"text/plain", b""):
        asked = Request("POST", "/mapi.php", [(b"Content-Type", kind)], body)
        assert said(epay().read(asked)) == nothing
    assert said(epay().read(Request("GET", f"/mapi.php?{form.write(fields)}"))) == nothing
    assert "未配置支付接口商户" in refusing_page(Request("POST", "/submit.php", [], body))


@pytest.mark.parametrize(
    ("money", "fen"), [("19.9", 1990), ("19.90", 1990), ("20", 2000), ("0.01", 1)]
)
def test_epay_reads_every_way_of_writing_an_amount(money, fen):
    ask = epay().read(
        as_form("/mapi.php", epay_signed(epay_fields("http://h/n") | {"money": money}))
    )
    assert isinstance(ask, Ask)
    assert ask.amount_fen == fen


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_epay_refuses_any_change_to_what_is_signed(data):
    fields = epay_signed(epay_fields("http://h/n?a=b&c=d"))
    name = data.draw(st.sampled_from([k for k in fields if k != "sign_type"]))
    changed = fields | {name: fields[name] + data.draw(st.text(min_size=1, max_size=5))}
    answer = epay().read(as_form("/mapi.php", changed))
    assert said(answer)["code"] == -1


@pytest.mark.parametrize(
    ("query", "fields", "code"),
    [
        ("act=nothing", {}, -5),
        ("", {}, -5),
        ("act=order", {}, -3),
        ("act=order", {"pid": "1001"}, -2),
        ("act=order", {"pid": "2", "key": KEY}, -3),
        ("act=order", {"pid": "1001", "key": "wrong"}, -2),
        ("act=order", {"pid": "1001", "key": KEY}, -4),
        ("act=refund", {"pid": "1001", "key": KEY, "out_trade_no": "A", "money": "x"}, -4),
    ],
)
def test_epay_api_errors(query, fields, code):
    assert said(epay().read(as_form(f"/api.php?{query}", fields)))["code"] == code


def test_epay_over_the_wire():
    async def story():
        async with town() as t:
            first = (await t.create()).json()
            assert first["code"] == 1
            assert (await t.create()).json() == first
            changed = (await t.create(money="1.00")).json()
            assert (changed["code"], "变化" in changed["msg"]) == (-1, True)
            assert (await t.api("order", out_trade_no="none")).json() == {
                "code": -1,
                "msg": "订单号不存在",
            }
            await t.pay(first["payurl"])
            order = (await t.api("order", trade_no=first["trade_no"])).json()
            assert (order["status"], order["money"], order["pid"]) == (1, "49.90", "1001")
            said = (await t.create()).json()["msg"]
            assert said == "该订单(E1)已完成支付，请勿重复发起支付"
            assert (await t.api("refund", out_trade_no="E1", money="49.91")).json()["code"] == -1
            assert (await t.api("refund", out_trade_no="E1", money="49.90")).json()["code"] == 1
            assert (await t.api("order", out_trade_no="E1")).json()["status"] == 2
            orders = (await t.api("orders", limit="5")).json()
            assert (orders["count"], orders["data"][0]["out_trade_no"]) == (1, "E1")
            assert (await t.api("query")).json()["money"] == "0.00"

    asyncio.run(story())


@pytest.mark.parametrize(("knob", "trades", "code"), [("accept_new", 2, 1), ("reject", 1, -1)])
def test_epay_duplicates_are_a_knob(knob, trades, code):
    async def story():
        async with town(epay={"duplicate_order_no": knob}) as t:
            await t.create()
            assert (await t.create()).json()["code"] == code
            assert len(t.book("epay").trades) == trades

    asyncio.run(story())


def dayuanren() -> Dayuanren:
    return Dayuanren({"apikey": APIKEY}, PRODUCTS)


RECHARGE = {
    "mobile": "13800138000",
    "notify_url": "http://127.0.0.1:9000/dyr/notify",
    "out_trade_num": "T2025010100001",
    "product_id": "12",
    "userid": "10001",
}


def order(**over: Any) -> SupplierOrder:
    return SupplierOrder(
        **{
            "ref": "CZH2025010110000001",
            "serial": 1,
            "order_no": "T2025010100001",
            "account": "13800138000",
            "product": PRODUCTS["12"],
            "quantity": 1,
            "cost_fen": 4960,
            "created_ns": 1735696800 * 10**9,
        }
        | over
    )


def test_dayuanren_worked_submit():
    body = (
        "mobile=13800138000&notify_url=http%3A%2F%2F127.0.0.1%3A9000%2Fdyr%2Fnotify&out_trade_num=T2025010100001"
        "&product_id=12&userid=10001&sign=93326696F274AAA6AC32F328CF9F0FE3"
    )
    dialect = dayuanren()
    ask = dialect.read(Request("POST", "/yrapi.php/index/recharge", [], body.encode()))
    assert isinstance(ask, Ask)
    assert (ask.op, ask.account, ask.sku, ask.order_no) == (
        "submit",
        "13800138000",
        "12",
        "T2025010100001",
    )
    assert dialect.answer(ask, order()).body.decode() == (
        '{"errno":0,"errmsg":"提交成功","data":{"id":1,"order_number":"CZH2025010110000001",'
        '"mobile":"13800138000","product_id":12,"total_price":"49.60","create_time":1735696800,'
        '"guishu":"广东广州移动","title":"话费50元","out_trade_num":"T2025010100001"}}'
    )
    assert dialect.refuse(ask, "duplicate").body.decode() == (
        '{"errno":1,"errmsg":"已经存在相同商户订单号的订单","data":[]}'
    )


def callback(signature: Signature = Signature.VALID, **over: Any) -> dict[str, str]:
    dialect = dayuanren()
    notice = Notice(op="submit", id="1", at_ns=1735697000 * 10**9, order=order(**over))
    fields = dialect.facts(notice)
    delivery = Delivery(leg=Leg.NOTIFY, op="submit", fields=fields, signature=signature)
    out = dialect.notify(notice, delivery, "http://h/dyr")
    assert (out.method, out.url) == ("POST", "http://h/dyr")
    return form.read(out.body.decode())


def test_dayuanren_worked_callback():
    fields = callback(state="delivered", done_units=1)
    shown = fields | {"otime": "1735697000", "voucher": ""}
    assert dayuanren_md5(shown, APIKEY) == "CEFA6430A16DADFD64B60E526D1AC2CC"
    assert dayuanren_md5(fields, APIKEY) == fields["sign"]
    assert abs(int(fields["otime"]) - now_ns() // 10**9) <= 1, "when it is told"
    assert (fields["state"], fields["charge_amount"]) == ("1", "50.00")
    assert callback(state="failed")["charge_amount"] == "0.00"


def test_dayuanren_forged_callback_fails_verification():
    fields = callback(Signature.FORGED, state="delivered")
    assert fields["sign"] != dayuanren_md5(fields, APIKEY)


def test_dayuanren_cards_come_in_charge_kami():
    cards = [Card("DA1", "P1"), Card("DA2", "P2")]
    assert callback(state="delivered", cards=cards)["charge_kami"] == "DA1,P1;DA2,P2"


@pytest.mark.parametrize(
    ("body", "acked"),
    [
        (b"success", True),
        (b"success\n", False),
        (b"\xef\xbb\xbfsuccess", False),
        (b"ok", False),
        (b"", False),
    ],
)
def test_dayuanren_ack_is_exact(body, acked):
    assert dayuanren().acked(200, body) is acked


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_dayuanren_refuses_any_change_to_what_is_signed(data):
    fields = RECHARGE | {"param1": ""}
    fields["sign"] = dayuanren_md5(fields, APIKEY)
    name = data.draw(st.sampled_from(sorted(fields)))
    changed = fields | {name: fields[name] + data.draw(st.text(min_size=1, max_size=5))}
    answer = dayuanren().read(as_form("/yrapi.php/index/recharge", changed))
    assert said(answer)["errno"] == 1


@pytest.mark.parametrize(
    ("change", "errmsg"),
    [
        ({"userid": "7"}, "未开通的商户ID,请联系客服开通"),
        ({"sign": "X"}, "签名错误"),
        ({"sign": ""}, "签名错误"),
        ({"mobile": ""}, "手机号格式不正确"),
        ({"amount": "30"}, "面值检测不相同，提单不通过！"),
        ({"price": "cheap"}, "参数错误或请求方式错误，请使用http-post表单"),
    ],
)
def test_dayuanren_refuses(change, errmsg):
    fields = RECHARGE | change
    fields = {"sign": dayuanren_md5(fields, APIKEY)} | fields
    assert said(dayuanren().read(as_form("/yrapi.php/index/recharge", fields)))["errmsg"] == errmsg
    get = Request("GET", "/yrapi.php/index/recharge?" + form.write(fields))
    assert said(dayuanren().read(get))["errno"] == 1


def test_dayuanren_over_the_wire():
    async def story():
        async with town() as t:
            assert (await t.submit()).json()["errno"] == 0
            assert (await t.submit()).json()["errmsg"] == "已经存在相同商户订单号的订单"
            assert (await t.submit(out_trade_num="N", product_id="99")).json()[
                "errmsg"
            ] == "未找到相关产品(产品ID不正确或已下架)"
            expensive = await t.submit(out_trade_num="P", price="49.59")
            assert expensive.json()["errmsg"] == "成本限制，提单不通过！"
            assert [o["out_trade_num"] for o in await t.check("D1", "nobody")] == ["D1"]
            await until(lambda: t.rows("delivered"), "delivery")
            (state,) = await t.check("D1")
            assert (state["state"], state["charge_amount"]) == (1, "50.00")
            fields = {"userid": "10001"}
            fields["sign"] = dayuanren_md5(fields, APIKEY)
            user = await t.post(t.url("dayuanren") + "/yrapi.php/index/user", fields)
            assert user.json()["data"]["balance"] == "99999950.40"
            assert t.rows("balance")[0].amount_fen == 9_999_995_040

    asyncio.run(story())


def test_an_operator_that_fails_gives_the_money_back():
    async def story():
        async with town(dayuanren={"fails": 1.0}) as t:
            await t.submit()
            await until(lambda: t.rows("failed"), "failure")
            (state,) = await t.check("D1")
            assert (state["state"], state["charge_amount"], state["remark"]) == (
                2,
                "0.00",
                "充值失败",
            )
            book = t.book("dayuanren")
            assert book.balance_fen == book.balance_in_fen

    asyncio.run(story())


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=12), max_size=6))
def test_a_form_that_was_written_is_read_back(fields):
    fields = {
        k.encode("utf-8", "ignore").decode(): v.encode("utf-8", "ignore").decode()
        for k, v in fields.items()
    }
    fields.pop("", None)
    assert form.read(form.write(fields)) == fields


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_as_some_form(raw):
    fields = form.read(raw.decode("latin-1"))
    assert all(isinstance(k, str) and isinstance(v, str) for k, v in fields.items())


def test_forms_as_php_reads_them():
    assert form.read("a=1&a=2&b&=x&c=%zz&d=a%2Bb+c&e=\\x41%41") == {
        "a": "2",
        "b": "",
        "c": "%zz",
        "d": "a+b c",
        "e": "\\x41A",
    }
    assert form.read("a=%26b%3Dc&d=%25") == {"a": "&b=c", "d": "%"}
