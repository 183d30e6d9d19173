"""Alipay as its merchants meet it: the rules of its facts one by one, judged by an independent client."""

import asyncio
import base64
import functools
import inspect
import io
import json
import zipfile
from urllib.parse import parse_qsl, urlsplit

import pytest
from alipay_client import AlipayMerchant, encoded, joined, octets, signature
from counter import BASE, counter
from hypothesis import given
from hypothesis import strategies as st
from independent_clients import as_request
from msgspec.structs import replace

from harness.core.delivery import Delivery, Leg, Signature
from harness.core.errors import UsageError
from mock_upstreams import beijing
from mock_upstreams.config import split
from mock_upstreams.dialect import Answer, Ask, Notice, Request
from mock_upstreams.gateways import _alipay_bill as bill
from mock_upstreams.gateways import _alipay_reader, _alipay_views, _alipay_words
from mock_upstreams.gateways.alipay import Alipay
from mock_upstreams.records import Trade

DIALECT = Alipay({}, {})
MERCHANT = AlipayMerchant(DIALECT.credentials())
NOTIFY = "http://127.0.0.1:9/notify"
ORDER = {"out_trade_no": "T1", "total_amount": "19.90", "subject": "视频会员月卡"}
PRECREATE, PAGE = "alipay.trade.precreate", "alipay.trade.page.pay"
WAP, REFUND = "alipay.trade.wap.pay", "alipay.trade.refund"
BILL = "alipay.data.dataservice.bill.downloadurl.query"


def story(**settings):
    """Run an async test at a counter of its own."""

    def wrap(test):
        @functools.wraps(test)
        def run(*args, **kwargs):
            async def tell():
                async with counter("alipay", **settings) as at:
                    await test(Shop(at), *args, **kwargs)

            asyncio.run(tell())

        told = inspect.signature(test)  # pytest must not look for the shop among its fixtures
        run.__signature__ = told.replace(parameters=list(told.parameters.values())[1:])
        return run

    return wrap


class Shop:
    def __init__(self, at):
        self.at = at
        self.merchant = AlipayMerchant(at.dialect.credentials())

    async def call(self, method, biz=None, **more):
        answer = await self.at.asked(self.merchant.asks(method, biz or {}, **more))
        assert answer.status == 200
        codec = "gbk" if more.get("charset") == "gbk" else "utf-8"
        return self.merchant.heard(method, answer.body, codec)

    async def trade(self, verb, **biz):
        return await self.call(f"alipay.trade.{verb}", {"out_trade_no": "T1"} | biz)

    async def precreated(self, **biz):
        return await self.call(PRECREATE, ORDER | biz, notify_url=NOTIFY)

    async def paid(self, **biz):
        created = await self.precreated(**biz)
        assert (await self.at.pay(created["qr_code"]))["outcome"] == "ok"
        return self.at.book.find(ORDER["out_trade_no"])

    def link(self, method=PAGE, **biz):
        more = {"notify_url": NOTIFY, "return_url": "http://127.0.0.1:9/back?a=1"}
        return self.merchant.link(BASE, method, ORDER | {"product_code": "X"} | biz, **more)

    async def open(self, url):
        return await self.at.asked(Request("GET", url.removeprefix(BASE)))


# The exact substring


def test_the_worked_answer_is_signed_over_its_inner_text():
    inner = (
        '{"code":"10000","msg":"Success","out_trade_no":"T1","trade_no":"2025010122001400000000000001",'
        '"trade_status":"TRADE_SUCCESS","total_amount":"19.90"}'
    )
    body = f'{{"alipay_trade_query_response":{inner}}}'.encode()
    sealed = DIALECT.seal(Request("GET", "/gateway.do"), Answer(body))
    text = sealed.body.decode()
    assert text.startswith(body.decode()[:-1] + ',"sign":"')
    assert text.endswith('"}')
    assert MERCHANT.heard("alipay.trade.query", sealed.body)["out_trade_no"] == "T1"
    assert _alipay_words.inner_of(body) == inner.encode()


@story()
async def test_a_query_says_the_fields_of_the_worked_example(shop):
    trade = await shop.paid()
    told = await shop.trade("query")
    assert (told["code"], told["msg"], told["trade_status"]) == (
        "10000",
        "Success",
        "TRADE_SUCCESS",
    )
    assert (told["out_trade_no"], told["trade_no"]) == ("T1", trade.ref)
    assert told["total_amount"] == told["buyer_pay_amount"] == told["receipt_amount"] == "19.90"
    assert told["fund_bill_list"] == [{"fund_channel": "ALIPAYACCOUNT", "amount": "19.90"}]
    assert told["send_pay_date"] == beijing.text(trade.paid_ns)
    assert await shop.call("alipay.trade.query", {"trade_no": trade.ref}) == told


def test_trade_numbers_look_as_in_the_worked_example():
    at_ns = beijing.ns_of("2025-01-01 08:00:00")
    assert DIALECT.number("trade", 1, at_ns) == "2025010122001400000000000001"


@story()
async def test_slashes_are_written_as_php_writes_them(shop):
    answer = await shop.at.asked(shop.merchant.asks(PRECREATE, ORDER))
    assert rb"https:\/\/qr.alipay.com\/bax" in answer.body


# Requests


