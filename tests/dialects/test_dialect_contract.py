"""What every dialect in gateways/ and operators/ must keep, whoever wrote it: a new file is judged without a new test.

A new dialect needs two entries here, both from its protocol's facts: how a platform checks a notification, and which
answers of a platform stop its ladder.
"""

import json

import pytest
from alipay_client import AlipayMerchant
from epay_v2_client import EpayV2Merchant
from hypothesis import given
from hypothesis import strategies as st
from independent_clients import KasushouShop, WechatMerchant, dayuanren_told, epay_told
from operator_clients import FuluShop, JuheShop, KakayunShop, KashangwangShop
from small_clients import ofpay_told, small_told
from topup_clients import DingxinShop, ShangtengShop
from wechat_v2_client import WechatV2Merchant, fields_of

from harness.core.clock import now_ns
from harness.core.delivery import Delivery, Leg, Signature
from harness.faults.status import Condition
from mock_upstreams.catalogue import catalogue, dialects
from mock_upstreams.complaints import ComplaintBook
from mock_upstreams.dialect import (
    CANCELLING_OPS,
    CLAIM_OPS,
    COMPLAINT_OPS,
    GATEWAY_OPS,
    OPERATOR_OPS,
    Answer,
    Ask,
    Notice,
    Request,
)
from mock_upstreams.records import Product, Reason, Refund, SupplierOrder, Trade

TOLD = {
    "alipay": lambda credentials, out: AlipayMerchant(credentials).told(out),
    "epay_v2": lambda credentials, out: EpayV2Merchant(credentials).told(out),
    "epay": epay_told,
    "wechat_pay": lambda credentials, out: WechatMerchant(credentials).told(out),
    "wechat_pay_v2": lambda credentials, out: WechatV2Merchant(credentials).told(out),
    "dayuanren": dayuanren_told,
    "kasushou": lambda credentials, out: KasushouShop(credentials).told(out),
    "kashangwang": lambda credentials, out: KashangwangShop(credentials).told(out),
    "kakayun": lambda credentials, out: KakayunShop(credentials).told(out),
    "fulu": lambda credentials, out: FuluShop(credentials).told(out),
    "juhe": lambda credentials, out: JuheShop(credentials).told(out),
    "ofpay": ofpay_told,
    "dingxin": lambda credentials, out: DingxinShop(credentials).told(out),
    "shangteng": lambda credentials, out: ShangtengShop(credentials).told(out),
    "small": small_told,
}
SILENT = {"shared_shop", "yile"}
CERTAIN = {"yile"}
"""Nothing that is known of them says that an error of theirs may hide a success."""
"""Upstreams that never notify: their goods are in the answer, or learnt by asking."""
ACKS = {
    "alipay": [(200, b"success"), (500, b"success")],
    "epay_v2": [(200, b"success"), (404, b"ok, Success!")],
    "epay": [
        (200, b"success"),
        (200, b"SUCCESS"),
        (200, b"ok, Success!"),
        (200, b"\xef\xbb\xbfsuccess\n"),
    ],
    "wechat_pay": [(200, b""), (204, b""), (200, b'{"code":"FAIL","message":"no"}')],
    "wechat_pay_v2": [
        (200, b"<xml><return_code><![CDATA[SUCCESS]]></return_code></xml>"),
        (200, b"<xml>\n<return_code>SUCCESS</return_code><return_msg>OK</return_msg></xml>\n"),
    ],
    "dayuanren": [(200, b"success")],
    "kasushou": [(200, b"ok")],
    "kashangwang": [(200, b"ok")],
    "kakayun": [(200, b"ok")],
    "fulu": [(200, b"success")],
    "juhe": [(200, b"success"), (200, b"fail")],
    "ofpay": [(200, b"Y"), (200, b"success")],
    "dingxin": [(200, b"OK"), (200, b"ok"), (200, b"success")],
    "shangteng": [(200, b"ok")],
    "small": [(200, b"success")],
}
NOT_ACKS = {
    "alipay": [(200, b"success\n"), (200, b"SUCCESS"), (200, b"\xef\xbb\xbfsuccess"), (200, b"")],
    "epay_v2": [(200, b"fail"), (200, b""), (200, b"ok"), (200, b"sUcCeSs")],
    "epay": [(200, b"fail"), (200, b""), (200, b"ok"), (200, b"sUcCeSs")],
    "wechat_pay": [
        (500, b"success"),
        (401, b""),
        (302, b""),
        (201, b""),
        (400, b'{"code":"FAIL"}'),
    ],
    "wechat_pay_v2": [
        (200, b"success"),
        (200, b""),
        (200, b"<xml><return_code>FAIL</return_code></xml>"),
        (500, b"<xml><return_code>SUCCESS</return_code></xml>"),
    ],
    "dayuanren": [(200, b"fail"), (200, b""), (200, b"success\n"), (200, b"\xef\xbb\xbfsuccess")],
    "kasushou": [(200, b"fail"), (200, b""), (200, b"success"), (500, b"ok"), (200, b"not ok")],
    "kashangwang": [(200, b"fail"), (200, b""), (200, b"success"), (500, b"ok")],
    "kakayun": [(200, b"fail"), (200, b""), (200, b"success"), (500, b"ok")],
    "fulu": [(200, b"fail"), (200, b""), (200, b"ok"), (500, b"success")],
    "juhe": [(200, b""), (500, b"success")],
    "ofpay": [(200, b"N"), (200, b"")],
    "dingxin": [(200, b"fail"), (200, b""), (500, b"OK")],
    "shangteng": [(200, b"fail"), (200, b""), (200, b"success"), (500, b"ok")],
    "small": [(200, b"ok"), (200, b""), (500, b"success")],
}
PRODUCTS = {"12": Product(id="12", cost_fen=4960, face_fen=5000, title="话费50元")}
CALL = {"act": "mapi", "method": "alipay.trade.precreate"}
"""What epay and alipay keep about a create that wants JSON; nobody else looks."""
CODES = [(name, code) for name in dialects() for code in catalogue()[name].codes]
NOTICES = [
    (name, op)
    for name, entry in catalogue().items()
    for op in (*entry.notifies, *(["create"] if entry.side == "gateway" else []))
]
MADE = {}


