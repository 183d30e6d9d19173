"""Every statement on the business tables, prepared once, behind functions that read like bookkeeping.

A function takes the connection of the transaction it is part of. Changes of state are compare-and-set: they return
whether this caller made the change.
"""

from sqlalchemy import Connection, Integer, bindparam, insert, or_, select, update

from harness.targets.reference.clock import now_ms
from harness.targets.reference.prepared import Prepared
from harness.targets.reference.tables import (
    Order,
    Pay,
    Receipt,
    Refund,
    State,
    Supply,
    orders,
    pays,
    receipts,
    refunds,
    supplies,
)

_order_by_no = select(orders).where(orders.c.order_no == bindparam("no"))
_order = Prepared(_order_by_no)
_order_locked = Prepared(_order_by_no.with_for_update())
_order_of_client = Prepared(
    select(orders).where(
        orders.c.customer_id == bindparam("customer"), orders.c.client_no == bindparam("client")
    )
)
_orders_of_customer = Prepared(
    select(orders)
    .where(orders.c.customer_id == bindparam("customer"))
    .order_by(orders.c.created_ms.desc(), orders.c.order_no.desc())
    .limit(bindparam("most", type_=Integer))
    .offset(bindparam("past", type_=Integer))
)
_add_order = Prepared(insert(orders))
_move = Prepared(
    update(orders)
    .where(
        orders.c.order_no == bindparam("no"),
        or_(orders.c.state == bindparam("was"), orders.c.state == bindparam("was_too")),
    )
    .values(state=bindparam("becomes"))
)
_deliver = Prepared(
    update(orders)
    .where(
        orders.c.order_no == bindparam("no"),
        or_(orders.c.state == bindparam("was"), orders.c.state == bindparam("was_too")),
    )
    .values(state=bindparam("becomes"), cards=bindparam("with_cards"), done_ms=bindparam("done_at"))
)
_expire = Prepared(
    update(orders).where(orders.c.order_no == bindparam("no")).values(expires_ms=bindparam("at"))
)
_pay = Prepared(select(pays).where(pays.c.pay_no == bindparam("no")))
_pay_by_channel = Prepared(
    select(pays).where(pays.c.order_no == bindparam("no"), pays.c.channel == bindparam("by"))
)
_pays_of_order = Prepared(select(pays).where(pays.c.order_no == bindparam("no")))
_pay_with_order = Prepared(
    select(*pays.c, *orders.c)
    .join_from(pays, orders, orders.c.order_no == pays.c.order_no)
    .where(pays.c.pay_no == bindparam("no"))
)
_add_pay = Prepared(insert(pays))
_pay_opened = Prepared(
    update(pays)
    .where(pays.c.pay_no == bindparam("no"))
    .values(pay_url=bindparam("url"), state=bindparam("becomes"))
)
_pay_moved = Prepared(
    update(pays).where(pays.c.pay_no == bindparam("no")).values(state=bindparam("becomes"))
)
_receipt = Prepared(
    select(receipts).where(
        receipts.c.channel == bindparam("by"), receipts.c.trade_no == bindparam("trade")
    )
)
_receipt_for_goods = Prepared(
    select(receipts).where(
        receipts.c.order_no == bindparam("no"), receipts.c.purpose == bindparam("purpose")
    )
)
_add_receipt = Prepared(insert(receipts))
_refund = Prepared(select(refunds).where(refunds.c.refund_no == bindparam("no")))
_refund_of_trade = Prepared(
    select(refunds.c.refund_no).where(
        refunds.c.channel == bindparam("by"), refunds.c.trade_no == bindparam("trade")
    )
)
_add_refund = Prepared(insert(refunds))
_refund_moved = Prepared(
    update(refunds)
    .where(refunds.c.refund_no == bindparam("no"))
    .values(state=bindparam("becomes"), done_ms=bindparam("at"))
)
_refunds_open = Prepared(
    select(refunds.c.refund_no).where(
        refunds.c.order_no == bindparam("no"), refunds.c.state != bindparam("done")
    )
)
_supply = Prepared(select(supplies).where(supplies.c.supply_no == bindparam("no")))
_supply_with_order = Prepared(
    select(*supplies.c, *orders.c)
    .join_from(supplies, orders, orders.c.order_no == supplies.c.order_no)
    .where(supplies.c.supply_no == bindparam("no"))
)
_operators_tried = Prepared(
    select(supplies.c.operator).where(supplies.c.order_no == bindparam("no"))
)
_add_supply = Prepared(insert(supplies))
_supply_moved = Prepared(
    update(supplies)
    .where(
        supplies.c.supply_no == bindparam("no"),
        supplies.c.state != bindparam("done"),
        supplies.c.state != bindparam("failed"),
    )
    .values(state=bindparam("becomes"))
)
_supply_sent = Prepared(
    update(supplies)
    .where(supplies.c.supply_no == bindparam("no"))
    .values(state=bindparam("becomes"), sent_ms=bindparam("at"), missing=bindparam("none"))
)
_supply_missing = Prepared(
    update(supplies)
    .where(supplies.c.supply_no == bindparam("no"))
    .values(missing=supplies.c.missing + 1)
)
_ORDER_COLUMNS = len(orders.c)


