"""How 卡速售 writes orders and goods."""

from harness.core.units import yuan_from_fen
from mock_upstreams.records import Product, SupplierOrder

_STATES = {
    "delivering": "2",
    "delivered": "3",
    "partial": "5",
    "failed": "5",
}  # partial: less money comes back
_CANCELLED = "4"  # failed, and nothing came back
HINTS = {"2": "处理中", "3": "充值成功", "4": "充值失败", "5": "充值失败，已退款"}


def status_of(state: str, back_fen: int) -> str:
    """Return the wire's digit of a state; what is none of our states is passed on as it is."""
    if state == "failed" and not back_fen:
        return _CANCELLED
    return _STATES.get(state, state)


def receipt(order: SupplierOrder) -> dict[str, str]:
    """Write what an accepted order is answered with."""
    return {
        "ordersn": order.ref,
        "external_orderno": order.order_no,
        "total_price": yuan_from_fen(order.cost_fen),
    }


def view(order: SupplierOrder) -> dict[str, object]:
    """Write one order as a query shows it."""
    status = status_of(order.state, order.back_fen)
    account = {"n": "充值账号", "v": order.account, "k": "recharge_account"}
    return {
        **receipt(order),
        "recharge_info": [account] if order.account else [],
        "recharge_hints": HINTS[status],
        "has_back_money": yuan_from_fen(order.back_fen),
        "status": int(status),
        "card_list": [
            {"card_no": card.number, "card_password": card.password} for card in order.cards
        ],
    }


def goods(product: Product) -> dict[str, object]:
    """Write one product."""
    field = {"key": "recharge_account", "type": "text", "tip": "请填写充值账号", "name": "充值账号"}
    price = yuan_from_fen(product.cost_fen)
    return {
        "id": int(product.id) if product.id.isdecimal() else product.id,
        "goods_name": product.title,
        "goods_img": "",
        "goods_type": 1 if product.kind == "cards" else 2,
        "face_value": yuan_from_fen(product.face_fen),
        "goods_price": price,
        "status": 1,
        "stock_num": 9999,
        "start_count": 1,
        "end_count": 100,
        "can_buy": 1,
        "can_no_buy": "",
        "can_price": price,
        "need_balance": price,
        "attach": [] if product.kind == "cards" else [{**field, "options": []}],
    }


def category() -> dict[str, object]:
    """Write the one category that everything is in; the names of its fields are unconfirmed."""
    return {"id": 1, "name": "全部商品", "pid": 0}
