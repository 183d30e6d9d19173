"""wechatpayv3 as a merchant uses it, unmodified but for the base URL: an order's whole life, callbacks too."""

import csv
import hashlib
import io
from pathlib import Path

import pytest

from tests.conformance.mock_process import begin, mocks
from tests.conformance.sdk_env import environment, run_script

pytestmark = pytest.mark.smoke
KIT = Path(__file__).with_name("merchant_kit.py").read_text()

OPEN = """
import gzip, os, tempfile
from datetime import datetime, timedelta, timezone
from wechatpayv3 import WeChatPay, WeChatPayType

url, today = inbox(), datetime.now(timezone(timedelta(hours=8))).strftime("%Y-%m-%d")

def merchant(certified):
    folder = tempfile.mkdtemp()
    more = {"public_key": given["public_key"], "public_key_id": given["public_key_id"]}
    if certified:
        with open(os.path.join(folder, given["platform_serial"] + ".pem"), "w") as pem:
            pem.write(given["platform_certificate"])
        more = {"cert_dir": folder}
    made = WeChatPay(
        wechatpay_type=WeChatPayType.NATIVE, mchid=given["mchid"], private_key=given["private_key"],
        cert_serial_no=given["serial_no"], apiv3_key=given["apiv3_key"], appid=given["appid"],
        notify_url=url, **more)
    made._core._gate_way = given["url"]
    return made

def ok(answer, status=200):
    code, text = answer
    assert code == status, answer
    return json.loads(text) if text else None

def create(number, **more):
    amount = {"total": 1990, "currency": "CNY"}
    return ok(wx.pay(description="视频会员月卡", out_trade_no=number, amount=amount, **more))
"""

LIFE = """
wx = merchant(given["certified"])
if given["certified"]:
    wx._core._update_certificates()
    assert len(wx._core._certificates) == 1
links = [create("T0000001"), create("T0000001")]
assert links[0] == links[1]
jsapi = create("T0000002", pay_type=WeChatPayType.JSAPI, payer={"openid": "oAbc"})
app = create("T0000003", pay_type=WeChatPayType.APP)
h5 = create("T0000004", pay_type=WeChatPayType.H5,
            scene_info={"payer_client_ip": "127.0.0.1", "h5_info": {"type": "Wap"}})
assert jsapi["prepay_id"].startswith("wx") and app["prepay_id"].startswith("wx")
assert h5["h5_url"].startswith("https://wx.tenpay.com/")
ok(wx.close("T0000003"), 204)
missing = ok(wx.query(out_trade_no="T0000009"), 404)
states = [ok(wx.query(out_trade_no=n))["trade_state"] for n in ("T0000001", "T0000003")]

paid = customer("pay", pay_url=links[0]["code_url"])
headers, body = next_told()
callback = wx.callback(headers, body)
broken = wx.callback(headers, body + b" ")
query = ok(wx.query(out_trade_no="T0000001"))
by_id = ok(wx.query(transaction_id=paid["trade_no"]))
closed = ok(wx.close("T0000001"), 400)

amount = {"refund": 500, "total": 1990, "currency": "CNY"}
wrong = ok(wx.refund("R0", {**amount, "total": 1991}, out_trade_no="T0000001"), 400)
refund = ok(wx.refund("R1", amount, out_trade_no="T0000001", reason="已售完"))
again = ok(wx.refund("R1", amount, transaction_id=paid["trade_no"]))
headers, body = next_told()
refunded = wx.callback(headers, body)
refund_query = ok(wx.query_refund("R1"))
abnormal = ok(wx.abnormal_refund(refund["refund_id"], "R1", "USER_BANK_CARD", "ICBC", "6", "n"), 400)

bills = []
for kind, ask in (("trade", wx.trade_bill), ("fund", wx.fundflow_bill)):
    told = ok(ask(today))
    code, raw = wx.download_bill(told["download_url"])
    assert code == 200 and told["hash_type"] == "SHA1"
    bills.append([kind, told["hash_value"], gzip.decompress(raw).decode()])
none = ok(wx.trade_bill("2025-01-01"), 400)
say(states=states, missing=missing, callback=callback, broken=broken, query=query, by_id=by_id,
    closed=closed, wrong=wrong, refund=refund, again=again, refunded=refunded,
    refund_query=refund_query, abnormal=abnormal, bills=bills, none=none)
"""

COMPLAINT = """
wx = merchant(False)
assert ok(wx.complaint_notification_query(), 404)["code"] == "RESOURCE_NOT_EXISTS"
made = ok(wx.complaint_notification_create(url))
changed = ok(wx.complaint_notification_update(url))
assert made == changed == {"mchid": given["mchid"], "url": url}
customer("pay", pay_url=create("T0000001")["code_url"])
wx.callback(*next_told())
raised = customer("complain", order_no="T0000001", text="没有到账", amount_fen=1990,
                  phone="13812345678")
told = [wx.callback(*next_told())]
number = told[0]["resource"]["complaint_id"]
listed = ok(wx.complaint_list_query())
ok(wx.complaint_response(number, "正在处理"), 204)
told.append(wx.callback(*next_told()))
ok(wx.complaint_update_refund(number, "APPROVE", launch_refund_day=1), 204)
told.append(wx.callback(*next_told()))
detail = ok(wx.complaint_detail_query(number))
ok(wx.complaint_complete(number), 204)
told.append(wx.callback(*next_told()))
over = ok(wx.complaint_response(number, "再说"), 400)
history = ok(wx.complaint_history_query(number))
ok(wx.complaint_notification_delete(), 204)
say(number=number, raised=raised, told=told, listed=listed, detail=detail, history=history,
    over=over, phone=wx.decrypt(detail["payer_phone"]))
"""

