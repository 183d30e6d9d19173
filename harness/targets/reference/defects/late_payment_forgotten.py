"""Money that comes after an order was closed is noted and then forgotten: no goods, no refund.

Modelled on: dujiao-next#108, where a payment arrived after the order had expired and its stock was gone.
Breaks: charged means delivered or refunded.
"""

from sqlalchemy import Connection

from harness.targets.reference.payment_desk import PaymentDesk
from harness.targets.reference.tables import Order, Receipt


class LatePaymentForgotten(PaymentDesk):
    """A closed order is a closed case."""

    def late_payment(self, c: Connection, _order: Order, receipt: Receipt) -> None:
        """Do nothing: the order is closed."""
