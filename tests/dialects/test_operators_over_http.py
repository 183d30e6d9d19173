"""The shops of four operators against a real process of mocks, from order to an acknowledged callback and cards."""

import json
import os
import subprocess
import sys

import pytest
from operator_clients import FuluShop, JuheShop, KakayunShop, KashangwangShop
from test_dialects_over_http import DEADLINE_S, platform, send, url_of

pytestmark = pytest.mark.smoke


@pytest.fixture(scope="module")
def served():
    command = [sys.executable, "-m", "mock_upstreams", "--time-scale", "1000"]
    command += ["--serve", "kashangwang,kakayun,fulu,juhe"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    ) as process:
        try:
            text = b""
            while not text.endswith(b"\n}\n"):
                line = process.stdout.readline()
                assert line, "the mocks ended before they served"
                text += line
            yield json.loads(text)["upstreams"]
        finally:
            process.terminate()
            assert process.wait(DEADLINE_S) == 0


def test_kashangwang(served):
    shop, base = KashangwangShop(served["kashangwang"]), served["kashangwang"]["url"]
    with platform((200, b"fail"), (200, b"ok")) as server:
        fields = {"product_id": "401", "quantity": "2", "outer_order_id": "T1"}
        bought = send(base, shop.asks("buy", **fields, notify_url=url_of(server, "/n"))).json()
        told = [shop.told(server.inbox.get(timeout=DEADLINE_S)) for _ in range(2)]
    assert {one["order_id"] for one in told} == {bought["data"]["order_id"]}
    found = send(base, shop.asks("outer-order", outer_order_id="T1")).json()["data"]
    assert (found["state"], len(found["cards"])) == (200, 2)


def test_kakayun_by_multipart(served):
    shop, base = KakayunShop(served["kakayun"]), served["kakayun"]["url"]
    with platform((200, b"ok")) as server:
        fields = {"goodsid": "401", "buynum": "1", "callbackurl": url_of(server, "/n")}
        ref = send(base, shop.asks("buy", multipart=True, **fields)).json()["orderno"]
        told = shop.told(server.inbox.get(timeout=DEADLINE_S))
    assert (told["orderno"], told["status"]) == (ref, "5")
    assert len(send(base, shop.asks("queryorder", orderno=ref)).json()["cardlist"]) == 1


def test_fulu_and_juhe(served):
    shop, base = FuluShop(served["fulu"]), served["fulu"]["url"]
    biz = {"product_id": 401, "buy_num": 1, "customer_order_no": "T1"}
    added = shop.result(send(base, shop.asks("fulu.order.card.add", biz)).json())
    assert added["customer_order_no"] == "T1"
    listed = shop.result(send(base, shop.asks("fulu.goods.list.get")).json())
    assert 401 in [one["product_id"] for one in listed]
    shop, base = JuheShop(served["juhe"]), served["juhe"]["url"]
    asked = shop.asks("yue", signed=("timestamp",), timestamp="1735660800")
    assert send(base, asked).json()["error_code"] == 0
