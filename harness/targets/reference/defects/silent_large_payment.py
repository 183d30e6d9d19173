"""Large payments are taken without a word to whose money it is.

Modelled on: I6 and I16: the notice of a large payment is the last that could still stop it.
Breaks: a large payment is announced to its customer.
"""

from sqlalchemy import Connection

from harness.targets.reference.risk_desk import RiskDesk
from harness.targets.reference.tables import Order


class SilentLargePayment(RiskDesk):
    """Takes it quietly."""

    def tell_large(self, c: Connection, order: Order) -> None:
        """Say nothing."""
