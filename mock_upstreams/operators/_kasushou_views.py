"""How 卡速售 writes orders."""

from harness.core.units import yuan_from_fen
from mock_upstreams.records import SupplierOrder

_STATES = {
    "delivering": "2",
    "delivered": "3",
    "partial": "5",
    "failed": "5",
}  # partial: less money comes back
_CANCELLED = "4"  # at its buyer's wish, or failed and nothing came back
HINTS = {"2": "处理中", "3": "充值成功", "4": "充值失败", "5": "充值失败，已退款"}


def status_of(state: str, back_fen: int, *, cancelled: bool = False) -> str:
    """Return the wire's digit of a state; what is none of our states is passed on as it is."""
    if state == "failed" and (cancelled or not back_fen):
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
    status = status_of(order.state, order.back_fen, cancelled=order.cancelled)
    account = {"n": "充值账号", "v": order.account, "k": "recharge_account"}
    return {
        **receipt(order),
        "recharge_info": [account] if order.account else [],
        "recharge_hints": HINTS[status],
        "has_back_money": yuan_from_fen(order.back_fen),
        "status": int(status),
        "card_list": cards(order),
    }


def cards(order: SupplierOrder) -> list[dict[str, str]]:
    """Write what cards there are."""
    return [{"card_no": card.number, "card_password": card.password} for card in order.cards]


def told_cards(order: SupplierOrder) -> list[dict[str, str]]:
    """Write what cards there are, as a callback does: with the day on which each ends, here none."""
    return [{**card, "end_time": ""} for card in cards(order)]


_CLAIMS = {
    "under_way": ("2", "售后正在处理"),
    "settled": ("3", "售后处理完成"),
    "ended": ("4", "订单已取消，终止处理"),
}


def claim(step: str, ref: str) -> dict[str, str]:
    """Write what becomes of a complaint; what is none of our steps is passed on as it is."""
    status, content = _CLAIMS.get(step, (step, ""))
    return {"ordersn": ref, "status": status, "content": content, "screenshot": ""}
