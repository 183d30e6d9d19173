"""Who pays after expiry is served after all, but nobody looks whether a card is left: the order stays paid and empty.

Modelled on: dujiao-next#108: payment after expiry, the stock is released, delivering again (补单) returns fail.
Breaks: charged means delivered or refunded.
"""

from sqlalchemy import Connection

from harness.targets.reference import books
from harness.targets.reference.payment_desk import PaymentDesk
from harness.targets.reference.tables import Order, Receipt, State


class StockReleasedAfterExpiryPayment(PaymentDesk):
    """Opens a closed order again, whose card somebody else may have by now."""

    def late_payment(self, c: Connection, order: Order, receipt: Receipt) -> None:
        """Mark a stock order paid, and wait for the card that was reserved for it; refund others."""
        if self.goods[order.goods].from_stock:
            books.move_order(c, order.order_no, State.PAID, was=State.CLOSED)
        else:
            super().late_payment(c, order, receipt)
