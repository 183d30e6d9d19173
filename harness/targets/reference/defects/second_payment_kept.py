"""An order paid by a second channel as well keeps both payments.

Modelled on: ruoyi-vue-pro#1152, where two channels pay one order and the second callback finds no way to end.
Breaks: the net charge is the price or nothing.
"""

from sqlalchemy import Connection

from harness.targets.reference.payment_desk import PaymentDesk
from harness.targets.reference.tables import Order, Receipt


class SecondPaymentKept(PaymentDesk):
    """The order is paid, so all is well."""

    def second_payment(self, c: Connection, _order: Order, receipt: Receipt) -> None:
        """Do nothing: the order is paid."""