@pytest.mark.parametrize("way", ["get", "post", "split"])
@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "gbk"])
@story()
async def test_query_and_form_are_merged_in_either_charset(shop, way, charset):
    told = await shop.call(PRECREATE, ORDER, way=way, charset=charset)
    assert told["qr_code"].startswith("https://qr.alipay.com/bax")
    assert shop.at.book.find("T1").subject == "视频会员月卡"


@story()
async def test_a_refusal_in_gbk_is_signed_over_gbk(shop):
    told = await shop.call("alipay.trade.query", {"out_trade_no": "T9"}, charset="gbk")
    assert (told["sub_code"], told["sub_msg"]) == ("ACQ.TRADE_NOT_EXIST", "交易不存在")


@story()
async def test_a_certified_merchant_is_told_the_certificate(shop):
    sn = shop.at.dialect.keys.app.sn
    asked = shop.merchant.asks(PRECREATE, ORDER, app_cert_sn=sn, alipay_root_cert_sn="r")
    answer = await shop.at.asked(asked)
    assert shop.merchant.heard(PRECREATE, answer.body)["code"] == "10000"
    assert json.loads(answer.body)["alipay_cert_sn"] == shop.at.dialect.keys.alipay.sn
    wrong = await shop.call(PRECREATE, ORDER, app_cert_sn="0")
    assert wrong["sub_code"] == "isv.invalid-cert-sn"
    asking = {"alipay_cert_sn": shop.at.dialect.keys.alipay.sn}
    told = await shop.call("alipay.open.app.alipaycert.download", asking)
    pem = base64.b64decode(told["alipay_cert_content"]).decode()
    assert pem == shop.at.dialect.credentials()["alipay_cert"]
    other = await shop.call("alipay.open.app.alipaycert.download", {"alipay_cert_sn": "0"})
    assert other["sub_code"] == "ACQ.INVALID_PARAMETER"


@pytest.mark.parametrize(
    ("common", "code", "sub_code"),
    [
        ({"sign": "AAAA"}, "40002", "isv.invalid-signature"),
        ({"sign": ""}, "40001", "isv.missing-signature"),
        ({"timestamp": None}, "40001", "isv.missing-timestamp"),
        ({"version": None}, "40001", "isv.missing-version"),
        ({"timestamp": "2025-1-1"}, "40002", "isv.invalid-timestamp"),
        ({"sign_type": "RSA"}, "40002", "isv.invalid-signature-type"),
        ({"format": "XML"}, "40002", "isv.invalid-format"),
    ],
)
@story()
async def test_the_front_door_says_what_it_misses(shop, common, code, sub_code):
    told = await shop.call(PRECREATE, ORDER, **common)
    assert (told["code"], told["sub_code"]) == (code, sub_code)


@pytest.mark.parametrize(
    ("method", "common", "sub_code"),
    [
        ("alipay.nothing", {}, "isv.invalid-method"),
        ("", {}, "isv.missing-method"),
    ],
)
@story()
async def test_what_names_no_method_gets_an_error_that_nobody_signs(shop, method, common, sub_code):
    answer = await shop.at.asked(shop.merchant.asks(method, ORDER, **common))
    told = json.loads(answer.body)
    assert (list(told), told["error_response"]["sub_code"]) == (["error_response"], sub_code)


@pytest.mark.parametrize("common", [{"app_id": "2"}, {"app_id": "2", "sign": None}])
@story()
async def test_strangers_are_told_so_unsigned_before_anybody_looks_at_a_signature(shop, common):
    fields = shop.merchant.fields(PRECREATE, ORDER) | common
    form = encoded({name: value for name, value in fields.items() if value is not None})
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await shop.at.asked(as_request("POST", "/gateway.do", kind, form.encode()))
    told = json.loads(answer.body)
    assert list(told) == ["alipay_trade_precreate_response"]
    assert told["alipay_trade_precreate_response"]["sub_code"] == "isv.invalid-app-id"


@story()
async def test_of_a_trade_that_is_not_there_the_sums_are_nothing(shop):
    told = await shop.trade("query")
    assert (told["sub_code"], told["out_trade_no"]) == ("ACQ.TRADE_NOT_EXIST", "T1")
    assert told["receipt_amount"] == told["buyer_pay_amount"] == told["point_amount"] == "0.00"
    back = await shop.trade("refund", refund_amount="1.00", out_request_no="R1")
    assert (back["refund_fee"], back["send_back_fee"]) == ("0.00", "0.00")


@story()
async def test_a_wrong_signature_is_told_what_should_have_been_signed(shop):
    told = await shop.call(PRECREATE, ORDER, sign="AAAA")
    assert "app_id=2021000000000001&biz_content={" in told["sub_msg"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"out_trade_no": ""}, "out_trade_no"),
        ({"out_trade_no": "x" * 65}, "out_trade_no"),
        ({"subject": None}, "subject"),
        ({"total_amount": "0.00"}, "total_amount"),
        ({"total_amount": "19.999"}, "total_amount"),
        ({"total_amount": True}, "total_amount"),
        ({"total_amount": [1]}, "total_amount"),
        ({"total_amount": "1e3"}, "total_amount"),
        ({"timeout_express": "5x"}, "timeout_express"),
        ({"time_expire": "tomorrow"}, "time_expire"),
    ],
)
@story()
async def test_a_wrong_parameter_is_named(shop, change, says):
    told = await shop.precreated(**change)
    assert (told["code"], told["sub_code"]) == ("40004", "ACQ.INVALID_PARAMETER")
    assert told["sub_msg"].endswith(says)


