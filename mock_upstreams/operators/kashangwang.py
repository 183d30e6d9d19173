"""卡商网 and its kin (星权益, 866ka, 美狐): forms signed with MD5 over key and fields, a code for "undetermined"."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Literal, NamedTuple

import msgspec

from harness.core.clock import now_ns
from harness.core.delivery import Delivery, Signature
from harness.faults.status import Condition
from mock_upstreams import beijing, form
from mock_upstreams.dialect import (
    FORM,
    HTML,
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
from mock_upstreams.operators._money import cap_fen, count_of, numeral, yuan_4
from mock_upstreams.posted import fields_of
from mock_upstreams.records import Product, Reason, Shelf, SupplierOrder
from mock_upstreams.signing import kashangwang_md5, same

_json = msgspec.json.Encoder().encode
_WAITING, _RECHARGING, _UNKNOWN = "100", "101", "501"
_STATES = {"delivering": _RECHARGING, "delivered": "200", "partial": "200", "failed": "500"}
_NAME = "平台"
_FOREVER = "2099-12-31 00:00:00"
_INFOS = {"failed": "充值失败", "partial": "部分成功，余款已退"}
_ITEMS = "recharge_template_input_items["


class Refusal(NamedTuple):
    """A code and a sentence."""

    code: str
    message: str


# Source: 卡商网 interface document (KSW) names the codes, read 2026-11-22. The sentences are free text there.
_CODES: Mapping[str, Refusal] = {
    Condition.BUSY: Refusal("server_error", "系统繁忙"),
    Condition.RATE_LIMITED: Refusal("request_frequency", "请求过于频繁"),
    Condition.MAINTENANCE: Refusal("error", "商品维护中"),
    Condition.REFUSED: Refusal("disabled_customer", "客户已被禁用"),
    Condition.OUT_OF_STOCK: Refusal("error", "商品库存不足"),
    Condition.LOW_BALANCE: Refusal("error", "余额不足"),
    Condition.BAD_SIGNATURE: Refusal("invalid_sign", "签名错误"),
    Reason.NOT_FOUND: Refusal("error", "订单不存在"),
    Reason.DUPLICATE: Refusal("error", "外部订单号已存在"),
    Reason.NO_PRODUCT: Refusal("error", "商品不存在"),
    Reason.COST_ABOVE_LIMIT: Refusal("error", "商品成本高于安全成本"),
    Reason.MALFORMED: Refusal("invalid_parameters", "参数错误"),
    "error": Refusal("error", "操作失败"),
    "invalid_parameters": Refusal("invalid_parameters", "参数错误"),
    "invalid_sign": Refusal("invalid_sign", "签名错误"),
    "disabled_customer": Refusal("disabled_customer", "客户已被禁用"),
    "request_frequency": Refusal("request_frequency", "请求过于频繁"),
    "server_error": Refusal("server_error", "系统繁忙"),
    _UNKNOWN: Refusal("ok", ""),
}


class Kashangwang(Dialect):
    """Submits, queries by either number, goods and balance by signed form; callbacks signed by the same rule.

    `server_error` and the order state 501 both mean that the result is undetermined. Cards are written with other
    names by buy (`card_no`, `card_password`) than by the queries (`no`, `password`), are not covered by a callback's
    signature, and may be missing at success. A callback not answered `ok` is sent again after 10 s, three in all.

    Source: 卡商网 interface document (KSW), read 2026-11-22 and 2026-12-01. Whether blanks
    around `ok` count is not confirmed.
    """

    endpoints: ClassVar[tuple[str, ...]] = (
        "/api/buy",
        "/api/order",
        "/api/outer-order",
        "/api/customer",
        "/api/product-list",
        "/api/product",
        "/api/product/recharge-params",
    )
    side: ClassVar[Literal["gateway", "operator"]] = "operator"
    ops: ClassVar[tuple[str, ...]] = OPERATOR_OPS
    notifies: ClassVar[frozenset[str]] = frozenset({"submit"})
    ladder_ms: ClassVar[tuple[float, ...]] = (10_000.0, 10_000.0)
    secrets: ClassVar[tuple[str, ...]] = ("key",)
    codes: ClassVar[Mapping[str, Refusal]] = _CODES
    unclear: ClassVar[frozenset[str]] = frozenset({Condition.BUSY, "server_error", _UNKNOWN})
    duplicates: ClassVar[Duplicates] = "reject"
    defaults: ClassVar[Mapping[str, str]] = {"customer_id": "10000", "key": "TESTKEY"}

    def __init__(self, settings: Mapping[str, str], products: Mapping[str, Product]) -> None:
        super().__init__(settings, products)
        self._customer, self._key = self.settings["customer_id"], self.settings["key"]
        self._calls: Mapping[str, Callable[[Mapping[str, str]], Ask | Answer]] = {
            "/api/buy": self._buy,
            "/api/order": self._order,
            "/api/outer-order": self._outer_order,
            "/api/customer": lambda _: Ask(op="balance"),
            "/api/product-list": lambda _: _goods_ask("list"),
            "/api/product": lambda fields: _goods_ask("one", fields),
            "/api/product/recharge-params": lambda fields: _goods_ask("params", fields),
        }

    def credentials(self) -> dict[str, str]:
        """Return customer_id and key."""
        return {"customer_id": self._customer, "key": self._key}

    # Reading.

    def read(self, request: Request) -> Ask | Answer:
        """Read a signed form."""
        call = self._calls.get(request.path)
        if call is None:
            return Answer(b"Not Found", 404, HTML)
        fields = fields_of(request)
        if request.method != "POST" or not fields.get("timestamp", "").isdecimal():
            return self.refuse(None, Reason.MALFORMED)
        if fields.get("customer_id") != self._customer:
            return self.refuse(None, "disabled_customer")
        if not self._signed(fields):
            return self.refuse(None, Condition.BAD_SIGNATURE)
        try:
            return call(fields)
        except ValueError as error:
            return _envelope("invalid_parameters", f"参数错误：{error}", None)

    def _signed(self, fields: Mapping[str, str]) -> bool:
        given = fields.get("sign", "")
        return any(same(given, kashangwang_md5(fields, self._key, pinyin=p)) for p in (False, True))

    def _buy(self, fields: Mapping[str, str]) -> Ask | Answer:
        product_id, account = fields.get("product_id", ""), fields.get("recharge_account", "")
        quantity = count_of(fields.get("quantity", ""))
        product = self.products.get(product_id)
        if not product_id or (product and product.kind == "topup" and not account):
            return self.refuse(None, Reason.MALFORMED)
        items = [value for name, value in fields.items() if name.startswith(_ITEMS)]
        return Ask(
            op="submit",
            order_no=fields.get("outer_order_id", ""),
            account=account,
            sku=product_id,
            quantity=quantity,
            amount_fen=cap_fen(fields.get("safe_cost", "")) * quantity,
            attach=" ".join(items),
            notify_url=fields.get("notify_url", ""),
        )

    def _order(self, fields: Mapping[str, str]) -> Ask | Answer:
        ref = fields.get("order_id")
        return Ask(op="query", refs=(ref,)) if ref else self.refuse(None, Reason.MALFORMED)

    def _outer_order(self, fields: Mapping[str, str]) -> Ask | Answer:
        number = fields.get("outer_order_id")
        if not number:
            return self.refuse(None, Reason.MALFORMED)
        return Ask(op="query", order_nos=(number,))

    # Answering.

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Say it in the envelope."""
        if isinstance(found, int):
            customer = {"id": numeral(self._customer), "name": _NAME, "balance": yuan_4(found)}
            return _envelope("ok", "", customer)
        if isinstance(found, SupplierOrder):
            return _envelope("ok", "", _taken(found))
        assert isinstance(found, Sequence)
        if ask.about == "goods":
            return self._goods_answer(ask, [s for s in found if isinstance(s, Shelf)])
        orders = [order for order in found if isinstance(order, SupplierOrder)]
        if not orders:
            return self.refuse(ask, Reason.NOT_FOUND)
        return _envelope("ok", "", _view(orders[-1], self._customer))

    def _goods_answer(self, ask: Ask, shelves: Sequence[Shelf]) -> Answer:
        act = ask.extra["act"]
        if act == "list":
            return _envelope("ok", "", [_goods(shelf) for shelf in shelves])
        if not shelves:
            return self.refuse(ask, Reason.NO_PRODUCT)
        return _envelope("ok", "", (_template if act == "params" else _goods)(shelves[0]))

    def refuse(self, ask: Ask | None, code: str) -> Answer:
        """Say no; 501 is no refusal but an order in a state that nobody knows."""
        refusal = self.codes[code]
        if code == _UNKNOWN:
            order_no, ref = ("", "") if ask is None else (ask.order_no, "".join(ask.refs[:1]))
            order_no = order_no or "".join(ask.order_nos[:1] if ask else ())
            return _envelope(
                "ok", "", {"order_id": ref, "id": ref, "outer_order_id": order_no, "state": 501}
            )
        return _envelope(refusal.code, refusal.message, None)

    # Notifying.

    def notify(self, notice: Notice, delivery: Delivery, notify_url: str) -> Outgoing:
        """Render the callback form; cards ride along unsigned."""
        order, facts = notice.order, delivery.fields
        assert order is not None
        state = str(facts["state"])
        fields = {
            "customer_id": self._customer,
            "timestamp": str(now_ns() // 10**9),
            "order_id": str(facts["ref"]),
            "outer_order_id": str(facts["order_no"]),
            "product_id": order.product.id,
            "quantity": str(order.quantity),
            "state": _STATES.get(state, state),
            "state_info": _INFOS.get(state, ""),
            "created_at": beijing.text(order.created_ns),
        }
        key = f"not {self._key}" if delivery.signature is Signature.FORGED else self._key
        fields["sign"] = kashangwang_md5(fields, key)
        if order.cards:
            fields["cards"] = _json(_cards(order, "card_")).decode()
        return Outgoing("POST", notify_url, form.write(fields).encode(), (("Content-Type", FORM),))

    def acked(self, status: int, body: bytes) -> bool:
        """Take `ok` for an acknowledgement."""
        return status == 200 and body.strip() == b"ok"

    def number(self, kind: Literal["trade", "refund", "order"], serial: int, time_ns: int) -> str:  # noqa: ARG002
        """Return digits alone."""
        return f"{beijing.digits(time_ns)[2:8]}{serial:08d}"


def _goods_ask(act: str, fields: Mapping[str, str] | None = None) -> Ask:
    sku = "" if fields is None else fields.get("product_id") or fields.get("id", "")
    if fields is not None and not sku:
        raise ValueError("product_id")
    return Ask(op="query", about="goods", sku=sku, extra={"act": act})


def _envelope(code: str, message: str, data: object) -> Answer:
    return Answer(_json({"code": code, "message": message, "data": data}))


def _cards(order: SupplierOrder, prefix: str) -> list[dict[str, str]]:
    return [
        {f"{prefix}no": card.number, f"{prefix}password": card.password, "expired_at": _FOREVER}
        for card in order.cards
    ]


def _taken(order: SupplierOrder) -> dict[str, object]:
    taken: dict[str, object] = {
        "order_id": order.ref,
        "product_price": yuan_4(order.product.cost_fen),
        "total_price": yuan_4(order.cost_fen),
        "recharge_url": "",
        "state": int(_STATES[order.state]),
    }
    return taken | ({"cards": _cards(order, "card_")} if order.cards else {})


def _view(order: SupplierOrder, customer_id: str) -> dict[str, object]:
    """Write an order, with an account or with cards, as its goods are."""
    of_cards = order.product.kind == "cards"
    account = {
        "recharge_account": order.account,
        "recharge_params": "{}",
        "recharge_info": _INFOS.get(order.state, ""),
    }
    return {
        "id": order.ref,
        "order_id": order.ref,
        "outer_order_id": order.order_no,
        "product_id": numeral(order.product.id),
        "product_name": order.product.title,
        "product_type": 2 if of_cards else 1,
        "product_price": yuan_4(order.product.cost_fen),
        "quantity": order.quantity,
        "total_price": yuan_4(order.cost_fen),
        "refunded_amount": yuan_4(order.back_fen),
        "buyer_customer_id": numeral(customer_id),
        "buyer_customer_name": _NAME,
        "state": int(_STATES[order.state]),
        "created_at": beijing.text(order.created_ns),
        "recharge_url": "",
        **({"cards": _cards(order, "")} if of_cards else account),
    }


def _goods(shelf: Shelf) -> dict[str, object]:
    product = shelf.product
    return {
        "id": numeral(product.id),
        "product_name": product.title,
        "name": product.title,
        "price": yuan_4(product.cost_fen),
        "valid_purchasing_quantity": "1-10000",
        "type": 2 if product.kind == "cards" else 1,
        "stock_state": 1 if shelf.left is None or shelf.left > 0 else 2,
        "supply_state": 1 if shelf.on_sale else 3,
        "hold_state": 1,
        "ban_start_at": "",
        "ban_end_at": "",
    }


def _template(shelf: Shelf) -> dict[str, object]:
    label = "" if shelf.product.kind == "cards" else "充值账号"
    return {"recharge_account_label": label, "recharge_params": []}
