"""An order of several that finds fewer on the shelf gets those, and counts as delivered.

Modelled on: `SELECT ... LIMIT n` with nobody counting what came back.
Breaks: no lost delivery.
"""

from sqlalchemy import Connection

from harness.targets.reference.stock_desk import NOBODY, StockDesk, cards_of, give
from harness.targets.reference.tables import Order


class HandsOutWhatIsLeft(StockDesk):
    """Takes as many as there are."""

    def take(self, c: Connection, order: Order) -> list[str]:
        """Make up to as many cards the order's as it is for."""
        codes = cards_of(c, order.goods, NOBODY, order.quantity)
        return [code for code in codes if give(c, order, code, was=NOBODY)]