@pytest.mark.parametrize("biz", ["", "[]", "{", '{"a":"\\ud800"}', "1", "{" * 5000])
@story()
async def test_a_biz_content_that_is_none(shop, biz):
    told = await shop.call(PRECREATE, biz or None)
    assert told["code"] in {"40002", "40004"}


@pytest.mark.parametrize("amount", ["19.9", 19.9, "19.90"])
@story()
async def test_amounts_may_be_numbers(shop, amount):
    await shop.precreated(total_amount=amount)
    assert shop.at.book.find("T1").amount_fen == 1990


@story()
async def test_too_much_is_too_much(shop):
    told = await shop.precreated(total_amount="100000000.01")
    assert told["sub_code"] == "ACQ.TOTAL_FEE_EXCEED"


# Creating


@story()
async def test_a_repeated_create_is_the_same_and_a_changed_one_is_refused(shop):
    first = await shop.precreated()
    assert await shop.precreated() == first
    changed = await shop.precreated(total_amount="1.00")
    assert changed["sub_code"] == "ACQ.CONTEXT_INCONSISTENT"
    await shop.at.pay(first["qr_code"])
    assert (await shop.precreated())["sub_code"] == "ACQ.TRADE_HAS_SUCCESS"


@story()
async def test_create_wants_a_buyer_and_gives_a_trade_number_that_can_be_paid(shop):
    assert (await shop.call("alipay.trade.create", ORDER))["sub_msg"].endswith("buyer_id")
    made = await shop.call("alipay.trade.create", ORDER | {"buyer_id": "2088"})
    assert set(made) == {"code", "msg", "out_trade_no", "trade_no"}
    assert (await shop.trade("query"))["trade_status"] == "WAIT_BUYER_PAY"
    assert (await shop.at.pay(made["trade_no"]))["outcome"] == "ok"


@pytest.mark.parametrize("method", [PAGE, WAP])
@story()
async def test_a_signed_link_is_paid_and_leads_back_signed(shop, method):
    link = shop.link(method)
    page = await shop.open(link)
    assert page.content_type.startswith("text/html")
    assert "收银台" in page.body.decode()
    paid = await shop.at.pay(link)
    assert (paid["outcome"], paid["order_no"], paid["amount_fen"]) == ("ok", "T1", 1990)
    back = await shop.at.asked(Request("GET", f"/cashier/{paid['trade_no']}"))
    assert back.status == 302
    place = dict(back.headers)["Location"]
    assert place.startswith("http://127.0.0.1:9/back?a=1&")
    told = shop.merchant.returned(place.replace("a=1&", ""))
    assert (told["method"], told["out_trade_no"]) == (f"{method}.return", "T1")
    assert (told["total_amount"], told["trade_no"]) == ("19.90", paid["trade_no"])


@story()
async def test_a_link_of_the_real_host_name_and_a_post_of_it_work_too(shop):
    fields = shop.merchant.fields(PAGE, ORDER)
    page = await shop.at.asked(as_request("POST", "/gateway.do", {}, encoded(fields).encode()))
    assert "收银台" in page.body.decode()
    forged = shop.link().replace("19.90", "00.01")
    assert (await shop.at.pay(forged))["outcome"] == "fail"
    assert shop.at.book.find("T1").state == "unpaid"


@story()
async def test_the_order_string_of_an_app_is_paid(shop):
    link = shop.link("alipay.trade.app.pay").partition("?")[2]
    assert (await shop.at.pay(link))["order_no"] == "T1"
    assert shop.at.dialect.link(link.replace("app_id=2021", "app_id=3021")) is None


@story()
async def test_a_page_that_cannot_be_paid_says_so_to_a_person(shop):
    await shop.at.pay(shop.link())
    page = await shop.open(shop.link())
    assert page.content_type == "text/html;charset=GBK"
    assert "交易已被支付" in page.body.decode("gbk")


@pytest.mark.parametrize(
    ("biz", "seconds"),
    [({"timeout_express": "5m"}, 300), ({"timeout_express": "2h"}, 7200), ({}, 7200)],
)
@story()
async def test_a_trade_may_be_paid_so_long(shop, biz, seconds):
    await shop.precreated(**biz)
    trade = shop.at.book.find("T1")
    assert trade.expires_ns - trade.created_ns == seconds * 10**9


@story()
async def test_a_trade_may_be_paid_until(shop):
    await shop.precreated(time_expire="2099-01-01 00:00:00")
    assert beijing.text(shop.at.book.find("T1").expires_ns) == "2099-01-01 00:00:00"
    await shop.precreated(out_trade_no="T2", timeout_express="1c")
    assert beijing.text(shop.at.book.find("T2").expires_ns).endswith("00:00:00")
    late = await shop.precreated(out_trade_no="T3", time_expire="2020-01-01 00:00")
    assert (await shop.at.pay(late["qr_code"]))["reason"] == "expired"


# Querying, closing, cancelling


