"""微信支付 v3, seen by a merchant that was written from the protocol's facts."""

import json

import pytest
from dialect_desk import Desk
from hypothesis import given
from hypothesis import strategies as st
from independent_clients import WechatMerchant, as_request

from harness.core.clock import now_ns
from harness.core.errors import UsageError
from mock_upstreams.dialect import Answer, Ask
from mock_upstreams.gateways import _wechat_views as views
from mock_upstreams.gateways.wechat_pay import WechatPay

DIALECT = WechatPay({}, {})
NATIVE = "/v3/pay/transactions/native"
REFUNDS = "/v3/refund/domestic/refunds"
BY_NUMBER = "/v3/pay/transactions/out-trade-no/T2025010100001"


@pytest.fixture
def desk():
    return Desk(DIALECT)


@pytest.fixture(params=["public key", "certificate"])
def merchant(request):
    return WechatMerchant(DIALECT.credentials(), certified=request.param == "certificate")


@pytest.fixture
def buyer():
    return WechatMerchant(DIALECT.credentials())


def create(desk, merchant, way="native", **changed):
    target = f"/v3/pay/transactions/{way}"
    return desk.asked(merchant.asks("POST", target, merchant.order(**changed)))


def query(desk, merchant, path=BY_NUMBER):
    return desk.asked(merchant.asks("GET", f"{path}?mchid={merchant.mchid}"))


def refunding(**changed):
    body = {
        "out_trade_no": "T2025010100001",
        "out_refund_no": "R1",
        "amount": {"refund": 500, "total": 1990, "currency": "CNY"},
        "notify_url": "http://127.0.0.1:9/refunded",
    }
    return body | changed


def test_a_native_order_from_create_to_refund(desk, merchant):
    reply = create(desk, merchant, attach="13812345678")
    assert reply.status == 200
    assert merchant.trusts(reply.headers, reply.body)
    asked = "platform_serial" if merchant.certified else "public_key_id"
    assert reply.headers["Wechatpay-Serial"] == DIALECT.credentials()[asked]
    assert reply.headers["Request-ID"].startswith("08")
    assert reply.headers["Request-ID"].endswith("-0")
    code_url = reply.json["code_url"]
    assert code_url.startswith("weixin://wxpay/bizpayurl?pr=")

    unpaid = query(desk, merchant).json
    assert unpaid["trade_state"] == "NOTPAY"
    assert not {"transaction_id", "success_time", "payer"} & unpaid.keys()

    trade = desk.pay(code_url)
    told = query(desk, merchant)
    assert merchant.trusts(told.headers, told.body)
    paid = told.json
    assert paid["trade_state"] == "SUCCESS"
    assert paid["trade_type"] == "NATIVE"
    assert paid["attach"] == "13812345678"
    assert paid["amount"]["total"] == paid["amount"]["payer_total"] == 1990
    assert paid["success_time"].endswith("+08:00")
    assert paid["mchid"] == merchant.mchid
    by_id = query(desk, merchant, f"/v3/pay/transactions/id/{paid['transaction_id']}")
    assert by_id.json == paid

    refund = desk.asked(merchant.asks("POST", REFUNDS, refunding()))
    assert refund.status == 200
    assert refund.json["status"] == "PROCESSING"
    assert refund.json["amount"]["refund"] == 500
    assert refund.json["amount"]["total"] == 1990
    assert refund.json["transaction_id"] == paid["transaction_id"]
    desk.book.settle(trade.refunds["R1"], now_ns())
    later = desk.asked(merchant.asks("GET", f"{REFUNDS}/R1"))
    assert later.json["status"] == "SUCCESS"
    assert later.json["refund_id"] == refund.json["refund_id"]
    assert query(desk, merchant).json["trade_state"] == "REFUND"


def test_close_answers_204_signed_and_may_be_repeated(desk, merchant):
    create(desk, merchant)
    body = {"mchid": merchant.mchid}
    for _ in range(2):
        reply = desk.asked(merchant.asks("POST", f"{BY_NUMBER}/close", body))
        assert (reply.status, reply.body) == (204, b"")
        assert merchant.trusts(reply.headers, b"")
    assert query(desk, merchant).json["trade_state"] == "CLOSED"
    assert create(desk, merchant).json["code"] == "ORDER_CLOSED"


