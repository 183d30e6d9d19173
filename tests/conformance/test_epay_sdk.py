"""epay-sdk as a shop of 易支付 uses it, unmodified: its base URL is the mock's."""

from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.conformance.mock_process import mocks
from tests.conformance.sdk_env import environment, run_script

pytestmark = pytest.mark.smoke
KIT = Path(__file__).with_name("merchant_kit.py").read_text()

SCRIPT = """
import warnings
from urllib.parse import parse_qsl
from epay_sdk.client import EPayClient
from epay_sdk.config import EPayConfig
from epay_sdk.exceptions import EPaySignError
from epay_sdk.models import CreateOrderRequest, QueryOrderRequest

warnings.simplefilter("ignore")  # it wants https
Inbox.answers.put((200, b"success"))
client = EPayClient(EPayConfig(pid=given["pid"], key=given["key"], base_url=given["url"] + "/"))
order = CreateOrderRequest(
    out_trade_no="E1", name="视频会员 & 月卡", money="19.9", pay_type="alipay", param="13812345678",
    notify_url=inbox(), return_url="http://127.0.0.1:9/back",
)
page, link = client.create_order(order), client.create_order_url(order)
paid = customer("pay", pay_url=link)
_, query = next_told()
told = dict(parse_qsl(query.decode(), keep_blank_values=True))
checked = client.verify_callback(told)
try:
    client.verify_callback(told | {"money": "0.01"})
    changed = "taken"
except EPaySignError:
    changed = "refused"
query = client.query_order(QueryOrderRequest(out_trade_no="E1"))
say(page=page, link=link, paid=paid, query=query, changed=changed,
    told=[checked.out_trade_no, checked.trade_no, checked.money, checked.name, checked.attach])
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    python = environment("epay-sdk", ["epay-sdk==0.4.1"])
    with mocks(tmp_path_factory.mktemp("epay"), "epay") as served:
        return run_script(python, KIT + SCRIPT, served)


def test_the_page_and_the_link_are_of_one_trade(found):
    assert f"/pay/{found['paid']['trade_no']}" in found["page"]
    fields = dict(parse_qsl(urlsplit(found["link"]).query))
    assert (fields["money"], fields["name"]) == ("19.90", "视频会员 & 月卡")


def test_the_notification_is_verified_and_a_changed_one_is_not(found):
    number = found["paid"]["trade_no"]
    assert found["told"] == ["E1", number, "19.90", "视频会员 & 月卡", "13812345678"]
    assert found["changed"] == "refused"


def test_a_query_that_is_signed_instead_of_having_the_key_is_refused_as_by_the_real_one(found):
    """Every api.php that is known compares the key: EP-20 and EP-N, read 2026-12-01."""
    assert found["query"] == {"code": -2, "msg": "KEY校验失败"}
