"""The REST form of Alipay's gateway, judged by a client of its own that knows the protocol's facts alone."""

import asyncio
import base64
import functools
import inspect
import json
import zipfile
from io import BytesIO
from urllib.parse import urlencode, urlsplit

import pytest
import test_every_fault
from alipay_client import fits, signature
from counter import counter
from independent_clients import as_request

from harness.core.clock import now_ns
from mock_upstreams.dialect import Request
from mock_upstreams.gateways.alipay import Alipay

NOTIFY = "http://127.0.0.1:9/notify"
TRADE = "/v3/alipay/trade"
ORDER = {"out_trade_no": "T1", "total_amount": "19.90", "subject": "视频会员月卡"}
BILL = "/v3/alipay/data/dataservice/bill/downloadurl/query"


class RestMerchant:
    """Signs the method, the target and the body; checks answers over time, nonce and body."""

    def __init__(self, known):
        self.known = known

    def asks(self, method, target, said=None, *, kind="application/json", **changed):
        body = "" if said is None else said if isinstance(said, str) else json.dumps(said)
        told = {"app_id": self.known["app_id"], "nonce": "n-1", "timestamp": now_ns() // 10**6}
        told = {k: v for k, v in (told | changed).items() if v is not None}
        token = told.pop("token", "")
        text = ",".join(f"{name}={value}" for name, value in told.items())
        lines = [text, method, target, body, *([token] if token else [])]
        signed = "".join(f"{line}\n" for line in lines).encode()
        sign = signature(self.known["app_private_key"], signed)
        headers = {"Authorization": f"ALIPAY-SHA256withRSA {text},sign={sign}"}
        headers |= {"Content-Type": kind} if said is not None else {}
        headers |= {"alipay-app-auth-token": token} if token else {}
        return as_request(method, target, headers, body.encode())

    def heard(self, answer):
        """Return status and body; an answer that is signed must be signed right."""
        headers = dict(answer.headers)
        assert answer.content_type == "application/json;charset=UTF-8"
        assert headers["alipay-trace-id"]
        if "alipay-signature" in headers:
            stamp, nonce = headers["alipay-timestamp"], headers["alipay-nonce"]
            assert abs(int(stamp) - now_ns() // 10**6) < 5_000
            text = f"{stamp}\n{nonce}\n".encode() + answer.body + b"\n"
            assert fits(self.known["alipay_public_key"], text, headers["alipay-signature"])
        return answer.status, json.loads(answer.body), headers


class RestCaller:
    """For every fault at every place."""

    def __init__(self, known):
        self.merchant = RestMerchant(known)

    def _named(self, verb, o, **said):
        said = {"out_trade_no": o.number, "notify_url": o.url, **said}
        return self.merchant.asks("POST", f"{TRADE}/{verb}", said)

    def create(self, o):
        return self._named("create", o, total_amount="19.90", subject="VIP", buyer_id="2088")

    def query(self, o):
        return self._named("query", o)

    def close(self, o):
        return self._named("close", o)

    def refund(self, o):
        return self._named("refund", o, refund_amount="19.90", out_request_no="R")


def story(**settings):
    def wrap(test):
        @functools.wraps(test)
        def run(*args, **kwargs):
            async def tell():
                async with counter("alipay", **settings) as at:
                    await test(Shop(at), *args, **kwargs)

            asyncio.run(tell())

        told = inspect.signature(test)
        run.__signature__ = told.replace(parameters=list(told.parameters.values())[1:])
        return run

    return wrap


class Shop:
    def __init__(self, at):
        self.at = at
        self.merchant = RestMerchant(at.dialect.credentials())

    async def call(self, method, target, said=None, **changed):
        asked = self.merchant.asks(method, target, said, **changed)
        return self.merchant.heard(await self.at.asked(asked))

    async def done(self, verb, **said):
        status, told, headers = await self.call("POST", f"{TRADE}/{verb}", said)
        assert (status, "alipay-signature" in headers) == (200, True)
        return told

    async def refused(self, verb, **said):
        status, told, headers = await self.call("POST", f"{TRADE}/{verb}", said)
        return status, told["code"], "alipay-signature" in headers

    async def paid(self):
        made = await self.done("precreate", **ORDER, notify_url=NOTIFY)
        assert (await self.at.pay(made["qr_code"]))["outcome"] == "ok"


@story()
async def test_a_trade_from_its_code_to_its_refund(shop):
    made = await shop.done("precreate", **ORDER, notify_url=NOTIFY)
    assert made == {"out_trade_no": "T1", "qr_code": made["qr_code"]}
    assert made["qr_code"].startswith("https://qr.alipay.com/bax")
    assert (await shop.at.pay(made["qr_code"]))["outcome"] == "ok"
    assert shop.at.told[-1][1] == NOTIFY
    told = await shop.done("query", out_trade_no="T1")
    assert (told["trade_status"], told["total_amount"]) == ("TRADE_SUCCESS", "19.90")
    assert told["fund_bill_list"] == [{"fund_channel": "ALIPAYACCOUNT", "amount": "19.90"}]
    back = await shop.done("refund", out_trade_no="T1", refund_amount=5, out_request_no="R1")
    assert (back["fund_change"], back["refund_fee"]) == ("Y", "5.00")
    found = await shop.done("fastpay/refund/query", out_trade_no="T1", out_request_no="R1")
    assert (found["refund_status"], found["refund_amount"]) == ("REFUND_SUCCESS", "5.00")
    assert await shop.done("fastpay/refund/query", out_trade_no="T1", out_request_no="R2") == {}


@story()
async def test_trades_are_created_closed_and_cancelled(shop):
    made = await shop.done("create", **ORDER, buyer_id="2088000000000009")
    assert made["out_trade_no"] == "T1"
    assert await shop.done("close", trade_no=made["trade_no"]) == made
    undone = await shop.done("cancel", out_trade_no="T9")
    assert undone == {"out_trade_no": "T9", "retry_flag": "N"}


@story(unscanned="wait")
async def test_both_forms_know_the_same_trades(shop):
    await shop.done("precreate", **ORDER, notify_url=NOTIFY)
    assert shop.at.book.find("T1").notify_url == NOTIFY
    again = await shop.refused("precreate", **ORDER | {"total_amount": "1.00"})
    assert again == (400, "ACQ.CONTEXT_INCONSISTENT", True)


@story()
async def test_what_is_not_there_is_said_as_the_real_one_says_it(shop):
    status, told, headers = await shop.call("POST", f"{TRADE}/query", {"out_trade_no": "T7"})
    assert status == 400
    assert "alipay-signature" in headers
    sums = ("buyer_pay_amount", "invoice_amount", "point_amount", "receipt_amount")
    assert told == {
        "out_trade_no": "T7",
        "code": "ACQ.TRADE_NOT_EXIST",
        "message": "交易不存在",
        **dict.fromkeys(sums, "0.00"),
    }


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"app_id": "test"}, "invalid-app-id"),
        ({"timestamp": None}, "missing-timestamp"),
        ({"timestamp": "0"}, "invalid-timestamp"),
        ({"timestamp": "9" * 5000}, "invalid-timestamp"),
        ({"app_cert_sn": "0" * 32}, "invalid-cert-sn"),
        ({"kind": "text/plain"}, "invalid-content-type"),
    ],
)
@story()
async def test_the_door_refuses_unsigned(shop, changed, code):
    status, told, headers = await shop.call("POST", f"{TRADE}/query", ORDER, **changed)
    assert (status, told["code"], "alipay-signature" in headers) == (400, code, False)


