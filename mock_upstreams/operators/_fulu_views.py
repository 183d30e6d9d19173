"""How 福禄 writes orders and goods: amounts are numbers in its answers, and texts in its callbacks.

Source: two Go clients, one in C# and one in Node of 福禄 (FULU), read 2026-12-01: an order's price is that of one unit.
Unconfirmed: the `Type` and `Id` of a template's inputs.
"""

import msgspec

from mock_upstreams import beijing
from mock_upstreams.operators._money import numeral
from mock_upstreams.records import Shelf, SupplierOrder
from mock_upstreams.signing import fulu_seal

STATES = {
    "delivering": "processing",
    "delivered": "success",
    "partial": "success",
    "failed": "failed",
}
_SAID = {"delivered": "充值成功", "partial": "部分成功", "failed": "充值失败，已退款"}
_TYPES = {"topup": "4", "cards": "3"}
ORDER_TYPE = "order_type"
"""Under this name an order keeps that it is one of phone credit (1) or of data (2)."""


def said_of(state: str) -> str:
    """Return the sentence of a state, if it has one."""
    return _SAID.get(state, "")


def php_text(value: object) -> str:
    r"""Write JSON as PHP does with JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE.

    Source: php.net/manual/en/json.constants.php, read 2026-11-22.
    """
    text = msgspec.json.encode(value).decode()
    return text.replace("\u2028", r"\u2028").replace("\u2029", r"\u2029")


def taken(order: SupplierOrder) -> dict[str, object]:
    """Write an order that was accepted, or is asked for; its cards aside."""
    return {
        "order_id": order.ref,
        "customer_order_no": order.order_no,
        "product_id": numeral(order.product.id),
        "product_name": order.product.title,
        "charge_account": order.account,
        "buy_num": order.quantity,
        "order_type": int(order.extra.get(ORDER_TYPE, _TYPES[order.product.kind])),
        "order_price": order.product.cost_fen / 100,
        "order_state": STATES[order.state],
        "create_time": beijing.text(order.created_ns),
        "finish_time": beijing.text(order.done_ns),
        "area": "",
        "server": "",
        "type": "",
        "operator_serial_number": "",
    }


def order(order: SupplierOrder, secret: str) -> dict[str, object]:
    """Write an order and what cards there are, sealed."""
    done = STATES[order.state] == "success"
    cards = [
        {
            "card_number": fulu_seal(secret, card.number),
            "card_pwd": fulu_seal(secret, card.password),
            "card_type": 0,
            "card_deadline": "",
        }
        for card in (order.cards if done else ())
    ]
    return taken(order) | {"cards": cards}


def goods(shelf: Shelf) -> dict[str, object]:
    """Write one product among the others."""
    product = shelf.product
    return {
        "product_id": numeral(product.id),
        "product_name": product.title,
        "product_type": "卡密" if product.kind == "cards" else "直充",
        "face_value": product.face_fen / 100,
        "purchase_price": product.cost_fen / 100,
        "sales_status": "上架" if shelf.on_sale else "下架",
        "stock_status": "断货" if shelf.left == 0 else "充足",
        "template_id": "" if product.kind == "cards" else product.id,
        "details": "",
    }


def one(shelf: Shelf) -> dict[str, object]:
    """Write one product alone."""
    return goods(shelf) | {"four_category_icon": "", "detail_type": 0}


def stock(shelf: Shelf, units: int) -> dict[str, object]:
    """Say whether so many units are there."""
    enough = shelf.on_sale and (shelf.left is None or shelf.left >= units)
    return {
        "product_id": numeral(shelf.product.id),
        "stock_status": "充足" if enough else "断货",
    }


def template(shelf: Shelf) -> dict[str, object]:
    """Write which fields an order for this product fills; a template has the number of its product."""
    account = {"Type": "input", "Id": "ChargeAccount", "Name": "充值账号", "SortId": 1}
    unit = {"defaultUint": "", "defalutUnitAfter": "", "defalutUnitRatio": 1}
    number = {"Type": "input", "Id": "ChargeNum", "Name": "充值数量", "Value": "1", "SortId": 2}
    inputs = [] if shelf.product.kind == "cards" else [account]
    return {
        "AddressId": shelf.product.id,
        "AddressName": shelf.product.title,
        "IsServiceArea": False,
        "ElementInfo": {"Inputs": inputs, "ChargeNum": {**number, "Unit": unit}},
        "GameTempaltePreviewList": [],
    }
