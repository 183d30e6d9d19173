"""The same clients against a real process of mocks: sockets, chunks, payments, and notifications that come back."""

import json
import os
import queue
import subprocess
import sys
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest
from independent_clients import KasushouShop, WechatMerchant

from mock_upstreams.dialect import Outgoing

pytestmark = pytest.mark.smoke
DEADLINE_S = 20


class Inbox(BaseHTTPRequestHandler):
    """Takes notifications; answers the next of `answers`, or refuses."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told = Outgoing("POST", self.path, body, tuple(self.headers.items()))
        status, answer = self.server.answers.pop(0)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        self.server.inbox.put(told)

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def platform(*answers):
    with ThreadingHTTPServer(("127.0.0.1", 0), Inbox) as server:
        server.inbox, server.answers = queue.Queue(), list(answers)
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def served():
    """Serve both dialects by hand, upstream time running 1,000 times faster."""
    command = [sys.executable, "-m", "mock_upstreams", "--time-scale", "1000"]
    command += ["--serve", "wechat_pay,kasushou"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    ) as process:
        try:
            text = b""
            while not text.endswith(b"\n}\n"):
                line = process.stdout.readline()
                assert line, "the mocks ended before they served"
                text += line
            yield json.loads(text)
        finally:
            process.terminate()
            assert process.wait(DEADLINE_S) == 0


def url_of(server, path):
    return f"http://127.0.0.1:{server.server_port}{path}"


def send(base, request, *, chunked=False):
    content = iter([request.body[:7], request.body[7:]]) if chunked else request.body
    with httpx.Client(base_url=base, timeout=DEADLINE_S, trust_env=False) as client:
        return client.request(
            request.method, request.target, headers=request.headers, content=content
        )


def pay(served, pay_url):
    body = {"pay_url": pay_url, "intent": None, "amount_fen": None}
    token = {"Authorization": f"Bearer {served['token']}"}
    return httpx.post(
        f"{served['control']}/payer/pay", json=body, headers=token, trust_env=False
    ).json()


def trusted(merchant, answer):
    return merchant.trusts(dict(answer.headers), answer.content)


def test_wechat_pay_from_create_to_an_acknowledged_notification(served):
    credentials = served["upstreams"]["wechat_pay"]
    base, merchant = credentials["url"], WechatMerchant(credentials)
    refusals = [(500, b""), (200, b"")]
    with platform(*refusals) as server:
        order = merchant.order(notify_url=url_of(server, "/notify"))
        created = send(base, merchant.asks("POST", "/v3/pay/transactions/native", order))
        assert created.status_code == 200
        assert trusted(merchant, created)
        paid = pay(served, created.json()["code_url"])
        assert (paid["outcome"], paid["order_no"], paid["amount_fen"]) == (
            "ok",
            order["out_trade_no"],
            1990,
        )
        first = server.inbox.get(timeout=DEADLINE_S)
        second = server.inbox.get(timeout=DEADLINE_S)
    event, told = merchant.told(first)
    again, retold = merchant.told(second)
    assert (event["id"], told) == (again["id"], retold)
    assert event["resource"]["nonce"] != again["resource"]["nonce"]
    assert told["transaction_id"] == paid["trade_no"]


def test_wechat_pay_takes_chunks_and_signs_204(served):
    credentials = served["upstreams"]["wechat_pay"]
    base, merchant = credentials["url"], WechatMerchant(credentials, certified=True)
    order = merchant.order(out_trade_no="T2025010100002")
    request = merchant.asks("POST", "/v3/pay/transactions/native", order)
    assert send(base, request, chunked=True).status_code == 200
    target = "/v3/pay/transactions/out-trade-no/T2025010100002/close"
    closed = send(base, merchant.asks("POST", target, {"mchid": merchant.mchid}))
    assert (closed.status_code, closed.content) == (204, b"")
    assert trusted(merchant, closed)


def test_kasushou_from_buy_to_cards(served):
    credentials = served["upstreams"]["kasushou"]
    base, shop = credentials["url"], KasushouShop(credentials)
    with platform((200, b"fail"), (200, b"ok")) as server:
        body = {"id": 401, "quantity": 2, "external_orderno": "T1", "attach": {}}
        body |= {"mark": "13812345678", "url": url_of(server, "/kss")}
        bought = send(base, shop.asks("order/buy", body)).json()
        assert bought["code"] == 200
        told = shop.told(server.inbox.get(timeout=DEADLINE_S))
        assert (told["status"], told["ordersn"]) == ("3", bought["data"]["ordersn"])
        assert shop.told(server.inbox.get(timeout=DEADLINE_S))["status"] == "3"
    found = send(base, shop.asks("order/info", {"external_orderno": "T1"})).json()["data"]
    assert len(found[0]["card_list"]) == 2
    assert send(base, shop.asks("order/buy", body)).json()["code"] == 400
