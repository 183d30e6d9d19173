"""pay-py-kit, which knows WeChat Pay's public key alone and asks for none, as a merchant without certificates.

Nothing of it is touched: it has its host built in, and is given a proxy and the CA.
"""

from pathlib import Path

import pytest

from tests.conformance.mock_process import mocks
from tests.conformance.sdk_env import environment, run_script

pytestmark = pytest.mark.smoke
KIT = Path(__file__).with_name("merchant_kit.py").read_text()

SCRIPT = """
import asyncio
from pay_kit.exceptions import SignatureError
from pay_kit.models import PaymentRequest
from pay_kit.providers.wechat.config import WechatPayConfig
from pay_kit.providers.wechat.provider import WechatPay

async def life():
    wx = WechatPay(WechatPayConfig(
        notify_url=inbox(), appid=given["appid"], mch_id=given["mchid"],
        private_key=given["private_key"], cert_serial_no=given["serial_no"],
        wechat_public_key=given["public_key"], wechat_public_key_id=given["public_key_id"],
        apiv3_key=given["apiv3_key"]))
    def order(number):
        return PaymentRequest(out_trade_no=number, total_amount=1990, subject="会员")
    native = (await wx.create_payment(order("T0000001"))).credential["code_url"]
    jsapi = (await wx.create_jsapi_payment(order("T0000002"), openid="oA")).credential["package"]
    await wx.close_payment("T0000002")
    paid = customer("pay", pay_url=native)
    headers, body = next_told()
    event = await wx.verify_callback(headers, body)
    try:
        await wx.verify_callback(headers, body.replace(b"SUCCESS", b"REFUSED", 1))
        changed = "taken"
    except SignatureError:
        changed = "refused"
    seen = await wx.query_payment("T0000001")
    return dict(native=native, jsapi=jsapi, paid=paid, changed=changed, state=seen.status.value,
                event=[event.out_trade_no, event.trade_no], query=seen.trade_no)

say(**asyncio.run(life()))
"""


def told(tmp_path, settings):
    python = environment("pay-py-kit", ["pay-py-kit==0.3.2"])
    with mocks(tmp_path, "wechat_pay", settings, ca=str(tmp_path / "ca")) as served:
        doors = served["doors"]
        variables = {"HTTPS_PROXY": doors["proxy"], "SSL_CERT_FILE": doors["ca"]}
        return run_script(python, KIT + SCRIPT, served, variables=variables)


def test_answers_and_notifications_are_signed_with_the_one_key_that_there_is(tmp_path):
    found = told(tmp_path, {"certificates": "no"})
    assert found["native"].startswith("weixin://wxpay/bizpayurl?pr=")
    assert found["jsapi"].startswith("prepay_id=wx")
    number = found["paid"]["trade_no"]
    assert (found["event"], found["query"]) == (["T0000001", number], number)
    assert (found["state"], found["changed"]) == ("paid", "refused")


def test_where_there_are_certificates_they_sign_for_who_asks_for_nothing(tmp_path):
    with pytest.raises(AssertionError, match="公钥 ID 不匹配"):
        told(tmp_path, {})
