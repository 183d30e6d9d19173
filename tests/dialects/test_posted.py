"""Forms come urlencoded or as multipart/form-data: PHP's curl sends the latter whenever it is handed an array."""

from urllib.parse import parse_qsl

import pytest
import test_dayuanren
import test_epay_pages
from alipay_client import AlipayMerchant
from dialect_desk import PRODUCTS
from epay_v2_client import EpayV2Merchant
from independent_clients import as_request
from operator_clients import JuheShop, KakayunShop, KashangwangShop
from small_clients import SharedShopBuyer

from mock_upstreams.catalogue import dialects
from mock_upstreams.dialect import Ask, Request
from mock_upstreams.posted import fields_of, php_post

URLENCODED = "application/x-www-form-urlencoded"
NOTIFY = {"notify_url": "http://127.0.0.1:9/n?a=1&b=2"}
V2_ORDER = {k: v for k, v in test_epay_pages.ORDER.items() if k != "pid"} | {"method": "web"}
ORDERS = {
    "alipay": lambda dialect: AlipayMerchant(dialect.credentials()).asks(
        "alipay.trade.precreate", {"out_trade_no": "T1", "total_amount": "1.00", "subject": "会员"}
    ),
    "epay": lambda _: as_request(
        "POST", "/mapi.php", {"Content-Type": URLENCODED}, _body(test_epay_pages.signed())
    ),
    "epay_v2": lambda dialect: EpayV2Merchant(dialect.credentials()).asks("pay/create", **V2_ORDER),
    "dayuanren": lambda _: test_dayuanren.asks("recharge", **test_dayuanren.ORDER),
    "juhe": lambda dialect: JuheShop(dialect.credentials()).orders(method="POST"),
    "kakayun": lambda dialect: KakayunShop(dialect.credentials()).asks(
        "buy", goodsid="88", buynum="1", attach='["13800138000"]', outorderno="T1"
    ),
    "kashangwang": lambda dialect: KashangwangShop(dialect.credentials()).asks(
        "buy", product_id="88", quantity="1", recharge_account="13800138000", **NOTIFY
    ),
    "shared_shop": lambda dialect: SharedShopBuyer(dialect.credentials()).asks(
        "commodity/trade", shared_code="401", num="1", request_no="T1", race="月卡", contact=""
    ),
}
SETTINGS = {"epay": {"key": test_epay_pages.KEY}, "dayuanren": test_dayuanren.KEY}


def _body(fields):
    return "&".join(test_epay_pages.urlencode({k: v}) for k, v in fields.items()).encode()


def as_multipart(request, line="------------------------d74496d66958873e"):
    """Send the same fields as PHP's curl does when it is handed an array."""
    fields = parse_qsl(request.body.decode(), keep_blank_values=True)
    parts = [
        f'--{line}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields
    ]
    kind = f"multipart/form-data; boundary={line}".encode()
    others = [(k, v) for k, v in request.raw_headers if k.lower() != b"content-type"]
    body = f"{''.join(parts)}--{line}--\r\n".encode()
    return Request(request.method, request.target, [*others, (b"Content-Type", kind)], body)


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_is_the_same_in_either_kind_of_form(name):
    dialect = dialects()[name](SETTINGS.get(name, {}), PRODUCTS)
    request = ORDERS[name](dialect)
    meant, came = dialect.read(request), dialect.read(as_multipart(request))
    assert isinstance(meant, Ask), meant
    assert came == meant


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (URLENCODED, True),
        (URLENCODED.upper(), True),
        (f"{URLENCODED}; charset=UTF-8", True),
        (f"{URLENCODED},x", True),
        ("application/json", False),
        ("text/plain", False),
        ("", False),
        (None, False),
    ],
)
def test_php_hears_only_what_is_said_to_be_a_form(kind, told):
    headers = {} if kind is None else {"content-type": kind}
    fields = {"pid": "1", "a": "2"} if told else {}
    assert php_post(as_request("POST", "/?x=1", headers, b"pid=1&a=%E4%BD%A0&a=2")) == fields
    assert php_post(as_request("PUT", "/", headers, b"pid=1")) == {}


PARTS = (
    b'--B\r\nContent-Disposition: form-data; name="pid"\r\n\r\n1\r\n'
    b"--B\r\ncontent-disposition: form-data; name=a\r\n\r\n\xe4\xbd\xa0 +%41&\r\n"
    b'--B\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n1\r\n'
    b'--B\r\nContent-Disposition: form-data; name="sku[\xe5\xae\xb9]"\r\n\r\nx\r\n'
)


@pytest.mark.parametrize("ends", [b"--B--\r\n", b"--B--", b"--B\r\n"])
@pytest.mark.parametrize(
    "kind",
    [
        "multipart/form-data; boundary=B",
        'multipart/form-data; boundary="B"',
        "MULTIPART/FORM-DATA; BOUNDARY=B",
        "multipart/form-data; charset=utf-8; boundary=B",
    ],
)
def test_parts_are_read_as_php_reads_them(kind, ends):
    request = as_request("POST", "/", {"Content-Type": kind}, PARTS + ends)
    assert php_post(request) == {"pid": "1", "a": "你 +%41&", "sku[容]": "x"}
    assert fields_of(request) == php_post(request)


@pytest.mark.parametrize(
    "body", [b"", b"B", b"--C\r\n\r\n1", b"--B--", PARTS.replace(b"--B", b"--C")]
)
def test_what_has_no_parts_has_no_fields(body):
    kind = {"Content-Type": "multipart/form-data; boundary=B"}
    assert php_post(as_request("POST", "/", kind, body)) == {}
    assert php_post(as_request("POST", "/", {"Content-Type": "multipart/form-data"}, PARTS)) == {}
