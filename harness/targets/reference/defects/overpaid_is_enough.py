"""Whoever pays more than the price is served, and what he paid too much is kept: `if ($money < $price) fail`.

Modelled on: epay shops that guard against paying too little, and think of nothing else.
Breaks: the net charge is the price or nothing.
"""

from harness.targets.reference.payment_desk import PaymentDesk


class OverpaidIsEnough(PaymentDesk):
    """Too little is refused."""

    def amount_agrees(self, price_fen: int, amount_fen: int) -> bool:
        """Say whether it is enough."""
        return amount_fen >= price_fen
