"""Reads calls of 易支付 V2: who, when, signed by whom; then what is asked.

Every call is a form (a signed link of `submit` a query) with `pid`, `timestamp` and an RSA signature over
all that is not empty.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from harness.core.clock import now_ns
from harness.core.units import fen_from_yuan
from harness.faults.status import Condition
from mock_upstreams import form
from mock_upstreams.dialect import Ask, Request
from mock_upstreams.posted import php_post
from mock_upstreams.records import Reason
from mock_upstreams.signing import epay_text, rsa_verify

FRESH_S = 300
"""How far a timestamp may be off. Source: EP-DOC, read 2026-11-22."""
_ORDER_NO = re.compile(r"[a-zA-Z0-9._\-|]{1,64}").fullmatch
_MONEY = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,2})?").fullmatch
_COUNT = re.compile(r"[0-9]{1,8}").fullmatch
_STAMP = re.compile(r"[0-9]{1,12}").fullmatch
_PAGE = "/api/pay/submit"
_SHORT = 5
"""A merchant's refund number of so few characters is none: who asks again under it is paid back again."""


class Refusal(NamedTuple):
    """A code and message; a status other than 200 is a page of the web server."""

    code: int
    msg: str
    status: int = 200


def _no(msg: str) -> Refusal:
    return Refusal(-1, msg)


CODES: Mapping[str, Refusal] = {
    Condition.BUSY: Refusal(-1, "502 Bad Gateway", 502),
    Condition.RATE_LIMITED: _no("请求过于频繁，请稍后再试"),
    Condition.MAINTENANCE: _no("系统维护中，请稍后再试"),
    Condition.REFUSED: _no("商户已被封禁，无法支付！"),
    Condition.OUT_OF_STOCK: _no("当前支付方式未开通"),
    Condition.LOW_BALANCE: _no("商户余额不足"),
    Condition.BAD_SIGNATURE: Refusal(-3, "RSA签名校验失败"),
    Reason.NOT_FOUND: _no("订单号不存在"),
    Reason.ALREADY_PAID: _no("该订单已完成支付，请勿重复发起支付"),
    Reason.NOT_PAID: _no("只支持退款已支付状态的订单"),
    Reason.CLOSED: _no("订单已关闭"),
    Reason.EXPIRED: _no("订单已过期"),
    Reason.PARAMS_CHANGED: _no("该订单支付参数有变化，请更换订单号重新发起支付"),
    Reason.DUPLICATE: _no("订单号重复"),
    Reason.REFUND_TOO_MUCH: _no("退款金额不能大于订单金额"),
    Reason.REFUND_CHANGED: _no("退款单号重复且参数不一致"),
    Reason.MALFORMED: _no("参数不正确"),
    "no_order": _no("当前订单不存在！"),
    "no_refund": _no("退款记录不存在"),
    "no_transfer": _no("商户未开启代付API接口"),
}
"""By condition, by the books' reason, and two of this wire's own.

Source: EP-N lib/api/{Pay,Merchant}, lib/ApiHelper, lib/Order, read 2026-12-01: what is wrong with the signature, its
kind or its time is -3, all else -1. Unconfirmed: what is said of closed and expired orders, and of conditions.
"""


