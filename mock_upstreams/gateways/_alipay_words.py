"""What Alipay says: results and refusals, each the inner object of an answer that is signed as it stands.

{"alipay_trade_query_response":{"code":"10000","msg":"Success",...},"sign":"..."}
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from harness.faults.status import Condition
from mock_upstreams.dialect import Answer
from mock_upstreams.records import Reason

CONTENT_TYPE = "text/html;charset=utf-8"
ERROR_NODE = "error_response"
_encode = msgspec.json.Encoder().encode


class Refusal(NamedTuple):
    """One refusal in the four words of the wire."""

    code: str
    msg: str
    sub_code: str
    sub_msg: str


def _business(sub_code: str, sub_msg: str) -> Refusal:
    return Refusal("40004", "Business Failed", f"ACQ.{sub_code}", sub_msg)


def _invalid(sub_code: str, sub_msg: str) -> Refusal:
    return Refusal("40002", "Invalid Arguments", f"isv.{sub_code}", sub_msg)


def missing(name: str, sub_msg: str) -> Refusal:
    """Refuse a call that lacks a common parameter, called as its sub_code calls it."""
    return Refusal("40001", "Missing Required Arguments", f"isv.missing-{name}", sub_msg)


_BUSY = Refusal("20000", "Service Currently Unavailable", "isp.unknow-error", "系统繁忙")
_DOWN = Refusal("20000", "Service Currently Unavailable", "aop.unknow-error", "服务不可用")
_LIMITED = Refusal("40005", "Call Limited", "isv.app-call-limited", "应用调用次数超限")
_NOT_ALLOWED = Refusal(
    "40006", "Insufficient Permissions", "isv.insufficient-isv-permissions", "ISV权限不足"
)
BAD_SIGNATURE = _invalid("invalid-signature", "无效签名")

_ACQ = {
    "SYSTEM_ERROR": "系统错误",
    "INVALID_PARAMETER": "参数无效",
    "TRADE_HAS_SUCCESS": "交易已被支付",
    "TRADE_HAS_CLOSE": "交易已经关闭",
    "TRADE_HAS_FINISHED": "交易已经完结",
    "TRADE_NOT_EXIST": "交易不存在",
    "TRADE_STATUS_ERROR": "交易状态不合法",
    "CONTEXT_INCONSISTENT": "交易信息被篡改",
    "TOTAL_FEE_EXCEED": "订单总金额超过限额",
    "ACCESS_FORBIDDEN": "无权限使用接口",
    "EXIST_FORBIDDEN_WORD": "订单信息中包含违禁词",
    "SELLER_BALANCE_NOT_ENOUGH": "商户的支付宝账户中无足够的资金进行退款",
    "REFUND_AMT_NOT_EQUAL_TOTAL": "退款金额超限",
    "REASON_TRADE_REFUND_FEE_ERR": "退款金额无效",
    "DISCORDANT_REPEAT_REQUEST": "请求信息不一致",
    "TRADE_NOT_ALLOW_REFUND": "当前交易不允许退款",
    "REFUND_FEE_ERROR": "交易退款金额有误",
    "NOT_ALLOW_PARTIAL_REFUND": "不支持部分退款",
    "REASON_TRADE_BEEN_FREEZEN": "交易已经被冻结",
    "BUYER_ENABLE_STATUS_FORBID": "买家状态非法",
    "CANCEL_NOT_ALLOWED": "当前交易不允许撤销",
    "BUYER_BALANCE_NOT_ENOUGH": "买家余额不足",
    "PAYMENT_REQUEST_HAS_RISK": "支付有风险",
}
"""Sub-codes of trades. Source: ALI-DOC sub_code table, read 2026-11-22; the wording is unconfirmed."""

_RAW = {f"ACQ.{name}": _business(name, text) for name, text in _ACQ.items()}

CODES: Mapping[str, Refusal] = {
    Condition.BUSY: _BUSY,
    Condition.RATE_LIMITED: _LIMITED,
    Condition.MAINTENANCE: _DOWN,
    Condition.REFUSED: _RAW["ACQ.ACCESS_FORBIDDEN"],
    Condition.OUT_OF_STOCK: _NOT_ALLOWED,
    Condition.LOW_BALANCE: _RAW["ACQ.SELLER_BALANCE_NOT_ENOUGH"],
    Condition.BAD_SIGNATURE: BAD_SIGNATURE,
    Reason.NOT_FOUND: _RAW["ACQ.TRADE_NOT_EXIST"],
    Reason.ALREADY_PAID: _RAW["ACQ.TRADE_HAS_SUCCESS"],
    Reason.NOT_PAID: _RAW["ACQ.TRADE_STATUS_ERROR"],
    Reason.CLOSED: _RAW["ACQ.TRADE_HAS_CLOSE"],
    Reason.FINISHED: _RAW["ACQ.TRADE_HAS_FINISHED"],
    Reason.EXPIRED: _RAW["ACQ.TRADE_HAS_CLOSE"],
    Reason.PARAMS_CHANGED: _RAW["ACQ.CONTEXT_INCONSISTENT"],
    Reason.DUPLICATE: _RAW["ACQ.CONTEXT_INCONSISTENT"],
    Reason.REFUND_TOO_MUCH: _RAW["ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"],
    Reason.REFUND_TOO_SOON: _LIMITED,
    Reason.REFUND_CHANGED: _RAW["ACQ.DISCORDANT_REPEAT_REQUEST"],
    Reason.MALFORMED: _RAW["ACQ.INVALID_PARAMETER"],
    **_RAW,
    "isp.unknow-error": _BUSY,
    "aop.unknow-error": _DOWN,
    "isv.insufficient-isv-permissions": _NOT_ALLOWED,
    "aop.invalid-auth-token": Refusal(
        "20001", "Insufficient Token Permissions", "aop.invalid-auth-token", "无效的访问令牌"
    ),
    "isv.invalid-signature": BAD_SIGNATURE,
    "isv.invalid-signature-type": _invalid("invalid-signature-type", "无效签名类型"),
    "isv.invalid-app-id": _invalid("invalid-app-id", "无效的AppID参数"),
    "isv.invalid-timestamp": _invalid("invalid-timestamp", "非法的时间戳参数"),
    "isv.invalid-method": _invalid("invalid-method", "不存在的方法名"),
    "isv.invalid-format": _invalid("invalid-format", "无效数据格式"),
    "isv.invalid-charset": _invalid("invalid-charset", "字符集错误"),
    "isv.invalid-parameter": _invalid("invalid-parameter", "参数无效"),
    "isv.invalid-cert-sn": _invalid("invalid-cert-sn", "应用公钥证书序列号无效"),
    "isp.bill_not_exist": Refusal("40004", "Business Failed", "isp.bill_not_exist", "账单不存在"),
}
"""By condition, by the books' reason, and by the wire's own sub_code.

