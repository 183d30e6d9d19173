"""How a shared shop writes its goods, as acg-faka does and as the open interface of mcy-shop does.

Source: acg-faka `app/Controller/Shared/Commodity.php`, `app/Service/Bind/{Shop,Shared}.php` (ACG, up to 3.7.7) and
public clients of both, read 2026-12-01.
"""

from collections.abc import Sequence

import msgspec

from harness.core.units import yuan_from_fen
from mock_upstreams.records import Shelf, SupplierOrder

COMING = "正在发货中，请耐心等待，如有疑问，请联系客服。"
_PLENTY = 9_999
_CATEGORY = "全部"
_PLAIN = {
    "description": "",
    "cover": "/favicon.ico",
    "status": 1,
    "contact_type": 0,
    "password_status": 0,
    "coupon": 0,
    "seckill_status": 0,
    "seckill_start_time": None,
    "seckill_end_time": None,
    "draft_status": 0,
    "draft_premium": 0,
    "inventory_hidden": 0,
    "only_user": 0,
    "purchase_count": 0,
    "minimum": 0,
    "maximum": 0,
}


def secret(order: SupplierOrder) -> str:
    """Write what was delivered: the cards, one a line, or that somebody is still to deliver."""
    if not order.cards:
        return COMING
    return "".join(f"{card.number}----{card.password}\n" for card in order.cards)


def left(shelf: Shelf) -> int:
    """Return how many units are there."""
    return _PLENTY if shelf.left is None else shelf.left


def taken(order: SupplierOrder) -> dict[str, object]:
    """Write what a trade is answered with."""
    return {
        "url": f"/user/personal/purchaseRecord?tradeNo={order.ref}",
        "amount": money(order.cost_fen),
        "tradeNo": order.ref,
        "secret": secret(order),
        "leave_message": None,
        "stock": str(_PLENTY if order.left is None else order.left),
    }


def money(fen: int) -> msgspec.Raw:
    """Write an amount as the number that it is there."""
    return msgspec.Raw(yuan_from_fen(fen).encode())


def tree(shelves: Sequence[Shelf], numbers: dict[str, int]) -> list[dict[str, object]]:
    """Write goods under their one category; who asks for all of them is not told what they cost him."""
    children = [{**_goods(shelf, numbers), "config": "", "widget": "[]"} for shelf in shelves]
    category = {"id": 1, "name": _CATEGORY, "sort": 0, "icon": "/favicon.ico", "status": 1}
    return [{**category, "pid": 0, "children": children}] if children else []


def item(shelf: Shelf, numbers: dict[str, int]) -> dict[str, object]:
    """Write one of the goods, with the price for whoever asks."""
    goods = {**_goods(shelf, numbers), "config": [], "widget": [], "owner": None}
    price = {"factory_price": money(shelf.product.cost_fen), "order_sold": 0, "login": False}
    return {**goods, **price, "trade_captcha": 0}


def inventory(shelf: Shelf) -> dict[str, object]:
    """Write what is there of one of the goods, and its price; what a person delivers is never counted."""
    by_card, price = shelf.product.kind == "cards", money(shelf.product.cost_fen)
    return {
        "count": left(shelf) if by_card else 0,
        "delivery_way": int(not by_card),
        "draft_status": 0,
        "price": price,
        "user_price": price,
        "config": "",
        "factory_price": price,
        "is_category": False,
    }


def open_item(shelf: Shelf, numbers: dict[str, int]) -> dict[str, object]:
    """Write one of the goods as mcy-shop does: it has one kind, whose number is its own."""
    number, product = numbers[shelf.product.id], shelf.product
    kind = {"id": number, "name": "默认", "stock_price": yuan_from_fen(product.cost_fen)}
    return {
        "id": number,
        "name": product.title,
        "introduce": "",
        "picture_url": "",
        "category": {"id": 1, "name": _CATEGORY},
        "widget": "[]",
        "sku": [{**kind, "stock": left(shelf)}],
    }


def _goods(shelf: Shelf, numbers: dict[str, int]) -> dict[str, object]:
    product, price = shelf.product, money(shelf.product.cost_fen)
    return {
        "id": numbers[product.id],
        "category_id": 1,
        "name": product.title,
        **_PLAIN,
        "price": price,
        "user_price": price,
        "code": product.id,
        "sort": 0,
        "delivery_way": int(product.kind != "cards"),
        "stock": left(shelf),
        "tags": [],
    }
