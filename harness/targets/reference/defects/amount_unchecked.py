"""Any amount pays any order.

Modelled on: tampered prices on epay shops; every gateway's guide asks to compare the amount, and many do not.
Breaks: an order whose payment differs from its price is not delivered, and the difference goes back.
"""

from harness.targets.reference.payment_desk import PaymentDesk


class AmountUnchecked(PaymentDesk):
    """Trusts the gateway to have taken what was asked for."""

    def amount_agrees(self, price_fen: int, amount_fen: int) -> bool:  # noqa: ARG002
        """Never mind the amount."""
        return True
