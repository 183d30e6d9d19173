"""How 欧飞 writes orders, goods and refusals: flat XML in GB2312, whose root says what was asked for.

Source: public clients of 欧飞 (OFPAY; PHP, Java, Ruby, .NET), one with recorded answers, read 2026-12-01. A refused
order says again what was asked for, and has every other element empty.
"""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from harness.core.units import yuan_from_fen
from mock_upstreams.dialect import Answer
from mock_upstreams.records import Shelf, SupplierOrder

XML = "text/xml; charset=GB2312"
TEXT = "text/plain; charset=GB2312"
STATES = {"delivering": "0", "delivered": "1", "partial": "1", "failed": "9"}
PLACE = "广东广州移动"
_PLENTY = 9_999
_FOREVER = "4000-12-31"
_AREAS = ("game_area", "game_srv")
_ORDER = ("orderid", "cardid", "cardnum", "ordercash", "cardname", "sporder_id")
ECHOED = ("cardid", "cardnum", "sporder_id", "game_userid", *_AREAS)


def text(said: str) -> Answer:
    """Write a bare text."""
    return Answer(said.encode("gb18030", "replace"), 200, TEXT)


def xml(
    root: str, retcode: str, err_msg: str, fields: Mapping[str, str], inside: str = ""
) -> Answer:
    """Write an answer; `inside` is XML that goes to its end."""
    told = {"err_msg": err_msg, "retcode": retcode, **fields}
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in told.items())
    body = f'<?xml version="1.0" encoding="GB2312" ?><{root}>{inner}{inside}</{root}>'
    return Answer(body.encode("gb18030", "xmlcharrefreplace"), 200, XML)


def taken(order: SupplierOrder) -> Answer:
    """Write an order; goods by card with the cards that there are."""
    facts = {
        "orderid": order.ref,
        "cardid": order.extra["cardid"],
        "cardnum": order.extra["cardnum"],
        "ordercash": yuan_from_fen(order.cost_fen),
        "cardname": order.product.title,
        "sporder_id": order.order_no,
    }
    if order.product.kind == "cards":
        return xml("orderinfo", "1", "", facts, _cards(order))
    facts["game_userid"] = order.account
    facts |= {name: order.extra[name] for name in _AREAS if order.extra.get(name)}
    return xml("orderinfo", "1", "", facts | {"game_state": STATES[order.state]})


def _cards(order: SupplierOrder) -> str:
    rows = (
        {"cardno": card.number, "cardpws": card.password, "expiretime": _FOREVER}
        for card in order.cards
    )
    return f"<cards>{''.join(_row(row) for row in rows)}</cards>"


def _row(fields: Mapping[str, str]) -> str:
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
    return f"<card>{inner}</card>"


def refused(retcode: str, err_msg: str, asked: Mapping[str, str]) -> Answer:
    """Write that an order is not taken."""
    names = (*_ORDER, "game_userid", *_AREAS, "game_state")
    fields = {name: asked.get(name, "") if name in ECHOED else "" for name in names}
    return xml("orderinfo", retcode, err_msg, fields)


def price(shelf: Shelf, card: str) -> Answer:
    """Write what a phone's top-up costs."""
    told = {
        "cardid": card,
        "cardname": shelf.product.title,
        "inprice": yuan_from_fen(shelf.product.cost_fen),
        "game_area": PLACE,
    }
    return xml("cardinfo", "1", "", told)


def goods(shelves: Sequence[Shelf]) -> Answer:
    """Write goods with their price and stock."""
    rows = "".join(_row(_card(shelf)) for shelf in shelves)
    return xml("cardinfo", "1", "", {}, f"<ret_cardinfos>{rows}</ret_cardinfos>")


def _card(shelf: Shelf) -> dict[str, str]:
    product = shelf.product
    cost = yuan_from_fen(product.cost_fen)
    return {
        "cardid": product.id,
        "pervalue": yuan_from_fen(product.face_fen),
        "inprice": cost,
        "sysddprice": cost,
        "sysdd1price": cost,
        "sysdd2price": cost,
        "memberprice": yuan_from_fen(product.face_fen),
        "innum": str(_PLENTY if shelf.left is None else shelf.left),
        "cardname": product.title,
        "othername": "",
        "amounts": "1-10",
        "subclassid": product.id[:4],
        "classtype": "3" if product.kind == "cards" else "2",
    }