NO_ACT, NO_URL = Refusal(-5, "接口方法不存在"), Refusal(-5, "URL Error!")
"""What is said of a path that is no call, and of one that cannot be any."""


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an error of ours
    """A call that is refused before anybody looks into the books."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.msg)
        self.refusal = refusal


Fields = Mapping[str, str]


def read(request: Request, pid: str, key: RSAPublicKey) -> Ask | Refusal | None:
    """Return what is asked, or why it is refused; None where there is no such path."""
    ask = _PATHS.get(request.path)
    if ask is None or request.method not in {"GET", "POST"}:
        return None
    try:
        fields = _fields(request)
        _check(fields, pid, key)
        return ask(fields)
    except Refused as refused:
        return refused.refusal


def _fields(request: Request) -> Fields:
    """Return what was posted; a page opened by link reads the link alone.

    Source: EP-N lib/api/Pay, read 2026-11-30; that the calls other than submit and create read it so is unconfirmed.
    """
    linked = form.read(request.query) if request.path == _PAGE else {}
    fields = linked if "pid" in linked else php_post(request)
    if "pid" not in fields:
        raise Refused(Refusal(-4, "未传入任何参数"))
    return fields


def _check(fields: Fields, pid: str, key: RSAPublicKey) -> None:
    """Look for a merchant, then for the kind of signature, its time, and itself.

    Source: EP-N lib/ApiHelper verify and api_verify, of a merchant who may sign with RSA alone, read 2026-12-01.
    """
    if not fields.get("pid"):
        raise Refused(_no("商户ID不能为空"))
    if fields["pid"] != pid:
        raise Refused(_no("商户不存在！"))
    if fields.get("sign_type") != "RSA":
        raise Refused(Refusal(-3, "该商户只能使用RSA签名类型"))
    stamp = fields.get("timestamp", "")
    if stamp in {"", "0"}:
        raise Refused(Refusal(-3, "时间戳(timestamp)字段不能为空"))
    if not _STAMP(stamp) or abs(now_ns() // 10**9 - int(stamp)) > FRESH_S:
        raise Refused(Refusal(-3, "时间戳字段不正确，请检查服务器时间"))
    if not rsa_verify(key, epay_text(fields).encode(), fields.get("sign", "")):
        raise Refused(CODES[Condition.BAD_SIGNATURE])


def _need(fields: Fields, name: str, title: str) -> str:
    if not fields.get(name):
        raise Refused(_no(f"{title}({name})不能为空"))
    return fields[name]


def _fen(text: str, says: str) -> int:
    amount_fen = fen_from_yuan(text) if _MONEY(text) else 0
    if amount_fen <= 0:
        raise Refused(_no(says))
    return amount_fen


def _numbers(fields: Fields) -> tuple[str, str]:
    order_no, ref = fields.get("out_trade_no", ""), fields.get("trade_no", "")
    if not order_no and not ref:
        raise Refused(_no("订单号不能为空"))
    return order_no, ref


_TITLES = {
    "out_trade_no": "订单号",
    "notify_url": "通知地址",
    "return_url": "回调地址",
    "name": "商品名称",
    "money": "金额",
    "type": "支付方式",
    "clientip": "用户IP地址",
}
_NEEDED = {
    "submit": ("out_trade_no", "notify_url", "return_url", "name", "money"),
    "create": ("out_trade_no", "notify_url", "name", "money", "type", "clientip"),
}
_OF_METHOD = {
    "jsapi": {"sub_openid": "jsapi支付时参数"},
    "scan": {"auth_code": "付款码支付时授权码"},
}


def _complete(act: str, method: str, fields: Fields) -> int:
    """Refuse what makes no order, in the order in which the real one looks; return the price.

    Source: EP-N lib/api/Pay submit and create, read 2026-12-01.
    """
    for name in _NEEDED[act]:
        if name != "type" or method != "scan":
            _need(fields, name, _TITLES[name])
    amount_fen = _fen(fields["money"], "金额不合法")
    if not _ORDER_NO(fields["out_trade_no"]):
        raise Refused(_no("订单号(out_trade_no)格式不正确"))
    if act == "create":
        wanted = _OF_METHOD.get(method, {})
        if method == "jsapi" and fields.get("type") == "wxpay":
            wanted = wanted | {"sub_appid": "jsapi支付时参数"}
        for name, title in wanted.items():
            _need(fields, name, title)
    return amount_fen


def _create(act: str) -> Callable[[Fields], Ask]:
    def ask(fields: Fields) -> Ask:
        device = fields.get("device") or "pc"
        method = "jump" if device == "jump" else fields.get("method") or "web"
        amount_fen = _complete(act, method, fields)
        notify_url, name = fields["notify_url"], fields["name"]
        return_url, param = fields.get("return_url", ""), fields.get("param", "")
        kept = {"return_url": return_url, "method": method, "device": device}
        kept["clientip"] = fields.get("clientip", "")
        return Ask(
            op="create",
            order_no=fields["out_trade_no"],
            amount_fen=amount_fen,
            subject=name,
            attach=param,
            notify_url=notify_url,
            fingerprint=(amount_fen, name, notify_url, return_url, param),
            extra={"act": act, "type": fields.get("type", ""), **kept},
        )

    return ask


def _query(fields: Fields) -> Ask:
    order_no, ref = _numbers(fields)
    return Ask(op="query", order_no=order_no, ref=ref, extra={"act": "query"})


def _close(fields: Fields) -> Ask:
    order_no, ref = _numbers(fields)
    return Ask(op="close", order_no=order_no, ref=ref, extra={"act": "close"})


def _refund(fields: Fields) -> Ask:
    amount_fen = _fen(fields.get("money", "").strip(), "金额输入错误")
    order_no, ref = _numbers(fields)
    number = fields.get("out_refund_no", "")
    if len(number) <= _SHORT:
        number = ""
    return Ask(
        op="refund",
        order_no=order_no,
        ref=ref,
        refund_no=number,
        amount_fen=amount_fen,
        extra={"act": "refund"},
    )


def _refund_query(fields: Fields) -> Ask:
    number, ref = fields.get("out_refund_no", ""), fields.get("refund_no", "")
    if not number and not ref:
        raise Refused(_no("商户退款单号不能为空"))
    return Ask(op="query", about="refund", refund_no=number, ref=ref, extra={"act": "refundquery"})


def _orders(fields: Fields) -> Ask:
    offset, limit = (fields.get(name, "") for name in ("offset", "limit"))
    begin = int(offset) if _COUNT(offset) else 0
    count = int(limit) if _COUNT(limit) else 10
    extra = {"act": "orders", "offset": str(begin), "count": str(min(count or 10, 50))}
    if "status" in fields:
        extra["status"] = fields["status"]
    return Ask(op="query", about="orders", limit=10**9, extra=extra)


def _merchant(act: str) -> Callable[[Fields], Ask]:
    def ask(fields: Fields) -> Ask:  # noqa: ARG001
        return Ask(op="query", about="orders", limit=10**9, extra={"act": act})

    return ask


def _transfer(fields: Fields) -> Ask:  # noqa: ARG001
    raise Refused(CODES["no_transfer"])


_PATHS: Mapping[str, Callable[[Fields], Ask]] = {
    _PAGE: _create("submit"),
    "/api/pay/create": _create("create"),
    "/api/pay/query": _query,
    "/api/pay/close": _close,
    "/api/pay/refund": _refund,
    "/api/pay/refundquery": _refund_query,
    "/api/merchant/info": _merchant("info"),
    "/api/merchant/orders": _orders,
    "/api/transfer/balance": _merchant("balance"),
    "/api/transfer/submit": _transfer,
    "/api/transfer/query": _transfer,
}
