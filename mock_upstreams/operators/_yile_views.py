"""How 亿乐 writes orders and goods: by names of its first clients and of its later ones.

Source: 彩虹 plugin third_yile (YILE) and three later clients, read 2026-12-01. Unconfirmed: `is_close` 2, which a
client has for "open" in a detail, is not written; nor what else an account's view holds.
"""

from collections.abc import Mapping, Sequence

from harness.core.units import yuan_from_fen
from mock_upstreams import beijing
from mock_upstreams.operators._money import numeral
from mock_upstreams.records import Shelf, SupplierOrder

_STATES = {"delivering": 3, "delivered": 6, "partial": 6, "failed": 8}
_UNLIMITED = -1
_MOST = 9_999
_CATEGORY = 1
CATEGORIES: Sequence[Mapping[str, object]] = (
    {"id": _CATEGORY, "name": "全部商品", "sort": 0, "parent_infos": []},
)


def _codes(order: SupplierOrder) -> list[str]:
    return [f"{card.number},{card.password}" for card in order.cards]


def taken(order: SupplierOrder) -> dict[str, object]:
    """Write what a purchase is answered with."""
    ref = numeral(order.ref)
    return {"id": ref, "order_sn": order.ref, "buy_card_code_list": _codes(order)}


def one(order: SupplierOrder) -> dict[str, object]:
    """Write an order; what is counted before and after, as of followers, is 0."""
    return taken(order) | {
        "goods_id": numeral(order.product.id),
        "goods_sn": order.product.id,
        "buy_number": order.quantity,
        "start_num": 0,
        "current_num": 0,
        "callback_start_num": 0,
        "callback_current_num": 0,
        "status": _STATES[order.state],
        "total_price": yuan_from_fen(order.cost_fen),
        "refund_price": yuan_from_fen(order.back_fen),
        "create_time": beijing.text(order.created_ns),
    }


def listed(shelf: Shelf) -> dict[str, object]:
    """Write one of the goods among the others."""
    product = shelf.product
    return {
        "id": numeral(product.id),
        "serial_number": product.id,
        "name": product.title,
        "price": yuan_from_fen(product.cost_fen),
        "stock": _UNLIMITED if shelf.left is None else shelf.left,
        "is_close": int(not shelf.on_sale),
        "category_id": _CATEGORY,
    }


def detail(shelf: Shelf) -> dict[str, object]:
    """Write one of the goods alone, with what its buyer is asked for."""
    params = [] if shelf.product.kind == "cards" else [_ACCOUNT]
    return listed(shelf) | {
        "image_urls": [],
        "buy_params": params,
        "buy_min_limit": 1,
        "buy_max_limit": _MOST,
        "particulars": shelf.product.title,
    }


_ACCOUNT: Mapping[str, object] = {
    "key": "account",
    "name": "充值账号",
    "type": "text",
    "type_config": "",
    "verify": {"min": 1, "max": 64},
}


def account(balance_fen: int) -> dict[str, object]:
    """Write what the caller's account holds."""
    return {"balance": yuan_from_fen(balance_fen)}