def add_order(c: Connection, order: Order) -> None:
    """Write a new order."""
    _add_order(c, **_row(order))


def order(c: Connection, order_no: str) -> Order | None:
    """Find an order."""
    row = _order(c, no=order_no).fetchone()
    return None if row is None else Order(*row)


def lock_order(c: Connection, order_no: str) -> Order:
    """Find an order that must exist, and hold it until the transaction ends (SQLite has one writer anyway)."""
    row = _order_locked(c, no=order_no).fetchone()
    assert row is not None, f"order {order_no} is gone"
    return Order(*row)


def order_of_client(c: Connection, customer_id: int, client_no: str) -> Order | None:
    """Find what a customer placed under a number of his own."""
    row = _order_of_client(c, customer=customer_id, client=client_no).fetchone()
    return None if row is None else Order(*row)


def orders_of_customer(c: Connection, customer_id: int, most: int, past: int = 0) -> list[Order]:
    """Return so many of a customer's orders, newest first, past the newest `past`."""
    rows = _orders_of_customer(c, customer=customer_id, most=most, past=past)
    return [Order(*row) for row in rows]


def move_order(
    c: Connection, order_no: str, becomes: State, *, was: State, was_too: State | None = None
) -> bool:
    """Move an order on if it still is in one of the given states; False if somebody else moved it."""
    moved = _move(c, no=order_no, was=was, was_too=was_too or was, becomes=becomes)
    return bool(moved.rowcount == 1)


def deliver_order(c: Connection, order_no: str, cards: str) -> bool:
    """Finish a paid order with what the operator handed out; False if it is not there to be finished."""
    paid = {"was": State.PAID, "was_too": State.CHARGING}
    delivered = _deliver(
        c, no=order_no, becomes=State.DONE, with_cards=cards, done_at=now_ms(), **paid
    )
    return bool(delivered.rowcount == 1)


def expire_order(c: Connection, order_no: str, at_ms: int) -> None:
    """End an order's time to be paid."""
    _expire(c, no=order_no, at=at_ms)


def add_pay(c: Connection, pay: Pay) -> None:
    """Write a new try to be paid."""
    _add_pay(c, **_row(pay))


def pay(c: Connection, pay_no: str) -> Pay | None:
    """Find a try by its number at the gateway."""
    row = _pay(c, no=pay_no).fetchone()
    return None if row is None else Pay(*row)


def pay_by_channel(c: Connection, order_no: str, channel: str) -> Pay | None:
    """Find an order's try on a channel."""
    row = _pay_by_channel(c, no=order_no, by=channel).fetchone()
    return None if row is None else Pay(*row)


def pays_of_order(c: Connection, order_no: str) -> list[Pay]:
    """Return all tries of an order."""
    return [Pay(*row) for row in _pays_of_order(c, no=order_no)]


