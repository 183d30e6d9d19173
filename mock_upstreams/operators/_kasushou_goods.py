"""The price list of 卡速售: what is asked about goods, and how the shelf is shown.

    POST goods/{cate, list, info, pricelog, attach}

Source: doc.kasushou.com/api/v2api (KSS), read 2026-11-22. Unconfirmed: the fields of a category and of a price's past.
"""

from collections.abc import Sequence

import msgspec

from harness.core.units import yuan_from_fen
from mock_upstreams.dialect import Ask
from mock_upstreams.records import Shelf

MOST = 100
"""Goods on a page. Source: KSS goods/list `limit`, read 2026-11-22."""
PLENTY = 9_999


class GoodsForm(msgspec.Struct):
    """POST goods/list, goods/info and goods/attach."""

    id: int | str = ""
    goods_id: int | str = ""
    keyword: str | None = None
    limit: int | str = 20
    page: int | str = 1


def asked(act: str, body: bytes) -> Ask:
    """Return what is asked of the shelf: one product, or a page of those whose title has a word.

    Raises:
        ValueError: the body is no form, or a number in it is none.
    """
    form = msgspec.json.decode(body, type=GoodsForm)
    if act == "list":
        return Ask(
            op="query",
            about="goods",
            limit=min(max(int(form.limit), 1), MOST),
            page=max(int(form.page), 1),
            extra={"act": act, "keyword": form.keyword or ""},
        )
    sku = str(form.id or form.goods_id)
    # No product has no number, so that what names none finds nothing.
    return Ask(op="query", about="goods", sku=sku or "-", extra={"act": act})


def shown(ask: Ask, shelves: Sequence[Shelf]) -> object:
    """Return the data of an answer, None if there is no such product."""
    act = ask.extra["act"]
    if act == "list":
        word = ask.extra["keyword"]
        goods = [_goods(shelf) for shelf in shelves if word in shelf.product.title]
        return goods[(ask.page - 1) * ask.limit : ask.page * ask.limit]
    if not shelves:
        return None
    if act == "attach":
        return _goods(shelves[0])["attach"]
    return [] if act == "pricelog" else _goods(shelves[0])


def _goods(shelf: Shelf) -> dict[str, object]:
    product = shelf.product
    field = {"key": "recharge_account", "type": "text", "tip": "请填写充值账号", "name": "充值账号"}
    price = yuan_from_fen(product.cost_fen)
    return {
        "id": int(product.id) if product.id.isdecimal() else product.id,
        "goods_name": product.title,
        "goods_img": "",
        "goods_type": 1 if product.kind == "cards" else 2,
        "face_value": yuan_from_fen(product.face_fen),
        "goods_price": price,
        "status": 1 if shelf.on_sale else 2,
        "stock_num": PLENTY if shelf.left is None else shelf.left,
        "start_count": 1,
        "end_count": 100,
        "can_buy": 1,
        "can_no_buy": "",
        "can_price": price,
        "need_balance": price,
        "attach": [] if product.kind == "cards" else [{**field, "options": []}],
    }


def category() -> dict[str, object]:
    """Write the one category that everything is in."""
    return {"id": 1, "name": "全部商品", "pid": 0}