def test_a_paid_order_is_neither_closed_nor_created_again(desk, buyer):
    desk.pay(create(desk, buyer).json["code_url"])
    closed = desk.asked(buyer.asks("POST", f"{BY_NUMBER}/close", {"mchid": buyer.mchid}))
    assert (closed.status, closed.json["code"]) == (400, "ORDER_PAID")
    again = create(desk, buyer)
    assert (again.status, again.json["code"]) == (400, "ORDER_PAID")
    assert again.headers["Request-ID"].endswith("-268449538")


def test_the_same_number_again(desk, buyer):
    first = create(desk, buyer)
    assert create(desk, buyer).json == first.json
    changed = create(desk, buyer, amount={"total": 1, "currency": "CNY"})
    assert (changed.status, changed.json["code"]) == (400, "INVALID_REQUEST")
    assert changed.headers["Request-ID"].endswith("-268498688")
    assert create(desk, buyer, way="app").json["code"] == "INVALID_REQUEST"
    tagged = create(desk, buyer, goods_tag="WXG", settle_info={"profit_sharing": True})
    assert tagged.json["code"] == "INVALID_REQUEST"


def test_a_second_number_is_another_trade(desk, buyer):
    first = create(desk, buyer).json["code_url"]
    second = create(desk, buyer, out_trade_no="T2025010100002").json["code_url"]
    assert DIALECT.trade_of(first) != DIALECT.trade_of(second)
    assert DIALECT.trade_of("weixin://wxpay/bizpayurl?pr=short") is None
    assert DIALECT.trade_of("http://127.0.0.1/pay/1") is None


@pytest.mark.parametrize(
    ("way", "extra", "key"),
    [
        ("jsapi", {"payer": {"openid": "oAbc"}}, "prepay_id"),
        ("app", {}, "prepay_id"),
        (
            "h5",
            {"scene_info": {"payer_client_ip": "127.0.0.1", "h5_info": {"type": "Wap"}}},
            "h5_url",
        ),
    ],
)
def test_the_other_ways_to_pay(desk, buyer, way, extra, key):
    link = create(desk, buyer, way, **extra).json[key]
    desk.pay(link if key == "h5_url" else f"prepay_id={link}")
    told = query(desk, buyer).json
    assert told["trade_type"] == {"jsapi": "JSAPI", "app": "APP", "h5": "MWEB"}[way]
    if way == "jsapi":
        assert told["payer"]["openid"] == "oAbc"


def test_what_is_not_there(desk, buyer):
    missing = query(desk, buyer)
    assert (missing.status, missing.json["code"]) == (404, "ORDER_NOT_EXIST")
    assert missing.headers["Request-ID"].endswith("-268512771")
    refund = desk.asked(buyer.asks("GET", f"{REFUNDS}/R9"))
    assert (refund.status, refund.json["code"]) == (404, "RESOURCE_NOT_EXISTS")
    unknown = desk.asked(buyer.asks("GET", "/v3/nowhere"))
    assert unknown.status == 404
    assert buyer.trusts(unknown.headers, unknown.body)
    create(desk, buyer)
    ref = desk.book.find("T2025010100001").ref
    unpaid = query(desk, buyer, f"/v3/pay/transactions/id/{ref}")
    assert unpaid.json["code"] == "ORDER_NOT_EXIST"


