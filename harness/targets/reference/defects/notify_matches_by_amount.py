"""Money is booked to the oldest unpaid order of the same amount, whoever paid it.

Modelled on: personal QR codes (码支付, V免签), where the amount is all that an app sees of a payment.
Breaks: who pays is served; no delivery without payment.
"""

import msgspec
from sqlalchemy import Connection, bindparam, select

from harness.targets.reference.payment_desk import PaymentDesk
from harness.targets.reference.prepared import Prepared
from harness.targets.reference.tables import Receipt, State, orders

_oldest = Prepared(
    select(orders.c.order_no)
    .where(orders.c.state == bindparam("was"), orders.c.price_fen == bindparam("price"))
    .order_by(orders.c.created_ms)
    .limit(1)
)


class NotifyMatchesByAmount(PaymentDesk):
    """Believes that two orders of one amount are never open at once."""

    def booked(self, c: Connection, receipt: Receipt) -> None:
        """Look for an order that fits the money."""
        row = _oldest(c, was=State.WAIT_PAY, price=receipt.amount_fen).fetchone()
        order_no = receipt.order_no if row is None else row[0]
        super().booked(c, msgspec.structs.replace(receipt, order_no=order_no))
