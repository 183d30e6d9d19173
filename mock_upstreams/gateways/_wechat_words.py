"""The words in which WeChat Pay v3 refuses: HTTP status, code, sentence and detail.

Source: WX-SK 接入指南 (the digits that end `Request-ID`) and public copies of the v3 error tables, read
2026-11-22; from memory are the HTTP status of ORDER_PAID, the sentence about a timestamp that is too old, the body of
a 202, and the words about complaints.
"""

import secrets
from typing import NamedTuple

import msgspec

from harness.faults.status import Condition
from mock_upstreams.dialect import Answer, Request
from mock_upstreams.gateways._wechat_crypto import request_text
from mock_upstreams.gateways._wechat_forms import Complaint
from mock_upstreams.records import Reason

_SHOWN = 8  # bytes of a body that SIGN_ERROR repeats
WRONG_SERIAL = "商户证书序列号有误"
WRONG_FORMAT = "Http头Authorization值格式错误"
WRONG_TYPE = "Http头Authorization认证类型不正确"
WRONG_TIME = "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟"


class Refusal(NamedTuple):
    """One way of saying no."""

    code: str
    status: int
    message: str
    internal: int = 1
    """The digits that end `Request-ID`; 1 where they are not known."""


NO_CERTIFICATE = Refusal(
    "RESOURCE_NOT_EXISTS",
    404,
    "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥。"
    "可查看指引https://pay.weixin.qq.com/doc/v3/merchant/4012153196",
)
"""What /v3/certificates says to a merchant who has none.

Source: wechatpay-java issue 400, WxJava issue 3412, read 2026-12-01.
"""
_RAW = (
    Refusal("ACCEPTED", 202, "已受理，尚未处理，请用相同参数重新调用"),
    Refusal("ACCOUNT_ERROR", 403, "账号异常"),
    Refusal("APPID_MCHID_NOT_MATCH", 400, "appid和mch_id不匹配"),
    Refusal("BANK_ERROR", 500, "银行系统异常"),
    Refusal("FREQUENCY_LIMITED", 429, "频率超限", 268447840),
    Refusal("INVALID_REQUEST", 400, "无效请求"),
    Refusal("INVALID_TRANSACTIONID", 500, "订单号非法"),
    Refusal("MCH_NOT_EXISTS", 400, "商户号不存在"),
    Refusal("NOTENOUGH", 403, "余额不足"),
    Refusal("NOT_ENOUGH", 403, "余额不足"),
    Refusal("NO_STATEMENT_EXIST", 400, "请求的账单文件不存在"),
    Refusal("NO_AUTH", 403, "商户无权限"),
    Refusal("OPENID_MISMATCH", 500, "openid和appid不匹配"),
    Refusal("ORDERCLOSED", 400, "订单已关闭"),
    Refusal("ORDERPAID", 400, "该订单已支付", 268449538),
    Refusal("ORDER_CLOSED", 400, "订单已关闭"),
    Refusal("ORDER_NOT_EXIST", 404, "订单不存在", 268512771),
    Refusal("ORDER_PAID", 400, "该订单已支付", 268449538),
    Refusal("OUT_TRADE_NO_USED", 403, "商户订单号重复"),
    Refusal("PARAM_ERROR", 400, "参数错误"),
    Refusal("RATELIMIT_EXCEEDED", 429, "频率限制", 268447840),
    Refusal("RESOURCE_ALREADY_EXISTS", 400, "请求的资源已存在"),
    Refusal("RESOURCE_NOT_EXISTS", 404, "请求的资源不存在"),
    Refusal("RULE_LIMIT", 403, "业务规则限制"),
    Refusal("SIGN_ERROR", 401, "错误的签名，验签失败", 268443699),
    Refusal("STATEMENT_CREATING", 400, "账单生成中"),
    Refusal("SYSTEM_ERROR", 500, "系统异常，请用相同参数重新调用"),
    Refusal("TRADE_ERROR", 403, "交易错误"),
    Refusal("USER_ACCOUNT_ABNORMAL", 403, "用户账户异常"),
)
_BY_CODE = {refusal.code: refusal for refusal in _RAW}