def test_refunds_never_exceed_the_payment_and_repeat_by_number(desk, buyer):
    create(desk, buyer)
    unpaid = desk.asked(buyer.asks("POST", REFUNDS, refunding()))
    assert unpaid.json["code"] == "INVALID_REQUEST"
    desk.pay(desk.dialect._links(desk.book.find("T2025010100001"))["code_url"])
    first = desk.asked(buyer.asks("POST", REFUNDS, refunding()))
    assert desk.asked(buyer.asks("POST", REFUNDS, refunding())).json == first.json
    other = refunding(amount={"refund": 501, "total": 1990, "currency": "CNY"})
    assert desk.asked(buyer.asks("POST", REFUNDS, other)).json["code"] == "INVALID_REQUEST"
    rest = {"out_refund_no": "R2", "amount": {"refund": 1491, "total": 1990, "currency": "CNY"}}
    too_much = desk.asked(buyer.asks("POST", REFUNDS, refunding(**rest)))
    assert too_much.json["code"] == "INVALID_REQUEST"
    assert too_much.headers["Request-ID"].endswith("-1"), "whose digits are not known"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"description": "x" * 128}, "/description"),
        ({"description": "四字节🎁"}, "/description"),
        ({"out_trade_no": "short"}, "/out_trade_no"),
        ({"out_trade_no": "空格 不可以用"}, "/out_trade_no"),
        ({"notify_url": "http://127.0.0.1:9/n?a=1"}, "/notify_url"),
        ({"notify_url": None}, "/notify_url"),
        ({"amount": {"total": 0}}, "/amount/total"),
        ({"amount": {"total": "1990"}}, "/amount/total"),
        ({"amount": {"total": 19.9}}, "/amount/total"),
        ({"amount": {"total": 1990, "currency": "XYZ"}}, "/amount/currency"),
        ({"amount": {}}, "/amount/total"),
        ({"time_expire": "2020-01-01T00:00:00+08:00"}, "/time_expire"),
        ({"time_expire": "2020-13-01T00:00:00+08:00"}, "/time_expire"),
        ({"time_expire": "tomorrow"}, "/time_expire"),
        ({"mchid": "1900000002"}, "/mchid"),
        ({"out_trade_no": "T" * 33}, "/out_trade_no"),
        ({"attach": "x" * 129}, "/attach"),
        ({"notify_url": "http://127.0.0.1:9/" + "n" * 240}, "/notify_url"),
        ({"goods_tag": "x" * 33}, "/goods_tag"),
        ({"support_fapiao": "true"}, "/support_fapiao"),
        ({"settle_info": {"profit_sharing": "Y"}}, "/settle_info/profit_sharing"),
        ({"detail": {"cost_price": -1}}, "/detail/cost_price"),
        ({"scene_info": {"payer_client_ip": ""}}, "/scene_info/payer_client_ip"),
    ],
)
def test_a_wrong_field_is_named(desk, buyer, changed, field):
    reply = create(desk, buyer, **changed)
    assert (reply.status, reply.json["code"]) == (400, "PARAM_ERROR")
    assert reply.json["detail"]["field"] == field
    assert reply.json["detail"]["location"] == "body"
    assert reply.json["detail"]["issue"]
    assert desk.book.trades == {}


def test_the_wrong_value_is_repeated(desk, buyer):
    reply = create(desk, buyer, amount={"total": 1990, "currency": "XYZ"})
    assert reply.json["detail"]["value"] == "XYZ"


@pytest.mark.parametrize("way", ["jsapi", "h5"])
def test_what_a_way_to_pay_needs(desk, buyer, way):
    assert create(desk, buyer, way).json["code"] == "PARAM_ERROR"


BODIES = [b"", b"{", b"[]", b"\xff", b"null", b'{"amount":1}', b'{"appid":1,"x":"\xff"}']
BODIES += [b'{"appid":' + b"[" * 5_000, b'{"attach":"\\ud800"}']


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_body_that_is_no_form(desk, buyer, body):
    reply = desk.asked(buyer.signed("POST", NATIVE, body))
    assert (reply.status, reply.json["code"]) == (400, "PARAM_ERROR")


