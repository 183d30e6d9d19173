"""The words in which WeChat Pay V2 refuses: at the door (return_code, unsigned) or the desk (result_code, signed).

Source: error tables of the V2 documents as public copies have them and wechatpy's exceptions, from memory, read
2026-11-22: unconfirmed in detail. HTTP status is 200 throughout, but for a front door under repair.
"""

from typing import Literal, NamedTuple

from harness.faults.status import Condition
from mock_upstreams.records import Reason


class Refusal(NamedTuple):
    """One way of saying no."""

    code: str
    message: str
    at: Literal["door", "desk"] = "desk"
    status: int = 200


_RAW = (
    Refusal("APPID_MCHID_NOT_MATCH", "appid和mch_id不匹配"),
    Refusal("APPID_NOT_EXIST", "APPID不存在"),
    Refusal("BIZERR_NEED_RETRY", "退款业务流程错误，需要商户触发重试来解决"),
    Refusal("ERROR", "业务错误"),
    Refusal("FREQUENCY_LIMITED", "频率限制"),
    Refusal("INVALID_REQUEST", "参数错误"),
    Refusal("INVALID_REQ_TOO_MUCH", "无效请求过多"),
    Refusal("INVALID_TRANSACTIONID", "无效transaction_id"),
    Refusal("LACK_PARAMS", "缺少参数"),
    Refusal("MCHID_NOT_EXIST", "MCHID不存在"),
    Refusal("NOAUTH", "商户无此接口权限"),
    Refusal("NOTENOUGH", "余额不足"),
    Refusal("NOT_UTF8", "编码格式错误", "door"),
    Refusal("ORDERCLOSED", "订单已关闭"),
    Refusal("ORDERNOTEXIST", "订单不存在"),
    Refusal("ORDERPAID", "该订单已支付"),
    Refusal("OUT_TRADE_NO_USED", "商户订单号重复"),
    Refusal("PARAM_ERROR", "参数错误"),
    Refusal("POST_DATA_EMPTY", "post数据为空", "door"),
    Refusal("REFUNDNOTEXIST", "退款订单查询失败"),
    Refusal("REFUND_FEE_MISMATCH", "订单金额或退款金额与之前请求不一致，请核实后再试"),
    Refusal("REQUIRE_POST_METHOD", "请使用post方法", "door"),
    Refusal("RULELIMIT", "交易金额或次数超出限制"),
    Refusal("SIGNERROR", "签名错误", "door"),
    Refusal("SYSTEMERROR", "系统超时"),
    Refusal("TRADE_OVERDUE", "订单已经超过退款期限"),
    Refusal("TRADE_STATE_ERROR", "订单状态错误"),
    Refusal("USER_ACCOUNT_ABNORMAL", "退款请求失败，用户帐号注销"),
    Refusal("XML_FORMAT_ERROR", "XML格式错误", "door"),
    Refusal("20002", "No Bill Exist", "door"),
    Refusal("20003", "Bill Creating", "door"),
)
_BY_CODE = {refusal.code: refusal for refusal in _RAW}

CODES: dict[str, Refusal] = {
    **_BY_CODE,
    Condition.BUSY: _BY_CODE["SYSTEMERROR"],
    Condition.RATE_LIMITED: _BY_CODE["FREQUENCY_LIMITED"],
    Condition.MAINTENANCE: Refusal("SYSTEMERROR", "系统维护中", "door", 503),
    Condition.REFUSED: _BY_CODE["RULELIMIT"],
    Condition.OUT_OF_STOCK: _BY_CODE["ERROR"],
    Condition.LOW_BALANCE: _BY_CODE["NOTENOUGH"],
    Condition.BAD_SIGNATURE: _BY_CODE["SIGNERROR"],
    Reason.NOT_FOUND: _BY_CODE["ORDERNOTEXIST"],
    Reason.ALREADY_PAID: _BY_CODE["ORDERPAID"],
    Reason.NOT_PAID: _BY_CODE["TRADE_STATE_ERROR"],
    Reason.CLOSED: _BY_CODE["ORDERCLOSED"],
    Reason.EXPIRED: _BY_CODE["ORDERCLOSED"],
    Reason.PARAMS_CHANGED: Refusal("INVALID_REQUEST", "201 商户订单号重复"),
    Reason.DUPLICATE: _BY_CODE["OUT_TRADE_NO_USED"],
    Reason.MALFORMED: _BY_CODE["PARAM_ERROR"],
    Reason.REFUND_TOO_MUCH: _BY_CODE["NOTENOUGH"]._replace(message="退款金额大于订单可退金额"),
    Reason.REFUND_CHANGED: _BY_CODE["REFUND_FEE_MISMATCH"],
    Reason.PRICE_DIFFERS: _BY_CODE["REFUND_FEE_MISMATCH"],
}
"""By Condition, Reason and raw code."""
