"""wechatpy as a merchant of WeChat Pay V2 uses it, unmodified but for the base URL."""

from pathlib import Path

import pytest

from tests.conformance.mock_process import mocks
from tests.conformance.sdk_env import environment, run_script

pytestmark = pytest.mark.smoke
KIT = Path(__file__).with_name("merchant_kit.py").read_text()

SCRIPT = """
from datetime import datetime, timedelta, timezone
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.pay import WeChatPay, WeChatPayException

WeChatPay.API_BASE_URL = given["url"] + "/"
wx, url = WeChatPay(given["appid"], given["key"], given["mch_id"]), inbox()

def create(number, kind="NATIVE", **more):
    told = wx.order.create(kind, "视频会员月卡", 1990, url, client_ip="127.0.0.1",
                           out_trade_no=number, **more)
    assert wx.check_signature(told), told
    return told

def refused(ask, *args, **more):
    try:
        return [ask(*args, **more)]
    except WeChatPayException as error:
        return [error.return_code, error.result_code, error.errcode]

native = create("T0000001", attach="13812345678")
jsapi = create("T0000002", "JSAPI", user_id="oAbc")
app = create("T0000003", "APP")
h5 = create("T0000004", "MWEB")
again = create("T0000001", attach="13812345678")
changed = refused(create, "T0000001", attach="other")
stranger = refused(WeChatPay(given["appid"], "0" * 32, given["mch_id"]).order.query,
                   out_trade_no="T0000001")
unpaid = wx.order.query(out_trade_no="T0000001")
closed = wx.order.close("T0000003")
missing = refused(wx.order.query, out_trade_no="T0000009")

Inbox.answers.put((200, b"fail"))
Inbox.answers.put((200, b"<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>"))
paid = customer("pay", pay_url=native["code_url"])
_, first = next_told()
_, second = next_told()
told = [wx.parse_payment_result(xml) for xml in (first, second)]
try:
    wx.parse_payment_result(first.replace(b"1990", b"1991"))
except InvalidSignatureException:
    told.append("refused")
query = wx.order.query(transaction_id=paid["trade_no"])
assert wx.check_signature(query)
late = refused(wx.order.close, "T0000001")

wrong = refused(wx.refund.apply, 1991, 500, "R1", out_trade_no="T0000001")
refund = wx.refund.apply(1990, 500, "R1", out_trade_no="T0000001", notify_url=url)
Inbox.answers.put((200, b"<xml><return_code>SUCCESS</return_code></xml>"))
_, body = next_told()
refunded = wx.parse_refund_notify_result(body)
wx.refund.apply(1990, 1490, "R2", transaction_id=paid["trade_no"])
too_much = refused(wx.refund.apply, 1990, 1, "R3", out_trade_no="T0000001")
one = wx.refund.query(out_refund_no="R1")
both = wx.refund.query(out_trade_no="T0000001")
none = refused(wx.refund.query, out_refund_no="R9")
today = datetime.now(timezone(timedelta(hours=8))).date()
bill = wx.tools.download_bill(today)
flow = wx.tools.download_fundflow(today)
no_flow = refused(wx.tools.download_fundflow, today, "Fees")
no_bill = refused(wx.tools.download_bill, today - timedelta(days=9))
say(native=native, jsapi=jsapi, app=app, h5=h5, again=again, changed=changed, stranger=stranger,
    unpaid=unpaid, closed=closed, missing=missing, paid=paid, told=told, query=query, late=late,
    wrong=wrong, refund=refund, refunded=refunded, too_much=too_much, one=one, both=both, none=none,
    bill=bill, no_bill=no_bill, flow=flow, no_flow=no_flow)
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    python = environment("wechatpy", ["wechatpy==1.8.18", "cryptography==50.0.2"])
    folder = tmp_path_factory.mktemp("v2")
    with mocks(folder, "wechat_pay_v2", time_scale=1_000.0) as served:
        return run_script(python, KIT + SCRIPT, served)


def test_every_way_to_pay_has_its_link(found):
    assert found["native"]["code_url"].startswith("weixin://wxpay/bizpayurl?pr=")
    assert found["h5"]["mweb_url"].startswith("https://wx.tenpay.com/")
    assert all(found[way]["prepay_id"].startswith("wx") for way in ("jsapi", "app"))
    assert found["again"]["code_url"] == found["native"]["code_url"]
    assert found["changed"] == ["SUCCESS", "FAIL", "INVALID_REQUEST"]


def test_who_signs_with_another_key_is_turned_away_at_the_door(found):
    assert found["stranger"] == ["FAIL", None, None]


def test_an_order_is_seen_closed_and_missed(found):
    assert found["unpaid"]["trade_state"] == "NOTPAY"
    assert found["closed"]["result_code"] == "SUCCESS"
    assert found["missing"] == ["SUCCESS", "FAIL", "ORDERNOTEXIST"]
    assert found["late"] == ["SUCCESS", "FAIL", "ORDERPAID"]


def test_a_payment_is_told_until_it_is_acknowledged(found):
    first, second, changed = found["told"]
    assert changed == "refused"
    for told in (first, second):
        assert told["transaction_id"] == found["paid"]["trade_no"]
        assert (told["total_fee"], told["attach"]) == (1990, "13812345678")
    assert first["nonce_str"] != second["nonce_str"]
    assert (found["query"]["trade_state"], found["query"]["total_fee"]) == ("SUCCESS", "1990")


def test_refunds_are_made_told_and_found(found):
    assert found["wrong"] == ["SUCCESS", "FAIL", "REFUND_FEE_MISMATCH"]
    assert found["refund"]["refund_fee"] == "500"
    refunded = found["refunded"]
    assert (refunded["refund_status"], refunded["refund_fee"]) == ("SUCCESS", 500)
    assert refunded["refund_id"] == found["refund"]["refund_id"]
    assert found["too_much"][1] == "FAIL"
    assert (found["one"]["refund_count"], found["one"]["refund_status_0"]) == ("1", "SUCCESS")
    assert [found["both"][f"out_refund_no_{n}"] for n in (0, 1)] == ["R1", "R2"]
    assert found["none"] == ["SUCCESS", "FAIL", "REFUNDNOTEXIST"]


def test_the_bill_lists_what_moved(found):
    lines = found["bill"].splitlines()
    assert lines[0].startswith("交易时间,公众账号ID,")
    assert lines[-1] == "`3,`19.90,`19.90,`0.00,`0.00000,`19.90,`19.90"
    assert found["no_bill"][0] == found["no_flow"][0] == "FAIL"
    flow = found["flow"].splitlines()
    assert flow[0].startswith("记账时间,微信支付业务单号,")
    assert flow[-1] == "`4,`1,`19.90,`3,`19.90"