CODES: dict[str, Refusal] = {
    **_BY_CODE,
    Condition.BUSY: _BY_CODE["SYSTEM_ERROR"],
    Condition.RATE_LIMITED: _BY_CODE["FREQUENCY_LIMITED"],
    Condition.MAINTENANCE: Refusal("SYSTEM_ERROR", 503, "系统维护中，请稍后用相同参数重新调用"),
    Condition.REFUSED: _BY_CODE["RULE_LIMIT"],
    Condition.OUT_OF_STOCK: _BY_CODE["TRADE_ERROR"],
    Condition.LOW_BALANCE: _BY_CODE["NOT_ENOUGH"],
    Condition.BAD_SIGNATURE: _BY_CODE["SIGN_ERROR"],
    Reason.NOT_FOUND: _BY_CODE["ORDER_NOT_EXIST"],
    Reason.ALREADY_PAID: _BY_CODE["ORDER_PAID"],
    Reason.NOT_PAID: Refusal("INVALID_REQUEST", 400, "订单未支付，不能退款"),
    Reason.CLOSED: _BY_CODE["ORDER_CLOSED"],
    Reason.EXPIRED: _BY_CODE["ORDER_CLOSED"]._replace(internal=268447914),
    Reason.PARAMS_CHANGED: Refusal(
        "INVALID_REQUEST", 400, "请求重入时，参数与首次请求时不一致", 268498688
    ),
    Reason.DUPLICATE: _BY_CODE["OUT_TRADE_NO_USED"],
    Reason.MALFORMED: _BY_CODE["PARAM_ERROR"],
    Reason.REFUND_TOO_MUCH: Refusal("INVALID_REQUEST", 400, "退款金额大于订单可退金额"),
    Reason.REFUND_TOO_SOON: _BY_CODE["FREQUENCY_LIMITED"],
    Reason.REFUND_TOO_OFTEN: Refusal("RULE_LIMIT", 403, "该订单的退款次数超过限制"),
    Reason.REFUND_TOO_LATE: Refusal("INVALID_REQUEST", 400, "订单已超过可退款的最大期限"),
    Reason.PRICE_DIFFERS: Refusal("INVALID_REQUEST", 400, "订单金额与原支付订单不一致"),
    Reason.NOT_ABNORMAL: Refusal("INVALID_REQUEST", 400, "退款单不是退款异常状态"),
    Reason.REFUND_CHANGED: Refusal(
        "INVALID_REQUEST", 400, "订单金额或退款金额与之前请求不一致", 268498688
    ),
}
"""By Condition, Reason and raw code. Some of v3's own pages spell as V2 did: ORDERPAID, ORDERCLOSED, NOTENOUGH."""

_OLD_SPELLING = {
    "ORDER_PAID": "ORDERPAID",
    "ORDER_CLOSED": "ORDERCLOSED",
    "NOT_ENOUGH": "NOTENOUGH",
}


def spelled_as_v2(refusal: Refusal) -> Refusal:
    """Return a refusal under the name that V2 gave it."""
    return refusal._replace(code=_OLD_SPELLING.get(refusal.code, refusal.code))


OF_COMPLAINTS: dict[str, Refusal] = {
    Reason.NOT_FOUND: _BY_CODE["RESOURCE_NOT_EXISTS"],
    Reason.DUPLICATE: _BY_CODE["RESOURCE_ALREADY_EXISTS"],
    Reason.CLOSED: Refusal("INVALID_REQUEST", 400, "投诉单已处理完成"),
}
"""What the books' reasons mean where a complaint, or the inbox for complaints, was asked for."""

_encode = msgspec.json.Encoder().encode


def yes(view: object) -> Answer:
    """Answer 200 with a JSON body."""
    return Answer(_encode(view), headers=(_request_id(),))


def done() -> Answer:
    """Answer 204: nothing more to say."""
    return Answer(b"", 204, headers=(_request_id(),))


def no(refusal: Refusal, detail: object = None) -> Answer:
    """Refuse in JSON; `detail` is left out if there is none."""
    view = {"code": refusal.code, "message": refusal.message}
    body = _encode({**view, "detail": detail} if detail else view)
    return Answer(body, refusal.status, headers=(_request_id(refusal.internal),))


def wrong_parameter(what: Complaint) -> Answer:
    """Refuse because of one field."""
    return no(_BY_CODE["PARAM_ERROR"], what._asdict())


def unauthorized(message: str) -> Answer:
    """Refuse an Authorization header that cannot be one of the merchant's."""
    return no(_BY_CODE["SIGN_ERROR"]._replace(message=message))


def wrong_signature(request: Request, timestamp: str, nonce: str) -> Answer:
    """Refuse a signature, and repeat the beginning of the text it should have covered."""
    text = request_text(request.method, request.target, timestamp, nonce, request.body)
    shown = request_text(request.method, request.target, timestamp, nonce, request.body[:_SHOWN])
    detail = {
        "detail": {"issue": "sign not match"},
        "field": "signature",
        "location": "authorization",
        "sign_information": {
            "method": request.method,
            "sign_message_length": len(text),
            "truncated_sign_message": shown.decode(errors="replace"),
            "url": request.target,
        },
    }
    return no(_BY_CODE["SIGN_ERROR"], detail)


def _request_id(internal: int = 0) -> tuple[str, str]:
    return "Request-ID", f"08{secrets.token_hex(12).upper()}-{internal}"


ENDPOINTS = (
    "/v3/pay/transactions/{native,jsapi,h5,app}",
    "/v3/pay/transactions/{out-trade-no,id}/{no}",
    "/v3/pay/transactions/out-trade-no/{no}/close",
    "/v3/refund/domestic/refunds",
    "/v3/refund/domestic/refunds/{no}",
    "/v3/refund/domestic/refunds/{id}/apply-abnormal-refund",
    "/v3/certificates",
    "/v3/bill/tradebill",
    "/v3/bill/fundflowbill",
    "/v3/billdownload/file",
    "/v3/merchant-service/complaints-v2",
    "/v3/merchant-service/complaints-v2/{id}",
    "/v3/merchant-service/complaints-v2/{id}/{negotiation-historys,response,complete,update-refund-progress}",
    "/v3/merchant-service/complaint-notifications",
)
"""What API v3 answers here, for the table in docs/upstreams.md."""
