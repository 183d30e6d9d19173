"""At expiry an order is closed without a word to the gateway: who paid in the last minute is not asked about any more.

Modelled on: closing jobs that go by the clock alone (UPDATE ... WHERE created_at < now - 15 minutes).
Breaks: charged means delivered or refunded.
"""

from harness.targets.reference.gateways import Trade, Truth
from harness.targets.reference.payment_desk import PaymentDesk
from harness.targets.reference.tables import Pay


class ExpiryClosesPaid(PaymentDesk):
    """Trusts its own clock more than the gateway's books."""

    async def look(self, pay: Pay, *, close: bool) -> Truth:
        """Take what has not been notified by its expiry for unpaid and closed."""
        return Truth(Trade.CLOSED) if close else await super().look(pay, close=False)
