"""acg-faka 共享店铺: a shop that sells out of another shop's stock; the goods stand in the answer, or they are lost."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar, Literal

import msgspec

from harness.core.delivery import Delivery
from harness.core.errors import UsageError
from harness.core.units import yuan_from_fen
from harness.faults.status import Condition
from mock_upstreams import beijing, form
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
from mock_upstreams.operators import _shared_shop_views as views
from mock_upstreams.operators._money import count_of
from mock_upstreams.posted import php_post
from mock_upstreams.records import Product, Reason, Shelf, SupplierOrder
from mock_upstreams.signing import same, shared_shop_md5

_json = msgspec.json.Encoder().encode
_Call = Callable[[Mapping[str, str]], Ask | Answer]
_NATIVE, _OPEN, _PLUGIN = "/shared/", "/plugin/open-api/", "/plugin/SharedStock/api/"
_KINDS = ("native", "open", "plugin")
"""acg-faka's types 0, 1 and 2."""
_SKU = ("code", "sharedCode", "shared_code", "sku_id", "id")
_PLAIN = frozenset(
    {"app_id", "app_key", "sign", "shared_code", "contact", "num", "card_id", "device", "password"}
    | {"race", "request_no", "code", "tradeNo", "sku_id", "trade_no", "quantity", "page", "limit"}
    | {"coupon", "sku"}
)
"""The fields that every shop knows; all others are the widgets that the goods ask for."""

