"""What WeChat Pay v3 is asked in JSON, checked in the one pass that reads it.

A field that is missing, null, too long or not of its kind is a PARAM_ERROR that names it. Fields that
nobody knows are passed over.

Source: WX-OA docs/v3 (OpenAPI), WX-GO services, read 2026-11-22.
"""

import re
from typing import Annotated, NamedTuple

import msgspec
from msgspec import UNSET, Meta, UnsetType

_BASIC_PLANE = r"^[^\U00010000-\U0010FFFF]*$"  # characters of four bytes are refused
_RFC3339 = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
_PLACE = re.compile(r" - at `\$(.*)`$")
_MISSING = re.compile(r"missing required field `(\w+)`")
_STEP = re.compile(r"[^/.\[\]]+")

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What decoding raises for what is no JSON, no UTF-8, or nested without end."""

Id = Annotated[str, Meta(min_length=1, max_length=32)]
OutTradeNo = Annotated[str, Meta(pattern=r"^[0-9A-Za-z_\-|*]{6,32}$")]
OutRefundNo = Annotated[str, Meta(pattern=r"^[0-9A-Za-z_\-|*@]{1,64}$")]
NotifyUrl = Annotated[str, Meta(pattern=r"^https?://[^?#\s]+$", max_length=255)]
Fen = Annotated[int, Meta(ge=1, le=10_000_000_000)]
Currency = Annotated[str, Meta(pattern="^CNY$")]


class Amount(msgspec.Struct):
    """What a payment costs, in fen."""

    total: Fen
    currency: Currency = "CNY"


class Payer(msgspec.Struct):
    """Who is to pay inside WeChat."""

    openid: Annotated[str, Meta(min_length=1, max_length=128)]


class H5Info(msgspec.Struct):
    """Which kind of page a browser payment starts on."""

    type: Id


class Scene(msgspec.Struct):
    """Where the customer is."""

    payer_client_ip: Annotated[str, Meta(min_length=1, max_length=45)]
    h5_info: H5Info | UnsetType = UNSET
    device_id: Annotated[str, Meta(max_length=32)] = ""
    store_info: dict[str, object] | UnsetType = UNSET


class Detail(msgspec.Struct):
    """What is paid for, line by line."""

    cost_price: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    invoice_id: Annotated[str, Meta(max_length=32)] = ""
    goods_detail: list[dict[str, object]] | UnsetType = UNSET


class SettleInfo(msgspec.Struct):
    """How the money is settled."""

    profit_sharing: bool = False


class PayForm(msgspec.Struct):
    """POST /v3/pay/transactions/{native,jsapi,h5,app}."""

    appid: Id
    mchid: Id
    description: Annotated[str, Meta(min_length=1, max_length=127, pattern=_BASIC_PLANE)]
    out_trade_no: OutTradeNo
    notify_url: NotifyUrl
    amount: Amount
    time_expire: Annotated[str, Meta(pattern=_RFC3339)] | UnsetType = UNSET
    attach: Annotated[str, Meta(max_length=128, pattern=_BASIC_PLANE)] = ""
    payer: Payer | UnsetType = UNSET
    scene_info: Scene | UnsetType = UNSET
    goods_tag: Annotated[str, Meta(max_length=32)] = ""
    support_fapiao: bool = False
    detail: Detail | UnsetType = UNSET
    settle_info: SettleInfo | UnsetType = UNSET
    limit_pay: list[str] | UnsetType = UNSET


class CloseForm(msgspec.Struct):
    """POST /v3/pay/transactions/out-trade-no/{no}/close."""

    mchid: Id


class RefundAmount(msgspec.Struct):
    """How much of a payment goes back, in fen."""

    refund: Fen
    total: Fen
    currency: Currency


class RefundForm(msgspec.Struct):
    """POST /v3/refund/domestic/refunds; one of the two order numbers is needed."""

    out_refund_no: OutRefundNo
    amount: RefundAmount
    out_trade_no: OutTradeNo | UnsetType = UNSET
    transaction_id: Id | UnsetType = UNSET
    notify_url: NotifyUrl | UnsetType = UNSET
    reason: Annotated[str, Meta(max_length=80)] = ""


class Complaint(NamedTuple):
    """What is wrong with a request, as PARAM_ERROR tells it in `detail`."""

    field: str
    issue: str
    value: object = ""
    location: str = "body"


class AbnormalRefundForm(msgspec.Struct):
    """POST /v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund."""

    out_refund_no: OutRefundNo
    type: Annotated[str, Meta(pattern="^(USER|MERCHANT)_BANK_CARD$")]


def complaint(error: Exception, body: bytes) -> Complaint:
    """Say which field of a body a decoding error is about, as a JSON pointer, and its value."""
    if not isinstance(error, msgspec.ValidationError):
        return Complaint("", "请求内容不是合法的JSON")
    text = str(error)
    place = _PLACE.search(text)
    steps = _STEP.findall(place[1]) if place else []
    missing = _MISSING.search(text)
    if missing:
        return Complaint("/".join(["", *steps, missing[1]]), "必填项缺失")
    return Complaint("/".join(["", *steps]), _PLACE.sub("", text), _value_at(body, steps))


def _value_at(body: bytes, steps: list[str]) -> object:
    """Return the value that is wrong; nothing where what follows it cannot be read either."""
    try:
        value = msgspec.json.decode(body)
    except UNREADABLE:
        return ""
    for step in steps:
        value = value.get(step, "") if isinstance(value, dict) else ""
    return value
