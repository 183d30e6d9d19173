"""Payments are learnt from notifications alone; nobody asks the gateway, not even before an order is closed.

Modelled on: epay shops without a query job: a notification that is lost for good is an order paid and closed.
Breaks: no lost delivery.
"""

from harness.targets.reference.gateways import Trade, Truth
from harness.targets.reference.payment_desk import PaymentDesk
from harness.targets.reference.tables import Pay


class PollsNever(PaymentDesk):
    """Silence means unpaid."""

    async def look(self, pay: Pay, *, close: bool) -> Truth:  # noqa: ARG002
        """Do not look; at expiry take the trade for closed."""
        return Truth(Trade.CLOSED)
