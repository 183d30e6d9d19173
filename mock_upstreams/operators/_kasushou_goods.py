"""The price list of 卡速售: what is asked about goods, and how the shelf is shown.

    POST goods/{cate, list, info, pricelog, attach}

A price never moves here, so that the list of past prices is always empty.

Source: doc.kasushou.com/api/v2api/43...46 and 151 (KSS), read 2026-12-01. Unconfirmed: whether `keyword` of the past
prices finds by a part of a number, and what a `vali` other than `all` looks like.
"""

from collections.abc import Sequence

import msgspec

from harness.core.units import yuan_from_fen
from mock_upstreams.dialect import Ask
from mock_upstreams.records import Shelf

MOST = 100
"""Goods on a page, unless fewer are asked for. Source: KSS goods/list `limit`, read 2026-12-01."""
PLENTY = 9_999
_CATEGORY, _SUBCATEGORY = 1, 2
_ACCOUNT = {"key": "recharge_account", "type": "text", "tip": "请填写充值账号", "name": "充值账号"}
_FILLED_IN = (
    '{"type":"text","maxlength":20000,"clearable":false,"disabled":false,"showPassword":false,'
    '"preg":"","init_value":0}'
)


class GoodsForm(msgspec.Struct):
    """POST goods/list, goods/info, goods/pricelog and goods/attach."""

    id: int | str | None = ""
    goods_id: int | str | None = ""
    cate_id: int | str | None = 0
    keyword: str | None = None
    limit: int | str | None = MOST
    page: int | str | None = 1


def asked(act: str, body: bytes) -> Ask:
    """Return what is asked of the shelf: one product, or a page of those whose title has a word.

    Raises:
        ValueError: the body is no form, or a number in it is none.
    """
    form = msgspec.json.decode(body, type=GoodsForm)
    if act in {"list", "pricelog"}:
        return Ask(
            op="query",
            about="goods",
            limit=min(max(int(form.limit or MOST), 1), MOST),
            page=max(int(form.page or 1), 1),
            extra={"act": act, "keyword": form.keyword or "", "cate": str(int(form.cate_id or 0))},
        )
    sku = str(form.id or form.goods_id or "")
    # No product has no number, so that what names none finds nothing.
    return Ask(op="query", about="goods", sku=sku or "-", extra={"act": act})


def shown(ask: Ask, shelves: Sequence[Shelf]) -> object:
    """Return the data of an answer, None if there is no such product."""
    act = ask.extra["act"]
    if act == "pricelog":
        return {"list": [], "total": 0}
    if act == "list":
        word, within = ask.extra["keyword"], int(ask.extra["cate"])
        known = within in {0, _CATEGORY, _SUBCATEGORY}
        goods = [_goods(shelf) for shelf in shelves if known and word in shelf.product.title]
        page = goods[(ask.page - 1) * ask.limit : ask.page * ask.limit]
        return {"list": page, "total": len(goods)}
    if not shelves:
        return None
    return _form(shelves[0]) if act == "attach" else _detail(shelves[0])


def categories() -> list[dict[str, object]]:
    """Write the one category that everything is in, and its one part."""
    part = {"id": _SUBCATEGORY, "name": "全部商品", "pid": _CATEGORY, "img": ""}
    return [{"id": _CATEGORY, "name": "平台自营", "pid": 0, "img": "", "children": [part]}]


def _goods(shelf: Shelf) -> dict[str, object]:
    product = shelf.product
    return {
        "id": int(product.id) if product.id.isdecimal() else product.id,
        "goods_name": product.title,
        "goods_img": "",
        "goods_type": 1 if product.kind == "cards" else 2,
        "face_value": yuan_from_fen(product.face_fen),
        "goods_price": yuan_from_fen(product.cost_fen),
        "status": 1 if shelf.on_sale else 2,
        "stock_num": PLENTY if shelf.left is None else shelf.left,
        "can_buy": "",
        "can_no_buy": "",
        "can_price": yuan_from_fen(product.cost_fen),
        "need_balance": "0",
    }


def _detail(shelf: Shelf) -> dict[str, object]:
    of_cards = shelf.product.kind == "cards"
    more = {"goods_info": "", "goods_notice": "", "start_count": 1, "end_count": 100}
    return {**_goods(shelf), **more, "attach": [] if of_cards else [_ACCOUNT]}


def _form(shelf: Shelf) -> list[dict[str, str]]:
    """Write what an order must fill in."""
    if shelf.product.kind == "cards":
        return []
    return [{**_ACCOUNT, "vali": "all", "options": _FILLED_IN}]
