"""Failed lines of a batch are marked as refunded, and their money stays until the merchant asks for it.

Modelled on: I14: merchant desks that net failed lines against the next batch, which never comes.
Breaks: failed lines of a batch are refunded.
"""

from sqlalchemy import Connection

from harness.targets.reference import books
from harness.targets.reference.batch_desk import is_line
from harness.targets.reference.refund_desk import RefundDesk
from harness.targets.reference.tables import Order, State


class BatchKeepsFailedMoney(RefundDesk):
    """Ends a line without goods and without a refund."""

    def give_up(self, c: Connection, order: Order, reason: str) -> None:
        """Mark a line as refunded; other orders get their money."""
        if not is_line(c, order.order_no):
            super().give_up(c, order, reason)
            return
        was = {"was": State.PAID, "was_too": State.CHARGING}
        books.move_order(c, order.order_no, State.REFUNDED, **was)