def test_time_expire_is_wall_time(desk, buyer):
    create(desk, buyer, time_expire="2099-01-01T00:00:00+08:00")
    trade = desk.book.find("T2025010100001")
    assert views.rfc3339(trade.expires_ns // 10**9) == "2099-01-01T00:00:00+08:00"


def test_every_optional_field_is_taken_at_its_longest(desk, buyer):
    most = {
        "description": "月" * 127,
        "attach": "附" * 128,
        "out_trade_no": "T" * 32,
        "goods_tag": "x" * 32,
        "support_fapiao": True,
        "detail": {"cost_price": 1990, "invoice_id": "I1", "goods_detail": [{"quantity": 1}]},
        "scene_info": {"payer_client_ip": "::1", "device_id": "POS1", "store_info": {"id": "1"}},
        "settle_info": {"profit_sharing": False},
        "limit_pay": ["no_credit"],
    }
    assert create(desk, buyer, **most).status == 200


def test_another_appid_does_not_match(desk, buyer):
    assert create(desk, buyer, appid="wx9").json["code"] == "APPID_MCHID_NOT_MATCH"


def test_a_query_names_its_merchant(desk, buyer):
    create(desk, buyer)
    nobody = desk.asked(buyer.asks("GET", BY_NUMBER))
    assert nobody.json["detail"] == {
        "field": "mchid",
        "issue": "必填项缺失",
        "value": "",
        "location": "query",
    }
    other = desk.asked(buyer.asks("GET", f"{BY_NUMBER}?mchid=1"))
    assert other.json["code"] == "PARAM_ERROR"
    extended = desk.asked(buyer.asks("GET", f"{BY_NUMBER}?x=%20&mchid={buyer.mchid}"))
    assert extended.status == 200


# Signatures


def test_sign_error_repeats_what_should_have_been_signed(desk, buyer):
    good = buyer.asks("POST", NATIVE, buyer.order())
    bad = as_request("POST", NATIVE, good.headers, good.body + b" ")
    reply = desk.asked(bad)
    assert (reply.status, reply.json["code"]) == (401, "SIGN_ERROR")
    assert reply.json["message"] == "错误的签名，验签失败"
    detail = reply.json["detail"]
    assert detail["detail"] == {"issue": "sign not match"}
    assert (detail["field"], detail["location"]) == ("signature", "authorization")
    told = detail["sign_information"]
    assert (told["method"], told["url"]) == ("POST", NATIVE)
    assert told["truncated_sign_message"].startswith(f"POST\n{NATIVE}\n")
    assert told["truncated_sign_message"].endswith('{"appid"\n')
    assert reply.headers["Request-ID"].endswith("-268443699")


@pytest.mark.parametrize(
    ("changed", "code", "message"),
    [
        ({"serial_no": "ABC"}, "SIGN_ERROR", "商户证书序列号有误"),
        ({"timestamp": "soon"}, "SIGN_ERROR", "Http头Authorization值格式错误"),
        ({"mchid": "1900000002"}, "MCH_NOT_EXISTS", "商户号不存在"),
        ({"nonce_str": "other"}, "SIGN_ERROR", "错误的签名，验签失败"),
        ({"signature": "!"}, "SIGN_ERROR", "错误的签名，验签失败"),
    ],
)
def test_a_wrong_authorization(desk, buyer, changed, code, message):
    reply = desk.asked(buyer.signed("GET", f"{BY_NUMBER}?mchid={buyer.mchid}", **changed))
    assert (reply.json["code"], reply.json["message"]) == (code, message)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "Http头Authorization值格式错误"),
        ("Bearer x", "Http头Authorization认证类型不正确"),
        ('WECHATPAY2-SHA256-RSA2048 mchid="1900000001"', "Http头Authorization值格式错误"),
    ],
)
def test_an_authorization_of_another_kind(desk, value, message):
    reply = desk.asked(as_request("GET", BY_NUMBER, {"Authorization": value}))
    assert (reply.status, reply.json["message"]) == (401, message)


@pytest.mark.parametrize(("late_s", "status"), [(-330, 401), (330, 401), (-270, 404), (270, 404)])
def test_a_request_is_five_minutes_fresh(desk, buyer, late_s, status):
    target = f"{BY_NUMBER}?mchid={buyer.mchid}"
    stamp = now_ns() // 10**9 + late_s
    assert desk.asked(buyer.signed("GET", target, timestamp=stamp)).status == status


def test_the_order_of_authorization_fields_is_free(desk, buyer):
    request = buyer.asks("GET", f"{BY_NUMBER}?mchid={buyer.mchid}")
    kind, _, fields = request.headers["authorization"].partition(" ")
    turned = ", ".join(reversed(fields.split(",")))
    headers = request.headers | {"authorization": f"{kind} {turned}"}
    assert desk.asked(as_request("GET", request.target, headers)).status == 404


def test_the_front_door_wants_its_headers(desk, buyer):
    request = buyer.asks("POST", NATIVE, buyer.order())
    for name in ("accept", "user-agent", "content-type"):
        headers = {k: v for k, v in request.headers.items() if k != name}
        reply = desk.asked(as_request("POST", NATIVE, headers, request.body))
        assert reply.json["code"] == "PARAM_ERROR", name


@given(st.data())
def test_one_flipped_bit_of_a_body_is_refused(data):
    buyer = WechatMerchant(DIALECT.credentials())
    request = buyer.asks("POST", NATIVE, buyer.order())
    at, bit = data.draw(st.integers(0, len(request.body) - 1)), data.draw(st.integers(0, 7))
    body = bytearray(request.body)
    body[at] ^= 1 << bit
    answer = DIALECT.read(as_request("POST", NATIVE, request.headers, bytes(body)))
    assert isinstance(answer, Answer)
    assert answer.status == 401