Source: ALI-DOC, SDK:alipay-sdk-python, read 2026-11-22; common/02km9f, public copy, read 2026-12-01. Unconfirmed: the
sub_code of a wrong certificate number, `isp.bill_not_exist`, and most sentences.
"""

UNCLEAR = frozenset(
    {Condition.BUSY, Condition.MAINTENANCE, "ACQ.SYSTEM_ERROR"}
    | {"isp.unknow-error", "aop.unknow-error"}
)
"""Codes after which the same call must be repeated or the trade queried. Source: ALI-DOC, read 2026-11-22."""


def node_of(method: str) -> str:
    """Return the name under which a method's result stands."""
    return f"{method.replace('.', '_')}_response"


def yes(method: str, result: Mapping[str, object]) -> Answer:
    """Say that it was done."""
    return _said(node_of(method), {"code": "10000", "msg": "Success", **result})


def no(method: str, refusal: Refusal, **result: object) -> Answer:
    """Say why not; of a method that is not known as an `error_response`, which nobody signs."""
    return _said(node_of(method) if method else ERROR_NODE, {**refusal._asdict(), **result})


def _said(node: str, inner: Mapping[str, object]) -> Answer:
    """Write slashes as PHP does: some clients check the signature over what their own JSON writer makes of it.

    That the real gateway writes them so is unconfirmed; to a reader of JSON it is the same.
    """
    return Answer(_encode({node: inner}).replace(b"/", rb"\/"), 200, CONTENT_TYPE)


def inner_of(body: bytes) -> bytes | None:
    """Return the exact part of an answer that is signed; None if it is a page, a file, or an error of nobody's.

    Whoever is not known has no key in which he could be answered.

    Source: what the real gateway said to an unknown app_id (2026-09-11), read 2026-12-01.
    """
    node, _, rest = body.partition(b":")
    if not node.startswith(b'{"alipay_') or _OF_NOBODY in rest:
        return None
    return rest[:-1]


_OF_NOBODY = b'"sub_code":"isv.invalid-app-id"'
