"""微信支付 V2, seen by a merchant that was written from the protocol's facts."""

import json

import pytest
from dialect_desk import Desk
from hypothesis import given
from hypothesis import strategies as st
from independent_clients import as_request
from wechat_v2_client import WechatV2Merchant, fields_of

from harness.core.clock import now_ns
from harness.core.delivery import Signature
from harness.core.errors import UsageError
from mock_upstreams.dialect import Answer, Ask
from mock_upstreams.gateways import _wechat_v2_xml as paper
from mock_upstreams.gateways.wechat_pay import WechatPay
from mock_upstreams.gateways.wechat_pay_v2 import WechatPayV2

DIALECT = WechatPayV2({}, {})
CREATE, QUERY, REFUND = "/pay/unifiedorder", "/pay/orderquery", "/secapi/pay/refund"
NUMBER = {"out_trade_no": "T2025010100001"}


@pytest.fixture
def desk():
    return Desk(DIALECT)


@pytest.fixture(params=["MD5", "HMAC-SHA256"])
def merchant(request):
    return WechatV2Merchant(DIALECT.credentials(), request.param)


@pytest.fixture
def buyer():
    return WechatV2Merchant(DIALECT.credentials())


def asked(desk, merchant, path, **fields):
    return fields_of(desk.asked(merchant.asks(path, **fields)).body)


def create(desk, merchant, **changed):
    return asked(desk, merchant, CREATE, **merchant.order(**changed))


def refunding(**changed):
    return NUMBER | {"out_refund_no": "R1", "total_fee": "1990", "refund_fee": "500"} | changed


def test_the_published_vector():
    fields = {"appid": "wx0000000000000001", "mch_id": "1900000001"}
    fields |= {"nonce_str": "n1", "out_trade_no": "T1", "attach": "", "sign": "x"}
    key = "0123456789abcdef0123456789abcdef"
    assert paper.sign(fields, key) == "691A271E4D11984C5F51E392617D03CC"
    mine = WechatV2Merchant({"appid": "a", "mch_id": "m", "key": key}, "HMAC-SHA256")
    assert paper.sign(fields, key, "HMAC-SHA256") == mine.sign(fields)


def test_an_order_from_create_to_refund(desk, merchant):
    reply = desk.asked(merchant.asks(CREATE, **merchant.order(attach="13812345678")))
    made = merchant.trusted(reply.body)
    assert (made["return_code"], made["result_code"]) == ("SUCCESS", "SUCCESS")
    assert made["code_url"].startswith("weixin://wxpay/bizpayurl?pr=")
    unpaid = merchant.trusted(desk.asked(merchant.asks(QUERY, **NUMBER)).body)
    assert unpaid["trade_state"] == "NOTPAY"
    assert not {"transaction_id", "time_end", "openid"} & unpaid.keys()
    trade = desk.pay(made["code_url"])
    paid = asked(desk, merchant, QUERY, **NUMBER)
    assert (paid["trade_state"], paid["total_fee"], paid["cash_fee"]) == ("SUCCESS", "1990", "1990")
    assert paid["attach"] == "13812345678"
    by_id = asked(desk, merchant, QUERY, transaction_id=paid["transaction_id"])
    same = {"nonce_str": "", "sign": ""}
    assert by_id | same == paid | same
    refund = merchant.trusted(desk.asked(merchant.asks(REFUND, **refunding())).body)
    assert (refund["refund_fee"], refund["total_fee"]) == ("500", "1990")
    query = asked(desk, merchant, "/pay/refundquery", **NUMBER)
    assert query["refund_status_0"] == "PROCESSING"
    desk.book.settle(trade.refunds["R1"], now_ns())
    query = asked(desk, merchant, "/pay/refundquery", out_refund_no="R1")
    assert (query["refund_count"], query["refund_status_0"]) == ("1", "SUCCESS")
    assert asked(desk, merchant, QUERY, **NUMBER)["trade_state"] == "REFUND"


@pytest.mark.parametrize(
    ("way", "key"), [("JSAPI", "prepay_id"), ("APP", "prepay_id"), ("MWEB", "mweb_url")]
)
def test_the_other_ways_to_pay(desk, buyer, way, key):
    made = create(desk, buyer, trade_type=way, openid="oAbc")
    assert made["trade_type"] == way
    desk.pay(made[key] if key == "mweb_url" else f"prepay_id={made[key]}")
    assert asked(desk, buyer, QUERY, **NUMBER)["trade_type"] == way


def test_the_same_number_again(desk, buyer):
    first = create(desk, buyer)
    later = create(desk, buyer, time_start="20990101000000", nonce_str="n2")
    assert later["code_url"] == first["code_url"]
    changed = create(desk, buyer, total_fee="1")
    assert (changed["result_code"], changed["err_code"]) == ("FAIL", "INVALID_REQUEST")
    desk.pay(first["code_url"])
    assert create(desk, buyer)["err_code"] == "ORDERPAID"
    assert asked(desk, buyer, "/pay/closeorder", **NUMBER)["err_code"] == "ORDERPAID"


