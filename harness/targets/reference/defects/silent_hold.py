"""Risk control holds an order and tells nobody.

Modelled on: I16, 风控拦截不通知: a third of the field's disputes begin with an order that waits without a word.
Breaks: a held order is announced to its customer.
"""

from sqlalchemy import Connection

from harness.targets.reference.risk_desk import RiskDesk
from harness.targets.reference.tables import Order


class SilentHold(RiskDesk):
    """Reviews in silence."""

    def announce(self, c: Connection, order: Order) -> None:
        """Say nothing."""
