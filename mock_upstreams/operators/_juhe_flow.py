"""聚合数据 流量 (data packages): other paths, other names, and a query for up to fifty orders at once.

    http://v.juhe.cn/flow/{list, telcheck, recharge, batchquery, ordersta, orderlist, operatorstate}

A package is a product, chosen by its own number (`pid`) and not by its face value.

Source: JUHE, and public clients of v.juhe.cn/flow in PHP and Java, read 2026-11-30. Unconfirmed: the fields of an order
in a list, of an operator's state, and that the errors of data are those of phone credit with 2105 for 2085.
"""

from collections.abc import Mapping, Sequence

from harness.core.units import yuan_from_fen
from mock_upstreams.dialect import Ask
from mock_upstreams.records import Product, SupplierOrder

BASE = "/flow/"
CALLS = ("list", "telcheck", "recharge", "batchquery", "ordersta", "orderlist", "operatorstate")
ORDERS_MOST = 50
"""In one batchquery. Source: comments of public clients, read 2026-11-30."""
PAGE_MOST = 200
_OPERATORS = {"1": "中国移动", "2": "中国联通", "3": "中国电信"}


def error_of(code: int) -> int:
    """Return the number of an error of phone credit where it is one of data."""
    return code + 2_000 if 208_500 <= code < 208_600 else code


def packages(products: Sequence[Product]) -> list[dict[str, object]]:
    """Write the packages of one operator, of which clients look at `flows` alone."""
    flows = [
        {
            "id": product.id,
            "p": product.title,
            "v": str(product.face_fen // 100),
            "inprice": yuan_from_fen(product.cost_fen),
        }
        for product in products
        if product.kind == "topup"
    ]
    return [
        {
            "city": "全国",
            "company": _OPERATORS["1"],
            "companytype": "1",
            "name": "中国移动全国流量套餐",
            "type": "1",
            "flows": flows,
        }
    ]


def operators() -> list[dict[str, str]]:
    """Say of every operator that it is open."""
    return [
        {"companytype": kind, "company": name, "state": "1"} for kind, name in _OPERATORS.items()
    ]


def taken(order: SupplierOrder, state: str) -> dict[str, object]:
    """Write an order that was accepted, or one of a list."""
    return {
        "cardid": order.product.id,
        "cardname": order.product.title,
        "ordercash": yuan_from_fen(order.cost_fen),
        "sporder_id": order.ref,
        "orderid": order.order_no,
        "uorderid": order.order_no,
        "phone": order.account,
        "game_state": state,
    }


def page_ask(fields: Mapping[str, str], extra: dict[str, str]) -> Ask:
    """Read which page of the latest orders is asked for; `phone` leaves those of one number."""
    limit, page = (
        int(fields[name]) if fields.get(name, "").isdecimal() and len(fields[name]) < 9 else default
        for name, default in (("pagesize", 50), ("page", 1))
    )
    return Ask(
        op="query",
        about="orders",
        limit=min(max(limit, 1), PAGE_MOST),
        page=max(page, 1),
        account=fields.get("phone", ""),
        extra=extra,
    )
