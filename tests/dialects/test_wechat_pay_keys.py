"""微信支付 v3: which key signs what and when, how strict it is, and in which words it refuses."""

import itertools

import pytest
from cryptography import x509
from dialect_desk import Desk
from hypothesis import given
from hypothesis import strategies as st
from independent_clients import WechatMerchant, as_request

from harness.core.clock import now_ns
from harness.core.delivery import Signature
from harness.core.errors import UsageError
from mock_upstreams.dialect import Answer, Ask, Outgoing
from mock_upstreams.gateways._wechat_reader import reachable
from mock_upstreams.gateways.wechat_pay import WechatPay
from mock_upstreams.records import Reason

NATIVE = "/v3/pay/transactions/native"
DIALECT = WechatPay({}, {})


def create(desk, merchant, number=1, **changed):
    order = merchant.order(out_trade_no=f"T{number:08d}", **changed)
    return desk.asked(merchant.asks("POST", NATIVE, order))


def certificates(desk, merchant):
    """Fetch the platform's certificates, and trust them from now on."""
    reply = desk.asked(merchant.asks("GET", "/v3/certificates"))
    for one in reply.json["data"]:
        pem = merchant.opened(one["encrypt_certificate"])
        merchant.platform[one["serial_no"]] = x509.load_pem_x509_certificate(pem).public_key()
    assert merchant.trusts(reply.headers, reply.body)
    return [one["serial_no"] for one in reply.json["data"]]


# Rotation


@pytest.mark.parametrize("announced", [False, True])
def test_the_next_certificate_is_listed_beside_the_old_one_once_it_is_announced(announced):
    dialect = WechatPay({}, {})
    dialect.rotating = lambda: announced
    merchant = WechatMerchant(dialect.credentials(), certified=True)
    serials = certificates(Desk(dialect), merchant)
    following = dialect.successor.credentials()["platform_serial"]
    assert serials == [dialect.credentials()["platform_serial"], *[following] * announced]


def test_who_does_not_fetch_the_next_certificate_trusts_nothing_that_it_signs():
    dialect = WechatPay({}, {})
    dialect.rotating = lambda: True
    merchant = WechatMerchant(dialect.credentials(), certified=True)
    reply = create(Desk(dialect.successor), merchant)
    assert not merchant.trusts(reply.headers, reply.body)
    certificates(Desk(dialect), merchant)
    assert merchant.trusts(reply.headers, reply.body)


def test_the_public_key_stays_when_certificates_change():
    dialect = WechatPay({}, {})
    reply = create(Desk(dialect.successor), merchant := WechatMerchant(dialect.credentials()))
    assert merchant.trusts(reply.headers, reply.body)
    assert reply.headers["Wechatpay-Serial"] == dialect.credentials()["public_key_id"]


@pytest.mark.parametrize(("wanted", "status"), [("RSA", 200), ("ALL", 200), ("SM2", 404)])
def test_certificates_of_an_algorithm(wanted, status):
    merchant = WechatMerchant(DIALECT.credentials())
    target = f"/v3/certificates?algorithm_type={wanted}"
    assert Desk(DIALECT).asked(merchant.asks("GET", target)).status == status


def test_a_migration_signs_a_share_of_notifications_with_the_public_key():
    dialect = WechatPay({"notify_key": "50%"}, {})
    desk, merchant = Desk(dialect), WechatMerchant(dialect.credentials(), certified=True)
    serials = []
    for number in range(40):
        trade = desk.pay(create(desk, merchant, number).json["code_url"])
        notice = desk.notice("pay", trade=trade)
        both = [desk.notified(notice, attempt=attempt) for attempt in (1, 2)]
        assert all(merchant.told(outgoing) for outgoing in both)
        first, second = (dict(outgoing.headers)["Wechatpay-Serial"] for outgoing in both)
        assert first == second
        serials.append(first.startswith("PUB_KEY_ID_"))
    assert 8 < sum(serials) < 32


# Signatures