PROBED = """
wx = merchant(True)
link = create("T0000001")["code_url"]
Inbox.answers.put((401, b"{}"))
customer("pay", pay_url=link)
first, second = next_told(), next_told()
told = [wx.callback(*first), wx.callback(*second)]
heads = [first[0], second[0]]
say(signatures=[head["Wechatpay-Signature"] for head in heads], told=told,
    serials=[head["Wechatpay-Serial"] for head in heads], known=given["platform_serial"],
    certificates=[f"{c.serial_number:X}" for c in wx._core._certificates])
"""


def run(script, served, **more):
    python = environment("wechatpayv3", ["wechatpayv3==2.0.4"])
    return run_script(python, KIT + OPEN + script, {**served, **more})


def rows(text):
    """Read a bill as its readers do: by the names in its first line, without backticks."""
    lines = [[cell.lstrip("`") for cell in row] for row in csv.reader(io.StringIO(text))]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:-2]], lines[-1]


@pytest.mark.parametrize("certified", [False, True], ids=["public_key", "certificates"])
def test_an_order_from_create_to_bill(tmp_path, certified):
    with mocks(tmp_path, "wechat_pay") as served:
        found = run(LIFE, served, certified=certified)
    assert found["states"] == ["NOTPAY", "CLOSED"]
    assert found["missing"]["code"] == "ORDER_NOT_EXIST"
    assert found["query"]["trade_state"] == "SUCCESS"
    assert found["callback"]["event_type"] == "TRANSACTION.SUCCESS"
    assert found["callback"]["resource"] == found["query"] == found["by_id"]
    assert found["broken"] is None
    assert found["closed"]["code"] == "ORDER_PAID"
    assert found["wrong"]["code"] == "INVALID_REQUEST"
    assert found["refund"]["status"] == found["again"]["status"] == "PROCESSING"
    assert found["refund"]["refund_id"] == found["again"]["refund_id"]
    assert found["refunded"]["event_type"] == "REFUND.SUCCESS"
    assert found["refunded"]["resource"]["refund_id"] == found["refund"]["refund_id"]
    assert found["refund_query"]["status"] == "SUCCESS"
    assert found["abnormal"]["code"] == "INVALID_REQUEST"
    assert found["none"]["code"] == "NO_STATEMENT_EXIST"
    for _, digest, text in found["bills"]:
        assert hashlib.sha1(text.encode()).hexdigest() == digest
    trades, sums = rows(found["bills"][0][2])
    assert [row["交易状态"] for row in trades] == ["SUCCESS", "REFUND"]
    assert sums == ["2", "19.90", "5.00", "0.00", "0.09000", "19.90", "5.00"]
    flows, _ = rows(found["bills"][1][2])
    assert [row["账户结余(元)"] for row in flows] == ["19.90", "19.78", "14.81"]


def test_a_complaint_from_the_customer_to_its_end(tmp_path):
    with mocks(tmp_path, "wechat_pay") as served:
        found = run(COMPLAINT, served)
    told = found["told"]
    assert [event["event_type"] for event in told] == [
        "COMPLAINT.CREATE",
        *["COMPLAINT.STATE_CHANGE"] * 3,
    ]
    assert [event["resource"]["action_type"] for event in told] == [
        "CREATE_COMPLAINT",
        "MERCHANT_RESPONSE",
        "MERCHANT_APPROVE_REFUND",
        "MERCHANT_CONFIRM_COMPLETE",
    ]
    assert {event["resource"]["complaint_id"] for event in told} == {found["raised"]["complaint"]}
    listed = found["listed"]
    assert (listed["total_count"], listed["data"][0]["complaint_state"]) == (1, "PENDING")
    assert listed["data"][0]["complaint_order_info"][0]["out_trade_no"] == "T0000001"
    assert found["detail"]["complaint_state"] == "PROCESSING"
    assert found["detail"]["apply_refund_amount"] == 1990
    assert found["phone"] == "13812345678"
    assert found["over"]["code"] == "INVALID_REQUEST"
    operations = [step["operate_type"] for step in found["history"]["data"]]
    assert operations == [
        "MERCHANT_CONFIRM_COMPLETE",
        "MERCHANT_APPROVE_REFUND",
        "MERCHANT_RESPONSE",
        "USER_CREATE_COMPLAINT",
    ]


NOTIFY = {"upstreams": ["wechat_pay"], "leg": "notify", "ops": ["pay"]}
CERTIFICATES = {"notify_key": "platform"}


def test_a_probe_is_refused(tmp_path):
    probe = NOTIFY | {"id": "probe", "fault": {"kind": "probe"}}
    with mocks(tmp_path, "wechat_pay", CERTIFICATES, [probe]) as served:
        found = run(PROBED, served)
    probes = [s.startswith("WECHATPAY/SIGNTEST/") for s in found["signatures"]]
    assert sorted(probes) == [False, True]
    for is_probe, told in zip(probes, found["told"], strict=True):
        assert (told is None) is is_probe
    assert set(found["serials"]) == {found["known"]}


def test_a_new_certificate_is_fetched(tmp_path):
    always = {"by": "clock", "attempts": 10**6, "window_ms": [-1.0, 1e9]}
    rotate = NOTIFY | always | {"id": "rotate", "fault": {"kind": "rotate"}}
    with mocks(tmp_path, "wechat_pay", CERTIFICATES, [rotate]) as served:
        begin(served)
        found = run(PROBED, served)
    assert all(told["event_type"] == "TRANSACTION.SUCCESS" for told in found["told"])
    assert len(set(found["serials"])) == 1
    assert found["serials"][0] != found["known"]
    assert set(found["certificates"]) == {found["known"], found["serials"][0]}