@pytest.mark.parametrize(
    ("method", "path", "said", "status", "code"),
    [
        ("POST", f"{TRADE}/query", "[]", 400, "illegal-json"),
        ("POST", f"{TRADE}/query", '{"out_trade_no":', 400, "illegal-json"),
        ("GET", f"{TRADE}/query", None, 400, "invalid-http-method"),
        ("POST", "/v3/alipay/trade/page/pay", ORDER, 404, "invalid-method"),
        ("POST", f"{TRADE}/nothing", ORDER, 404, "invalid-method"),
        ("POST", f"{TRADE}/query", {}, 400, "ACQ.INVALID_PARAMETER"),
    ],
)
@story()
async def test_what_is_no_call_is_refused(shop, method, path, said, status, code):  # noqa: PLR0917
    heard = await shop.call(method, path, said)
    assert (heard[0], heard[1]["code"]) == (status, code)


@story()
async def test_nobody_without_the_key_is_heard(shop):
    asked = shop.merchant.asks("POST", f"{TRADE}/query", {"out_trade_no": "T1"})
    for other in (
        Request("POST", asked.target, asked.raw_headers, asked.body + b" "),
        Request("POST", f"{TRADE}/close", asked.raw_headers, asked.body),
        Request("POST", f"{asked.target}?a=1", asked.raw_headers, asked.body),
    ):
        status, told, headers = shop.merchant.heard(await shop.at.asked(other))
        assert (status, told["code"]) == (400, "invalid-signature")
        assert "alipay-signature" not in headers
    bare = await shop.at.asked(Request("POST", f"{TRADE}/query"))
    assert shop.merchant.heard(bare)[1]["code"] == "missing-timestamp"


