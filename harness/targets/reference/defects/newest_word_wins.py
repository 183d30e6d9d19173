"""A repeated notification writes "paid" over whatever the order has become since.

Modelled on: `UPDATE orders SET status = 'paid' WHERE id = ?` in notification handlers: no state is compared.
Breaks: states move only forward.
"""

from sqlalchemy import Connection

from harness.targets.reference import books
from harness.targets.reference.payment_desk import PaymentDesk
from harness.targets.reference.tables import Receipt, State


class NewestWordWins(PaymentDesk):
    """Writes what it has just been told."""

    def booked(self, c: Connection, receipt: Receipt) -> None:
        """Mark the order paid again; the goods at least are not sent again."""
        if books.receipt(c, receipt.channel, receipt.trade_no) is None:
            super().booked(c, receipt)
            return
        was = {"was": State.CHARGING, "was_too": State.DONE}
        books.move_order(c, receipt.order_no, State.PAID, **was)
