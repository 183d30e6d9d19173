"""Failover takes whoever has the goods, also a supplier who must not serve them.

Modelled on: I31 and I23: the list of allowed channels is looked at when an order is routed, and not when it is routed
again in a hurry.
Breaks: an order never goes through a channel that is forbidden for it.
"""

from sqlalchemy import Connection

from harness.targets.reference.delivery_desk import DeliveryDesk
from harness.targets.reference.tables import Order


class FailoverForgetsBan(DeliveryDesk):
    """Remembers the ban for the first submission alone."""

    def submit_to_next(
        self, c: Connection, order: Order, tried: set[str], at_ms: int | None = None
    ) -> None:
        """Tell itself who has been tried."""
        self._tried = tried
        super().submit_to_next(c, order, tried, at_ms)

    def kept_from(self, order: Order) -> set[str]:
        """Keep nobody from an order that somebody has failed."""
        return set() if self._tried else super().kept_from(order)
