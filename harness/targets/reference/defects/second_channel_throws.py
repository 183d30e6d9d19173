"""When an order has been paid through one channel, the notification of the other one runs into an exception.

Modelled on: ruoyi-vue-pro#1152: two channels pay one order, the second callback finds it "not unpaid" and throws.
Breaks: duplicate charges are refunded; a notification of a finished order is acknowledged.
"""

from sqlalchemy import Connection

from harness.targets.reference.payment_desk import PaymentDesk
from harness.targets.reference.tables import Order, Receipt


class SecondChannelThrows(PaymentDesk):
    """Did not think that money could come twice."""

    def second_payment(self, _c: Connection, _order: Order, receipt: Receipt) -> None:
        """Be surprised; the transaction is rolled back."""
        raise RuntimeError(f"order {receipt.order_no} is not unpaid")
