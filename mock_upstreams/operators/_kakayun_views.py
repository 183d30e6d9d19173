"""How 卡卡云 writes orders and goods: its first interface in 分, grouped, its second in yuan, paged.

Source: public clients of 卡卡云 (KKY; PHP, Kotlin), read 2026-12-01. Unconfirmed: `goodstype`, which clients read both
ways round (here 1 is charged to an account, 0 a card), and the words of `goodstypetext`.
"""

from collections.abc import Sequence

from harness.core.units import yuan_from_fen
from mock_upstreams.operators._money import numeral, yuan_4
from mock_upstreams.records import Shelf, SupplierOrder

STATUSES = {"delivering": "3", "delivered": "5", "partial": "5", "failed": "4"}
REFUNDS = {"partial": "2", "failed": "1"}
MOST = 100
"""Goods on a page, unless fewer are asked for."""
_GROUP, _BRAND = 1, 1
_PLENTY = 9_999
_BRANDED = {"brandid": _BRAND, "brandname": "全部品牌", "brandimgurl": ""}
_GROUPED = {"groupname": "全部商品", "groupimgurl": ""}
_FIELD = {"title": "充值账号", "tip": "请填写充值账号"}


def cards(order: SupplierOrder) -> list[str]:
    """Write what cards there are."""
    return [f"{card.number}----{card.password}" for card in order.cards]


def taken(order: SupplierOrder) -> dict[str, object]:
    """Write what an accepted order is answered with."""
    return {
        "orderno": order.ref,
        "outorderno": order.order_no,
        "money": yuan_4(order.cost_fen),
        "buynum": order.quantity,
        "cardlist": cards(order),
    }


def view(order: SupplierOrder) -> dict[str, object]:
    """Write one order as a query shows it."""
    return {
        "orderno": order.ref,
        "outorderno": order.order_no,
        "dockapiorderno": "",
        "goodsid": numeral(order.product.id),
        "goodsname": order.product.title,
        "goodsprice": yuan_4(order.product.cost_fen),
        "buynum": order.quantity,
        "status": int(STATUSES[order.state]),
        "refundstatus": int(REFUNDS.get(order.state, "0")),
        "payrefundspeed": 0,
        "banstatus": 0,
        "money": yuan_4(order.cost_fen),
        "refundmoney": yuan_4(order.back_fen),
        "mobile": order.account,
        "receipt": "",
        "refundreceipt": "",
        "create_time": order.created_ns // 10**9,
        "update_time": (order.done_ns or order.created_ns) // 10**9,
    }


def groups() -> list[dict[str, object]]:
    """Write the one group that everything is in."""
    return [{"groupid": _GROUP, "groupaliasname": "", **_GROUPED, **_BRANDED}]


def grouped(shelves: Sequence[Shelf], *, in_fen: bool) -> list[dict[str, object]]:
    """Write the goods by group, as the first interface does."""
    goods = [_detail(shelf, in_fen=in_fen) for shelf in shelves]
    return [{"id": _GROUP, "goodsgroupid": _GROUP, **_GROUPED, "goods": goods}]


def page(shelves: Sequence[Shelf], number: int, limit: int, group: str) -> dict[str, object]:
    """Write a page of the goods, as the second interface does; the first page is 0 or 1."""
    listed = [] if group not in {"", "0", str(_GROUP)} else list(shelves)
    start = max(number - 1, 0) * limit
    return {
        "nowpage": max(number, 1),
        "allpage": max(-(-len(listed) // limit), 1),
        "count": len(listed),
        "data": [_row(shelf) for shelf in listed[start : start + limit]],
    }


def detail(shelf: Shelf, *, in_fen: bool) -> dict[str, object]:
    """Write what is known of one of the goods, beside `data`'s usual place.

    The first interface says the price once more, in yuan.
    """
    one = _detail(shelf, in_fen=in_fen)
    price = {"code": 1, "data": {"goodsprice": yuan_from_fen(shelf.product.cost_fen)}}
    return {"goodsdetails": one, "price": price} if in_fen else {"goodsdetails": one}


def _row(shelf: Shelf) -> dict[str, object]:
    product, of_cards = shelf.product, shelf.product.kind == "cards"
    return {
        "goodsid": numeral(product.id),
        "imgurl": "",
        "goodsname": product.title,
        "goodsprice": yuan_from_fen(product.cost_fen),
        "goodsstatus": int(shelf.on_sale),
        "goodstype": int(not of_cards),
        "showstock": 1,
        "stock": _PLENTY if shelf.left is None else shelf.left,
        "buyminnum": 1,
        "buymaxnum": 100,
        "goodsgroupid": _GROUP,
        "attach": [] if of_cards else [_FIELD],
    }


def _detail(shelf: Shelf, *, in_fen: bool) -> dict[str, object]:
    row, product = _row(shelf), shelf.product
    if in_fen:
        row["goodsprice"] = product.cost_fen
    more = {"attachgroupid": 0, "salesvolume": 0, "tiptext": "", "details": "", "msgboxtip": ""}
    more |= {"marketprice": yuan_from_fen(product.face_fen), "unit": "个", "goodstypetext": ""}
    return {"id": row.pop("goodsid"), **_GROUPED, **_BRANDED, **row, **more}
