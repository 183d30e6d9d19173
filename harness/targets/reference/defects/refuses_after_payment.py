"""The limit of a customer without a real name is looked at after the payment: money is taken, then goes back.

Modelled on: I31: limits that live in the fulfilment system, which hears of an order only when it has been paid.
Breaks: refusals come before payment.
"""

from sqlalchemy import Connection

from harness.targets.reference.risk_desk import RiskDesk
from harness.targets.reference.tables import Order


class RefusesAfterPayment(RiskDesk):
    """Lets everybody order, and not everybody have it."""

    def admit(self, c: Connection, order: Order) -> None:
        """Refuse nobody."""

    def paid(self, c: Connection, order: Order) -> None:
        """Refuse whoever should not have been let in."""
        if self.above_limit(c, order):
            self.refunds.give_up(c, order, "above the limit")
        else:
            super().paid(c, order)