def test_a_probe_has_the_form_of_a_signature_and_fits_nothing():
    merchant = WechatMerchant(DIALECT.credentials())
    request = merchant.asks("GET", "/v3/nowhere")
    real, probe = (
        DIALECT.seal(request, Answer(b"{}", signature=signature))
        for signature in (Signature.VALID, Signature.PROBE)
    )
    signatures = [dict(answer.headers)["Wechatpay-Signature"] for answer in (real, probe)]
    assert signatures[1].startswith("WECHATPAY/SIGNTEST/")
    assert len(signatures[0]) == len(signatures[1]) == 344
    assert merchant.trusts(real.headers, b"{}")
    assert not merchant.trusts(probe.headers, b"{}")


def paid_notification():
    desk, merchant = Desk(DIALECT), WechatMerchant(DIALECT.credentials())
    trade = desk.pay(create(desk, merchant).json["code_url"])
    return merchant, desk.notified(desk.notice("pay", trade=trade))


MERCHANT, TOLD = paid_notification()


@given(st.data())
def test_one_flipped_bit_of_a_notification_is_refused(data):
    at_byte, bit = data.draw(st.integers(0, len(TOLD.body) - 1)), data.draw(st.integers(0, 7))
    body = bytearray(TOLD.body)
    body[at_byte] ^= 1 << bit
    assert MERCHANT.told(Outgoing(TOLD.method, TOLD.url, bytes(body), TOLD.headers)) is None
    assert MERCHANT.told(TOLD) is not None


# Strictness


@pytest.mark.parametrize(
    ("url", "strict"),
    [
        ("https://shop.example.com/notify", True),
        ("https://8.8.8.8/notify", True),
        ("http://shop.example.com/notify", False),
        ("https://127.0.0.1/notify", False),
        ("https://192.168.1.9/notify", False),
        ("https://localhost/notify", False),
        ("https://shop/notify", False),
        ("https://shop.local/notify", False),
    ],
)
def test_notify_urls_are_looked_at_where_the_settings_say_so(url, strict):
    assert reachable(url) is strict
    looking = WechatPay({"notify_url_check": "on"}, {})
    merchant = WechatMerchant(looking.credentials())
    assert (create(Desk(looking), merchant, notify_url=url).status == 200) is strict
    assert create(Desk(DIALECT), merchant, notify_url=url).status == 200


@pytest.mark.parametrize(
    "settings",
    [
        {"notify_key": "some"},
        {"notify_url_check": "maybe"},
        {"abnormal_refunds": "many"},
        {"spelling": "v4"},
        {"fee": "0.6%"},
        {"bills_at": "noon"},
    ],
)
def test_a_setting_that_means_nothing_is_refused(settings):
    with pytest.raises(UsageError, match=next(iter(settings))):
        WechatPay(settings, {})


# Words

PUBLISHED = {
    "TRADE_ERROR": 403,
    "SYSTEM_ERROR": 500,
    "SIGN_ERROR": 401,
    "RULE_LIMIT": 403,
    "PARAM_ERROR": 400,
    "OUT_TRADE_NO_USED": 403,
    "ORDER_NOT_EXIST": 404,
    "ORDER_CLOSED": 400,
    "ORDER_PAID": 400,
    "OPENID_MISMATCH": 500,
    "NO_AUTH": 403,
    "MCH_NOT_EXISTS": 400,
    "INVALID_TRANSACTIONID": 500,
    "INVALID_REQUEST": 400,
    "FREQUENCY_LIMITED": 429,
    "RATELIMIT_EXCEEDED": 429,
    "BANK_ERROR": 500,
    "APPID_MCHID_NOT_MATCH": 400,
    "ACCOUNT_ERROR": 403,
    "NOT_ENOUGH": 403,
    "NOTENOUGH": 403,
    "USER_ACCOUNT_ABNORMAL": 403,
    "RESOURCE_NOT_EXISTS": 404,
    "NO_STATEMENT_EXIST": 400,
    "STATEMENT_CREATING": 400,
    "ACCEPTED": 202,
}


@pytest.mark.parametrize(("code", "status"), PUBLISHED.items())
def test_every_published_error_can_be_said(code, status):
    answer = DIALECT.refuse(Ask(op="create"), code)
    assert answer.status == status
    assert f'"code":"{code}"'.encode() in answer.body