@story()
async def test_an_unscanned_trade_does_not_exist(shop):
    created = await shop.precreated()
    assert (await shop.trade("query"))["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    assert (await shop.trade("close"))["sub_code"] == "ACQ.TRADE_NOT_EXIST"
    assert (await shop.at.pay(created["qr_code"]))["outcome"] == "ok"


@story()
async def test_a_trade_whose_money_is_not_cleared_yet_was_scanned(shop):
    await shop.precreated()
    trade = shop.at.book.find("T1")
    assert shop.at.book.take(trade, trade.amount_fen)
    told = await shop.trade("query")
    assert (told["code"], told["trade_status"]) == ("10000", "WAIT_BUYER_PAY")
    assert (await shop.trade("close"))["code"] == "10000"


@story(unscanned="wait")
async def test_an_unscanned_trade_may_be_set_to_wait(shop):
    await shop.precreated()
    assert (await shop.trade("query"))["trade_status"] == "WAIT_BUYER_PAY"


@story()
async def test_a_close_closes_what_a_page_opened(shop):
    await shop.open(shop.link())
    closed = await shop.trade("close")
    assert (closed["code"], closed["out_trade_no"]) == ("10000", "T1")
    assert (await shop.trade("query"))["trade_status"] == "TRADE_CLOSED"
    assert (await shop.at.pay(shop.link()))["outcome"] == "fail"
    assert (await shop.trade("close", out_trade_no="T9"))["sub_code"] == "ACQ.TRADE_NOT_EXIST"


@story()
async def test_a_paid_trade_is_not_closed(shop):
    await shop.paid()
    assert (await shop.trade("close"))["sub_code"] == "ACQ.TRADE_STATUS_ERROR"


@story()
async def test_a_cancel_of_nothing_has_no_action(shop):
    told = await shop.trade("cancel")
    assert (told["code"], told["retry_flag"], "action" in told) == ("10000", "N", False)


@story()
async def test_a_cancel_closes_an_unscanned_trade_for_good(shop):
    created = await shop.precreated()
    told = await shop.trade("cancel")
    assert (told["retry_flag"], told["action"]) == ("N", "close")
    assert (await shop.at.pay(created["qr_code"]))["outcome"] == "fail"


@story()
async def test_a_cancel_of_a_paid_trade_gives_all_that_is_left_back_once(shop):
    trade = await shop.paid()
    await shop.trade("refund", refund_amount="5.00", out_request_no="A")
    for _ in range(2):
        told = await shop.trade("cancel")
        assert (told["action"], told["trade_no"]) == ("refund", trade.ref)
    assert trade.refunded_fen == 1990
    assert len(trade.refunds) == 2
    assert (await shop.trade("query"))["trade_status"] == "TRADE_CLOSED"


@pytest.mark.parametrize(
    ("code", "retry"), [("busy", "Y"), ("ACQ.SYSTEM_ERROR", "Y"), ("refused", None)]
)
def test_a_cancel_with_an_unclear_end_asks_to_be_repeated(code, retry):
    ask = Ask(op="close", order_no="T1", undo=True, extra={"method": "alipay.trade.cancel"})
    told = json.loads(DIALECT.refuse(ask, code).body)["alipay_trade_cancel_response"]
    assert told.get("retry_flag") == retry


@story()
async def test_a_cancel_after_a_full_refund_gives_nothing_more(shop):
    trade = await shop.paid()
    await shop.trade("refund", refund_amount="19.90")
    assert (await shop.trade("cancel"))["action"] == "refund"
    assert (trade.refunded_fen, len(trade.refunds)) == (1990, 1)


# Refunds


@story(time_scale=1e4)
async def test_refunds_add_up_and_only_the_first_call_moves_money(shop):
    await shop.paid()
    first = await shop.trade("refund", refund_amount="5.00", out_request_no="A")
    assert (first["fund_change"], first["refund_fee"], first["send_back_fee"]) == (
        "Y",
        "5.00",
        "5.00",
    )
    again = await shop.trade("refund", refund_amount="5.00", out_request_no="A")
    assert (again["fund_change"], again["refund_fee"]) == ("N", "5.00")
    second = await shop.trade("refund", refund_amount="14.90", out_request_no="B")
    assert (second["fund_change"], second["refund_fee"]) == ("Y", "19.90")
    assert (await shop.trade("query"))["trade_status"] == "TRADE_CLOSED"


@pytest.mark.parametrize(
    ("biz", "sub_code"),
    [
        ({"refund_amount": "19.91"}, "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"),
        ({"refund_amount": "6.00", "out_request_no": "A"}, "ACQ.DISCORDANT_REPEAT_REQUEST"),
        ({"refund_amount": "x"}, "ACQ.INVALID_PARAMETER"),
        ({}, "ACQ.INVALID_PARAMETER"),
        ({"refund_amount": "1", "out_trade_no": "T9"}, "ACQ.TRADE_NOT_EXIST"),
    ],
)
@story()
async def test_a_refund_that_cannot_be(shop, biz, sub_code):
    trade = await shop.paid()
    await shop.trade("refund", refund_amount="5.00", out_request_no="A")
    assert (await shop.trade("refund", **biz))["sub_code"] == sub_code
    assert trade.refunded_fen == 500


@story()
async def test_a_second_refund_within_three_seconds_is_too_soon(shop):
    trade = await shop.paid()
    await shop.trade("refund", refund_amount="5.00", out_request_no="A")
    soon = await shop.trade("refund", refund_amount="5.00", out_request_no="B")
    assert (soon["code"], soon["sub_code"]) == ("40005", "isv.app-call-limited")
    again = await shop.trade("refund", refund_amount="5.00", out_request_no="A")
    assert (again["code"], trade.refunded_fen) == ("10000", 500)
    undone = await shop.trade("cancel")
    assert (undone["action"], trade.refunded_fen) == ("refund", 1990), "undoing is no refund"


@story()
async def test_refund_numbers_count_within_their_trade(shop):
    for number in ("T1", "T2"):
        made = await shop.precreated(out_trade_no=number)
        await shop.at.pay(made["qr_code"])
        told = await shop.trade(
            "refund", out_trade_no=number, refund_amount="1", out_request_no="R"
        )
        assert told["fund_change"] == "Y"


@story()
async def test_without_a_number_a_refund_bears_the_orders(shop):
    await shop.paid()
    assert (await shop.trade("refund", refund_amount="19.90"))["fund_change"] == "Y"
    found = await shop.trade("fastpay.refund.query", out_request_no="T1")
    assert (found["refund_status"], found["refund_amount"]) == ("REFUND_SUCCESS", "19.90")


@story()
async def test_a_refund_query_is_silent_about_what_was_not_received(shop):
    await shop.paid()
    found = await shop.trade("fastpay.refund.query", out_request_no="A")
    assert (found["code"], "refund_status" in found) == ("10000", False)
    nothing = await shop.trade("fastpay.refund.query", out_trade_no="T9", out_request_no="A")
    assert nothing["sub_code"] == "ACQ.TRADE_NOT_EXIST"


# Notifications


@story()
async def test_a_payment_is_told_as_in_the_worked_example(shop):
    trade = await shop.paid(body="13812345678", passback_params="a=1&b=2")
    (notice, url) = shop.at.told[0]
    assert (notice.op, url) == ("pay", NOTIFY)
    out = shop.at.notified()
    assert out.method == "POST"
    assert dict(out.headers)["Content-Type"].startswith("application/x-www-form-urlencoded")
    told = shop.merchant.told(out)
    assert told["notify_type"] == "trade_status_sync"
    assert (told["app_id"], told["seller_id"]) == (shop.merchant.app_id, "2088000000000001")
    assert (told["trade_no"], told["out_trade_no"]) == (trade.ref, "T1")
    assert (told["trade_status"], told["total_amount"]) == ("TRADE_SUCCESS", "19.90")
    assert (told["version"], told["sign_type"], told["charset"]) == ("1.0", "RSA2", "utf-8")
    assert (told["body"], told["passback_params"]) == ("13812345678", "a%3D1%26b%3D2")
    assert told["gmt_payment"] == beijing.text(trade.paid_ns)


@story()
async def test_neither_sign_nor_sign_type_are_signed(shop):
    await shop.paid()
    fields = dict(parse_qsl(shop.at.notified().body.decode()))
    assert shop.merchant.checked(encoded(fields | {"sign_type": "X"})) is not None
    assert shop.merchant.checked(encoded(fields | {"total_amount": "0.01"})) is None


@story()
async def test_a_resent_notification_keeps_its_id_and_its_words(shop):
    await shop.paid()
    first = shop.merchant.told(shop.at.notified())
    again = shop.merchant.told(shop.at.notified(attempt=2))
    changing = {"notify_time", "sign"}
    assert {k: v for k, v in first.items() if k not in changing} == {
        k: v for k, v in again.items() if k not in changing
    }


@story(time_scale=1e4)
async def test_refunds_are_told_where_payments_are(shop):
    await shop.paid()
    await shop.trade("refund", refund_amount="5.00", out_request_no="A")
    told = shop.merchant.told(shop.at.notified())
    assert (told["trade_status"], told["refund_fee"], told["out_biz_no"]) == (
        "TRADE_SUCCESS",
        "5.00",
        "A",
    )
    assert (told["total_amount"], "gmt_refund" in told) == ("19.90", True)
    await shop.trade("refund", refund_amount="14.90", out_request_no="B")
    assert len(shop.at.told) == 2  # a scanned code tells of TRADE_SUCCESS alone


@pytest.mark.parametrize(("method", "settings"), [(WAP, {}), (PAGE, {"closed_notify": "always"})])
def test_a_full_refund_is_told_of_wap_trades_or_if_set(method, settings):
    async def tell():
        async with counter("alipay", time_scale=1e4, **settings) as at:
            shop = Shop(at)
            await at.pay(shop.link(method))
            await shop.trade("refund", refund_amount="5.00", out_request_no="A")
            await shop.trade("refund", refund_amount="14.90", out_request_no="B")
            told = shop.merchant.told(at.notified())
            assert (told["trade_status"], told["refund_fee"]) == ("TRADE_CLOSED", "19.90")
            earlier = shop.merchant.told(at.notified(1))
            assert (earlier["trade_status"], earlier["refund_fee"]) == ("TRADE_SUCCESS", "5.00")

    asyncio.run(tell())


@story()
async def test_a_close_is_told_of_wap_trades_alone(shop):
    for number, method in (("G1", PAGE), ("W1", WAP)):
        await shop.open(shop.link(method, out_trade_no=number))
        await shop.trade("close", out_trade_no=number)
    ((notice, url),) = shop.at.told
    told = shop.merchant.told(shop.at.notified())
    assert (notice.op, url, told["out_trade_no"]) == ("close", NOTIFY, "W1")
    assert (told["trade_status"], told["total_amount"]) == ("TRADE_CLOSED", "19.90")
    assert "gmt_close" in told
    assert "gmt_payment" not in told


@pytest.mark.parametrize(("method", "tells"), [(WAP, True), (PAGE, False)])
def test_a_trade_that_is_finished_is_told_again_and_refunded_no_more(method, tells):
    async def tell():
        async with counter("alipay", finishes_ms=1.0, time_scale=1e3) as at:
            shop = Shop(at)
            await at.pay(shop.link(method))
            trade = at.book.find("T1")
            await at.until(lambda: trade.finished_ns, "the trade's end")
            assert (await shop.trade("query"))["trade_status"] == "TRADE_FINISHED"
            refused = await shop.trade("refund", refund_amount="1.00", out_request_no="A")
            assert refused["sub_code"] == "ACQ.TRADE_HAS_FINISHED"
            assert (await shop.trade("close"))["sub_code"] == "ACQ.TRADE_HAS_FINISHED"
            assert trade.refunded_fen == 0
            assert len(at.told) == 1 + tells
            if tells:
                paid, over = (shop.merchant.told(at.notified(n)) for n in (0, 1))
                states = [one["trade_status"] for one in (paid, over)]
                assert states == ["TRADE_SUCCESS", "TRADE_FINISHED"]
                assert paid["notify_id"] != over["notify_id"]
                assert (over["total_amount"], "gmt_close" in over) == ("19.90", True)
                assert over["gmt_payment"] == paid["gmt_payment"]

    asyncio.run(tell())


def test_only_where_trades_become_final_can_it_be_said_when():
    split("alipay", {"finishes_ms": 1.0})
    with pytest.raises(UsageError, match=r"epay\.finishes_ms: its trades never become final"):
        split("epay", {"finishes_ms": 1.0})


def test_money_that_went_back_is_closed_and_never_finished():
    async def tell():
        async with counter("alipay", finishes_ms=86_400_000.0, time_scale=1e3) as at:
            shop = Shop(at)
            await at.pay(shop.link(WAP))
            await shop.trade("refund", refund_amount="19.90", out_request_no="A")
            assert not at.book.finish(at.book.find("T1"), 1)
            assert (await shop.trade("query"))["trade_status"] == "TRADE_CLOSED"

    asyncio.run(tell())


@story()
async def test_a_trade_that_lapsed_is_told_once_somebody_looks(shop):
    await shop.open(shop.link(WAP, time_expire="2020-01-01 00:00"))
    for _ in range(2):
        assert (await shop.trade("query"))["trade_status"] == "TRADE_CLOSED"
    assert [notice.op for notice, _ in shop.at.told] == ["close"]


@story()
async def test_forged_and_rewritten_notifications(shop):
    await shop.paid()
    assert shop.merchant.told(shop.at.notified(forged=True)) is None
    told = shop.merchant.told(shop.at.notified(amount_fen=1, order_no="T9", state="closed"))
    assert (told["total_amount"], told["out_trade_no"]) == ("0.01", "T9")
    assert told["trade_status"] == "TRADE_CLOSED"


def test_the_ladder_is_seven_retries_in_a_day():
    minutes = [gap / 60_000 for gap in DIALECT.ladder_ms]
    assert minutes == [4, 10, 10, 60, 120, 360, 900]


PAID = Notice(
    op="pay",
    id="P1",
    at_ns=beijing.ns_of("2025-01-01 10:00:05"),
    trade=Trade(
        ref="2025010122001400000000000001",
        order_no="T1",
        amount_fen=1990,
        created_ns=beijing.ns_of("2025-01-01 10:00:00"),
        state="paid",
        captured_fen=1990,
        paid_ns=beijing.ns_of("2025-01-01 10:00:05"),
        subject="VIP",
    ),
)
TOLD = Delivery(leg=Leg.NOTIFY, op="pay", fields=DIALECT.facts(PAID))


def test_the_worked_notification():
    told = MERCHANT.told(DIALECT.notify(PAID, TOLD, NOTIFY))
    example = {
        "charset": "utf-8",
        "gmt_create": "2025-01-01 10:00:00",
        "gmt_payment": "2025-01-01 10:00:05",
        "notify_type": "trade_status_sync",
        "out_trade_no": "T1",
        "subject": "VIP",
        "total_amount": "19.90",
        "trade_status": "TRADE_SUCCESS",
        "version": "1.0",
        "sign_type": "RSA2",
    }
    assert example.items() <= told.items()
    named = {"app_id", "buyer_id", "notify_id", "notify_time", "seller_id", "trade_no", "sign"}
    assert named <= told.keys()
    assert told["notify_id"].startswith("20250101")


@functools.cache
def a_notification():
    """One for all tries: it carries the time, so that another would be signed, and as long, otherwise."""
    return DIALECT.notify(PAID, TOLD, NOTIFY).body


@given(st.data())
def test_a_flipped_byte_of_a_notification_does_not_verify(data):
    body = bytearray(a_notification())
    meant = dict(parse_qsl(body.decode(), keep_blank_values=True))
    at = data.draw(st.integers(0, len(body) - 1))
    body[at] = data.draw(st.sampled_from(sorted({*b"aZ09%+=&._-"} - {body[at]})))
    came = dict(parse_qsl(body.decode(), keep_blank_values=True))
    signed = joined(came, "sign", "sign_type") == joined(meant, "sign", "sign_type")
    same = signed and octets(came.get("sign")) == octets(meant["sign"])
    assert (MERCHANT.checked(body.decode()) is not None) is same


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), st.data())
def test_a_flipped_character_of_an_answer_does_not_verify(text, data):
    answer = _alipay_words.yes("alipay.trade.query", {"out_trade_no": text, "a": "}"})
    body = DIALECT.seal(Request("GET", "/gateway.do"), answer).body
    assert MERCHANT.heard("alipay.trade.query", body)["out_trade_no"] == text
    inner = body.index(b":") + 1, body.rindex(b',"sign"')
    at = data.draw(st.integers(inner[0] + 1, inner[1] - 2))
    changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
    cut = changed[inner[0] : inner[1]]
    assert not DIALECT.keys.verify(cut, json.loads(body)["sign"])


