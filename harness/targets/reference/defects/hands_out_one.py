"""An order of several cards gets one of them, and counts as delivered.

Modelled on: shops that grew a quantity on their page, while whoever hands cards out still looks for the first free one.
Breaks: no lost delivery; what is shown agrees with what happened.
"""

from msgspec.structs import replace
from sqlalchemy import Connection

from harness.targets.reference.stock_desk import StockDesk
from harness.targets.reference.tables import Order


class HandsOutOne(StockDesk):
    """Takes one card for an order."""

    def take(self, c: Connection, order: Order) -> list[str]:
        """Make a card the order's."""
        return super().take(c, replace(order, quantity=1))
