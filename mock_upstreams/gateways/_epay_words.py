"""What 易支付 V1 says when it says no.

Source: 彩虹易支付 `submit.php`, `mapi.php`, `api.php` (EP-20), `lib/api/Pay` (EP-N), read 2026-11-22.
"""

from collections.abc import Mapping
from typing import NamedTuple

from harness.faults.status import Condition
from mock_upstreams.records import Reason


class Refusal(NamedTuple):
    """A code and message as api.php and mapi.php say them; a status other than 200 is a page of the web server."""

    code: int
    msg: str
    status: int = 200


CODES: Mapping[str, Refusal] = {
    Condition.BUSY: Refusal(-1, "502 Bad Gateway", 502),
    Condition.RATE_LIMITED: Refusal(-1, "请求过于频繁，请稍后再试"),
    Condition.MAINTENANCE: Refusal(-1, "系统维护中，请稍后再试"),
    Condition.REFUSED: Refusal(-1, "商户已被封禁，无法支付！"),
    Condition.OUT_OF_STOCK: Refusal(-1, "当前支付方式未开通"),
    Condition.LOW_BALANCE: Refusal(-1, "商户余额不足"),
    Condition.BAD_SIGNATURE: Refusal(-1, "签名校验失败，请返回重试！"),
    Reason.NOT_FOUND: Refusal(-1, "订单号不存在"),
    Reason.ALREADY_PAID: Refusal(-1, "该订单已完成支付，请勿重复发起支付"),
    Reason.NOT_PAID: Refusal(-1, "订单未支付"),
    Reason.CLOSED: Refusal(-1, "订单已关闭"),
    Reason.EXPIRED: Refusal(-1, "订单已过期"),
    Reason.PARAMS_CHANGED: Refusal(-1, "该订单支付参数有变化，请更换订单号重新发起支付"),
    Reason.DUPLICATE: Refusal(-1, "订单号重复"),
    Reason.REFUND_TOO_MUCH: Refusal(-1, "退款金额不能大于订单金额"),
    Reason.REFUND_CHANGED: Refusal(-1, "退款单号重复且参数不一致"),
    Reason.MALFORMED: Refusal(-1, "参数不正确"),
    "-1": Refusal(-1, "订单号不存在"),
    "-2": Refusal(-2, "KEY校验失败"),
    "-3": Refusal(-3, "PID不存在"),
    "-4": Refusal(-4, "参数不完整"),
    "-5": Refusal(-5, "No Act!"),
    "no_fields": Refusal(-4, "未传入任何参数"),
    "no_pid": Refusal(-1, "你还未配置支付接口商户！"),
}

_NEEDED = (("out_trade_no", "订单号"), ("notify_url", "通知地址"))
_PRICED = (("name", "商品名称"), ("money", "金额"))
NEEDED_BY_PAGE = (*_NEEDED, ("return_url", "回调地址"), *_PRICED)
NEEDED_BY_API = (*_NEEDED, *_PRICED, ("type", "支付方式"), ("clientip", "用户IP地址"))
"""Fields without which submit.php or mapi.php makes no order, with their titles, in the order in which they are missed.

Source: EP-20 submit.php, EP-N submit.php and mapi.php, read 2026-11-30; lib/api/Pay asks for the same ones.
"""
