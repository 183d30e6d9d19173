"""Small top-up dialects seen in one real gateway, one row each: all that differs between them is data.

Source: the plugins in 大猿人 `extend/Recharge/*.php` (DYR), read 2026-11-22. A row says what a caller sends and in what
order it is signed, what tells success, and how the callback looks. What the plugins do not show is unconfirmed: the
answer's other fields, refusals, whether callbacks are signed (the plugins never check), and the ladder.
"""

import msgspec


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """One small dialect. Field names are the wire's."""

    path: str
    signed: tuple[str, ...]
    """The fields that are signed; for recipe `values` in this order."""
    recipe: str = "values"
    """values: set side by side, then the key; query: `k=v&...&key=` in this order; sorted: all that is
    sent, sorted; sorted_nonempty: sorted, empty ones left out."""
    upper: bool = False
    sign: str = "sign"
    merchant: str = ""
    """The field that names the merchant, where the plugin shows which it is."""
    number: str
    account: str
    amount: str = ""
    """The face value in yuan; or, without it, `product`."""
    product: str = ""
    notify: str
    ok: tuple[str, str | int]
    """The field of the answer, and its value, that mean accepted."""
    told: str
    """The callback's field for the caller's number; a dot leads into `data`."""
    state: str
    """The callback's field for the state."""
    states: tuple[str, str, str]
    """Its words for delivered, failed, partial ('' where there is none)."""
    face: str = ""
    """The callback's field for what was to be charged, in yuan."""
    charged: str = ""
    """The callback's field for what was really charged, in yuan."""
    json: bool = False
    ack: str = "success"


_PARTNER = ("partner_id", "partner_order_no", "phone", "amount", "type", "notify_url")
_HFCZ = (
    "partner_id",
    "partner_order_no",
    "account",
    "amount",
    "type",
    "area",
    "charge_type",
    "notify_url",
)
_PIAOLIANG = ("username", "mobile", "orderNo", "amount", "productType", "notifyUrl", "timestamp")
_HUADAN = (
    "hd_mchid",
    "hd_tel",
    "hd_orderid",
    "hd_price",
    "hd_teltype",
    "hd_timeout",
    "hd_notify",
    "rand",
)
_HANCHENG = ("mchid", "tel", "price", "orderid", "teltype", "timeout", "notify", "time", "rand")
# Which field holds the order's number in a submit of dianf is unconfirmed; so is `ok` of hfcz, piaoliang and zhongh.
_DIANF = ("orderid", "merchant_id", "userid", "limit", "type", "pcode", "notifyurl", "close_time")
_XINAO = ("partner_id", "partner_order_no", "account", "type", "amount", "area", "notify_url")

PRESETS: dict[str, Preset] = {
    "baoshijie": Preset(
        merchant="partner_id",
        path="/api/receiveOrder", signed=_PARTNER, number="partner_order_no", account="phone", amount="amount",
        notify="notify_url", ok=("code", 1), told="partner_order_no", state="status", states=("1", "-1", ""),
    ),
    "hfcz": Preset(
        merchant="partner_id",
        path="/api/order", signed=_HFCZ, number="partner_order_no", account="account", amount="amount",
        notify="notify_url", ok=("code", 1), told="partner_order_no", state="status",
        states=("success", "fail", "partial"), charged="amount",
    ),
    "piaoliang": Preset(
        merchant="username",
        path="/api/order", signed=_PIAOLIANG, upper=True, number="orderNo", account="mobile", amount="amount",
        notify="notifyUrl", ok=("code", 1), told="orderNo", state="order_status", states=("3", "4", ""), json=True,
        ack="ok",
    ),
    "xinsw": Preset(
        merchant="MchId",
        path="/api/order", signed=("Pid", "Account", "ExternalOrderNo", "MchId", "TimeStamp"), sign="Sign",
        number="ExternalOrderNo", account="Account", product="Pid", notify="NotifyUrl", ok=("status", 10001),
        told="externalOrderNo", state="status", states=("2", "3", ""), json=True, ack="ok",
    ),
    "ezh": Preset(
        merchant="MchId",
        path="/api/order", signed=("Pid", "Account", "ExternalOrderNo", "MchId", "TimeStamp"), sign="Sign",
        number="ExternalOrderNo", account="Account", product="Pid", notify="NotifyUrl", ok=("status", 10001),
        told="externalOrderNo", state="status", states=("2", "3", ""), json=True, ack="",
    ),
    "zhongh": Preset(
        merchant="mchId",
        path="/api/order", signed=("mchId", "orderId", "price", "telNum", "telType", "timeOut", "notify"),
        recipe="query", upper=True, number="orderId", account="telNum", amount="price", notify="notify",
        ok=("code", 0), told="data.orderId", state="status", states=("2", "3", ""), json=True,
    ),
    "huadan": Preset(
        merchant="hd_mchid",
        path="/api/order", signed=_HUADAN, sign="hd_sign", number="hd_orderid", account="hd_tel", amount="hd_price",
        notify="hd_notify", ok=("status", "success"), told="hd_orderid", state="hd_status", states=("1", "2", ""),
        ack="OK",
    ),
    "hancheng": Preset(
        merchant="mchid",
        path="/api/order", signed=_HANCHENG, number="orderid", account="tel", amount="price", notify="notify",
        ok=("code", 0), told="order_id", state="status", states=("1", "2", ""),
    ),
    "dianf": Preset(
        merchant="merchant_id",
        path="/api/order", signed=_DIANF, recipe="sorted", upper=True, number="orderid", account="userid",
        amount="limit", notify="notifyurl", ok=("status", "ok"), told="orderid", state="status",
        states=("1", "0", "2"), face="limit", charged="money", ack="OK",
    ),
    "directad": Preset(
        merchant="appkey",
        path="/api/order", signed=("account", "notify_url", "order_number", "product_number"),
        number="order_number", account="account", product="product_number", notify="notify_url",
        ok=("code", 10000), told="order_number", state="status", states=("success", "failed", ""),
    ),
    "liwen": Preset(
        path="/api/order", signed=("amount", "hsNum", "notifyUrl", "outOrderNum", "phone", "timestamp"),
        recipe="query", number="outOrderNum", account="phone", amount="amount", notify="notifyUrl",
        ok=("code", 200), told="outOrderNum", state="status", states=("success", "fail", ""), ack="ok",
    ),
    "qiaosuan": Preset(
        merchant="username",
        path="/api/order", signed=("username", "order_code", "account", "amount", "type"), number="order_code",
        account="account", amount="amount", notify="notify_url", ok=("code", 1), told="order_code", state="status",
        states=("1", "2", "3"), charged="charged_amount",
    ),
    "xinaodianfei": Preset(
        merchant="partner_id",
        path="/api/order", signed=_XINAO, recipe="sorted_nonempty", number="partner_order_no", account="account",
        amount="amount", notify="notify_url", ok=("code", 1), told="partner_order_no", state="status",
        states=("1", "90", "2"), charged="charge_amount", ack='{"code":100,"msg":"success"}',
    ),
}  # fmt: skip

ALIASES = {"porsche": "baoshijie", "wtltd": "baoshijie", "seet": "huadan", "xiaomang": "hancheng"}
"""Plugins of the same wire under other names."""
