"""聚合数据 话费 and 流量: face values or data packages on phone numbers, by GET or form; 100014 for "cannot say"."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar, Literal, NamedTuple

import msgspec

from harness.core.delivery import Delivery, Signature
from harness.core.units import yuan_from_fen
from harness.faults.status import Condition
from mock_upstreams import beijing, form
from mock_upstreams.dialect import (
    FORM,
    OPERATOR_OPS,
    Answer,
    Ask,
    Dialect,
    Duplicates,
    Found,
    Notice,
    Outgoing,
    Request,
)
from mock_upstreams.operators import _juhe_flow as flow
from mock_upstreams.posted import fields_of
from mock_upstreams.records import Product, Reason, Shelf, SupplierOrder
from mock_upstreams.signing import juhe_md5, same

_json = msgspec.json.Encoder().encode
_BASE = "/ofpay/mobile/"
_STATES = {"delivering": "0", "delivered": "1", "partial": "1", "failed": "9"}
_NUMBER_MIN, _NUMBER_MAX = 8, 32
_PHONE_DIGITS = 11
_FLOW = {"flow": "1"}
"""What a call about data keeps with its order, and its answer goes by."""


class Refusal(NamedTuple):
    """An error_code and its sentence."""

    error_code: int
    reason: str


# Source: 聚合数据 话费充值 (JUHE), read 2026-11-22: 100014 means that the result is unknown. The 2085xx as four public
# clients have them, read 2026-12-01.
_CODES: Mapping[str, Refusal] = {
    Condition.BUSY: Refusal(100014, "系统异常"),
    Condition.RATE_LIMITED: Refusal(10012, "请求超过次数限制"),
    Condition.MAINTENANCE: Refusal(10020, "接口维护"),
    Condition.REFUSED: Refusal(208501, "不允许充值的手机号码及金额"),
    Condition.OUT_OF_STOCK: Refusal(208503, "运营商地区维护，暂不能充值"),
    Condition.LOW_BALANCE: Refusal(208517, "当前账户可用余额不足"),
    Condition.BAD_SIGNATURE: Refusal(208515, "校验值sign错误"),
    Reason.NOT_FOUND: Refusal(208509, "错误的订单号"),
    Reason.DUPLICATE: Refusal(208516, "重复的订单号"),
    Reason.NO_PRODUCT: Refusal(208501, "不允许充值的手机号码及金额"),
    Reason.COST_ABOVE_LIMIT: Refusal(208501, "不允许充值的手机号码及金额"),
    Reason.MALFORMED: Refusal(208509, "错误的订单号"),
    "100014": Refusal(100014, "系统异常"),
    "208505": Refusal(208505, "错误的手机号码"),
    "208506": Refusal(208506, "错误的充值金额"),
    "208507": Refusal(208507, "充值失败"),
    "208513": Refusal(208513, "查询订单失败"),
    "208514": Refusal(208514, "不合规范的订单号（8-32位）"),
    "208515": Refusal(208515, "校验值sign错误"),
    "208517": Refusal(208517, "当前账户可用余额不足"),
    "10001": Refusal(10001, "错误的请求KEY"),
}


class Juhe(Dialect):
    """Top-ups by face value, data by package, queries and the balance; the callback's address was agreed beforehand.

    Phone credit is chosen by its face value (`cardnum`, yuan), data by the number of its package (`pid`), the cost
    never capped. A callback that gets no content, or no answer, is sent again after 3 s, and so three times more;
    anything else stops it. A part of an order does not exist, since each is for one unit.

    Source: 聚合数据 话费充值 interface document (JUHE), read 2026-11-22, and public clients of v.juhe.cn/flow, read
    2026-11-30. Unconfirmed: that only answers of HTTP 2xx count, that data has the 2085xx as 2105xx (of which two were
    seen), the fields of order lists, and that the callback of data is that of credit.
    """

    endpoints: ClassVar[tuple[str, ...]] = (
        "/ofpay/mobile/telcheck",
        "/ofpay/mobile/telquery",
        "/ofpay/mobile/onlineorder",
        "/ofpay/mobile/ordersta",
        "/ofpay/mobile/yue",
        "/ofpay/mobile/orderlist",
        f"{flow.BASE}{{{','.join(flow.CALLS)}}}",
    )
    side: ClassVar[Literal["gateway", "operator"]] = "operator"
    ops: ClassVar[tuple[str, ...]] = OPERATOR_OPS
    notifies: ClassVar[frozenset[str]] = frozenset({"submit"})
    ladder_ms: ClassVar[tuple[float, ...]] = (3_000.0, 3_000.0, 3_000.0)
    secrets: ClassVar[tuple[str, ...]] = ("appkey",)
    codes: ClassVar[Mapping[str, Refusal]] = _CODES
    unclear: ClassVar[frozenset[str]] = frozenset({Condition.BUSY, "100014"})
    duplicates: ClassVar[Duplicates] = "reject"
    hosts: ClassVar[tuple[str, ...]] = ("op.juhe.cn", "v.juhe.cn")
    defaults: ClassVar[Mapping[str, str]] = {
        "openid": "JHopenid",
        "appkey": "APPKEY",
        "notify_url": "",
    }

    def __init__(self, settings: Mapping[str, str], products: Mapping[str, Product]) -> None:
        super().__init__(settings, products)
        self._openid, self._appkey = self.settings["openid"], self.settings["appkey"]
        self._skus = {str(p.face_fen): p.id for p in products.values() if p.kind == "topup"}
        self._calls: Mapping[str, Callable[[Mapping[str, str]], Ask | Answer]] = {
            f"{_BASE}telcheck": lambda fields: self._goods(fields, "check"),
            f"{_BASE}telquery": lambda fields: self._goods(fields, "price"),
            f"{_BASE}onlineorder": self._order,
            f"{_BASE}ordersta": self._state,
            f"{_BASE}yue": self._balance,
            f"{_BASE}orderlist": lambda fields: flow.page_ask(fields, {}),
            **{f"{flow.BASE}{act}": partial(self._flow, act) for act in flow.CALLS},
        }

    def credentials(self) -> dict[str, str]:
        """Return openid and appkey."""
        return {"openid": self._openid, "appkey": self._appkey}

    # Reading.

    def read(self, request: Request) -> Ask | Answer:
        """Read query and form, merged."""
        call = self._calls.get(request.path)
        if call is None or request.method not in {"GET", "POST"}:
            return Answer(_json({"resultcode": "404", "reason": "接口不存在", "result": None}), 404)
        fields = form.read(request.query)
        if request.method == "POST":
            fields |= fields_of(request)
        if not same(fields.get("key", ""), self._appkey):
            return self.refuse(None, "10001")
        return call(fields)

    def _signed(self, fields: Mapping[str, str], *names: str) -> bool:
        values = [fields.get(name, "") for name in names]
        return same(fields.get("sign", ""), juhe_md5(self._openid, self._appkey, *values))

    def _sku(self, fields: Mapping[str, str]) -> str:
        """Return the product of a face value."""
        face = fields["cardnum"]
        return self._skus.get(str(int(face) * 100), f"{face}元")

    def _order(self, fields: Mapping[str, str]) -> Ask | Answer:
        number = fields.get("orderid", "")
        if not self._signed(fields, "phoneno", "cardnum", "orderid"):
            return self.refuse(None, Condition.BAD_SIGNATURE)
        if unfit := _unfit(fields) or _unfit_number(number):
            return self.refuse(None, unfit)
        return Ask(
            op="submit",
            order_no=number,
            account=fields["phoneno"],
            sku=self._sku(fields),
            notify_url=self.settings["notify_url"],
        )

    def _flow(self, act: str, fields: Mapping[str, str]) -> Ask | Answer:
        """Read a call about data."""
        if act == "operatorstate":
            return _said("查询成功", flow.operators())
        if act == "orderlist":
            return flow.page_ask(fields, _FLOW)
        if act in {"batchquery", "ordersta"}:
            numbers = tuple(n for n in fields.get("orderid", "").split(",") if n)
            if not 1 <= len(numbers) <= flow.ORDERS_MOST:
                return self._flow_no(Reason.MALFORMED)
            return Ask(op="query", order_nos=numbers, extra=_FLOW | {"act": act})
        if act == "list":
            return Ask(op="query", about="goods", extra=_FLOW)
        if not _is_phone(fields.get("phone", "")):
            return self._flow_no("208505")
        if act == "telcheck":
            return Ask(op="query", about="goods", extra=_FLOW)
        number, pid = fields.get("orderid", ""), fields.get("pid", "")
        if not self._signed(fields, "phone", "pid", "orderid"):
            return self._flow_no(Condition.BAD_SIGNATURE)
        if unfit := ("" if pid else "208506") or _unfit_number(number):
            return self._flow_no(unfit)
        return Ask(
            op="submit",
            order_no=number,
            account=fields["phone"],
            sku=pid,
            notify_url=self.settings["notify_url"],
            extra=_FLOW,
        )

    def _flow_no(self, code: str) -> Answer:
        return self.refuse(Ask(op="query", extra=_FLOW), code)

    def _state(self, fields: Mapping[str, str]) -> Ask | Answer:
        number = fields.get("orderid")
        return (
            Ask(op="query", order_nos=(number,)) if number else self.refuse(None, Reason.MALFORMED)
        )

    def _balance(self, fields: Mapping[str, str]) -> Ask | Answer:
        if not self._signed(fields, "timestamp"):
            return self.refuse(None, Condition.BAD_SIGNATURE)
        return Ask(op="balance")

    def _goods(self, fields: Mapping[str, str], act: str) -> Ask | Answer:
        if unfit := _unfit(fields):
            return self.refuse(None, unfit)
        extra = {"act": act, "account": fields["phoneno"]}
        return Ask(op="query", about="goods", sku=self._sku(fields), extra=extra)

    # Answering.

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Say it in the envelope."""
        if isinstance(found, int):
            return _said("success", {"uid": self._openid, "money": yuan_from_fen(found)})
        is_flow = "flow" in ask.extra
        if isinstance(found, SupplierOrder):
            view = flow.taken(found, _STATES[found.state]) if is_flow else _taken(found)
            return _said("充值提交成功", view)
        assert isinstance(found, Sequence)
        if ask.about == "goods" and is_flow:
            products = [s.product for s in found if isinstance(s, Shelf) and s.on_sale]
            return _said("查询成功", flow.packages(products))
        if ask.about == "goods":
            return self._goods_answer(ask, [s for s in found if isinstance(s, Shelf)])
        orders = [order for order in found if isinstance(order, SupplierOrder)]
        if ask.about == "orders" or ask.extra.get("act") == "batchquery":
            listed = [flow.taken(order, _STATES[order.state]) for order in orders]
            none_of_them = ask.about != "orders" and not listed
            return self.refuse(ask, Reason.NOT_FOUND) if none_of_them else _said("查询成功", listed)
        return (
            _said("查询成功", _view(orders[-1])) if orders else self.refuse(ask, Reason.NOT_FOUND)
        )

    def _goods_answer(self, ask: Ask, shelves: Sequence[Shelf]) -> Answer:
        if not shelves or not shelves[0].on_sale:
            return self.refuse(ask, Reason.NO_PRODUCT)
        if ask.extra["act"] == "check":
            return _said("允许充值的手机号码及金额", None)
        product = shelves[0].product
        price = {
            "cardid": product.id,
            "cardname": product.title,
            "inprice": _number(product.cost_fen),
            "game_area": "广东广州移动",
        }
        return _said("查询成功", price)

    def refuse(self, ask: Ask | None, code: str) -> Answer:
        """Say no, about data with numbers of its own."""
        refusal = self.codes[code]
        number = refusal.error_code
        if ask is not None and "flow" in ask.extra:
            number = flow.error_of(number)
        return _said(refusal.reason, None, number)

    # Notifying.

    def notify(self, notice: Notice, delivery: Delivery, notify_url: str) -> Outgoing:  # noqa: ARG002
        """Render the callback form; its state is not covered by the signature."""
        facts = delivery.fields
        ref, number, state = str(facts["ref"]), str(facts["order_no"]), str(facts["state"])
        key = self._appkey
        if delivery.signature is Signature.FORGED:
            key = f"not {key}"
        fields = {
            "sporder_id": ref,
            "orderid": number,
            "sta": _STATES.get(state, state),
            "sign": juhe_md5(key, ref, number),
            "err_msg": "充值失败" if state == "failed" else "",
        }
        return Outgoing("POST", notify_url, form.write(fields).encode(), (("Content-Type", FORM),))

    def acked(self, status: int, body: bytes) -> bool:
        """Take any content for an acknowledgement; `success` is what the document asks for."""
        return 200 <= status < 300 and bool(body)

    def number(self, kind: Literal["trade", "refund", "order"], serial: int, time_ns: int) -> str:  # noqa: ARG002
        """Return `J`, the second and seven digits or more."""
        return f"J{beijing.digits(time_ns)}{serial:07d}"


