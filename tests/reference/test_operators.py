import asyncio
import json
from urllib.parse import urlencode

import pytest

from harness.targets.reference import config, signing
from harness.targets.reference.http_client import HttpAnswer, NoAnswerError, NotSentError
from harness.targets.reference.operators import BadCallbackError, Incoming, Recharge, Said
from harness.targets.reference.operators.dayuanren import Dayuanren
from harness.targets.reference.operators.kasushou import Kasushou

ACCOUNT = config.Account(url="http://127.0.0.1:1", userid="10000", apikey="TESTKEY")
RECHARGE = Recharge("T1", "13800138000", config.Source(product="88", cost_fen=4960), cards=False)
SILENT = [NotSentError("refused"), NoAnswerError("reset"), HttpAnswer(502, {}, b"{}")]


class Wire:
    """Answers every call with the same, and keeps what was sent."""

    def __init__(self, answer):
        self.answer = answer
        self.body = b""

    async def send(self, _origin, _method, _target, _headers, body=b""):
        self.body = body
        if isinstance(self.answer, Exception):
            raise self.answer
        if isinstance(self.answer, dict):
            return HttpAnswer(200, {}, json.dumps(self.answer).encode())
        return self.answer


def ask(kind, answer):
    return asyncio.run(kind(ACCOUNT, Wire(answer), "http://x").ask("T1"))


def submit(kind, answer):
    return asyncio.run(kind(ACCOUNT, Wire(answer), "http://x").submit(RECHARGE)).said


@pytest.mark.parametrize("kind", [Dayuanren, Kasushou])
@pytest.mark.parametrize("answer", [*SILENT, HttpAnswer(200, {}, b"<html>"), {"what": 1}])
def test_what_is_not_understood_is_unknown(kind, answer):
    assert submit(kind, answer) is Said.UNKNOWN
    assert ask(kind, answer).said is Said.UNKNOWN


@pytest.mark.parametrize(
    ("errno", "errmsg", "said"),
    [
        (0, "提交成功", Said.OPEN),
        (1, "账户不可用", Said.REFUSED),
        (1, "已经存在相同商户订单号的订单", Said.UNKNOWN),
        (1, "系统繁忙，请稍后再试", Said.UNKNOWN),
        (500, "内部错误", Said.UNKNOWN),
    ],
)
def test_dayuanren_submit(errno, errmsg, said):
    assert submit(Dayuanren, {"errno": errno, "errmsg": errmsg, "data": {}}) is said


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], Said.MISSING),
        ([{"out_trade_num": "T1", "state": 0}], Said.OPEN),
        ([{"out_trade_num": "T1", "state": "1"}], Said.DONE),
        ([{"out_trade_num": "T1", "state": 2}], Said.FAILED),
        ([{"out_trade_num": "T1", "state": 3, "charge_amount": "30.00"}], Said.PART),
        ([{"out_trade_num": "T1", "state": 3}], Said.UNKNOWN),
        ([{"out_trade_num": "T1", "state": 3, "charge_amount": ""}], Said.UNKNOWN),
        ([{"out_trade_num": "T1", "state": -1}], Said.FAILED),
    ],
)
def test_dayuanren_check(rows, said):
    assert ask(Dayuanren, {"errno": 0, "errmsg": "", "data": rows}).said is said


@pytest.mark.parametrize(
    ("code", "msg", "said"),
    [
        (200, "下单成功", Said.OPEN),
        (400, "商品库存不足", Said.REFUSED),
        (400, "外部订单号重复", Said.UNKNOWN),
        (500, "未知错误", Said.UNKNOWN),
    ],
)
def test_kasushou_buy(code, msg, said):
    assert submit(Kasushou, {"code": code, "msg": msg, "data": []}) is said


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"code": 200, "data": []}, Said.MISSING),
        ({"code": 400, "msg": "订单不存在"}, Said.MISSING),
        ({"code": 400, "msg": "签名错误"}, Said.UNKNOWN),
        ({"code": 200, "data": [{"external_orderno": "T2", "status": 3}]}, Said.UNKNOWN),
        ({"code": 200, "data": [{"external_orderno": "T1", "status": 2}]}, Said.OPEN),
        ({"code": 200, "data": [{"external_orderno": "T1", "status": "3"}]}, Said.DONE),
        ({"code": 200, "data": [{"external_orderno": "T1", "status": 5}]}, Said.FAILED),
    ],
)
def test_kasushou_info(answer, said):
    assert ask(Kasushou, answer).said is said


def test_kasushou_hands_over_cards():
    card = {"card_no": "A1", "card_password": "B1"}
    row = {"external_orderno": "T1", "status": 3, "card_list": [card]}
    (got,) = ask(Kasushou, {"code": 200, "data": [row]}).cards
    assert (got.code, got.password) == ("A1", "B1")


def test_kasushou_pays_back_for_the_cards_that_it_does_not_have():
    card = {"card_no": "A1", "card_password": "B1"}
    row = {"external_orderno": "T1", "status": 5, "card_list": [card]}
    answer = ask(Kasushou, {"code": 200, "data": [row]})
    assert (answer.said, len(answer.cards)) == (Said.PART, 1)


def test_a_contact_goes_into_the_remark_of_cards_and_an_account_into_its_field():
    wire = Wire({"code": 200, "data": {}})
    operator = Kasushou(ACCOUNT, wire, "http://x")
    asyncio.run(operator.submit(RECHARGE))
    assert json.loads(wire.body)["attach"] == {"recharge_account": "13800138000"}
    contact = Recharge("T2", "13800138000", RECHARGE.source, cards=True, quantity=3)
    asyncio.run(operator.submit(contact))
    sent = json.loads(wire.body)
    assert (sent["mark"], sent["quantity"]) == ("13800138000", 3)


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "application/json"])
def test_a_kasushou_callback_is_checked(content_type):
    told = {"external_orderno": "T1", "status": "3", "time": "1", "recharge_hints": "a/b 好"}
    told["sign"] = signing.kasushou_callback(told, "TESTKEY")
    write = urlencode if "form" in content_type else json.dumps
    operator = Kasushou(ACCOUNT, Wire({}), "http://x")

    def incoming(content):
        headers = {"content-type": content_type}
        return Incoming("POST", "", headers, write(content).encode())

    assert operator.read_callback(incoming(told)) == "T1"
    with pytest.raises(BadCallbackError):
        operator.read_callback(incoming({**told, "status": "5"}))


def test_a_dayuanren_callback_is_checked():
    told = {"out_trade_num": "T1", "state": "1", "remark": ""}
    told["sign"] = signing.dayuanren(told, "TESTKEY")
    operator = Dayuanren(ACCOUNT, Wire({}), "http://x")
    body = urlencode(told).encode()
    assert operator.read_callback(Incoming("POST", "", {}, body)) == "T1"
    with pytest.raises(BadCallbackError):
        operator.read_callback(Incoming("POST", "", {}, body.replace(b"state=1", b"state=2")))