def test_the_old_spelling_is_a_setting():
    old = WechatPay({"spelling": "v2"}, {})
    said = [d.refuse(None, Reason.ALREADY_PAID).body for d in (DIALECT, old)]
    assert b'"ORDER_PAID"' in said[0]
    assert b'"ORDERPAID"' in said[1]


def test_ladder_and_patience_are_the_published_ones():
    gaps_s = [gap / 1_000 for gap in DIALECT.ladder("pay")]
    assert gaps_s == [15, 15, 30, 180, 600, 1200, *[1800] * 3, 3600, *[10800] * 3, *[21600] * 2]
    assert DIALECT.ladder("refund") == DIALECT.ladder("pay") != DIALECT.ladder("complain")
    assert DIALECT.ack_wait_ms == 5_000


def test_an_order_that_nobody_pays_is_closed_after_seven_days():
    assert WechatPay.expires_ms == 7 * 86_400_000
    assert b'"code":"ORDER_CLOSED"' in DIALECT.refuse(None, Reason.EXPIRED).body
    said = dict(DIALECT.refuse(None, Reason.EXPIRED).headers)["Request-ID"]
    assert said.endswith("-268447914")


def test_numbers_have_their_day_and_never_repeat():
    day_ns = now_ns()
    numbers = [
        DIALECT.number(kind, n, day_ns)
        for kind, n in itertools.product(("trade", "refund"), range(9))
    ]
    assert len(set(numbers)) == 18
    assert {len(number) for number in numbers} == {28, 29}


# Robustness

ROUTES = [
    NATIVE,
    "/v3/pay/transactions/h5",
    "/v3/pay/transactions/out-trade-no/T1",
    "/v3/pay/transactions/out-trade-no/T1/close",
    "/v3/pay/transactions/id/4200",
    "/v3/refund/domestic/refunds",
    "/v3/refund/domestic/refunds/R1",
    "/v3/refund/domestic/refunds/R1/apply-abnormal-refund",
    "/v3/certificates",
    "/v3/bill/tradebill",
    "/v3/bill/fundflowbill",
    "/v3/billdownload/file",
    "/v3/merchant-service/complaints-v2",
    "/v3/merchant-service/complaints-v2/2000",
    "/v3/merchant-service/complaints-v2/2000/negotiation-historys",
    "/v3/merchant-service/complaints-v2/2000/response",
    "/v3/merchant-service/complaints-v2/2000/update-refund-progress",
    "/v3/merchant-service/complaint-notifications",
]
NAMES = st.sampled_from(
    ["appid", "mchid", "amount", "total", "refund", "url", "action", "out_refund_no", "x"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)
QUERY = st.lists(
    st.tuples(
        st.sampled_from(
            ["bill_date", "token", "limit", "offset", "begin_date", "mchid", "tar_type"]
        ),
        st.sampled_from(["", "2025-01-01", "9" * 30, "²", "AAAA", "%FF", "GZIP", "-1", "１"]),
    ),
    max_size=4,
).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs))


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    path=st.sampled_from(ROUTES),
    query=QUERY,
    body=JSON,
)
def test_whatever_a_merchant_signs_is_understood_or_refused(method, path, query, body):
    target = f"{path}?{query}"
    asked = DIALECT.read(MERCHANT.asks(method, target, body))
    assert isinstance(asked, (Ask, Answer))
    if isinstance(asked, Answer):
        assert asked.status < 500


@pytest.mark.parametrize(
    ("host", "base"),
    [("api.mch.weixin.qq.com", "https://api.mch.weixin.qq.com"), ("127.0.0.1:8", "http://there")],
)
def test_a_bill_is_fetched_where_it_was_asked_for(host, base):
    dialect = WechatPay({}, {})
    dialect.base_url = "http://there"
    merchant = WechatMerchant(dialect.credentials())
    asked = merchant.asks("GET", "/v3/bill/tradebill?bill_date=2026-01-01")
    headers = asked.headers | {"host": host}
    ask = dialect.read(as_request("GET", asked.target, headers))
    assert ask.extra["at"] == base