def test_a_closed_order_stays_closed(desk, buyer):
    create(desk, buyer)
    assert asked(desk, buyer, "/pay/closeorder", **NUMBER)["result_code"] == "SUCCESS"
    assert asked(desk, buyer, QUERY, **NUMBER)["trade_state"] == "CLOSED"
    assert create(desk, buyer)["err_code"] == "ORDERCLOSED"


def test_refunds_keep_to_the_price_and_to_what_is_left(desk, buyer):
    desk.pay(create(desk, buyer)["code_url"])
    wrong = asked(desk, buyer, REFUND, **refunding(total_fee="1991"))
    assert wrong["err_code"] == "REFUND_FEE_MISMATCH"
    assert asked(desk, buyer, REFUND, **refunding())["result_code"] == "SUCCESS"
    assert asked(desk, buyer, REFUND, **refunding())["result_code"] == "SUCCESS"
    other = asked(desk, buyer, REFUND, **refunding(refund_fee="501"))
    assert other["err_code"] == "REFUND_FEE_MISMATCH"
    rest = refunding(out_refund_no="R2", refund_fee="1491")
    assert asked(desk, buyer, REFUND, **rest)["result_code"] == "FAIL"
    none = asked(desk, buyer, "/pay/refundquery", out_refund_no="R9")
    assert none["err_code"] == "REFUNDNOTEXIST"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"total_fee": "0"}, "PARAM_ERROR"),
        ({"total_fee": "19.90"}, "PARAM_ERROR"),
        ({"total_fee": ""}, "LACK_PARAMS"),
        ({"trade_type": "MICROPAY"}, "PARAM_ERROR"),
        ({"notify_url": "127.0.0.1"}, "PARAM_ERROR"),
        ({"notify_url": "http://127.0.0.1/n?a=1"}, "PARAM_ERROR"),
        ({"out_trade_no": "x" * 33}, "PARAM_ERROR"),
        ({"time_expire": "20200101000000"}, "PARAM_ERROR"),
        ({"time_expire": "soon"}, "PARAM_ERROR"),
        ({"trade_type": "JSAPI"}, "LACK_PARAMS"),
    ],
)
def test_a_wrong_field_is_refused_in_signed_words(desk, buyer, changed, code):
    reply = buyer.trusted(desk.asked(buyer.asks(CREATE, **buyer.order(**changed))).body)
    assert (reply["return_code"], reply["err_code"]) == ("SUCCESS", code)
    assert desk.book.trades == {}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"sign": "0" * 32}, "签名错误"),
        ({"mch_id": "1"}, "mch_id参数格式错误"),
        ({"appid": "wx9"}, "appid参数格式错误"),
        ({"nonce_str": ""}, "缺少参数nonce_str"),
        ({"sign_type": "RSA"}, "签名错误"),
    ],
)
def test_a_stranger_is_turned_away_at_the_door(desk, buyer, changed, words):
    reply = asked(desk, buyer, QUERY, **NUMBER, **changed)
    assert (reply["return_code"], reply["return_msg"]) == ("FAIL", words)
    assert "sign" not in reply


BODIES = [b" ", b"<xml>", b"{}", b"<xml><a><b/></a></xml>", b"\xff\xfe", b"<xml>&a;</xml>"]
BODIES += [
    b'<!DOCTYPE x [<!ENTITY a "aa">]><xml><a>&a;</a></xml>',
    b"<xml>" + b"<a/>" * 999 + b"</xml>",
]
BODIES += [b'<?xml version="1.0" encoding="nothing"?><xml/>', b"<a>" * 9_999]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_what_is_no_form_is_refused(body):
    answer = DIALECT.read(as_request("POST", CREATE, {}, body))
    assert fields_of(answer.body)["return_code"] == "FAIL"


def test_only_posts_are_taken(buyer):
    refused = DIALECT.read(buyer.asks(QUERY, "GET", **NUMBER))
    assert fields_of(refused.body)["return_msg"] == "请使用post方法"
    assert DIALECT.read(as_request("POST", "/pay/nowhere", {})).status == 404


TEXT = st.text(
    st.characters(min_codepoint=32, max_codepoint=0xFFFD, exclude_categories=["Cs"]), max_size=40
)


@given(
    body=TEXT.filter(bool),
    attach=TEXT,
    unknown=st.dictionaries(st.from_regex(r"x_[a-z]{1,8}", fullmatch=True), TEXT, max_size=3),
)
def test_what_is_asked_is_understood_and_unknown_fields_are_tolerated(body, attach, unknown):
    buyer = WechatV2Merchant(DIALECT.credentials())
    ask = DIALECT.read(buyer.asks(CREATE, **buyer.order(body=body, attach=attach), **unknown))
    assert isinstance(ask, Ask)
    assert (ask.subject, ask.attach, ask.amount_fen) == (body, attach, 1990)