def _unfit(fields: Mapping[str, str]) -> str:
    """Return the code for a phone or a face value that cannot be read, else nothing."""
    if not _is_phone(fields.get("phoneno", "")):
        return "208505"
    face = fields.get("cardnum", "")
    return "" if face.isascii() and face.isdigit() and len(face) <= 6 else "208506"


def _unfit_number(number: str) -> str:
    return "" if _is_number(number) else "208514"


def _is_phone(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) == _PHONE_DIGITS


def _is_number(text: str) -> bool:
    return text.isascii() and text.isalnum() and _NUMBER_MIN <= len(text) <= _NUMBER_MAX


def _said(reason: str, result: object, error_code: int = 0) -> Answer:
    return Answer(_json({"reason": reason, "result": result, "error_code": error_code}))


def _taken(order: SupplierOrder) -> dict[str, object]:
    return {
        "cardid": order.product.id,
        "cardnum": str(order.quantity),
        "ordercash": _number(order.cost_fen),
        "cardname": order.product.title,
        "sporder_id": order.ref,
        "uorderid": order.order_no,
        "game_userid": order.account,
        "game_state": _STATES[order.state],
    }


def _view(order: SupplierOrder) -> dict[str, str]:
    return {
        "uordercash": yuan_from_fen(order.cost_fen),
        "sporder_id": order.ref,
        "uorderid": order.order_no,
        "game_state": _STATES[order.state],
    }


def _number(fen: int) -> msgspec.Raw:
    """Write an amount as the bare JSON number that this wire has, without ever being a float."""
    return msgspec.Raw(yuan_from_fen(fen).encode())
