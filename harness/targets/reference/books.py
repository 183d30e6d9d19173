"""Every statement on the business tables, prepared once, behind functions that read like bookkeeping.

A function takes the connection of the transaction it is part of. Changes of state are compare-and-set: they return
whether this caller made the change.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, and_, bindparam, insert, select, update

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

_order = select(orders).where(orders.c.order_no == bindparam("no"))
_order_locked = _order.with_for_update()
_order_of_client = select(orders).where(
    orders.c.customer_id == bindparam("customer"), orders.c.client_no == bindparam("client")
)
_orders_of_customer = (
    select(orders)
    .where(orders.c.customer_id == bindparam("customer"))
    .order_by(orders.c.created_ms.desc(), orders.c.order_no.desc())
    .limit(bindparam("most"))
)
_move = (
    update(orders)
    .where(
        orders.c.order_no == bindparam("no"), orders.c.state.in_(bindparam("was", expanding=True))
    )
    .values(state=bindparam("becomes"))
)
_deliver = (
    update(orders)
    .where(orders.c.order_no == bindparam("no"), orders.c.state.in_([State.PAID, State.CHARGING]))
    .values(state=State.DONE, cards=bindparam("with_cards"))
)
_expire = (
    update(orders).where(orders.c.order_no == bindparam("no")).values(expires_ms=bindparam("at"))
)
_pay = select(pays).where(pays.c.pay_no == bindparam("no"))
_pay_by_channel = select(pays).where(
    pays.c.order_no == bindparam("no"), pays.c.channel == bindparam("by")
)
_pays_of_order = select(pays).where(pays.c.order_no == bindparam("no"))
_pays_with_orders = (
    select(pays, *orders.c)
    .join(orders, orders.c.order_no == pays.c.order_no)
    .where(pays.c.pay_no.in_(bindparam("nos", expanding=True)))
)
_pay_opened = (
    update(pays)
    .where(pays.c.pay_no == bindparam("no"))
    .values(pay_url=bindparam("url"), state=bindparam("becomes"))
)
_pay_moved = update(pays).where(pays.c.pay_no == bindparam("no")).values(state=bindparam("becomes"))
_receipt = select(receipts).where(
    receipts.c.channel == bindparam("by"), receipts.c.trade_no == bindparam("trade")
)
_receipt_for_goods = select(receipts).where(
    receipts.c.order_no == bindparam("no"), receipts.c.purpose == "order"
)
_refund = select(refunds).where(refunds.c.refund_no.in_(bindparam("nos", expanding=True)))
_refund_of_trade = select(refunds.c.refund_no).where(
    refunds.c.channel == bindparam("by"), refunds.c.trade_no == bindparam("trade")
)
_refund_moved = (
    update(refunds).where(refunds.c.refund_no == bindparam("no")).values(state=bindparam("becomes"))
)
_refunds_open = select(refunds.c.refund_no).where(
    refunds.c.order_no == bindparam("no"), refunds.c.state != "DONE"
)
_supply = select(supplies).where(supplies.c.supply_no == bindparam("no"))
_supplies_with_orders = (
    select(supplies, *orders.c)
    .join(orders, orders.c.order_no == supplies.c.order_no)
    .where(supplies.c.supply_no.in_(bindparam("nos", expanding=True)))
)
_operators_tried = select(supplies.c.operator).where(supplies.c.order_no == bindparam("no"))
_supply_moved = (
    update(supplies)
    .where(
        and_(supplies.c.supply_no == bindparam("no"), supplies.c.state.not_in(["DONE", "FAILED"]))
    )
    .values(state=bindparam("becomes"))
)
_supplies_sent = (
    update(supplies)
    .where(supplies.c.supply_no.in_(bindparam("nos", expanding=True)), supplies.c.state == "DUE")
    .values(state="SENT", sent_ms=bindparam("at"), missing=0)
)
_supply_missing = (
    update(supplies)
    .where(supplies.c.supply_no == bindparam("no"))
    .values(missing=supplies.c.missing + 1)
)
_ORDER_COLUMNS = len(orders.c)


def add_order(c: Connection, order: Order) -> None:
    """Write a new order."""
    c.execute(insert(orders), _row(order))


def order(c: Connection, order_no: str) -> Order | None:
    """Find an order."""
    row = c.execute(_order, {"no": order_no}).first()
    return None if row is None else Order(*row)


def lock_order(c: Connection, order_no: str) -> Order:
    """Find an order that must exist, and hold it until the transaction ends (SQLite has one writer anyway)."""
    return Order(*c.execute(_order_locked, {"no": order_no}).one())


def order_of_client(c: Connection, customer_id: int, client_no: str) -> Order | None:
    """Find what a customer placed under a number of his own."""
    row = c.execute(_order_of_client, {"customer": customer_id, "client": client_no}).first()
    return None if row is None else Order(*row)


def orders_of_customer(c: Connection, customer_id: int, most: int) -> list[Order]:
    """Return a customer's latest orders, newest first."""
    rows = c.execute(_orders_of_customer, {"customer": customer_id, "most": most})
    return [Order(*row) for row in rows]


def move_order(c: Connection, order_no: str, was: Iterable[State], becomes: State) -> bool:
    """Move an order on if it still is in one of the given states; False if somebody else moved it."""
    values = {"no": order_no, "was": list(was), "becomes": becomes}
    return c.execute(_move, values).rowcount == 1


