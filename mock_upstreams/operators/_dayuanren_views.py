"""How 大猿人 writes orders, goods and applications to cancel.

Source: 大猿人 `application/yrapi/controller/Index.php`, `application/common/model/{Porder,Product}.php` (DYR) and its
document (kancloud m644454938/aaaaaaa), read 2026-12-01.
"""

from collections.abc import Iterable, Sequence

from harness.core.units import yuan_from_fen
from mock_upstreams.records import Product, Shelf, SupplierOrder

REMARKS = {"failed": "充值失败", "partial": "部分充值"}
_STATES = {"delivering": 0, "delivered": 1, "failed": 2, "partial": 3}
_CANCELLED, _CANCELLED_STATUS = -1, 7
_STATUSES = {"delivering": 3, "delivered": 4, "failed": 6, "partial": 13}
"""6 and 13: failed and partial, the money back; 5 and 12, before it is, last no longer than the refund takes."""
_UNPAID_STATUS = 1
_TYPE, _CATE = 1, 1
_TYPE_NAME, _CATE_NAME = "话费", "全部产品"
_CITY = {"sort": 100, "initial": "G"}


def state_of(order: SupplierOrder, state: str, *, cancelled: bool) -> str:
    """Return the wire's number of a state; what is none of our states is passed on as it is."""
    if cancelled and state == order.state:
        return str(_CANCELLED)
    return str(_STATES.get(state, state))


def taken(order: SupplierOrder) -> dict[str, object]:
    """Write an order that was accepted."""
    return {
        "id": order.serial,
        "order_number": order.ref,
        "mobile": order.account,
        "product_id": number(order.product.id),
        "total_price": yuan_from_fen(order.cost_fen),
        "create_time": order.created_ns // 10**9,
        "guishu": "广东广州移动",
        "title": order.product.title,
        "out_trade_num": order.order_no,
    }


def view(order: SupplierOrder, *, cancelled: bool, voucher: str) -> dict[str, object]:
    """Write one order as a query shows it; `voucher` is where its proof can be seen."""
    status = _CANCELLED_STATUS if cancelled else _STATUSES[order.state]
    return {
        "id": order.serial,
        "order_number": order.ref,
        "status": _UNPAID_STATUS if order.unpaid and order.state == "delivering" else status,
        "out_trade_num": order.order_no,
        "create_time": order.created_ns // 10**9,
        "mobile": order.account,
        "product_id": number(order.product.id),
        "charge_amount": yuan_from_fen(order.charged_fen),
        "charge_kami": kami(order),
        "isp": "移动",
        "product_name": order.product.title,
        "finish_time": order.done_ns // 10**9,
        "remark": REMARKS.get(order.state, ""),
        "state": _CANCELLED if cancelled else _STATES[order.state],
        "voucher": voucher,
    }


def removed(orders: Iterable[SupplierOrder]) -> list[dict[str, object]]:
    """Write what became of applications to cancel: 0 for one that was taken, 1 for one that was not."""
    return [
        {
            "out_trade_num": order.order_no,
            "mobile": order.account,
            "status": int(order.state != "delivering" and not order.cancelled),
        }
        for order in orders
    ]


def catalogue(products: Iterable[Product], kind: str, cate: str) -> list[dict[str, object]]:
    """Write the goods by category: here one, of one kind, unless another is asked for."""
    if kind not in {"", str(_TYPE)} or cate not in {"", str(_CATE)}:
        return []
    names = {"cate_name": _CATE_NAME, "type_name": _TYPE_NAME}
    goods = [{**_goods(one), "desc": "", **names} for one in products]
    return [{"id": _CATE, "cate": _CATE_NAME, "sort": 1, "type": _TYPE, "products": goods}]


def prices(shelves: Sequence[Shelf]) -> list[dict[str, object]]:
    """Write the prices of those goods that were asked for."""
    return [{**_goods(shelf.product), "added": int(shelf.on_sale)} for shelf in shelves]


def kinds() -> list[dict[str, object]]:
    """Write the kinds of goods, and the categories of each."""
    cates = [{"id": _CATE, "cate": _CATE_NAME, "type": _TYPE}]
    return [{"id": _TYPE, "type_name": _TYPE_NAME, "cate": cates}]


def electric() -> list[dict[str, object]]:
    """Write where electricity is sold: one province, whose city must be named."""
    city = {"id": 2, "city_name": "广州", **_CITY, "pid": 1}
    needs = {"need_ytype": 0, "need_city": 1, "pid": 0}
    return [{"id": 1, "city_name": "广东", **_CITY, **needs, "city": [city]}]


def number(text: str) -> int | str:
    """Return an id as a number, where it is one."""
    return int(text) if text.isascii() and text.isdigit() else text


def kami(order: SupplierOrder) -> str:
    """Write what cards there are."""
    return ";".join(f"{card.number},{card.password}" for card in order.cards)


def _goods(product: Product) -> dict[str, object]:
    return {
        "id": number(product.id),
        "name": product.title,
        "api_open": 1,
        "isp": "1,2,3",
        "ys_tag": "",
        "price": yuan_from_fen(product.cost_fen),
        "show_style": 1,
        "cate_id": _CATE,
        "y_price": yuan_from_fen(product.face_fen),
        "max_price": yuan_from_fen(product.face_fen),
        "type": _TYPE,
    }
