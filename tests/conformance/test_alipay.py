"""Alipay's mock under the two client libraries that Python merchants use, each in an environment of its own.

`python-alipay-sdk` sends GET and counts braces; the official `alipay-sdk-python` sends POST with an absolute-form
target and cuts its answers by pattern. Both are unmodified but for the base URL. The official one takes no URL with a
port: the mock serves port 80 of a loopback address for it, and once more with its lines about ports replaced.
"""

import json
import os
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from tests.conformance.sdk_env import environment, run_script

pytestmark = pytest.mark.smoke
DEADLINE_S = 20
HOST = "127.0.0.9"
PRELUDE = """
import io, json, queue, sys, threading, urllib.parse, urllib.request, zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer

given = json.load(sys.stdin)
keys, seen = given["keys"], queue.Queue()

class Recorder(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        seen.put(dict(urllib.parse.parse_qsl(body, keep_blank_values=True)))
        self.send_response(200)
        self.send_header("Content-Length", "7")
        self.end_headers()
        self.wfile.write(b"success")

    def log_message(self, *_):
        pass

server = HTTPServer(("127.0.0.1", 0), Recorder)
threading.Thread(target=server.serve_forever, daemon=True).start()
notify_url = f"http://127.0.0.1:{server.server_port}/notify"
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

def pay(pay_url):
    body = json.dumps({"pay_url": pay_url, "intent": None, "amount_fen": None}).encode()
    head = {"Authorization": "Bearer " + given["token"]}
    asked = urllib.request.Request(given["control"] + "/payer/pay", body, head)
    return json.load(opener.open(asked))

def bill_names(url):
    packed = zipfile.ZipFile(io.BytesIO(opener.open(url).read()))
    assert packed.testzip() is None
    return {
        entry.filename.encode("cp437").decode("gbk"): packed.read(entry).decode("gbk")
        for entry in packed.infolist()
    }

def notified():
    return seen.get(timeout=15)
"""
POPULAR = (
    PRELUDE
    + """
from alipay import AliPay, DCAliPay
from alipay.exceptions import AliPayException

client = AliPay(
    appid=keys["app_id"],
    app_notify_url=notify_url,
    app_private_key_string=keys["app_private_key"],
    alipay_public_key_string=keys["alipay_public_key"],
)
certified = DCAliPay(
    appid=keys["app_id"],
    app_private_key_string=keys["app_private_key"],
    app_public_key_cert_string=keys["app_cert"],
    alipay_public_key_cert_string=keys["alipay_cert"],
    alipay_root_cert_string=keys["alipay_root_cert"],
)
client._gateway = certified._gateway = keys["url"] + "/gateway.do"
told = {}
made = client.api_alipay_trade_precreate("视频会员月卡", "P1", "19.90")
told["precreate"] = made
told["unscanned"] = client.api_alipay_trade_query(out_trade_no="P1")["sub_code"]
told["paid"] = pay(made["qr_code"])
event = notified()
sign = event.pop("sign")
told["verified"] = client.verify(dict(event), sign)
told["tampered"] = client.verify(event | {"total_amount": "0.01"}, sign)
told["event"] = event
told["query"] = client.api_alipay_trade_query(out_trade_no="P1")
told["certified"] = certified.api_alipay_trade_query(out_trade_no="P1")["trade_status"]
told["refund"] = client.api_alipay_trade_refund("5.00", out_trade_no="P1", out_request_no="R1")
refunded = notified()
told["refund_verified"] = client.verify(refunded, refunded.pop("sign"))
told["refund_query"] = client.api_alipay_trade_fastpay_refund_query("R1", out_trade_no="P1")
told["cancel"] = client.api_alipay_trade_cancel(out_trade_no="P1")
told["create"] = client.api_alipay_trade_create("VIP", "C1", 9.9, buyer_id="2088000000000009")
told["close"] = client.api_alipay_trade_close(out_trade_no="C1")
told["closed"] = client.api_alipay_trade_query(out_trade_no="C1")["trade_status"]
link = client.api_alipay_trade_page_pay("VIP", "G1", "1.00", return_url="http://127.0.0.1:9/back")
told["page"] = pay(client._gateway + "?" + link)
wap = client.api_alipay_trade_wap_pay("VIP", "W1", "1.00")
told["wap"] = pay(client._gateway + "?" + wap)
told["app"] = pay(client.api_alipay_trade_app_pay("VIP", "A1", "1.00"))
bill = {"bill_type": "trade", "bill_date": told["query"]["send_pay_date"][:10]}
found = client.server_api("alipay.data.dataservice.bill.downloadurl.query", bill)
told["bill"] = bill_names(found["bill_download_url"])
stranger = AliPay(
    appid="1",
    app_private_key_string=keys["app_private_key"],
    alipay_public_key_string=keys["alipay_public_key"],
)
stranger._gateway = client._gateway
try:
    stranger.api_alipay_trade_query(out_trade_no="P1")
except AliPayException as refused:
    told["stranger"] = str(refused)
print(json.dumps(told))
"""
)
OFFICIAL = (
    PRELUDE
    + """
import importlib
from alipay.aop.api.AlipayClientConfig import AlipayClientConfig
from alipay.aop.api.DefaultAlipayClient import DefaultAlipayClient
from alipay.aop.api.util import WebUtils
from alipay.aop.api.util.SignatureUtils import get_sign_content, verify_with_rsa

if given["patch"]:
    import http.client

    def connection(url, query_string, timeout):
        parts = urllib.parse.urlsplit(url)
        return url + "?" + query_string, http.client.HTTPConnection(
            parts.hostname, parts.port, timeout=timeout
        )

    WebUtils.get_http_connection = connection

config = AlipayClientConfig()
config.server_url = keys["url"] + "/gateway.do"
config.app_id = keys["app_id"]
config.app_private_key = given["pkcs1"]
config.alipay_public_key = keys["alipay_public_key"]
client = DefaultAlipayClient(config)

def loaded(kind, name):
    module = importlib.import_module(f"alipay.aop.api.{kind}.{name}")
    return getattr(module, name)

def request(name, biz, model=None):
    made = loaded("request", f"Alipay{name}Request")()
    made.biz_content = loaded("domain", f"Alipay{model or name}Model").from_alipay_dict(biz)
    return made

def ask(name, **biz):
    made = request(name, biz)
    if name in ("TradePrecreate", "TradeCreate"):
        made.notify_url = notify_url
    return json.loads(client.execute(made))

told, order = {}, {"out_trade_no": "P1", "total_amount": "19.90", "subject": "视频会员月卡"}
made = ask("TradePrecreate", **order)
told["precreate"] = made
told["unscanned"] = ask("TradeQuery", out_trade_no="P1")["sub_code"]
told["paid"] = pay(made["qr_code"])
event = notified()
sign, _ = event.pop("sign"), event.pop("sign_type")
text = get_sign_content(event)
told["verified"] = verify_with_rsa(config.alipay_public_key, text.encode(), sign)
told["event"] = event
told["query"] = ask("TradeQuery", out_trade_no="P1")
told["refund"] = ask("TradeRefund", out_trade_no="P1", refund_amount="5.00", out_request_no="R1")
refunded = notified()
sign, _ = refunded.pop("sign"), refunded.pop("sign_type")
told["refund_verified"] = verify_with_rsa(
    config.alipay_public_key, get_sign_content(refunded).encode(), sign
)
told["refund_query"] = ask("TradeFastpayRefundQuery", out_trade_no="P1", out_request_no="R1")
told["cancel"] = ask("TradeCancel", out_trade_no="P1")
told["create"] = ask("TradeCreate", **(order | {"out_trade_no": "C1", "buyer_id": "2088000000000009"}))
told["close"] = ask("TradeClose", out_trade_no="C1")
told["closed"] = ask("TradeQuery", out_trade_no="C1")["trade_status"]
page = request("TradePagePay", order | {"out_trade_no": "G1", "product_code": "FAST_INSTANT_TRADE_PAY"})
told["page"] = pay(client.page_execute(page, http_method="GET"))
wap = request("TradeWapPay", order | {"out_trade_no": "W1", "product_code": "QUICK_WAP_WAY"})
told["wap"] = pay(client.page_execute(wap, http_method="GET"))
app = request("TradeAppPay", order | {"out_trade_no": "A1", "product_code": "QUICK_MSECURITY_PAY"})
told["app"] = pay(client.sdk_execute(app))
date = told["query"]["send_pay_date"][:10]
found = ask("DataDataserviceBillDownloadurlQuery", bill_type="trade", bill_date=date)
told["bill"] = bill_names(found["bill_download_url"])
print(json.dumps(told))
"""
)