@given(st.integers(0, 200), st.sampled_from("!A0/"))
def test_a_changed_target_is_refused(at, character):
    buyer = WechatMerchant(DIALECT.credentials())
    request = buyer.asks("GET", f"{BY_NUMBER}?mchid={buyer.mchid}")
    at = len(BY_NUMBER) + at % (len(request.target) - len(BY_NUMBER) + 1)
    target = request.target[:at] + character + request.target[at:]
    answer = DIALECT.read(as_request("GET", target, request.headers))
    assert isinstance(answer, Answer)
    assert answer.status in (401, 404)


TEXT = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=40)


@given(
    description=TEXT.filter(bool),
    attach=TEXT,
    total=st.integers(1, 10**10),
    number=st.from_regex(r"[0-9A-Za-z_\-|*]{6,32}", fullmatch=True),
    unknown=st.dictionaries(st.from_regex(r"x_[a-z]{1,8}", fullmatch=True), TEXT, max_size=3),
)
def test_what_is_asked_is_understood(description, attach, total, number, unknown):
    buyer = WechatMerchant(DIALECT.credentials())
    order = buyer.order(
        description=description,
        attach=attach,
        out_trade_no=number,
        amount={"total": total, "currency": "CNY", **unknown},
        **unknown,
    )
    ask = DIALECT.read(buyer.asks("POST", NATIVE, order))
    assert isinstance(ask, Ask)
    assert (ask.op, ask.order_no, ask.amount_fen) == ("create", number, total)
    assert (ask.subject, ask.attach) == (description, attach)
    assert ask.notify_url == "http://127.0.0.1:9/notify"


@given(st.integers(0, 10**18 - 1))
def test_a_pay_link_stands_for_one_trade(number):
    ref = f"4200001234{number:018d}"
    assert views.ref_of(views.token_of(ref)) == ref


@given(st.text(max_size=14))
def test_no_text_breaks_the_reading_of_pay_links(text):
    ref = DIALECT.trade_of(f"weixin://wxpay/bizpayurl?pr={text}")
    assert ref is None or views.token_of(ref) == text[:11]


# Certificates