def made(name):
    if name not in MADE:
        MADE[name] = dialects()[name]({}, PRODUCTS)
        MADE[name].base_url = "http://127.0.0.1:1"
    return MADE[name]


@pytest.fixture(params=sorted(dialects()))
def name(request):
    return request.param


def trade_at(dialect):
    return Trade(
        ref=dialect.number("trade", 1, now_ns()),
        order_no="T2025010100001",
        amount_fen=1990,
        created_ns=now_ns(),
        notify_url="http://127.0.0.1:9/notify",
        subject="VIP 月卡/1",
        attach="13812345678",
    )


def notice_of(dialect, op):
    if dialect.side == "operator":
        order = SupplierOrder(
            ref=dialect.number("order", 1, now_ns()),
            serial=1,
            order_no="T2025010100001",
            account="13812345678",
            product=PRODUCTS["12"],
            quantity=1,
            cost_fen=4960,
            created_ns=now_ns(),
            state="delivered",
            done_ns=now_ns(),
        )
        act = "settled" if op == "claim" else ""
        return Notice(op=op, id="N1", at_ns=now_ns(), order=order, act=act)
    trade = trade_at(dialect)
    refund = None
    if op != "create":
        trade.state, trade.captured_fen, trade.paid_ns = "paid", 1990, now_ns()
    if op == "refund":
        ref = dialect.number("refund", 2, now_ns())
        made_ns = now_ns()
        refund = Refund(
            refund_no="R1",
            ref=ref,
            trade=trade,
            amount_fen=500,
            created_ns=made_ns,
            done_ns=made_ns,
        )
    more = {}
    if op == "complain":
        more = {"complaint": ComplaintBook().hear(trade, "没有到账", now_ns()), "act": "raise"}
    return Notice(op=op, id="N1", at_ns=now_ns(), trade=trade, refund=refund, **more)