@given(st.data())
def test_one_flipped_bit_of_a_value_is_refused(data):
    buyer = WechatV2Merchant(DIALECT.credentials())
    request = buyer.asks(CREATE, **buyer.order())
    at, bit = data.draw(st.integers(0, len(request.body) - 1)), data.draw(st.integers(0, 7))
    body = bytearray(request.body)
    body[at] ^= 1 << bit
    answer = DIALECT.read(as_request("POST", CREATE, {}, bytes(body)))
    assert isinstance(answer, Answer)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,12}", fullmatch=True), TEXT, max_size=8))
def test_what_is_written_is_read(fields):
    assert paper.read(paper.write(fields)) == fields


@given(st.binary(max_size=100))
def test_what_is_sealed_opens_with_its_key_alone(plain):
    sealed = paper.sealed(plain, "key")
    assert paper.opened(sealed, "key") == plain


# Notifications


def paid(desk, merchant, **changed):
    return desk.pay(create(desk, merchant, **changed)["code_url"])


def test_a_payment_is_notified_as_its_create_was_signed(desk, merchant):
    trade = paid(desk, merchant, attach="A")
    outgoing = desk.notified(desk.notice("pay", trade=trade))
    told = merchant.told(outgoing)
    assert (told["return_code"], told["result_code"]) == ("SUCCESS", "SUCCESS")
    assert (told["out_trade_no"], told["total_fee"], told["attach"]) == (
        *NUMBER.values(),
        "1990",
        "A",
    )
    assert told["transaction_id"] == trade.ref
    assert merchant.told(desk.notified(desk.notice("pay", trade=trade), forged=True)) is None


def test_rewritten_facts_are_told_and_validly_signed(desk, buyer):
    notice = desk.notice("pay", trade=paid(desk, buyer))
    told = buyer.told(desk.notified(notice, amount_fen=1, order_no="T9"))
    assert (told["total_fee"], told["out_trade_no"]) == ("1", "T9")
    assert buyer.told(desk.notified(notice, state="closed"))["result_code"] == "FAIL"


def test_a_refund_is_told_under_seal(desk, buyer):
    trade = paid(desk, buyer)
    asked(desk, buyer, REFUND, **refunding())
    refund = trade.refunds["R1"]
    desk.book.settle(refund, now_ns())
    notice = desk.notice("refund", trade=trade, refund=refund)
    told = buyer.told(desk.notified(notice))
    assert (told["refund_status"], told["refund_fee"]) == ("SUCCESS", "500")
    assert (told["out_refund_no"], told["refund_id"]) == ("R1", refund.ref)
    assert buyer.told(desk.notified(notice, forged=True)) is None


def test_an_answer_that_shall_not_be_trusted_is_not(buyer):
    request = buyer.asks(QUERY, **NUMBER)
    answer = DIALECT.refuse(DIALECT.read(request), "ORDERNOTEXIST")
    assert buyer.trusted(answer.body) is not None
    bad = Answer(answer.body, 200, answer.content_type, signature=Signature.PROBE)
    assert buyer.trusted(DIALECT.seal(request, bad).body) is None


@pytest.mark.parametrize("signature", [Signature.FORGED, Signature.PROBE])
def test_an_answer_that_was_cut_is_left_as_it_is(buyer, signature):
    cut = b"<xml><return_code><![CDATA[SUCC"
    half = Answer(cut, 200, "text/xml; charset=utf-8", signature=signature)
    assert DIALECT.seal(buyer.asks("/pay/orderquery"), half) is half


def test_a_bare_success_counts_where_the_settings_say_so():
    lenient = WechatPayV2({"ack": "success"}, {})
    assert lenient.acked(200, b"success")
    assert not lenient.acked(500, b"success")
    assert not lenient.acked(200, b"fail")


def test_its_links_are_not_those_of_v3(desk, buyer):
    v3 = WechatPay({}, {})
    trade = paid(desk, buyer)
    links = DIALECT._links(trade)
    assert DIALECT.trade_of(links["code_url"]) == trade.ref
    assert v3.trade_of(links["code_url"]) is None
    assert v3.trade_of(f"prepay_id={links['prepay_id']}") is None
    theirs = v3._links(trade)["code_url"]
    assert DIALECT.trade_of(theirs) is None


@pytest.mark.parametrize("settings", [{"ack": "yes"}, {"fee": "a lot"}, {"bills_at": "noon"}])
def test_a_setting_that_means_nothing_is_refused(settings):
    with pytest.raises(UsageError, match=next(iter(settings))):
        WechatPayV2(settings, {})


def test_the_ladder_is_that_of_v3():
    assert DIALECT.ladder_ms == WechatPay.ladder_ms
    assert json.dumps(DIALECT.credentials())