def may_bind(host, port):
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, port))
        except OSError:
            return False
        return True


@contextmanager
def mock(folder, host="127.0.0.1", port=0):
    """Serve Alipay in a process of its own; give its card."""
    settings = {"port": port, "bill_ready": "at_once", "closed_notify": "always"}
    config = {"token": "conformance", "host": host, "upstreams": {"alipay": settings}}
    path = folder / "mocks.json"
    path.write_text(json.dumps(config))
    command = [sys.executable, "-m", "mock_upstreams", "--config", str(path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    ) as process:
        try:
            line = process.stdout.readline()
            assert line, "the mock ended before it served"
            yield json.loads(line)
        finally:
            process.terminate()
            assert process.wait(DEADLINE_S) == 0


def given_of(card, **more):
    keys = card["upstreams"]["alipay"]
    return {"keys": keys, "control": card["control"], "token": card["token"], **more}


def assert_well_served(told):
    """Say what every client must have been told, whichever it is."""
    assert told["precreate"]["qr_code"].startswith("https://qr.alipay.com/bax")
    assert told["unscanned"] == "ACQ.TRADE_NOT_EXIST"
    assert (told["paid"]["outcome"], told["paid"]["amount_fen"]) == ("ok", 1990)
    assert told["verified"] is told["refund_verified"] is True
    assert told["event"]["trade_status"] == told["query"]["trade_status"] == "TRADE_SUCCESS"
    assert told["event"]["trade_no"] == told["query"]["trade_no"] == told["paid"]["trade_no"]
    assert (told["event"]["subject"], told["query"]["total_amount"]) == ("视频会员月卡", "19.90")
    assert (told["refund"]["fund_change"], told["refund"]["refund_fee"]) == ("Y", "5.00")
    assert told["refund_query"]["refund_status"] == "REFUND_SUCCESS"
    assert (told["cancel"]["retry_flag"], told["cancel"]["action"]) == ("N", "refund")
    assert (told["create"]["out_trade_no"], told["closed"]) == ("C1", "TRADE_CLOSED")
    assert told["close"]["trade_no"] == told["create"]["trade_no"]
    assert told["page"]["outcome"] == told["wap"]["outcome"] == told["app"]["outcome"] == "ok"
    details, summary = told["bill"].values()
    rows = [line for line in details.split("\r\n") if line[:8].isdigit()]
    kinds = [row.split(",")[2].strip() for row in rows]
    assert kinds == ["交易", "退款", "退款", "交易", "交易", "交易"]
    assert "合计" in summary


def test_python_alipay_sdk(tmp_path):
    python = environment("python-alipay-sdk", ["python-alipay-sdk==3.4.0"])
    with mock(tmp_path) as card:
        told = run_script(python, POPULAR, given_of(card))
    assert_well_served(told)
    assert told["tampered"] is False
    assert told["certified"] == "TRADE_SUCCESS"
    assert "isv.invalid-app-id" in told["stranger"]


@pytest.mark.parametrize("patch", [False, True], ids=["unmodified", "with a port"])
def test_official_alipay_sdk_python(tmp_path, patch):
    if not patch and not may_bind(HOST, 80):
        pytest.skip(f"nobody may serve {HOST}:80 here")
    python = environment("alipay-sdk-python", ["alipay-sdk-python==3.7.1411"])
    place = {} if patch else {"host": HOST, "port": 80}
    with mock(tmp_path, **place) as card:
        pem = card["upstreams"]["alipay"]["app_private_key"]
        told = run_script(python, OFFICIAL, given_of(card, patch=patch, pkcs1=bare_pkcs1(pem)))
    assert_well_served(told)


def bare_pkcs1(pem):
    """Turn a PEM key into what the official library wants: PKCS#1 in base64, without the lines around it."""
    key = load_pem_private_key(pem.encode(), password=None)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return "".join(text.decode().split("\n")[1:-2])