@pytest.mark.parametrize("body", [b"", b'{"alipay_tra', b'{"alipay_trade_query_response":{"co'])
@pytest.mark.parametrize("charset", ["utf-8", "gbk"])
def test_an_answer_that_a_strike_has_cut_is_still_sealed_or_left(body, charset):
    sealed = DIALECT.seal(Request("GET", f"/gateway.do?charset={charset}"), Answer(body))
    assert sealed.body.startswith(body[:-1])


def test_a_forged_answer_is_signed_by_a_stranger():
    answer = _alipay_words.yes("alipay.trade.query", {"out_trade_no": "T1"})
    forged = DIALECT.seal(
        Request("GET", "/gateway.do"), replace(answer, signature=Signature.FORGED)
    )
    with pytest.raises(AssertionError):
        MERCHANT.heard("alipay.trade.query", forged.body)


# Bills


@story(bill_ready="at_once")
async def test_a_bill_holds_what_moved(shop):
    trade = await shop.paid(subject="话费,50元\n订单")
    await shop.trade("refund", refund_amount="5.00", out_request_no="A", refund_reason="迟到")
    day = beijing.text(trade.paid_ns)[:10]
    said = await shop.call(BILL, {"bill_type": "trade", "bill_date": day})
    query = dict(parse_qsl(urlsplit(said["bill_download_url"]).query))
    assert query["downloadFileName"] == f"2088000000000001_{day.replace('-', '')}.csv.zip"
    answer = await shop.open(said["bill_download_url"])
    files = unzipped(answer.body)
    stem = f"2088000000000001_{day.replace('-', '')}_业务明细"
    assert list(files) == [f"{stem}.csv", f"{stem}(汇总).csv"]
    lines = files[f"{stem}.csv"].split("\r\n")
    header, rows = lines[4].split(","), [line.split(",") for line in lines[5:7]]
    assert len(header) == 25
    assert [len(row) for row in rows] == [25, 25]
    assert lines[0] == "#支付宝业务明细查询"
    one, two = (dict(zip(header, row, strict=True)) for row in rows)
    assert (one["支付宝交易号"], one["业务类型"]) == (f"{trade.ref}\t", "交易\t")
    assert (one["订单金额（元）"], one["商家实收（元）"]) == ("19.90", "19.90")
    assert (two["业务类型"], two["订单金额（元）"]) == ("退款\t", "-5.00")
    assert (two["退款批次号/请求号"], two["备注"]) == ("A\t", "迟到\t")
    assert "#交易合计：1笔，商家实收共19.90元" in lines
    assert "1,1,19.90,14.90" in files[f"{stem}(汇总).csv"]


