"""acg-faka 共享店铺: a shop that sells out of another shop's stock; the goods stand in the answer, or they are lost."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Literal

import msgspec

from harness.core.delivery import Delivery
from harness.core.errors import UsageError
from harness.core.units import yuan_from_fen
from harness.faults.status import Condition
from mock_upstreams import beijing
from mock_upstreams.dialect import (
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
from mock_upstreams.operators._money import count_of
from mock_upstreams.posted import php_post
from mock_upstreams.records import Product, Reason, Shelf, SupplierOrder
from mock_upstreams.signing import same, shared_shop_md5

_json = msgspec.json.Encoder().encode
_COMING = "正在发货中…"
_NATIVE = "/shared/"
_OPEN = "/plugin/open-api/"
_BASES = {"native": _NATIVE, "open": _OPEN, "plugin": "/plugin/SharedStock/api/"}
"""By `kind`: acg-faka's types 0, 1 and 2."""
_PLAIN = frozenset(
    {"app_id", "app_key", "sign", "shared_code", "contact", "num", "card_id", "device", "password"}
    | {"race", "request_no", "code", "tradeNo", "sku_id", "trade_no", "quantity", "page", "limit"}
)
"""The fields that every shop knows; all others are the widgets that the goods ask for."""

# Source: acg-faka app/Controller/Shared/* (ACG), read 2026-11-22. Refusals are told by their sentence alone; those of
# busy, rate limit and maintenance are unconfirmed.
_CODES: Mapping[str, str] = {
    Condition.BUSY: "系统繁忙，请稍后再试",
    Condition.RATE_LIMITED: "请求过于频繁，请稍后再试",
    Condition.MAINTENANCE: "店铺正在维护",
    Condition.REFUSED: "当前商品已停售",
    Condition.OUT_OF_STOCK: "库存不足",
    Condition.LOW_BALANCE: "余额不足",
    Condition.BAD_SIGNATURE: "密钥错误",
    Reason.NOT_FOUND: "订单不存在",
    Reason.DUPLICATE: "The request ID already exists",
    Reason.NO_PRODUCT: "商品不存在",
    Reason.COST_ABOVE_LIMIT: "商品不存在",
    Reason.MALFORMED: "至少购买1个",
    "商户ID不存在": "商户ID不存在",
    "密钥错误": "密钥错误",
    "当前商品已停售": "当前商品已停售",
}


