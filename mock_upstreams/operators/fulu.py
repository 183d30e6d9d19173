"""福禄: one address, JSON signed over its sorted characters, cards sealed with AES."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal, NamedTuple

import msgspec

from harness.core.delivery import Delivery, Signature
from harness.core.errors import UsageError
from harness.faults.status import Condition
from mock_upstreams import beijing
from mock_upstreams.dialect import (
    HTML,
    JSON,
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
from mock_upstreams.operators import _fulu_views as views
from mock_upstreams.operators._money import cap_fen, count_of, yuan_4
from mock_upstreams.records import Product, Reason, Shelf, SupplierOrder
from mock_upstreams.signing import fulu_md5, same

_encode = msgspec.json.Encoder().encode
_PATH = "/api/getway"
_SECRET_CHARACTERS = 32
_NUMBER_MAX = 50
_Fields = dict[str, Any]


class Refusal(NamedTuple):
    """A code and its sentence."""

    code: int
    message: str


# Source: 福禄 open platform (FULU) names `code` 0 alone; clients change goods on 3001 to 3005, 3008; read 2026-11-22.
# Every other number, and what these mean, is unconfirmed.
_CODES: Mapping[str, Refusal] = {
    Condition.BUSY: Refusal(5000, "系统繁忙，请稍后查询订单"),
    Condition.RATE_LIMITED: Refusal(1010, "请求过于频繁"),
    Condition.MAINTENANCE: Refusal(3003, "商品维护中"),
    Condition.REFUSED: Refusal(3002, "商品已下架"),
    Condition.OUT_OF_STOCK: Refusal(3005, "商品库存不足"),
    Condition.LOW_BALANCE: Refusal(2116, "账户余额不足"),
    Condition.BAD_SIGNATURE: Refusal(1007, "签名错误"),
    Reason.NOT_FOUND: Refusal(4002, "订单不存在"),
    Reason.DUPLICATE: Refusal(4001, "外部订单号已存在"),
    Reason.NO_PRODUCT: Refusal(3001, "商品不存在"),
    Reason.COST_ABOVE_LIMIT: Refusal(3008, "商品价格高于客户价格"),
    Reason.MALFORMED: Refusal(1001, "参数错误"),
    "5000": Refusal(5000, "系统繁忙，请稍后查询订单"),
    **{str(code): Refusal(code, "商品暂不可用") for code in (3001, 3002, 3003, 3004, 3005, 3008)},
}


class Fulu(Dialect):
    """Every call is one POST that names its method; answers are signed over `result`, a text of JSON.

    That an order was accepted does not mean that it succeeded: poll `fulu.order.info.get`, or wait for the callback,
    whose address was agreed beforehand. Cards come with the query alone, their number and password as AES-256-ECB.
    For a part of an order the wire has no word: it is a success with fewer cards.

    Source: 福禄 open platform (FULU), read 2026-11-22, and four public clients with one recorded callback, read
    2026-12-01. The ladder, the acknowledgement and the codes are unconfirmed.
    """

    endpoints: ClassVar[tuple[str, ...]] = (
        "/api/getway fulu.order.direct.add",
        "fulu.order.mobile.add",
        "fulu.order.data.add",
        "fulu.order.card.add",
        "fulu.order.info.get",
        "fulu.user.info.get",
        "fulu.goods.list.get",
        "fulu.goods.info.get",
        "fulu.goods.template.get",
        "fulu.goods.stock.check",
        "fulu.mobile.info.get",
    )
    side: ClassVar[Literal["gateway", "operator"]] = "operator"
    ops: ClassVar[tuple[str, ...]] = OPERATOR_OPS
    notifies: ClassVar[frozenset[str]] = frozenset({"submit"})
    ladder_ms: ClassVar[tuple[float, ...]] = (60_000.0, 60_000.0, 60_000.0, 60_000.0)
    secrets: ClassVar[tuple[str, ...]] = ("app_secret",)
    codes: ClassVar[Mapping[str, Refusal]] = _CODES
    unclear: ClassVar[frozenset[str]] = frozenset({Condition.BUSY, "5000"})
    duplicates: ClassVar[Duplicates] = "reject"
    hosts: ClassVar[tuple[str, ...]] = (
        "openapi.fulu.com",
        "pre.openapi.fulu.com",
        "pre-openapi.fulu.com",
    )
    defaults: ClassVar[Mapping[str, str]] = {
        "app_key": "AK1",
        "app_secret": "0123456789abcdef0123456789abcdef",
        "notify_url": "",
    }

    def __init__(self, settings: Mapping[str, str], products: Mapping[str, Product]) -> None:
        super().__init__(settings, products)
        self._app_key, self._secret = self.settings["app_key"], self.settings["app_secret"]
        if len(self._secret) != _SECRET_CHARACTERS or not self._secret.isascii():
            raise UsageError("fulu.app_secret: expected 32 ASCII characters, which are the AES key")
        self._skus = {p.face_fen: p.id for p in products.values() if p.kind == "topup"}
        self._calls: Mapping[str, Callable[[_Fields], Ask | Answer]] = {
            "fulu.order.direct.add": self._direct,
            "fulu.order.mobile.add": lambda biz: self._phone_order(biz, "1"),
            "fulu.order.data.add": lambda biz: self._phone_order(biz, "2"),
            "fulu.order.card.add": self._card,
            "fulu.order.info.get": self._info,
            "fulu.user.info.get": lambda _: Ask(op="balance"),
            "fulu.goods.list.get": lambda _: _goods_ask("list"),
            "fulu.goods.info.get": lambda fields: _goods_ask("info", fields),
            "fulu.goods.template.get": lambda fields: _goods_ask("template", fields),
            "fulu.goods.stock.check": lambda fields: _goods_ask("stock", fields),
            "fulu.mobile.info.get": self._phone,
        }

    def credentials(self) -> dict[str, str]:
        """Return app_key and app_secret."""
        return {"app_key": self._app_key, "app_secret": self._secret}

    # Reading.

    def read(self, request: Request) -> Ask | Answer:
        """Verify over the characters of the request as PHP would write it again, then read `biz_content`."""
        if request.path != _PATH:
            return Answer(b"Not Found", 404, HTML)
        try:
            return self._read(request)
        except (ValueError, RecursionError) as error:  # what msgspec raises is a ValueError
            return self._no(Refusal(_CODES[Reason.MALFORMED].code, f"参数错误：{error}"))

    def _read(self, request: Request) -> Ask | Answer:
        fields = msgspec.json.decode(request.body, type=_Fields)
        if request.method != "POST" or fields.get("app_key") != self._app_key:
            return self.refuse(None, Reason.MALFORMED)
        text = views.php_text({name: value for name, value in fields.items() if name != "sign"})
        if not same(str(fields.get("sign", "")), fulu_md5(text, self._secret)):
            return self.refuse(None, Condition.BAD_SIGNATURE)
        call = self._calls.get(str(fields.get("method", "")))
        if call is None or not beijing.ns_of(str(fields.get("timestamp", ""))):
            return self.refuse(None, Reason.MALFORMED)
        return call(_biz(str(fields.get("biz_content") or "{}")))

    def _direct(self, biz: _Fields) -> Ask:
        return self._submit(biz, str(biz["charge_account"]) if biz.get("charge_account") else "")

    def _phone_order(self, biz: _Fields, kind: str) -> Ask:
        value = str(biz.get("charge_value", ""))
        sku = self._skus.get(cap_fen(value), f"{value}元")
        phone = str(biz.get("charge_phone", ""))
        asked = self._submit({**biz, "product_id": sku, "buy_num": 1}, phone)
        return msgspec.structs.replace(asked, extra={views.ORDER_TYPE: kind})

    def _card(self, biz: _Fields) -> Ask:
        return self._submit(biz, "")

    def _submit(self, biz: _Fields, account: str) -> Ask:
        sku, number = str(biz.get("product_id", "")), str(biz.get("customer_order_no", ""))
        quantity = count_of(str(biz.get("buy_num", "")))
        product = self.products.get(sku)
        if not sku or not 1 <= len(number) <= _NUMBER_MAX:
            raise ValueError("product_id, customer_order_no")
        if product is not None and product.kind == "topup" and not account:
            raise ValueError("charge_account")
        return Ask(
            op="submit",
            order_no=number,
            account=account,
            sku=sku,
            quantity=quantity,
            amount_fen=cap_fen(str(biz.get("customer_price") or "")) * quantity,
            attach=str(biz.get("external_biz_id") or ""),
            notify_url=self.settings["notify_url"],
        )

    def _info(self, biz: _Fields) -> Ask:
        number = str(biz.get("customer_order_no", ""))
        if not number:
            raise ValueError("customer_order_no")
        return Ask(op="query", order_nos=(number,))

    def _phone(self, biz: _Fields) -> Answer:
        if not str(biz.get("phone", "")):
            raise ValueError("phone")
        return self._yes({"province": "广东", "city": "广州", "sp_type": "移动"})

    # Answering.

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Say it in the envelope."""
        if isinstance(found, int):
            return self._yes({"name": "平台", "balance": found / 100, "is_open": 1})
        if isinstance(found, SupplierOrder):
            return self._yes(views.taken(found))
        assert isinstance(found, Sequence)
        if ask.about == "goods":
            return self._goods_answer(ask, [s for s in found if isinstance(s, Shelf)])
        orders = [order for order in found if isinstance(order, SupplierOrder)]
        if not orders:
            return self.refuse(ask, Reason.NOT_FOUND)
        return self._yes(views.order(orders[-1], self._secret))

    def _goods_answer(self, ask: Ask, shelves: Sequence[Shelf]) -> Answer:
        act = ask.extra["act"]
        if act == "list":
            return self._yes([views.goods(shelf) for shelf in shelves if shelf.on_sale])
        if not shelves:
            return self.refuse(ask, Reason.NO_PRODUCT)
        if act == "stock":
            return self._yes(views.stock(shelves[0], count_of(ask.extra["units"])))
        return self._yes(views.template(shelves[0]) if act == "template" else views.one(shelves[0]))

    def refuse(self, ask: Ask | None, code: str) -> Answer:  # noqa: ARG002 - the same for each call
        """Say no."""
        return self._no(self.codes[code])

    def _yes(self, result: object) -> Answer:
        text = views.php_text(result)
        sign = fulu_md5(text, self._secret)
        body = {"code": 0, "message": "接口调用成功", "result": text, "sign": sign}
        return Answer(_encode(body))

    def _no(self, refusal: Refusal) -> Answer:
        sign = fulu_md5("", self._secret)
        body = {"code": refusal.code, "message": refusal.message, "result": "", "sign": sign}
        return Answer(_encode(body))

    # Notifying.

    def notify(self, notice: Notice, delivery: Delivery, notify_url: str) -> Outgoing:
        """Render the callback JSON."""
        order, facts = notice.order, delivery.fields
        assert order is not None
        state = str(facts["state"])
        told: _Fields = {
            "order_id": str(facts["ref"]),
            "charge_finish_time": beijing.text(notice.at_ns),
            "customer_order_no": str(facts["order_no"]),
            "order_status": views.STATES.get(state, state),
            "recharge_description": views.said_of(state),
            "product_id": order.product.id,
            "price": yuan_4(order.product.cost_fen),
            "buy_num": str(order.quantity),
            "operator_serial_number": "",
        }
        forged = delivery.signature is Signature.FORGED
        secret = f"not {self._secret}" if forged else self._secret
        told["sign"] = fulu_md5(views.php_text(told), secret)
        body = views.php_text(told).encode()
        return Outgoing("POST", notify_url, body, (("Content-Type", JSON),))

    def acked(self, status: int, body: bytes) -> bool:
        """Take `success` for an acknowledgement."""
        return status == 200 and body.strip() == b"success"

    def number(self, kind: Literal["trade", "refund", "order"], serial: int, time_ns: int) -> str:  # noqa: ARG002
        """Return digits alone."""
        return f"{beijing.digits(time_ns)[2:8]}{serial:09d}"


def _biz(text: str) -> _Fields:
    """Read what a method is given; PHP writes nothing as an empty list."""
    return {} if text == "[]" else msgspec.json.decode(text, type=_Fields)


def _goods_ask(act: str, biz: _Fields | None = None) -> Ask:
    if biz is None:
        return Ask(op="query", about="goods", extra={"act": act})
    sku = str(
        biz.get("template_id" if act == "template" else "product_id") or biz.get("product_id") or ""
    )
    units = str(count_of(str(biz.get("buy_num") or 1)))
    if not sku:
        raise ValueError("product_id")
    return Ask(op="query", about="goods", sku=sku, extra={"act": act, "units": units})