def unzipped(data):
    """Read the names as GBK, as the real file has them: Python takes what is not flagged for CP437."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.testzip() is None
        return {
            entry.filename.encode("cp437").decode("gbk"): packed.read(entry).decode("gbk")
            for entry in packed.infolist()
        }


@story()
async def test_todays_bill_is_not_there(shop):
    trade = await shop.paid()
    day = beijing.text(trade.paid_ns)[:10]
    told = await shop.call(BILL, {"bill_type": "trade", "bill_date": day})
    assert (told["code"], told["sub_msg"]) == ("40002", "参数不合法")
    assert "bill_download_url" in await shop.call(
        BILL, {"bill_type": "trade", "bill_date": "2025-01"}
    )


@pytest.mark.parametrize(
    "biz", [{"bill_date": "2025-13-01"}, {"bill_date": "2025-1-1"}, {"bill_type": "x"}]
)
@story()
async def test_a_bill_of_no_day_or_kind(shop, biz):
    told = await shop.call(BILL, {"bill_type": "trade", "bill_date": "2025-01-01"} | biz)
    assert told["sub_code"] == "isv.invalid-parameter"


@story()
async def test_a_bills_link_is_good_for_one_file_and_half_a_minute(shop):
    said = await shop.call(BILL, {"bill_type": "trade", "bill_date": "2025-01-01"})
    url = said["bill_download_url"]
    assert (await shop.open(url)).content_type == "application/zip"
    other = await shop.open(url.replace("2025-01-01", "2025-01-02"))
    assert other.body.decode() == "下载超时,请重新下载"
    assert (await shop.open("/downloadBillFile.resource")).body == other.body
    old = dict(parse_qsl(urlsplit(url).query))
    old["timestamp"] = str(int(old["timestamp"]) - 31_000)
    old["token"] = bill.token(shop.at.dialect._secret, "2025-01-01", "trade", old["timestamp"])
    assert (await shop.open(f"/downloadBillFile.resource?{encoded(old)}")).body == other.body


def test_a_months_bill_ends_with_the_month():
    span = bill.span_of("2025-12")
    assert [beijing.text(ns) for ns in span] == ["2025-12-01 00:00:00", "2026-01-01 00:00:00"]
    assert bill.ready(span, beijing.ns_of("2026-01-01 10:00:00"))
    assert not bill.ready(span, beijing.ns_of("2026-01-01 09:59:59"))


# Settings and properties


@pytest.mark.parametrize(
    "settings",
    [{"unscanned": "no"}, {"bill_ready": "now"}, {"app_private_key": "x"}],
)
def test_a_setting_that_cannot_be_is_refused_at_the_start(settings):
    with pytest.raises(UsageError, match=f"alipay.{next(iter(settings))}"):
        Alipay(settings, {})


def test_a_key_may_be_pasted_without_its_lines():
    pem = DIALECT.credentials()["app_private_key"]
    bare = "".join(pem.split("\n")[1:-2])
    assert Alipay({"app_private_key": bare}, {}).credentials()["app_private_key"] == pem


TEXT = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=40)
WORD = st.from_regex(r"[0-9A-Za-z_]{1,64}", fullmatch=True)


@given(
    number=WORD,
    subject=TEXT.filter(bool),
    body=TEXT,
    fen=st.integers(1, 10**10),
    unknown=st.dictionaries(st.from_regex(r"x_[a-z]{1,8}", fullmatch=True), TEXT, max_size=3),
    way=st.sampled_from(["get", "post", "split"]),
)
def test_what_is_asked_is_understood(*, number, subject, body, fen, unknown, way):
    biz = {"out_trade_no": number, "subject": subject, "body": body, **unknown}
    biz |= {"total_amount": f"{fen // 100}.{fen % 100:02d}", "goods_detail": [unknown]}
    common = {name: value for name, value in unknown.items() if value}
    ask = DIALECT.read(MERCHANT.asks(PRECREATE, biz, way=way, notify_url=NOTIFY, **common))
    assert isinstance(ask, Ask)
    assert (ask.op, ask.order_no, ask.amount_fen) == ("create", number, fen)
    assert (ask.subject, ask.attach, ask.notify_url) == (subject, body, NOTIFY)


SIGNED = MERCHANT.asks(PRECREATE, ORDER, notify_url=NOTIFY)


@given(st.data())
def test_a_flipped_byte_is_refused(data):
    body = bytearray(SIGNED.body)
    at, bit = data.draw(st.integers(0, len(body) - 1)), data.draw(st.integers(0, 7))
    body[at] ^= 1 << bit
    changed = as_request("POST", SIGNED.target, {}, bytes(body))
    (came, _), (meant, _) = (_alipay_reader.fields_of(one) for one in (changed, SIGNED))
    same = joined(came, "sign") == joined(meant, "sign")
    same = same and octets(came.get("sign")) == octets(meant["sign"])
    assert isinstance(DIALECT.read(changed), Ask) is same


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_no_bytes_break_the_reader(query, body):
    answer = DIALECT.read(Request("POST", f"/gateway.do?{query.decode('latin-1')}", (), body))
    assert isinstance(answer, Answer)


@given(st.text(max_size=60))
def test_no_signed_biz_content_breaks_the_reader(text):
    text = text.encode("utf-8", "replace").decode()
    answer = DIALECT.read(MERCHANT.asks(PRECREATE, text))
    assert isinstance(answer, (Answer, Ask))


@given(st.integers(0, 10**28 - 1))
def test_a_qr_code_stands_for_one_trade(number):
    ref = f"{number:028d}"
    assert _alipay_views.ref_of(_alipay_views.qr_code(ref)) == ref


@given(TEXT)
def test_no_text_breaks_the_reading_of_pay_links(text):
    for link in (text, f"https://qr.alipay.com/bax{text}", f"{BASE}/cashier/{text}"):
        ref = DIALECT.trade_of(link)
        assert ref is None or (len(ref) >= 28 and ref.isdigit())


def test_a_wrapped_code_is_a_code():
    trade = Trade(ref="2025010122001400000000000001", order_no="T1", amount_fen=1, created_ns=1)
    wrapped = _alipay_views.qr_code(trade.ref).replace(":", "%3A").replace("/", "%2F")
    assert DIALECT.trade_of(f"alipays://platformapi/startapp?saId=1&qrcode={wrapped}") == trade.ref


def test_the_forms_text_is_what_the_client_signs():
    fields = {"b": "2", "a": "一", "sign": "x", "empty": "", "sign_type": "RSA2"}
    text = "a=一&b=2&sign_type=RSA2"
    assert joined(fields, "sign") == text == _alipay_reader.signed_text(fields, "sign")
    assert DIALECT.keys.verify(text.encode(), signature(MERCHANT.private, text.encode()))