# Source: acg-faka app/Controller/Shared/*, app/Interceptor/SharedValidation.php (ACG), read 2026-12-01. Refusals are
# told by their sentence alone; those of busy, rate limit and maintenance are unconfirmed.
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
    A caller is known by `app_id` and the signature; `app_key` in clear text, which some send, is but another field.
    `status` of a query says that the order is paid (1), which it is from the first instant on, also while a person is
    still to deliver it. No goods offer their cards to be chosen beforehand (`draft_status` 0).

    The setting `kind` takes native (type 0), plugin (type 2: `connect`, `items`, `item`, `stock` and `valuation` under
    another path, `item` in the shape of `items`, all else as type 0) or open (type 1, "mcy/V4": headers Api-Id and
    Api-Signature, flat goods with kinds of their own, the number being the first 24 digits of the request number's
    MD5). Where there is no rewriting, `/?s=/shared/...` is the same as the path.

    Source: acg-faka `app/Controller/Shared/*`, `app/Interceptor/SharedValidation.php`,
    `app/Service/Bind/{Shared,Shop}.php`, `app/Util/Str.php` (ACG, up to 3.7.7) and public clients of both, read
    2026-12-01. Of type 1 only the fields that clients read are known. Unconfirmed: what a trade without `request_no`
    does, here it is refused; newer shops write `amount` as text.
    """

    endpoints: ClassVar[tuple[str, ...]] = (
        "/shared/authentication/connect",
        "/shared/commodity/{items,item,inventory,inventoryState,stock,valuation}",
        "/shared/commodity/trade",
        "/shared/commodity/query",
        "/shared/commodity/{draftCard,draft}",
        "/plugin/open-api/{connect,items,item,sku/state,sku/stock,amount,trade}",
        "/plugin/SharedStock/api/{connect,items,item,stock,valuation}",
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
        if kind not in _KINDS:
            raise UsageError(f"shared_shop.kind: expected one of {', '.join(_KINDS)}")
        self._open = kind == "open"
        self._calls = self._of_mcy() if self._open else self._of_acg(plugin=kind == "plugin")
        self._numbers = {
            sku: int(sku) if sku.isdecimal() and len(sku) < 10 else 10**9 + at
            for at, sku in enumerate(products)
        }
        self._skus = {str(number): sku for sku, number in self._numbers.items()}

    def _of_acg(self, *, plugin: bool) -> Mapping[str, _Call]:
        act = self._act
        calls = {
            "authentication/connect": _balance,
            "commodity/items": act("items"),
            "commodity/item": act("item"),
            "commodity/inventory": act("inventory"),
            "commodity/inventoryState": act("state"),
            "commodity/stock": act("stock"),
            "commodity/valuation": act("price"),
            "commodity/draftCard": act("drafts"),
            "commodity/draft": act("draft"),
            "commodity/trade": self._trade,
            "commodity/query": self._query,
        }
        native = {f"{_NATIVE}{name}": call for name, call in calls.items()}
        if not plugin:
            return native
        own = {name: calls[f"commodity/{name}"] for name in ("items", "stock", "valuation")}
        own |= {"connect": _balance, "item": act("one")}
        return native | {f"{_PLUGIN}{name}": call for name, call in own.items()}

    def _of_mcy(self) -> Mapping[str, _Call]:
        act = self._act
        calls = {
            "connect": _balance,
            "items": act("items"),
            "item": act("item"),
            "sku/state": act("state"),
            "sku/stock": act("stock"),
            "amount": act("price"),
            "trade": self._trade,
        }
        return {f"{_OPEN}{name}": call for name, call in calls.items()}

    def _act(self, name: str) -> _Call:
        return partial(self._goods, name)

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
        path = request.path
        if path == "/" and request.query:
            path = form.read(request.query).get("s", "")
        call = self._calls.get(path)
        if call is None:
            return Answer(b"404 Not Found\n", 404, "text/html; charset=utf-8")
        fields = php_post(request)
        if self._open:
            given = request.headers.get("api-id", ""), request.headers.get("api-signature", "")
        else:
            given = fields.get("app_id", ""), fields.get("sign", "")
        if given[0] != self._app_id:
            return self.refuse(None, "商户ID不存在")
        if not same(given[1], shared_shop_md5(fields, self._app_key)):
            return self.refuse(None, Condition.BAD_SIGNATURE)
        return call(fields)

    def _goods(self, act: str, fields: Mapping[str, str]) -> Ask | Answer:
        sku = self._sku(fields)
        if act != "items" and not sku:
            told = {"item": "对接CODE不能为空", "inventory": "商品代码不能为空"}.get(act)
            return _no(told) if told and not self._open else self.refuse(None, Reason.NO_PRODUCT)
        try:
            number = count_of(fields.get("num") or fields.get("quantity") or "1")
        except ValueError:
            return self.refuse(None, Reason.MALFORMED)
        return Ask(op="query", about="goods", sku=sku, quantity=number, extra={"act": act})

    def _sku(self, fields: Mapping[str, str]) -> str:
        """Return the product that is meant; the open kind knows it by a number."""
        sku = next((fields[name] for name in _SKU if fields.get(name)), "")
        return self._skus.get(sku, sku) if self._open else sku

    def _trade(self, fields: Mapping[str, str]) -> Ask | Answer:
        number = fields.get("trade_no" if self._open else "request_no", "")
        sku = self._sku(fields) if self._open else fields.get("shared_code", "")
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
            name = "username" if self._open else "shopName"
            return _said({name: self.settings["shop"], "balance": views.money(found)})
        if isinstance(found, SupplierOrder):
            if self._open:
                return _said({"trade_no": found.order_no, "contents": views.secret(found)})
            return _said(views.taken(found))
        assert isinstance(found, Sequence)
        if ask.about == "goods":
            return self._shelf(ask, [s for s in found if isinstance(s, Shelf)])
        orders = [order for order in found if isinstance(order, SupplierOrder)]
        if not orders:
            return self.refuse(ask, Reason.NOT_FOUND)
        # An order whose money went back is an unpaid one: acg-faka knows no third state.
        status = int(orders[0].state != "failed")
        return _said({"secret": views.secret(orders[0]), "widget": None, "status": status})

    def _shelf(self, ask: Ask, shelves: Sequence[Shelf]) -> Answer:
        act, numbers = ask.extra["act"], self._numbers
        if act == "items":
            if self._open:
                return _said([views.open_item(shelf, numbers) for shelf in shelves])
            return _bare(views.tree(shelves, numbers))
        if not shelves:
            return self.refuse(ask, Reason.NO_PRODUCT)
        shelf = shelves[0]
        if act == "draft":
            return _no("预选的宝贝不存在")
        if act == "drafts":
            return _no("该商品不支持预选")
        if act == "one":
            return _bare(views.tree([shelf], numbers))
        return self._open_one(ask, shelf) if self._open else self._native_one(ask, shelf)

    def _native_one(self, ask: Ask, shelf: Shelf) -> Answer:
        act, short = ask.extra["act"], shelf.left is not None and shelf.left < ask.quantity
        if act == "item":
            return _bare(views.item(shelf, self._numbers))
        if act == "stock":
            return _bare({"stock": str(views.left(shelf))})
        if act == "price":
            price = yuan_from_fen(shelf.product.cost_fen * ask.quantity)
            return _bare({"price": price, "currency_code": "CNY"})
        if act == "state" and short and shelf.product.kind == "cards":
            return self.refuse(ask, Condition.OUT_OF_STOCK)
        return _said([] if act == "state" else views.inventory(shelf))

    def _open_one(self, ask: Ask, shelf: Shelf) -> Answer:
        act = ask.extra["act"]
        if act == "item":
            return _said(views.open_item(shelf, self._numbers))
        if act == "stock":
            return _said({"stock": views.left(shelf)})
        if act == "state":
            return _said({"state": shelf.left is None or shelf.left >= ask.quantity})
        return _said({"amount": yuan_from_fen(shelf.product.cost_fen * ask.quantity)})

    def refuse(self, ask: Ask | None, code: str) -> Answer:  # noqa: ARG002 - the same for each call
        """Say no, in one sentence."""
        return _no(self.codes[code])

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


def _balance(fields: Mapping[str, str]) -> Ask:  # noqa: ARG001 - nothing more is needed
    return Ask(op="balance")


def _said(data: object) -> Answer:
    return Answer(_json({"code": 200, "msg": "success", "data": data}))


def _bare(data: object) -> Answer:
    """Say it as those calls do that have no sentence for it."""
    return Answer(_json({"code": 200, "data": data}))


def _no(told: str) -> Answer:
    return Answer(_json({"code": 0, "msg": told}))
