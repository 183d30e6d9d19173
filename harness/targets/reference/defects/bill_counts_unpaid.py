"""The bill takes every trade that was opened for a payment.

Modelled on: turnover summed up from orders whatever their state; abandoned carts make the day look good.
Breaks: the bill agrees line by line with the gateways' ledgers.
"""

from sqlalchemy import BigInteger, Select, bindparam, literal, select

from harness.targets.reference.bill_desk import BillDesk
from harness.targets.reference.tables import orders, pays

_opened = (
    select(
        literal("payment"),
        pays.c.order_no,
        pays.c.channel,
        pays.c.pay_no,
        pays.c.amount_fen,
        orders.c.created_ms,
        orders.c.customer_id,
        orders.c.goods,
        orders.c.quantity,
    )
    .join_from(pays, orders, orders.c.order_no == pays.c.order_no)
    .where(orders.c.created_ms >= bindparam("begin", type_=BigInteger))
    .where(orders.c.created_ms < bindparam("end", type_=BigInteger))
)


class BillCountsUnpaid(BillDesk):
    """Writes the bill from intentions."""

    def statements(self) -> list[Select[tuple[object, ...]]]:
        """Take opened trades instead of receipts."""
        _, refunds, deliveries = super().statements()
        return [_opened, refunds, deliveries]