@story()
async def test_who_calls_for_another_signs_the_token_too(shop):
    heard = await shop.call("POST", f"{TRADE}/query", ORDER, token="202212BB_D64b2be8afd4b6c8468cf")
    assert heard[1]["code"] == "ACQ.TRADE_NOT_EXIST"


@story()
async def test_merchants_with_certificates_are_told_which_one_signs(shop):
    sn = shop.at.dialect.keys.app.sn
    status, _, headers = await shop.call("POST", f"{TRADE}/precreate", ORDER, app_cert_sn=sn)
    assert (status, headers["alipay-sn"]) == (200, shop.at.dialect.keys.alipay.sn)


@story(bill_ready="at_once")
async def test_a_bill_is_asked_for_in_the_query(shop):
    await shop.paid()
    day = shop.at.book.find("T1").ref[:8]
    query = urlencode({"bill_type": "trade", "bill_date": f"{day[:4]}-{day[4:6]}-{day[6:]}"})
    status, told, _ = await shop.call("GET", f"{BILL}?{query}")
    assert status == 200
    link = urlsplit(told["bill_download_url"])
    packed = await shop.at.asked(Request("GET", f"{link.path}?{link.query}"))
    assert len(zipfile.ZipFile(BytesIO(packed.body)).namelist()) == 2


@pytest.mark.parametrize(
    ("code", "status", "word"),
    [
        ("busy", 500, "unknow-error"),
        ("rate_limited", 429, "app-call-limited"),
        ("ACQ.SYSTEM_ERROR", 400, "ACQ.SYSTEM_ERROR"),
        ("isp.bill_not_exist", 400, "BILL_NOT_EXIST"),
        ("aop.invalid-auth-token", 401, "invalid-auth-token"),
    ],
)
def test_refusals_have_a_status_of_http(code, status, word):
    dialect = Alipay({}, {})
    merchant = RestMerchant(dialect.credentials())
    ask = dialect.read(merchant.asks("POST", f"{TRADE}/query", ORDER))
    said = dialect.refuse(ask, code)
    assert (said.status, json.loads(said.body)["code"]) == (status, word)


def test_a_signature_is_base64_of_its_whole_text():
    dialect = Alipay({}, {})
    asked = RestMerchant(dialect.credentials()).asks("POST", f"{TRADE}/query", ORDER)
    sign = asked.headers["authorization"].rpartition(",sign=")[2]
    assert len(base64.b64decode(sign, validate=True)) == 256


def test_every_fault_meets_an_order_in_this_form_too(monkeypatch):
    monkeypatch.setitem(test_every_fault.CALLERS, "alipay", RestCaller)
    monkeypatch.setitem(test_every_fault.SETTINGS, "alipay", {"closed_notify": "always"})
    told = test_every_fault.test_every_fault_meets_an_order_and_the_books_stay_true
    assert told("alipay", monkeypatch) is None
