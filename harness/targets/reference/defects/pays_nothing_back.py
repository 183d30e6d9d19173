"""Refunds are written on a list that nobody works off.

Modelled on: shops where a refund is a button in the back office; orders sit in 退款中 until somebody complains.
Breaks: failed orders are refunded in time.
"""

from sqlalchemy import Connection

from harness.targets.reference import books
from harness.targets.reference.refund_desk import RefundDesk
from harness.targets.reference.tables import Receipt


class PaysNothingBack(RefundDesk):
    """Leaves refunds to the finance department."""

    def owe(
        self, c: Connection, receipt: Receipt, reason: str, amount_fen: int | None = None
    ) -> None:
        """Write it down, for somebody to do by hand."""
        super().owe(c, receipt, reason, amount_fen)
        number = books.refund_no_of(c, receipt.channel, receipt.trade_no)
        self.outbox.done(c, number or "")