def told(name, op, url="http://127.0.0.1:9/notify", signature=Signature.VALID, **rewritten):
    dialect, notice = made(name), notice_of(made(name), op)
    fields = dialect.facts(notice) | rewritten
    delivery = Delivery(leg=Leg.NOTIFY, op=op, fields=fields, signature=signature)
    outgoing = dialect.notify(notice, delivery, url)
    assert outgoing.url.startswith(url)
    return TOLD[name](dialect.credentials(), outgoing)


def test_this_suite_knows_every_dialect():
    assert set(dialects()) - SILENT == set(TOLD) == set(ACKS) == set(NOT_ACKS)


def test_its_catalogue_entry_is_complete(name):
    entry, dialect = catalogue()[name], dialects()[name]
    assert entry.summary.endswith(".")
    assert set(Condition) <= set(entry.codes)
    assert set(entry.ops) <= set(
        (GATEWAY_OPS + COMPLAINT_OPS)
        if entry.side == "gateway"
        else (OPERATOR_OPS + CANCELLING_OPS + CLAIM_OPS)
    )
    assert ({"create", "pay"} if entry.side == "gateway" else {"submit", "query"}) <= set(entry.ops)
    assert bool(entry.notifies) is (name not in SILENT)
    assert set(entry.notifies) <= set(entry.ops)
    assert dialect.unclear <= set(dialect.codes)
    assert (Condition.BUSY in dialect.unclear) is (name not in CERTAIN)
    assert dialect.duplicates in {"reuse", "reject", "accept_new"}
    assert all(isinstance(value, str) for value in dialect.defaults.values())


def test_its_ladder_is_sourced_and_goes_up_in_time(name):
    dialect = dialects()[name]
    assert bool(dialect.ladder_ms) is (name not in SILENT)
    assert all(gap > 0 for gap in dialect.ladder_ms)
    assert catalogue()[name].smallest_gap_ms == min(dialect.ladder_ms, default=None)
    assert dialect.ack_wait_ms > 0
    assert "Source:" in dialect.__doc__


def test_its_credentials_are_texts_to_configure_a_platform_with(name):
    credentials = made(name).credentials()
    assert credentials
    assert all(isinstance(value, str) and value for value in credentials.values())


@pytest.mark.parametrize(("name", "code"), CODES)
def test_every_code_can_be_answered_in_its_words(name, code):
    dialect = made(name)
    answer = dialect.refuse(None, code)
    assert answer.body
    assert 200 <= answer.status < 600
    op = "create" if dialect.side == "gateway" else "submit"
    asked = dialect.refuse(Ask(op=op, order_no="T1", extra=CALL), code)
    done = dialect.codes[code]
    assert asked.body
    assert done


def test_conditions_that_a_caller_must_tell_apart_have_words_of_their_own(name):
    dialect = made(name)
    said = {code: dialect.refuse(None, code) for code in (Condition.BUSY, Condition.REFUSED)}
    said[Condition.BAD_SIGNATURE] = dialect.refuse(None, Condition.BAD_SIGNATURE)
    assert len({(answer.status, answer.body) for answer in said.values()}) == 3


def test_the_books_reasons_have_words(name):
    dialect = made(name)
    needed = {Reason.DUPLICATE, Reason.NO_PRODUCT, Reason.LOW_BALANCE}
    if dialect.side == "gateway":
        needed = {Reason.NOT_FOUND, Reason.ALREADY_PAID, Reason.CLOSED, Reason.EXPIRED}
        needed |= {Reason.PARAMS_CHANGED, Reason.NOT_PAID, Reason.REFUND_TOO_MUCH}
    for reason in needed:
        assert dialect.refuse(None, reason).body, reason