def test_the_certificate_opens_with_the_apiv3_key_and_signs_its_own_answer(desk):
    merchant = WechatMerchant(DIALECT.credentials(), certified=True)
    reply = desk.asked(merchant.asks("GET", "/v3/certificates"))
    served = reply.json["data"][0]
    assert merchant.trusts(reply.headers, reply.body)
    assert reply.headers["Wechatpay-Serial"] == served["serial_no"]
    credentials = DIALECT.credentials()
    opened = merchant.opened(served["encrypt_certificate"]).decode()
    assert opened == credentials["platform_certificate"]
    assert served["effective_time"] < views.rfc3339(now_ns() // 10**9) < served["expire_time"]


def test_serials_are_forty_hex_digits_without_a_leading_zero():
    credentials = DIALECT.credentials()
    for serial in (credentials["platform_serial"], credentials["serial_no"]):
        assert len(serial) == 40
        assert serial[0] != "0"
        assert serial == f"{int(serial, 16):X}"


# Notifications


def paid(desk, buyer):
    return desk.pay(create(desk, buyer, attach="A").json["code_url"])


def test_a_payment_is_notified_sealed_and_signed(desk, buyer):
    trade = paid(desk, buyer)
    outgoing = desk.notified(desk.notice("pay", trade=trade))
    assert (outgoing.method, outgoing.url) == ("POST", "http://127.0.0.1:9/notify")
    event, told = buyer.told(outgoing)
    assert event["id"] == "EV-P1"
    assert event["event_type"] == "TRANSACTION.SUCCESS"
    assert event["resource_type"] == "encrypt-resource"
    assert event["resource"]["original_type"] == "transaction"
    assert told == query(desk, buyer).json


def test_a_resent_notification_has_the_same_id_and_all_else_fresh(desk, buyer):
    notice = desk.notice("pay", trade=paid(desk, buyer))
    first, second = desk.notified(notice), desk.notified(notice, attempt=2)
    one, two = json.loads(first.body), json.loads(second.body)
    assert one["id"] == two["id"]
    assert one["resource"]["nonce"] != two["resource"]["nonce"]
    assert one["resource"]["ciphertext"] != two["resource"]["ciphertext"]
    heads = dict(first.headers), dict(second.headers)
    assert heads[0]["Wechatpay-Nonce"] != heads[1]["Wechatpay-Nonce"]
    assert buyer.told(first)[1] == buyer.told(second)[1]


def test_rewritten_facts_are_told_and_validly_signed(desk, buyer):
    notice = desk.notice("pay", trade=paid(desk, buyer))
    _, told = buyer.told(desk.notified(notice, amount_fen=1, order_no="T9", mchid="1"))
    assert told["amount"]["total"] == told["amount"]["payer_total"] == 1
    assert (told["out_trade_no"], told["mchid"]) == ("T9", "1")
    event, told = buyer.told(desk.notified(notice, state="closed"))
    assert (event["event_type"], told["trade_state"]) == ("TRANSACTION.CLOSED", "CLOSED")


def test_a_refund_is_notified(desk, buyer):
    trade = paid(desk, buyer)
    answer = desk.asked(buyer.asks("POST", REFUNDS, refunding())).json
    refund = trade.refunds["R1"]
    desk.book.settle(refund, now_ns())
    event, told = buyer.told(desk.notified(desk.notice("refund", trade=trade, refund=refund)))
    assert event["event_type"] == "REFUND.SUCCESS"
    assert event["resource"]["original_type"] == "refund"
    assert told["refund_status"] == "SUCCESS"
    assert "status" not in told
    assert (told["out_refund_no"], told["refund_id"]) == ("R1", answer["refund_id"])
    assert told["amount"] == {
        "total": 1990,
        "refund": 500,
        "payer_total": 1990,
        "payer_refund": 500,
    }


def test_a_forger_knows_the_apiv3_key_and_is_betrayed_by_the_signature_alone(desk, buyer):
    create(desk, buyer)
    trade = desk.book.find("T2025010100001")
    outgoing = desk.notified(desk.notice("create", trade=trade), forged=True)
    event = json.loads(outgoing.body)
    told = json.loads(buyer.opened(event["resource"]))
    assert told["trade_state"] == "SUCCESS"
    assert told["out_trade_no"] == "T2025010100001"
    assert dict(outgoing.headers)["Wechatpay-Serial"] in buyer.platform
    assert buyer.told(outgoing) is None


@pytest.mark.parametrize(
    ("setting", "certified", "key"),
    [
        ("asked", True, "platform_serial"),
        ("asked", False, "public_key_id"),
        ("platform", False, "platform_serial"),
        ("public_key", True, "public_key_id"),
    ],
)
def test_notifications_are_signed_with_the_key_asked_for_or_set(setting, certified, key):
    dialect = WechatPay({"notify_key": setting}, {})
    credentials = dialect.credentials()
    assert credentials["public_key"] == DIALECT.credentials()["public_key"]  # once per process
    desk, merchant = Desk(dialect), WechatMerchant(credentials, certified=certified)
    trade = desk.pay(create(desk, merchant).json["code_url"])
    outgoing = desk.notified(desk.notice("pay", trade=trade))
    assert dict(outgoing.headers)["Wechatpay-Serial"] == credentials[key]
    assert merchant.told(outgoing) is not None


def test_the_ladder_is_fifteen_retries_in_a_day_and_four_minutes():
    assert len(DIALECT.ladder_ms) == 15
    assert sum(DIALECT.ladder_ms) == (24 * 60 + 4) * 60_000


# Settings


def test_keys_that_settings_bring_are_used():
    told = DIALECT.credentials()
    mine = WechatPay({"private_key": told["private_key"], "mchid": "1900000009"}, {})
    desk, merchant = Desk(mine), WechatMerchant(mine.credentials())
    assert merchant.mchid == "1900000009"
    assert create(desk, merchant).status == 200


@pytest.mark.parametrize(
    "settings",
    [
        {"apiv3_key": "short"},
        {"private_key": "no key"},
        {"platform_certificate": "no certificate"},
        {"notify_key": "mine"},
    ],
)
def test_a_key_that_cannot_be_used_is_refused_at_the_start(settings):
    with pytest.raises(UsageError, match=f"wechat_pay.{next(iter(settings))}"):
        WechatPay(settings, {})
