"""亿乐 SUP: JSON calls whose headers are signed and whose body is not, and no order number of the caller's own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Literal

import msgspec

from harness.core.clock import now_ns
from harness.core.delivery import Delivery
from harness.faults.status import Condition
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
from mock_upstreams.operators import _yile_views as views
from mock_upstreams.operators._money import count_of
from mock_upstreams.records import Product, Reason, Shelf, SupplierOrder
from mock_upstreams.signing import same, yile_sha1

_json = msgspec.json.Encoder().encode
_BASE = "/openapi/customer/"
_CLOCK_S = 300
_MOST = 100
"""Orders that are asked for at once (unconfirmed)."""
_BARE = frozenset({"Goods/List", "Goods/CategoryList", "CustomerAccount/Show"})
"""Calls that need no body, and so are GET where a client sends none."""

# Source: 彩虹 plugin third_yile (YILE), read 2026-11-22: code 0 is success, errors are a message. The numbers of
# errors are unconfirmed, and none of them is said to mean that the caller cannot know.
_CODES: Mapping[str, tuple[int, str]] = {
    Condition.BUSY: (500, "系统繁忙，请稍后再试"),
    Condition.RATE_LIMITED: (429, "请求过于频繁"),
    Condition.MAINTENANCE: (503, "商品维护中"),
    Condition.REFUSED: (1, "商品已下架"),
    Condition.OUT_OF_STOCK: (1, "商品库存不足"),
    Condition.LOW_BALANCE: (1, "账户余额不足"),
    Condition.BAD_SIGNATURE: (401, "签名错误"),
    Reason.NOT_FOUND: (404, "订单不存在"),
    Reason.DUPLICATE: (1, "订单重复"),
    Reason.NO_PRODUCT: (404, "商品不存在"),
    Reason.COST_ABOVE_LIMIT: (1, "商品价格已变动"),
    Reason.MALFORMED: (422, "参数错误"),
    "401": (401, "AppId不存在"),
}


class Yile(Dialect):
    """Buys, shows and lists by JSON; callers have no number of their own: a repeat after a timeout is a second order.

    Goods/Buy charges the first value of `buy_params`, whatever its name. Card goods stand in its
    answer, all else is learnt by Order/Show: nothing is ever notified. AppToken covers the path and the time,
    which must lie within five minutes (the five minutes are unconfirmed). Its first clients name goods and orders
    by `goods_sn` and `order_sn`, its later ones by `goods_id` and `ids`: each is answered as it asks.

    Source: 彩虹 plugin third_yile (YILE), read 2026-11-22, and three later clients, read 2026-12-01. Unconfirmed:
    whether `customer_order_id`, which one of them sends, keeps an order from being bought twice (here it does
    not), and what becomes of an order whose refund is applied for (Order/StatusHandle, which is not here).
    """

    endpoints: ClassVar[tuple[str, ...]] = (
        "/openapi/customer/Goods/List",
        "/openapi/customer/Goods/CategoryList",
        "/openapi/customer/Goods/Show",
        "/openapi/customer/Goods/Buy",
        "/openapi/customer/Order/Show",
        "/openapi/customer/CustomerAccount/Show",
    )
    side: ClassVar[Literal["gateway", "operator"]] = "operator"
    ops: ClassVar[tuple[str, ...]] = OPERATOR_OPS
    notifies: ClassVar[frozenset[str]] = frozenset()
    ladder_ms: ClassVar[tuple[float, ...]] = ()
    secrets: ClassVar[tuple[str, ...]] = ("app_secret",)
    codes: ClassVar[Mapping[str, tuple[int, str]]] = _CODES
    duplicates: ClassVar[Duplicates] = "accept_new"
    numbered: ClassVar[bool] = False
    unclear: ClassVar[frozenset[str]] = frozenset()
    defaults: ClassVar[Mapping[str, str]] = {"app_id": "APPID", "app_secret": "SECRET"}

    def __init__(self, settings: Mapping[str, str], products: Mapping[str, Product]) -> None:
        super().__init__(settings, products)
        self._calls: Mapping[str, Callable[[Mapping[str, Any]], Ask | Answer]] = {
            "Goods/List": lambda _: Ask(op="query", about="goods", extra={"act": "list"}),
            "Goods/CategoryList": lambda _: Ask(op="query", about="goods", extra={"act": "tree"}),
            "Goods/Show": self._show,
            "Goods/Buy": self._buy,
            "Order/Show": self._order,
            "CustomerAccount/Show": lambda _: Ask(op="balance"),
        }

    def credentials(self) -> dict[str, str]:
        """Return app_id and app_secret."""
        return {name: self.settings[name] for name in ("app_id", "app_secret")}

    def waits_for_goods(self, ask: Ask) -> bool:
        """Answer with the codes of card goods."""
        product = self.products.get(ask.sku)
        return product is not None and product.kind == "cards"

    # Reading.

    def read(self, request: Request) -> Ask | Answer:
        """Check the headers, then read the body."""
        name = request.path.removeprefix(_BASE)
        call = self._calls.get(name) if request.path.startswith(_BASE) else None
        if call is None or request.method not in ({"GET", "POST"} if name in _BARE else {"POST"}):
            return Answer(_json({"code": 404, "message": "接口不存在"}), 404)
        if refusal := self._unfit(request):
            return self.refuse(None, refusal)
        try:
            body = msgspec.json.decode(request.body or b"{}", type=dict[str, Any])
            return call(body)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return self.refuse(None, Reason.MALFORMED)

    def _unfit(self, request: Request) -> str:
        """Return the code for a call whose headers do not fit, else nothing."""
        headers, app_id = request.headers, self.settings["app_id"]
        time_s = headers.get("apptimestamp", "")
        right = yile_sha1(app_id, self.settings["app_secret"], request.path, time_s)
        if headers.get("appid", "") != app_id:
            return "401"
        fresh = time_s.isascii() and time_s.isdigit() and len(time_s) <= 11
        if not fresh or abs(int(time_s) - now_ns() // 10**9) > _CLOCK_S:
            return Condition.BAD_SIGNATURE
        return "" if same(headers.get("apptoken", ""), right) else Condition.BAD_SIGNATURE

    def _buy(self, body: Mapping[str, Any]) -> Ask | Answer:
        sku, params = _sku(body), body.get("buy_params") or {}
        if not sku or not isinstance(params, dict):
            return self.refuse(None, Reason.MALFORMED)
        values = [str(value) for value in params.values() if value not in (None, "")]
        return Ask(
            op="submit",
            account=values[0] if values else "",
            sku=str(sku),
            quantity=count_of(str(body.get("buy_number", 1))),
            attach=" ".join(values),
        )

    def _order(self, body: Mapping[str, Any]) -> Ask | Answer:
        many = "ids" in body
        asked = body["ids"] if many else [body.get("order_sn")]
        refs = tuple(str(ref) for ref in asked if ref) if isinstance(asked, list) else ()
        if not refs or len(refs) > _MOST:
            return self.refuse(None, Reason.MALFORMED)
        return Ask(op="query", refs=refs, extra={"act": "many" if many else "one"})

    def _show(self, body: Mapping[str, Any]) -> Ask | Answer:
        sku = _sku(body)
        if not sku:
            return self.refuse(None, Reason.MALFORMED)
        return Ask(op="query", about="goods", sku=str(sku), extra={"act": "show"})

    # Answering.

    def answer(self, ask: Ask, found: Found) -> Answer:
        """Say it in the envelope."""
        if isinstance(found, int):
            return _said(views.account(found))
        if isinstance(found, SupplierOrder):
            return _said(views.taken(found))
        assert isinstance(found, Sequence)
        if ask.about == "goods":
            return self._goods(ask, [shelf for shelf in found if isinstance(shelf, Shelf)])
        orders = [order for order in found if isinstance(order, SupplierOrder)]
        if ask.extra["act"] == "many":
            return _said([views.one(order) for order in orders])
        return _said(views.one(orders[0])) if orders else self.refuse(ask, Reason.NOT_FOUND)

    def _goods(self, ask: Ask, shelves: Sequence[Shelf]) -> Answer:
        if ask.extra["act"] == "tree":
            return _said(views.CATEGORIES)
        if ask.extra["act"] == "list":
            return _said([views.listed(shelf) for shelf in shelves])
        return _said(views.detail(shelves[0])) if shelves else self.refuse(ask, Reason.NO_PRODUCT)

    def refuse(self, ask: Ask | None, code: str) -> Answer:
        """Say no; a wrong parameter of a purchase is named."""
        number, message = self.codes[code]
        told: object = message
        if ask is not None and code == Reason.NO_PRODUCT:
            told = {"field": "goods_sn", "message": message}
        return Answer(_json({"code": number, "message": told}))

    # It never notifies.

    def notify(self, notice: Notice, delivery: Delivery, notify_url: str) -> Outgoing:
        """Refuse: this upstream tells nothing of its own accord."""
        raise NotImplementedError("亿乐 sends no notifications")

    def acked(self, status: int, body: bytes) -> bool:  # noqa: ARG002 - nothing is ever sent
        """Take any answer."""
        return True

    def number(self, kind: Literal["trade", "refund", "order"], serial: int, time_ns: int) -> str:  # noqa: ARG002
        """Return a number of sixteen digits, as an `id` is one (which a double holds in full)."""
        return str(time_ns // 10**9 * 10**6 + serial)


def _sku(body: Mapping[str, Any]) -> object:
    return body.get("goods_id") or body.get("goods_sn")


def _said(data: object) -> Answer:
    return Answer(_json({"code": 0, "message": "success", "data": data}))
