"""An SDK without any base-URL option, wechatpayv3, reaches the mock by its real host name: through a proxy, over TLS.

Nothing of the SDK is touched: it is given a proxy and trusts the local CA, as a platform would.
"""

import json
import subprocess
import sys

import httpx
import pytest

from mock_upstreams.catalogue import dialects
from tests.conformance.sdk_env import environment, run_script

SCRIPT = """
import json, sys
from wechatpayv3 import WeChatPay, WeChatPayType
given = json.load(sys.stdin)
keys = given["keys"]
public = {"public_key": keys["public_key"], "public_key_id": keys["public_key_id"]}
pay = WeChatPay(
    wechatpay_type=WeChatPayType.NATIVE, mchid=keys["mchid"], private_key=keys["private_key"],
    cert_serial_no=keys["serial_no"], apiv3_key=keys["apiv3_key"], appid=keys["appid"],
    notify_url="http://127.0.0.1:9/notify", cert_dir=given["certs"],
    proxy={"https": given["proxy"]}, **(public if given["public_key_mode"] else {}),
)
made = pay.pay(description="VIP", out_trade_no="T000001", amount={"total": 1990})
seen = pay.query(out_trade_no="T000001")
closed = pay.close(out_trade_no="T000001")
gone = pay.query(out_trade_no="T000001")
missing = pay.query(out_trade_no="T000002")
print(json.dumps([made, seen, closed, gone, missing], default=bytes.decode))
"""


@pytest.fixture(scope="module")
def mocks(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("ca"))
    command = [sys.executable, "-m", "mock_upstreams", "--serve", "wechat_pay", "--ca", folder]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line == "}\n":
                break
        yield json.loads("".join(lines))
        process.terminate()


@pytest.mark.parametrize("public_key_mode", [False, True], ids=["certificates", "public_key"])
def test_the_sdk_with_its_host_built_in_creates_queries_and_closes(
    mocks, tmp_path, public_key_mode
):
    python = environment("wechatpayv3", ["wechatpayv3==2.0.4"])
    given = {
        "keys": mocks["upstreams"]["wechat_pay"],
        "proxy": mocks["doors"]["proxy"],
        "certs": str(tmp_path),
        "public_key_mode": public_key_mode,
    }
    trust = {"REQUESTS_CA_BUNDLE": mocks["doors"]["ca"]}
    script = SCRIPT.replace("T000001", "T000001P") if public_key_mode else SCRIPT
    told = run_script(python, script, given, variables=trust)
    statuses = [status for status, _ in told]
    bodies = [json.loads(text) if text else {} for _, text in told]
    assert statuses == [200, 200, 204, 200, 404]
    assert bodies[0]["code_url"].startswith("weixin://")
    assert [bodies[1]["trade_state"], bodies[3]["trade_state"]] == ["NOTPAY", "CLOSED"]
    assert bool(list(tmp_path.iterdir())) is not public_key_mode, "certificates are downloaded"


def test_without_trust_in_the_ca_there_is_no_answer(mocks):
    host = dialects()["wechat_pay"].hosts[0]
    with (
        httpx.Client(proxy=mocks["doors"]["proxy"], trust_env=False) as http,
        pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        http.get(f"https://{host}/v3/certificates")