class SharedShop(Dialect):
    """Buys from the balance, synchronously: the answer holds the card texts, one a line, and nothing else ever does.

    `The request ID already exists` meets whoever asks again; a query goes by the upstream's own number, which a caller
    whose answer was lost never learnt. Goods that are delivered by hand answer with a sentence instead of a secret.
    The setting `kind` takes native (type 0, `app_key` in clear text beside the signature), open (type 1, "mcy/V4":
    headers Api-Id and Api-Signature, the number being the first 24 digits of the request number's MD5) or plugin
    (type 2: signed as type 0, under another path). `status` of a query says that the order is paid (1), which it is
    from the first instant on, also while a person is still to deliver it.

    Source: acg-faka `app/Controller/Shared/*`, `app/Service/Bind/Shared.php`, `app/Util/Str.php` (ACG), read
    2026-11-22. Unconfirmed: that type 1 answers with the shapes of type 0 where they are not named, and that type 2 has
    the paths of type 0.
    """

    endpoints: ClassVar[tuple[str, ...]] = (
        "/shared/authentication/connect",
        "/shared/commodity/items",
        "/shared/commodity/item",
        "/shared/commodity/inventory",
        "/shared/commodity/inventoryState",
        "/shared/commodity/stock",
        "/shared/commodity/valuation",
        "/shared/commodity/trade",
        "/shared/commodity/query",
        "/plugin/open-api/{connect,items,item,sku/state,sku/stock,amount,trade}",
        "/plugin/SharedStock/api/*, as /shared/*",
    )
    side: ClassVar[Literal["gateway", "operator"]] = "operator"
    ops: ClassVar[tuple[str, ...]] = OPERATOR_OPS
    notifies: ClassVar[frozenset[str]] = frozenset()
    ladder_ms: ClassVar[tuple[float, ...]] = ()
    secrets: ClassVar[tuple[str, ...]] = ("app_key",)
    codes: ClassVar[Mapping[str, str]] = _CODES
    duplicates: ClassVar[Duplicates] = "reject"
    defaults: ClassVar[Mapping[str, str]] = {
        "app_id": "1000",
        "app_key": "APPKEY123",
        "shop": "共享店铺",
        "kind": "native",
    }

    def __init__(self, settings: Mapping[str, str], products: Mapping[str, Product]) -> None:
        super().__init__(settings, products)
        self._app_id, self._app_key = self.settings["app_id"], self.settings["app_key"]
        kind = self.settings["kind"]
        if kind not in _BASES:
            raise UsageError(f"shared_shop.kind: expected one of {', '.join(_BASES)}")
        self._open = kind == "open"
        goods, trade, query = self._goods, self._trade, self._query
        native: Mapping[str, Callable[[Mapping[str, str]], Ask | Answer]] = {
            "authentication/connect": lambda _: Ask(op="balance"),
            "commodity/items": lambda fields: goods("items", fields),
            "commodity/item": lambda fields: goods("item", fields),
            "commodity/inventory": lambda fields: goods("inventory", fields),
            "commodity/inventoryState": lambda fields: goods("state", fields),
            "commodity/stock": lambda fields: goods("stock", fields),
            "commodity/valuation": lambda fields: goods("price", fields),
            "commodity/trade": trade,
            "commodity/query": query,
        }
        opened: Mapping[str, Callable[[Mapping[str, str]], Ask | Answer]] = {
            "connect": lambda _: Ask(op="balance"),
            "items": lambda fields: goods("items", fields),
            "item": lambda fields: goods("item", fields),
            "sku/state": lambda fields: goods("state", fields),
            "sku/stock": lambda fields: goods("stock", fields),
            "amount": lambda fields: goods("price", fields),
            "trade": trade,
        }
        self._base, self._calls = _BASES[kind], opened if self._open else native

    def credentials(self) -> dict[str, str]:
        """Return app_id and app_key."""
        return {"app_id": self._app_id, "app_key": self._app_key}

    def waits_for_goods(self, ask: Ask) -> bool:
        """Answer a trade with its goods, but for those that a person delivers."""
        product = self.products.get(ask.sku)
        return product is not None and product.kind == "cards"

    # Reading.

    def read(self, request: Request) -> Ask | Answer:
        """Read a signed form."""
        call = self._calls.get(request.path.removeprefix(self._base))
        if not request.path.startswith(self._base) or call is None:
            return Answer(b"404 Not Found\n", 404, "text/html; charset=utf-8")
        fields = php_post(request)
        if self._open:
            given = request.headers.get("api-id", ""), request.headers.get("api-signature", "")
        else:
            given = fields.get("app_id", ""), fields.get("sign", "")
        if given[0] != self._app_id:
            return self.refuse(None, "商户ID不存在")
        key_fits = self._open or same(fields.get("app_key", ""), self._app_key)
        if not key_fits or not same(given[1], shared_shop_md5(fields, self._app_key)):
            return self.refuse(None, Condition.BAD_SIGNATURE)
        return call(fields)

    def _goods(self, act: str, fields: Mapping[str, str]) -> Ask | Answer:
        names = ("code", "sharedCode", "shared_code", "sku_id")
        sku = next((fields[name] for name in names if fields.get(name)), "")
        if act != "items" and not sku:
            return self.refuse(None, Reason.NO_PRODUCT)
        try:
            number = count_of(fields.get("num") or fields.get("quantity") or "1")
        except ValueError:
            return self.refuse(None, Reason.MALFORMED)
        return Ask(op="query", about="goods", sku=sku, quantity=number, extra={"act": act})

    def _trade(self, fields: Mapping[str, str]) -> Ask | Answer:
        number = fields.get("trade_no" if self._open else "request_no", "")
        sku = fields.get("sku_id" if self._open else "shared_code", "")
        try:
            quantity = count_of(fields.get("quantity" if self._open else "num", ""))
        except ValueError:
            return self.refuse(None, Reason.MALFORMED)
        if not number or not sku:
            return self.refuse(None, Reason.NO_PRODUCT)
        widgets = [value for name, value in fields.items() if name not in _PLAIN and value]
        contact = fields.get("contact", "")
        return Ask(
            op="submit",
            order_no=number,
            account=widgets[0] if widgets else contact,
            sku=sku,
            quantity=quantity,
            attach=" ".join([contact, *widgets]),
        )

    def _query(self, fields: Mapping[str, str]) -> Ask | Answer:
        ref = fields.get("tradeNo")
        return Ask(op="query", refs=(ref,)) if ref else self.refuse(None, Reason.NOT_FOUND)

    # Answering.

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Say it in the envelope."""
        if isinstance(found, int):
            shop = {"shopName": self.settings["shop"], "balance": yuan_from_fen(found)}
            return _said(shop)
        if isinstance(found, SupplierOrder):
            return _said(self._taken(found))
        assert isinstance(found, Sequence)
        if ask.about == "goods":
            return self._shelf(ask, [s for s in found if isinstance(s, Shelf)])
        orders = [order for order in found if isinstance(order, SupplierOrder)]
        if not orders:
            return self.refuse(ask, Reason.NOT_FOUND)
        # An order whose money went back is an unpaid one: acg-faka knows no third state.
        status = int(orders[0].state != "failed")
        return _said({"secret": _secret(orders[0]), "widget": [], "status": status})

    def _taken(self, order: SupplierOrder) -> dict[str, object]:
        if self._open:
            return {"trade_no": order.order_no, "contents": _secret(order), "status": 1}
        return {
            "url": "",
            "amount": msgspec.Raw(yuan_from_fen(order.cost_fen).encode()),
            "tradeNo": order.ref,
            "secret": _secret(order),
            "leave_message": None,
            "stock": None,
        }

    def _shelf(self, ask: Ask, shelves: Sequence[Shelf]) -> Answer:
        act = ask.extra["act"]
        if act == "items":
            return _said([{"id": 1, "name": "全部", "children": [_item(s) for s in shelves]}])
        if not shelves:
            return self.refuse(ask, Reason.NO_PRODUCT)
        shelf, wanted = shelves[0], ask.quantity
        if not shelf.on_sale:
            return self.refuse(ask, Condition.REFUSED)
        if act == "state":
            enough = shelf.left is None or shelf.left >= wanted
            return _said(None) if enough else self.refuse(ask, Condition.OUT_OF_STOCK)
        if act == "stock":
            return _said({"stock": _left(shelf)})
        if act == "price":
            return _said({"price": yuan_from_fen(shelf.product.cost_fen * wanted)})
        return _said(_inventory(shelf) if act == "inventory" else _item(shelf))

    def refuse(self, ask: Ask | None, code: str) -> Answer:  # noqa: ARG002 - the same for each call
        """Say no, in one sentence."""
        return Answer(_json({"code": 0, "msg": self.codes[code]}))

    # It never notifies.

    def notify(self, notice: Notice, delivery: Delivery, notify_url: str) -> Outgoing:
        """Refuse: this upstream tells nothing of its own accord."""
        raise NotImplementedError("a shared shop sends no notifications")

    def acked(self, status: int, body: bytes) -> bool:  # noqa: ARG002 - nothing is ever sent
        """Take any answer."""
        return True

    def number(self, kind: Literal["trade", "refund", "order"], serial: int, time_ns: int) -> str:  # noqa: ARG002
        """Return 18 digits: three, the second, three more."""
        high, low = divmod(serial, 1_000)
        return f"{100 + high % 900:03d}{beijing.digits(time_ns)[2:]}{low:03d}"


def _said(data: object) -> Answer:
    return Answer(_json({"code": 200, "msg": "success", "data": data}))


def _secret(order: SupplierOrder) -> str:
    if not order.cards:
        return _COMING
    return "".join(f"{card.number}----{card.password}\n" for card in order.cards)


def _left(shelf: Shelf) -> str:
    return "9999" if shelf.left is None else str(shelf.left)


def _item(shelf: Shelf) -> dict[str, object]:
    price = yuan_from_fen(shelf.product.cost_fen)
    return {
        "id": shelf.product.id,
        "name": shelf.product.title,
        "code": shelf.product.id,
        "price": price,
        "user_price": price,
        "factory_price": price,
        "delivery_way": int(shelf.product.kind != "cards"),
        "config": "",
        "stock": _left(shelf),
        "widget": None,
    }


def _inventory(shelf: Shelf) -> dict[str, object]:
    price = yuan_from_fen(shelf.product.cost_fen)
    return {
        "count": _left(shelf),
        "delivery_way": int(shelf.product.kind != "cards"),
        "draft_status": 0,
        "price": price,
        "user_price": price,
        "config": "",
        "factory_price": price,
        "is_category": False,
    }