def deliver_order(c: Connection, order_no: str, cards: str) -> bool:
    """Finish a paid order with what the operator handed out; False if it is not there to be finished."""
    return c.execute(_deliver, {"no": order_no, "with_cards": cards}).rowcount == 1


def expire_order(c: Connection, order_no: str, at_ms: int) -> None:
    """End an order's time to be paid."""
    c.execute(_expire, {"no": order_no, "at": at_ms})


def add_pay(c: Connection, pay: Pay) -> None:
    """Write a new try to be paid."""
    c.execute(insert(pays), _row(pay))


def pay(c: Connection, pay_no: str) -> Pay | None:
    """Find a try by its number at the gateway."""
    row = c.execute(_pay, {"no": pay_no}).first()
    return None if row is None else Pay(*row)


def pay_by_channel(c: Connection, order_no: str, channel: str) -> Pay | None:
    """Find an order's try on a channel."""
    row = c.execute(_pay_by_channel, {"no": order_no, "by": channel}).first()
    return None if row is None else Pay(*row)


def pays_of_order(c: Connection, order_no: str) -> list[Pay]:
    """Return all tries of an order."""
    return [Pay(*row) for row in c.execute(_pays_of_order, {"no": order_no})]


def pays_with_orders(c: Connection, pay_nos: Sequence[str]) -> list[tuple[Pay, Order]]:
    """Return tries, each with its order."""
    rows = c.execute(_pays_with_orders, {"nos": pay_nos})
    return [(Pay(*row[:-_ORDER_COLUMNS]), Order(*row[-_ORDER_COLUMNS:])) for row in rows]


def pay_opened(c: Connection, pay_no: str, url: str) -> None:
    """Keep the URL under which a customer can pay."""
    c.execute(_pay_opened, {"no": pay_no, "url": url, "becomes": "OPEN"})


def pay_moved(c: Connection, pay_no: str, becomes: str) -> None:
    """Note that a try was paid or closed."""
    c.execute(_pay_moved, {"no": pay_no, "becomes": becomes})


def receipt(c: Connection, channel: str, trade_no: str) -> Receipt | None:
    """Find the money that came with a gateway's trade."""
    row = c.execute(_receipt, {"by": channel, "trade": trade_no}).first()
    return None if row is None else Receipt(*row)


def receipt_for_goods(c: Connection, order_no: str) -> Receipt | None:
    """Find the payment that bought an order's goods."""
    row = c.execute(_receipt_for_goods, {"no": order_no}).first()
    return None if row is None else Receipt(*row)


def add_receipt(c: Connection, one: Receipt) -> None:
    """Write down money that came; the same trade twice is an IntegrityError."""
    c.execute(insert(receipts), _row(one))


def add_refund(c: Connection, one: Refund) -> None:
    """Write down money that must go back."""
    c.execute(insert(refunds), _row(one))


def refund_no_of(c: Connection, channel: str, trade_no: str) -> str | None:
    """Find the number of a trade's refund."""
    return c.execute(_refund_of_trade, {"by": channel, "trade": trade_no}).scalar()


def refunds_by_no(c: Connection, refund_nos: Sequence[str]) -> list[Refund]:
    """Return refunds by their numbers."""
    return [Refund(*row) for row in c.execute(_refund, {"nos": refund_nos})]


def refund_moved(c: Connection, refund_no: str, becomes: str) -> None:
    """Note how far a refund is."""
    c.execute(_refund_moved, {"no": refund_no, "becomes": becomes})


def has_open_refunds(c: Connection, order_no: str) -> bool:
    """Say whether money of an order is still on its way back."""
    return c.execute(_refunds_open, {"no": order_no}).first() is not None


def add_supply(c: Connection, one: Supply) -> None:
    """Write down a submission that is to be made."""
    c.execute(insert(supplies), _row(one))


def supply(c: Connection, supply_no: str) -> Supply | None:
    """Find a submission by its number at the operator."""
    row = c.execute(_supply, {"no": supply_no}).first()
    return None if row is None else Supply(*row)


def supplies_with_orders(c: Connection, supply_nos: Sequence[str]) -> list[tuple[Supply, Order]]:
    """Return submissions, each with its order."""
    rows = c.execute(_supplies_with_orders, {"nos": supply_nos})
    return [(Supply(*row[:-_ORDER_COLUMNS]), Order(*row[-_ORDER_COLUMNS:])) for row in rows]


def operators_tried(c: Connection, order_no: str) -> set[str]:
    """Return the operators that an order was ever submitted to."""
    return set(c.execute(_operators_tried, {"no": order_no}).scalars())


def supply_moved(c: Connection, supply_no: str, becomes: str) -> bool:
    """Move a submission on; False if its operator has already said its last word."""
    return c.execute(_supply_moved, {"no": supply_no, "becomes": becomes}).rowcount == 1


def supplies_sent(c: Connection, supply_nos: Sequence[str], at_ms: int) -> None:
    """Note, before anything is sent, that these submissions are now under way."""
    c.execute(_supplies_sent, {"nos": supply_nos, "at": at_ms})


def supply_missing(c: Connection, supply_no: str) -> None:
    """Count one more "no such order"."""
    c.execute(_supply_missing, {"no": supply_no})


def _row(struct: Order | Pay | Receipt | Refund | Supply) -> dict[str, object]:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}