def test_a_code_of_nobody_is_an_error(name):
    with pytest.raises(KeyError):
        made(name).refuse(None, "NO_SUCH_CODE")


@pytest.mark.parametrize("name", sorted(ACKS))
def test_only_its_ack_is_an_ack(name):
    dialect = made(name)
    assert [dialect.acked(*answer) for answer in ACKS[name]] == [True] * len(ACKS[name])
    refused = [*NOT_ACKS[name], (500, b"<html>error</html>"), (404, b"not found")]
    assert [dialect.acked(*answer) for answer in refused] == [False] * len(refused)


@pytest.mark.parametrize(("name", "op"), NOTICES)
def test_what_it_notifies_verifies_with_the_platforms_keys(name, op):
    assert told(name, op)


@pytest.mark.parametrize(("name", "op"), NOTICES)
def test_what_is_forged_does_not_verify(name, op):
    assert told(name, op, signature=Signature.FORGED) is None


@pytest.mark.parametrize(("name", "op"), NOTICES)
@pytest.mark.parametrize("fact", [{"order_no": "T9"}, {"ref": "8888888888"}])
def test_a_rewritten_fact_is_told_and_verifies(name, op, fact):
    if op == "complain":  # it tells of nothing but a complaint and what became of it
        fact = {"complaint": "C9"}
    if op == "claim":  # of the order it tells the upstream's own number alone
        fact = {"ref": fact.get("ref", "API9")}
    (value,) = fact.values()
    assert value in json.dumps(told(name, op, **fact))


@pytest.mark.parametrize("fact", ["order_no", "ref"])
@given(value=st.text("0123456789ABCabc_-|*/& =+%订单", min_size=1, max_size=32))
def test_whatever_is_told_survives_the_wire(fact, value):
    for name, op in NOTICES:
        if op in {"pay", "submit"}:
            spoken = json.dumps(told(name, op, **{fact: value}), ensure_ascii=False)
            assert json.dumps(value, ensure_ascii=False) in spoken, name


def test_its_numbers_are_unique(name):
    dialect, at_ns = made(name), now_ns()
    kinds = ("trade", "refund") if dialect.side == "gateway" else ("order",)
    for kind in kinds:
        numbers = {dialect.number(kind, serial, at_ns) for serial in range(1, 2_000)}
        assert len(numbers) == 1_999
        assert all(n.isascii() and n.isalnum() for n in numbers)


def test_a_gateways_own_links_are_known_again(name):
    dialect = made(name)
    if dialect.side == "operator":
        return
    trade = trade_at(dialect)
    ask = Ask(op="create", order_no=trade.order_no, extra=CALL)
    body = dialect.answer(ask, trade).body
    said = fields_of(body) if body.startswith(b"<") else json.loads(body)
    said |= next((value for value in said.values() if isinstance(value, dict)), {})
    known = [dialect.trade_of(value) for value in said.values() if isinstance(value, str)]
    assert trade.ref in known
    assert dialect.trade_of("https://example.com/") is None
    assert dialect.trade_of("") is None


@given(
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD"]),
    path=st.sampled_from(["/", "", "/nowhere", "/../x", "/%00", "/v3/pay/transactions/native"]),
    query=st.text("abc=&%+1/?", max_size=12),
    headers=st.dictionaries(
        st.sampled_from([b"Authorization", b"Sign", b"Timestamp", b"UserId", b"Content-Type"]),
        st.binary(max_size=20),
    ),
    body=st.binary(max_size=60),
)
def test_no_request_of_a_stranger_breaks_or_passes(*, method, path, query, headers, body):
    for name in sorted(dialects()):
        request = Request(method, f"{path}?{query}", list(headers.items()), body)
        assert isinstance(made(name).read(request), Answer), name