def pay_with_order(c: Connection, pay_no: str) -> tuple[Pay, Order]:
    """Return a try that must exist, with its order."""
    row = _pay_with_order(c, no=pay_no).fetchone()
    assert row is not None, f"pay {pay_no} is gone"
    return Pay(*row[:-_ORDER_COLUMNS]), Order(*row[-_ORDER_COLUMNS:])


def pay_opened(c: Connection, pay_no: str, url: str) -> None:
    """Keep the URL under which a customer can pay."""
    _pay_opened(c, no=pay_no, url=url, becomes="OPEN")


def pay_moved(c: Connection, pay_no: str, becomes: str) -> None:
    """Note that a try was paid or closed."""
    _pay_moved(c, no=pay_no, becomes=becomes)


def receipt(c: Connection, channel: str, trade_no: str) -> Receipt | None:
    """Find the money that came with a gateway's trade."""
    row = _receipt(c, by=channel, trade=trade_no).fetchone()
    return None if row is None else Receipt(*row)


def receipt_for_goods(c: Connection, order_no: str) -> Receipt | None:
    """Find the payment that bought an order's goods."""
    row = _receipt_for_goods(c, no=order_no, purpose="order").fetchone()
    return None if row is None else Receipt(*row)


def add_receipt(c: Connection, one: Receipt) -> None:
    """Write down money that came; the same trade twice is an IntegrityError."""
    _add_receipt(c, **_row(one))


def add_refund(c: Connection, one: Refund) -> None:
    """Write down money that must go back."""
    _add_refund(c, **_row(one))


def refund_no_of(c: Connection, channel: str, trade_no: str) -> str | None:
    """Find the number of a trade's refund."""
    row = _refund_of_trade(c, by=channel, trade=trade_no).fetchone()
    return None if row is None else str(row[0])


def refund(c: Connection, refund_no: str) -> Refund:
    """Return a refund that must exist."""
    row = _refund(c, no=refund_no).fetchone()
    assert row is not None, f"refund {refund_no} is gone"
    return Refund(*row)


def refund_moved(c: Connection, refund_no: str, becomes: str, at_ms: int = 0) -> None:
    """Note how far a refund is, and when it was done if it is."""
    _refund_moved(c, no=refund_no, becomes=becomes, at=at_ms)


def has_open_refunds(c: Connection, order_no: str) -> bool:
    """Say whether money of an order is still on its way back."""
    return _refunds_open(c, no=order_no, done="DONE").fetchone() is not None


def add_supply(c: Connection, one: Supply) -> None:
    """Write down a submission that is to be made."""
    _add_supply(c, **_row(one))


def supply(c: Connection, supply_no: str) -> Supply | None:
    """Find a submission by its number at the operator."""
    row = _supply(c, no=supply_no).fetchone()
    return None if row is None else Supply(*row)


def supply_with_order(c: Connection, supply_no: str) -> tuple[Supply, Order]:
    """Return a submission that must exist, with its order."""
    row = _supply_with_order(c, no=supply_no).fetchone()
    assert row is not None, f"supply {supply_no} is gone"
    return Supply(*row[:-_ORDER_COLUMNS]), Order(*row[-_ORDER_COLUMNS:])


def operators_tried(c: Connection, order_no: str) -> set[str]:
    """Return the operators that an order was ever submitted to."""
    return {row[0] for row in _operators_tried(c, no=order_no)}


def supply_moved(c: Connection, supply_no: str, becomes: str) -> bool:
    """Move a submission on; False if its operator has already said its last word."""
    moved = _supply_moved(c, no=supply_no, becomes=becomes, done="DONE", failed="FAILED")
    return bool(moved.rowcount == 1)


def supply_sent(c: Connection, supply_no: str, at_ms: int) -> None:
    """Note, before anything is sent, that a submission is now under way."""
    _supply_sent(c, no=supply_no, becomes="SENT", at=at_ms, none=0)


def supply_missing(c: Connection, supply_no: str) -> None:
    """Count one more "no such order"."""
    _supply_missing(c, no=supply_no)


def _row(struct: Order | Pay | Receipt | Refund | Supply) -> dict[str, object]:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}
